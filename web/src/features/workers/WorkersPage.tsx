/** The processes that claim tasks, and what each can do. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import type { Worker } from "../../api/types";
import { DataTable, type Column } from "../../components/DataTable";
import { EmptyState } from "../../components/EmptyState";
import { Page } from "../../components/Page";
import styles from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { workersQuery } from "./queries";

const words = text.workers;

/** As many as a row shows; the rest are told by number. */
const KINDS_SHOWN = 12;

const COLUMNS: readonly Column<Worker>[] = [
  { id: "name", label: words.columns.name, width: "minmax(120px, 1fr)", cell: (worker) => <code>{shown(worker.name, 120)}</code>, value: (worker) => worker.name },
  { id: "kinds", label: words.columns.kinds, width: "minmax(120px, 1.4fr)", cell: (worker) => <KindLinks kinds={worker.kinds} />, value: (worker) => worker.kinds.join(" ") },
  { id: "capabilities", label: words.columns.capabilities, width: "minmax(90px, 0.7fr)", from: 620, cell: (worker) => shown(worker.capabilities.join(", "), 200), value: (worker) => worker.capabilities.join(" ") },
  { id: "seen", label: words.columns.seen, width: "90px", end: true, cell: (worker) => <RelativeTime at={worker.seen_at} quiet />, value: (worker) => worker.seen_at },
];

function KindLinks({ kinds }: { kinds: readonly string[] }) {
  return (
    <>
      {kinds.slice(0, KINDS_SHOWN).map((kind, index) => (
        <span key={kind}>{index > 0 && ", "}<Link to="/kinds" search={{ kind }} tabIndex={-1}>{shown(kind, 80)}</Link></span>
      ))}
      {kinds.length > KINDS_SHOWN && ` +${kinds.length - KINDS_SHOWN}`}
    </>
  );
}

export function WorkersPage() {
  const { data, error } = useQuery(workersQuery);
  const navigate = useNavigate();
  return (
    <Page fill title={words.title} heading={<><h1>{words.title}</h1><p className={styles.soft}>{words.what}</p></>}>
      <div className={styles.column}>
        {error !== null && data === undefined && <div className={styles.inset}><ProblemAlert error={error} /></div>}
        {data?.length === 0 && <EmptyState title={words.empty} command="metier serve executor">{words.emptyWhat}</EmptyState>}
        {data !== undefined && data.length > 0 && (
          <DataTable
            label={words.title}
            columns={COLUMNS}
            rows={data}
            rowKey={(worker) => worker.name}
            rowLabel={(worker) => worker.name}
            onOpen={(worker) => worker.kinds[0] !== undefined && void navigate({ to: "/kinds", search: { kind: worker.kinds[0] } })}
            memory="workers"
          />
        )}
      </div>
    </Page>
  );
}
