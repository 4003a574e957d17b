/** The columns of the list of runs. */
import { Link } from "@tanstack/react-router";
import type { Run } from "../../api/types";
import type { Column } from "../../components/DataTable";
import { formatCount } from "../../components/format";
import { ProgressBar } from "../../components/ProgressBar";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { StateBadge } from "../../components/StateBadge";
import { text } from "../../texts";
import { Took } from "./Took";
import styles from "./runs.module.css";

const labels = text.runs.columns;

export const ended = ({ tasks }: Run): number => tasks.succeeded + tasks.failed + tasks.timed_out + tasks.cancelled + tasks.skipped;

function tookOf({ started_at, ended_at }: Run): number | null {
  return started_at && ended_at ? Date.parse(ended_at) - Date.parse(started_at) : null;
}

export const RUN_COLUMNS: readonly Column<Run>[] = [
  { id: "state", label: labels.state, width: "108px", cell: (run) => <StateBadge state={run.state} />, value: (run) => run.state },
  {
    id: "number", label: labels.number, width: "minmax(56px, 76px)", end: true, value: (run) => run.number,
    cell: (run) => <Link to="/runs/$run" params={{ run: String(run.number) }} className={styles.number} tabIndex={-1}>{run.number}</Link>,
  },
  { id: "kind", label: labels.kind, width: "minmax(90px, 1fr)", cell: (run) => shown(run.kind.name), value: (run) => run.kind.name },
  { id: "trigger", label: labels.trigger, width: "84px", from: 900, cell: (run) => shown(run.trigger), value: (run) => run.trigger },
  {
    id: "tasks", label: labels.tasks, width: "minmax(120px, 200px)", from: 620, value: (run) => ended(run),
    cell: (run) => (
      <span className={styles.progress}><ProgressBar counts={run.tasks} size={run.size} /><span>{formatCount(ended(run))}/{formatCount(run.size)}</span></span>
    ),
  },
  { id: "size", label: labels.size, width: "80px", end: true, hidden: true, cell: (run) => formatCount(run.size), value: (run) => run.size },
  { id: "created", label: labels.created, width: "84px", end: true, from: 440, cell: (run) => <RelativeTime at={run.created_at} quiet />, value: (run) => run.created_at },
  { id: "took", label: labels.took, width: "84px", end: true, from: 520, cell: (run) => <Took run={run} />, value: tookOf },
  { id: "queue", label: labels.queue, width: "110px", from: 620, hidden: true, cell: (run) => shown(run.queue), value: (run) => run.queue },
  { id: "priority", label: labels.priority, width: "70px", end: true, from: 620, hidden: true, cell: (run) => run.priority, value: (run) => run.priority },
  {
    id: "reason", label: labels.reason, width: "minmax(140px, 2fr)", from: 950, value: (run) => run.reason,
    cell: (run) => <span className={styles.reason} title={shown(run.reason ?? "", 400)}>{shown(run.reason ?? "", 300)}</span>,
  },
  { id: "correlation", label: labels.correlation, width: "250px", from: 620, hidden: true, cell: (run) => <code>{shown(run.correlation_id)}</code>, value: (run) => run.correlation_id },
];
