/** Which of a run's tasks the tab is about. */
import { useState } from "react";
import IconButton from "@mui/material/IconButton";
import { Icon } from "../../components/Icon";
import { formatCount } from "../../components/format";
import { text } from "../../texts";
import styles from "./runs.module.css";

export function TaskPicker({ task, size, onPick }: { task: number; size: number; onPick: (index: number) => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  const commit = () => {
    const index = Number(typed);
    if (typed !== null && typed !== "" && Number.isInteger(index)) onPick(Math.max(0, Math.min(size - 1, index)));
    setTyped(null);
  };
  return (
    <div className={styles.pickRow}>
      <label className={styles.pick}>
        {text.run.taskLabel}
        <input inputMode="numeric" value={typed ?? String(task)} onChange={(event) => setTyped(event.target.value)} onBlur={commit} onKeyDown={(event) => event.key === "Enter" && commit()} />
        {text.run.of} {formatCount(size)}
      </label>
      <IconButton aria-label={text.run.previousTask} disabled={task === 0} onClick={() => onPick(task - 1)}><Icon name="left" /></IconButton>
      <IconButton aria-label={text.run.nextTask} disabled={task >= size - 1} onClick={() => onPick(task + 1)}><Icon name="right" /></IconButton>
    </div>
  );
}
