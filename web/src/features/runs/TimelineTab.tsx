/** What a task tried, and when. */
import { useQuery } from "@tanstack/react-query";
import type { TaskDetail } from "../../api/types";
import { useNow } from "../../components/clock";
import { ProblemAlert } from "../../components/ProblemAlert";
import { isOpen } from "../../components/state";
import { Timeline, type Span } from "../../components/Timeline";
import { text } from "../../texts";
import { taskQuery } from "./queries";
import type { TabProps } from "./RunPage";

export function TimelineTab({ run, task: index }: TabProps) {
  const { data: task, error } = useQuery(taskQuery(run.id, index, isOpen(run.state)));
  if (error !== null && task === undefined) return <ProblemAlert error={error} />;
  return task === undefined ? null : <Attempts task={task} />;
}

export function spansOf(task: TaskDetail): Span[] {
  return task.attempts.map((attempt) => ({
    key: `${attempt.epoch}.${attempt.number}`,
    label: text.run.attempt(attempt.number, attempt.epoch),
    state: attempt.state,
    from: Date.parse(attempt.claimed_at ?? attempt.ended_at),
    to: Date.parse(attempt.ended_at),
    detail: attempt.error ? `${attempt.error.code}: ${attempt.error.message}` : undefined,
  }));
}

export function Attempts({ task }: { task: TaskDetail }) {
  const now = useNow();
  const spans = spansOf(task);
  return spans.length === 0 ? <p>{text.run.noAttempts}</p> : <Timeline label={text.run.attempts} spans={spans} now={now} />;
}
