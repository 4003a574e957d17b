/** How a run's tasks stand, as one bar by state. The numbers are beside it or in its label. */
import { text } from "../texts";
import { formatCount } from "./format";
import { colorOf, TASK_STATES, wordOf } from "./state";
import styles from "./ProgressBar.module.css";

type Counts = Readonly<Partial<Record<(typeof TASK_STATES)[number], number>>>;

export function ProgressBar({ counts, size }: { counts: Counts; size: number }) {
  const parts = TASK_STATES.flatMap((state) => ((counts[state] ?? 0) > 0 ? [{ state, count: counts[state] ?? 0 }] : []));
  const words = parts.map(({ state, count }) => `${formatCount(count)} ${wordOf(state)}`).join(", ");
  return (
    <span className={styles.bar} role="img" aria-label={words === "" ? text.matrix.none : words} title={words}>
      {parts.map(({ state, count }) => (
        <span key={state} data-state={state} style={{ flexGrow: count / Math.max(1, size), background: colorOf(state) }} className={styles.part} />
      ))}
    </span>
  );
}
