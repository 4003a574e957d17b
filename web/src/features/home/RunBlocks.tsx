/** Runs on the start page: those that failed, with why, and the newest. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Run } from "../../api/types";
import { ProblemAlert } from "../../components/ProblemAlert";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { wordOf } from "../../components/state";
import { StateBadge, StateGlyph } from "../../components/StateBadge";
import { text } from "../../texts";
import styles from "./home.module.css";
import { failuresQuery, recentQuery } from "./queries";

const words = text.home;
const FAILURES_SHOWN = 6;

export function Failures() {
  const { data, error } = useQuery(failuresQuery);
  return (
    <section className={styles.block} aria-label={words.failures}>
      <div className={styles.blockHead}><h2>{words.failures}</h2><Link to="/runs" search={{ state: "failed,timed_out,partial" }}>{words.failuresAll}</Link></div>
      {error !== null && data === undefined && <ProblemAlert error={error} />}
      {data?.items.length === 0 && <p>{words.noFailures}</p>}
      {data && data.items.length > 0 && <ul className={styles.rows}>{data.items.slice(0, FAILURES_SHOWN).map((run) => <li key={run.id}><RunRow run={run} /></li>)}</ul>}
    </section>
  );
}

export function RecentRuns() {
  const { data, error } = useQuery(recentQuery);
  return (
    <section className={styles.block} aria-label={words.recent}>
      <div className={styles.blockHead}><h2>{words.recent}</h2><Link to="/runs">{words.recentAll}</Link></div>
      {error !== null && data === undefined && <ProblemAlert error={error} />}
      {data?.items.length === 0 && <p>{words.noRuns}</p>}
      {data && data.items.length > 0 && <ul className={styles.rows} data-badges>{data.items.map((run) => <li key={run.id}><RunRow run={run} badge /></li>)}</ul>}
    </section>
  );
}

function RunRow({ run, badge = false }: { run: Run; badge?: boolean }) {
  return (
    <Link to="/runs/$run" params={{ run: String(run.number) }} className={styles.row} aria-label={`${text.run.title(run.number)}, ${wordOf(run.state)}`}>
      {badge ? <StateBadge state={run.state} /> : <StateGlyph state={run.state} />}
      <span className={styles.words}><b>{run.number}</b> <span className="foreign">{shown(run.kind.name, 80)}</span>{run.reason && <small className="foreign">{shown(run.reason, 300)}</small>}</span>
      <span className={styles.when}><RelativeTime at={run.ended_at ?? run.created_at} quiet /></span>
    </Link>
  );
}
