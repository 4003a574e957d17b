/** One task beside the list: its error, attempts, parameters and result. */
import IconButton from "@mui/material/IconButton";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Run } from "../../api/types";
import { useMissing } from "../../app/session/me";
import { ActionButton } from "../../components/ConfirmWithUndo";
import { Icon } from "../../components/Icon";
import { ProblemAlert } from "../../components/ProblemAlert";
import { Reason } from "../../components/Reason";
import { JsonView } from "../../components/SchemaForm";
import { isOpen } from "../../components/state";
import { StateBadge } from "../../components/StateBadge";
import { text } from "../../texts";
import { doForAll } from "./bulk";
import { retryTask, taskQuery } from "./queries";
import styles from "./runs.module.css";
import { Attempts } from "./TimelineTab";

export function TaskPane({ run, index, onClose }: { run: Run; index: number; onClose: () => void }) {
  const client = useQueryClient();
  const { data: task, error } = useQuery(taskQuery(run.id, index, isOpen(run.state)));
  const noRetry = useMissing("runs:retry");
  const failed = task !== undefined && ["failed", "timed_out", "cancelled"].includes(task.state);
  return (
    <aside className={styles.pane} aria-label={text.run.task(index)}>
      <div className={styles.paneHead}>
        <h2>{text.run.task(index)}</h2>
        {task && <StateBadge state={task.state} />}
        <IconButton onClick={onClose} aria-label={text.common.close}><Icon name="close" /></IconButton>
      </div>
      {error !== null && <ProblemAlert error={error} />}
      {task && (
        <>
          {task.error && <Reason state={task.state === "succeeded" ? "succeeded" : "failed"} reason={`${task.error.code}: ${task.error.message}`} />}
          <div className={styles.pickRow}>
            {failed && <ActionButton label={text.run.retryTask} icon="retry" disabledWhy={noRetry ?? (isOpen(run.state) ? text.run.retryOpen : undefined)} onClick={() => void doForAll(client, [run.id], (id) => retryTask(id, index), text.runs.retried)} />}
            <Link to="/runs/$run" params={{ run: String(run.number) }} search={{ tab: "log", task: String(index) }}>{text.run.tabs.log}</Link>
          </div>
          <Attempts task={task} />
          <section><h3>{text.run.input}</h3><JsonView value={task.parameters} label={text.run.input} /></section>
          {task.result !== undefined && <section><h3>{text.run.result}</h3><JsonView value={task.result} label={text.run.result} /></section>}
        </>
      )}
    </aside>
  );
}
