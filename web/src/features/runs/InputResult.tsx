/** What a task was given and what it gave. */
import { useQuery } from "@tanstack/react-query";
import { ProblemAlert } from "../../components/ProblemAlert";
import { JsonView } from "../../components/SchemaForm";
import { isOpen } from "../../components/state";
import { text } from "../../texts";
import { taskQuery } from "./queries";
import type { TabProps } from "./RunPage";

export function InputTab({ run, task: index }: TabProps) {
  const { data: task, error } = useQuery(taskQuery(run.id, index, isOpen(run.state)));
  if (error !== null && task === undefined) return <ProblemAlert error={error} />;
  return task === undefined ? null : <JsonView value={task.parameters} label={text.run.input} />;
}

export function ResultTab({ run, task: index }: TabProps) {
  const { data: task, error } = useQuery(taskQuery(run.id, index, isOpen(run.state)));
  if (error !== null && task === undefined) return <ProblemAlert error={error} />;
  if (task === undefined) return null;
  if (task.result === undefined) return <p>{isOpen(run.state) ? text.run.noResultYet : text.run.noResult}</p>;
  return <JsonView value={task.result} label={text.run.result} />;
}
