/** What became of a schedule's times, the latest first. */
import { Link, useNavigate } from "@tanstack/react-router";
import { usePages } from "../../api/pages";
import type { Fire } from "../../api/types";
import { DataTable, type Column } from "../../components/DataTable";
import styles from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { StateBadge } from "../../components/StateBadge";
import { text } from "../../texts";
import { firesQuery } from "./queries";
import { wordIn } from "./reading";

const words = text.schedules;
const labels = words.fireColumns;
/** Rows in sight before the table scrolls by itself. */
const ROWS = 8;

const COLUMNS: readonly Column<Fire>[] = [
  { id: "outcome", label: labels.outcome, width: "112px", cell: (fire) => <StateBadge state={fire.outcome} />, value: (fire) => fire.outcome },
  { id: "at", label: labels.at, width: "84px", end: true, cell: (fire) => <RelativeTime at={fire.scheduled_for} quiet />, value: (fire) => fire.scheduled_for },
  {
    id: "run", label: labels.run, width: "70px", end: true, value: (fire) => fire.run_number,
    cell: (fire) => typeof fire.run_number === "number" && <Link to="/runs/$run" params={{ run: String(fire.run_number) }} tabIndex={-1}>{fire.run_number}</Link>,
  },
  { id: "source", label: labels.source, width: "92px", from: 480, cell: (fire) => wordIn(words.sources, fire.source), value: (fire) => fire.source },
  { id: "reason", label: labels.reason, width: "minmax(80px, 1fr)", from: 380, cell: (fire) => <span title={shown(fire.reason ?? "", 400)}>{shown(fire.reason ?? "", 200)}</span>, value: (fire) => fire.reason },
];

export function FireList({ schedule }: { schedule: string }) {
  const { rows, error, isPending, more } = usePages(firesQuery(schedule));
  const navigate = useNavigate();
  const open = (fire: Fire) => typeof fire.run_number === "number" && void navigate({ to: "/runs/$run", params: { run: String(fire.run_number) } });
  if (error !== null && rows.length === 0) return <ProblemAlert error={error} />;
  if (rows.length === 0) return isPending ? null : <p className={styles.soft}>{words.noFires}</p>;
  return (
    <div className={styles.boxed} style={{ height: `calc(34px + ${Math.min(rows.length, ROWS)} * var(--row))` }}>
      <DataTable label={words.fires} columns={COLUMNS} rows={rows} rowKey={(fire) => `${fire.scheduled_for} ${fire.source} ${fire.created_at}`} rowLabel={(fire) => fire.scheduled_for} onOpen={open} more={more} memory={`fires ${schedule}`} />
    </div>
  );
}
