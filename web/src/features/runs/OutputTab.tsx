/** What a task wrote, while it writes. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { LogView } from "../../components/LogView";
import { ProblemAlert } from "../../components/ProblemAlert";
import { isOpen } from "../../components/state";
import { text } from "../../texts";
import { outputQuery, taskQuery } from "./queries";
import type { TabProps } from "./RunPage";
import styles from "./runs.module.css";

export function OutputTab({ run, task: index }: TabProps) {
  const search = useSearch({ from: "/frame/runs/$run" });
  const navigate = useNavigate({ from: "/runs/$run" });
  const open = isOpen(run.state);
  const { data: task } = useQuery(taskQuery(run.id, index, open));
  const attempt = /^\d{1,9}$/.test(search.attempt ?? "") ? Number(search.attempt) : undefined;
  const { data: chunks, error } = useQuery(outputQuery(run.id, index, attempt, open));
  const attempts = task?.attempt ?? 1;
  return (
    <>
      {attempts > 1 && (
        <label className={styles.pick}>
          {text.run.attempts}
          <select value={attempt ?? ""} onChange={(event) => void navigate({ search: (before) => ({ ...before, attempt: event.target.value || undefined }), replace: true })}>
            <option value="">{text.run.anyAttempt}</option>
            {Array.from({ length: Math.min(attempts, 100) }, (_, place) => <option key={place} value={place + 1}>{text.run.attempt(place + 1, 1)}</option>)}
          </select>
        </label>
      )}
      {error !== null && chunks === undefined && <ProblemAlert error={error} />}
      {chunks?.length === 0 && <p>{open ? text.run.noOutputYet : text.run.noOutput}</p>}
      {chunks !== undefined && chunks.length > 0 && <LogView key={`${index} ${attempt}`} chunks={chunks} live={open} name={`run-${run.number}-task-${index}.log`} />}
    </>
  );
}
