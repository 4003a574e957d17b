/** Everything else about a run, for the curious and for support. */
import type { Run } from "../../api/types";
import { formatCount, formatDuration } from "../../components/format";
import { IdChip } from "../../components/IdChip";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import styles from "./runs.module.css";

const words = text.run.facts;

export function FactsTab({ run }: { run: Run }) {
  const rows = [
    [words.id, <IdChip key="id" id={run.id} label={words.id} />],
    [words.correlation, <IdChip key="correlation" id={run.correlation_id} label={words.correlation} />],
    [words.owner, run.owner ? <IdChip key="owner" id={run.owner} label={words.owner} /> : text.common.none],
    [words.queue, shown(run.queue, 100)],
    [words.priority, run.priority],
    ...(run.requires.length > 0 ? [[words.requires, shown(run.requires.join(", "), 300)] as const] : []),
    ...(run.limited_by ? [[words.limit, shown(run.limited_by, 200)] as const] : []),
    [words.attempts, formatCount(run.max_attempts)],
    [words.timeout, formatDuration(run.timeout_ms)],
    [words.submitted, <RelativeTime key="submitted" at={run.created_at} />],
    [words.notBefore, run.run_at ? <RelativeTime key="notBefore" at={run.run_at} /> : text.common.none],
    [words.started, run.started_at ? <RelativeTime key="started" at={run.started_at} /> : text.common.none],
    [words.ended, run.ended_at ? <RelativeTime key="ended" at={run.ended_at} /> : text.common.none],
  ] as const;
  return (
    <dl className={styles.definition}>
      {rows.map(([label, value]) => <Row key={label} label={label}>{value}</Row>)}
    </dl>
  );
}

const Row = ({ label, children }: { label: string; children: React.ReactNode }) => (
  <>
    <dt>{label}</dt>
    <dd className="foreign">{children}</dd>
  </>
);
