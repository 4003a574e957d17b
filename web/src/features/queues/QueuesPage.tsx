/** The queues: what waits in each, and whether it is handed out. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { Queue } from "../../api/types";
import { asProblem } from "../../api/problem";
import { notify } from "../../app/notices";
import { useMissing } from "../../app/session/me";
import { ActionButton, ConfirmWithUndo } from "../../components/ConfirmWithUndo";
import { DataTable, type Column } from "../../components/DataTable";
import { EmptyState } from "../../components/EmptyState";
import { formatCount } from "../../components/format";
import { HealthBadge } from "../../components/Health";
import { Page } from "../../components/Page";
import { ProblemAlert } from "../../components/ProblemAlert";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { liveQueuesQuery, pauseQueue, resumeQueue } from "./queries";
import styles from "../../components/Parts.module.css";

const words = text.queues;

export const readyOf = (queue: Queue): string => (queue.more ? words.more(formatCount(queue.ready)) : formatCount(queue.ready));

const COLUMNS: readonly Column<Queue>[] = [
  { id: "name", label: words.columns.name, width: "minmax(70px, 1.5fr)", cell: (queue) => <b>{shown(queue.name, 120)}</b>, value: (queue) => queue.name },
  { id: "state", label: words.columns.state, width: "minmax(76px, 130px)", cell: (queue) => <HealthBadge condition={queue.paused_at ? "paused" : "open"} />, value: (queue) => (queue.paused_at ? "paused" : "open") },
  { id: "ready", label: words.columns.ready, width: "minmax(48px, 90px)", end: true, cell: readyOf, value: (queue) => queue.ready },
  { id: "since", label: words.columns.since, width: "110px", end: true, from: 620, cell: (queue) => queue.paused_at && <RelativeTime at={queue.paused_at} quiet />, value: (queue) => queue.paused_at },
  { id: "action", label: words.columns.action, width: "116px", end: true, cell: (queue) => <QueueAction queue={queue} />, value: () => null },
];

export function QueuesPage() {
  const { data, error } = useQuery(liveQueuesQuery);
  const navigate = useNavigate();
  return (
    <Page fill title={words.title}>
      <div className={styles.column}>
        {error !== null && data === undefined && <div className={styles.inset}><ProblemAlert error={error} /></div>}
        {data?.length === 0 && <EmptyState title={words.empty} command={"metier jobs run fibonacci --parameters '{\"iterations\": 100}' --queue default"}>{words.emptyWhat}</EmptyState>}
        {data !== undefined && data.length > 0 && (
          <DataTable
            label={words.title}
            columns={COLUMNS}
            rows={data}
            rowKey={(queue) => queue.name}
            rowLabel={(queue) => queue.name}
            onOpen={(queue) => void navigate({ to: "/runs", search: { queue: queue.name } })}
            memory="queues"
          />
        )}
      </div>
    </Page>
  );
}

function QueueAction({ queue }: { queue: Queue }) {
  const client = useQueryClient();
  const missing = useMissing("queues:manage");
  const name = shown(queue.name, 60);
  const change = useMutation({
    mutationFn: async () => (queue.paused_at ? resumeQueue(queue.name) : pauseQueue(queue.name)),
    onSuccess: (now) => notify(now.paused_at ? words.paused(name) : words.resumed(name)),
    onError: (problem) => notify(asProblem(problem).detail, "failed"),
    onSettled: () => client.invalidateQueries({ queryKey: ["queues"] }),
  });
  if (queue.paused_at) return <ActionButton label={words.resume} icon="play" disabledWhy={missing} onClick={() => change.mutate()} />;
  return (
    <ConfirmWithUndo label={words.pause} icon="pause" title={words.pauseTitle(name)} announce={words.pausing(name)} disabledWhy={missing} onConfirm={() => change.mutate()}>
      {words.pauseWhat}
    </ConfirmWithUndo>
  );
}
