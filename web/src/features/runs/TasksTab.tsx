/** The tasks of a run: all of them as squares and as a table, one of them in detail beside it. */
import { useMemo } from "react";
import Button from "@mui/material/Button";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { Run, Task } from "../../api/types";
import { DataTable, type Column } from "../../components/DataTable";
import { formatCount } from "../../components/format";
import { ProblemAlert } from "../../components/ProblemAlert";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { isOpen, TASK_STATES, wordOf } from "../../components/state";
import { StateBadge, StateGlyph } from "../../components/StateBadge";
import { TaskMatrix } from "../../components/TaskMatrix";
import { text } from "../../texts";
import { tasksQuery } from "./queries";
import styles from "./runs.module.css";
import { TaskPane } from "./TaskPane";

const labels = text.run.taskColumns;

const COLUMNS: readonly Column<Task>[] = [
  { id: "state", label: labels.state, width: "108px", cell: (task) => <StateBadge state={task.state} />, value: (task) => task.state },
  { id: "index", label: labels.index, width: "70px", end: true, cell: (task) => formatCount(task.index), value: (task) => task.index },
  { id: "attempt", label: labels.attempt, width: "70px", end: true, from: 440, cell: (task) => task.attempt, value: (task) => task.attempt },
  {
    id: "progress", label: labels.progress, width: "minmax(80px, 180px)", from: 760, value: (task) => task.progress?.thousandths,
    cell: (task) => task.progress && `${Math.floor(task.progress.thousandths / 10)} % ${shown(task.progress.message, 80)}`,
  },
  { id: "worker", label: labels.worker, width: "minmax(80px, 200px)", from: 900, cell: (task) => shown(task.worker ?? "", 80), value: (task) => task.worker },
  {
    id: "error", label: labels.error, width: "minmax(100px, 2fr)", value: (task) => task.error?.message,
    cell: (task) => task.error && <span className={styles.error}><code>{shown(task.error.code, 60)}</code> {shown(task.error.message, 300)}</span>,
  },
  { id: "ended", label: labels.ended, width: "84px", end: true, from: 480, cell: (task) => task.ended_at && <RelativeTime at={task.ended_at} quiet />, value: (task) => task.ended_at },
];

const keyOf = (task: Task) => String(task.index);
const labelOf = (task: Task) => text.matrix.cell(task.index, wordOf(task.state), task.attempt);

export function TasksTab({ run }: { run: Run }) {
  const search = useSearch({ from: "/frame/runs/$run" });
  const navigate = useNavigate({ from: "/runs/$run" });
  const go = (next: Partial<typeof search>) => void navigate({ search: (before) => ({ ...before, ...next }), replace: true });
  const state = TASK_STATES.find((one) => one === search.tasks);
  const tasks = useTasks(run, state);
  const rows = tasks.rows;
  const cells = useMemo(
    () => rows.map((task) => ({ index: task.index, state: task.state, attempt: task.attempt, detail: task.error?.message ?? task.worker ?? undefined })),
    [rows],
  );
  const open = search.task === undefined ? undefined : Number(search.task);
  const isOpenTask = open !== undefined && Number.isInteger(open) && open >= 0 && open < run.size;
  return (
    <div className={styles.columns} data-open={isOpenTask || undefined}>
      <div className={styles.left}>
        {run.size > 1 && <StateFilter run={run} state={state} onChange={(next) => go({ tasks: next })} />}
        {tasks.error !== null && <ProblemAlert error={tasks.error} />}
        {run.size > 1 && cells.length > 0 && <TaskMatrix cells={cells} openIndex={open} onOpen={(index) => go({ task: String(index) })} />}
        {tasks.isPart && (
          <p className={styles.pickRow}>
            {text.run.part(rows.length, run.size)}
            <Button variant="outlined" disabled={tasks.more.loading} onClick={tasks.more.load}>{text.run.loadMore}</Button>
          </p>
        )}
        {rows.length === 0 && !tasks.isPending && tasks.error === null && <p>{text.run.noTaskState}</p>}
        {rows.length > 0 && (
          <div className={styles.table} style={{ maxHeight: `calc(35px + ${rows.length} * var(--row))` }}>
            <DataTable label={text.run.tabs.tasks} columns={COLUMNS} rows={rows} rowKey={keyOf} rowLabel={labelOf} openKey={search.task} onOpen={(task) => go({ task: String(task.index) })} more={tasks.more} memory={`tasks ${run.id} ${state ?? ""}`} />
          </div>
        )}
      </div>
      {isOpenTask && <TaskPane run={run} index={open} onClose={() => go({ task: undefined })} />}
    </div>
  );
}

function useTasks(run: Run, state: string | undefined) {
  const first = useInfiniteQuery(tasksQuery(run.id, state, isOpen(run.state), 0));
  const pages = first.data?.pages.length ?? 0;
  // The same question again, now that the number of pages is known: many pages are not read anew by themselves.
  const { data, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(tasksQuery(run.id, state, isOpen(run.state), pages));
  const rows = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  return { rows, error, isPending, isPart: hasNextPage, more: { has: hasNextPage, loading: isFetchingNextPage, load: () => void fetchNextPage() } };
}

function StateFilter({ run, state, onChange }: { run: Run; state: string | undefined; onChange: (state: string | undefined) => void }) {
  const present = TASK_STATES.filter((one) => run.tasks[one] > 0 || one === state);
  return (
    <div className={styles.filters} role="group" aria-label={labels.state}>
      <button type="button" className={styles.state} aria-current={state === undefined} onClick={() => onChange(undefined)}>{text.run.allStates} <span>{formatCount(run.size)}</span></button>
      {present.map((one) => (
        <button type="button" key={one} className={styles.state} aria-current={state === one} onClick={() => onChange(one)}>
          <StateGlyph state={one} />{wordOf(one)} <span>{formatCount(run.tasks[one])}</span>
        </button>
      ))}
    </div>
  );
}
