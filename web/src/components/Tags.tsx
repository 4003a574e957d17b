/** Short names in a row. */
import { shown } from "./shown";
import styles from "./Tags.module.css";

const MOST = 60;

export function Tags({ names, mono = false }: { names: readonly string[]; mono?: boolean }) {
  return (
    <ul className={styles.tags} data-mono={mono || undefined}>
      {names.slice(0, MOST).map((name, index) => <li key={index} className="foreign">{shown(name, 120)}</li>)}
      {names.length > MOST && <li>+{names.length - MOST}</li>}
    </ul>
  );
}
