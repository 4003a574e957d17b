/** Why something waits, or why it failed: the one sentence the server made from data. */
import { text } from "../texts";
import { withMoments } from "./format";
import { Icon } from "./Icon";
import styles from "./Reason.module.css";
import { isOpen } from "./state";
import { shown } from "./shown";

export function Reason({ state, reason }: { state: string; reason: string | null | undefined }) {
  if (reason === null || reason === undefined || reason === "") return null;
  const said = shown(reason, 2000);
  const sentence = withMoments(said);
  const waits = isOpen(state);
  const bad = state === "failed" || state === "partial" || state === "timed_out";
  return (
    <p className={`${styles.reason} ${waits ? styles.waits : bad ? styles.failed : ""}`}>
      <Icon name={bad ? "warning" : "help"} size={16} />
      <span className={styles.words}>
        <strong>{waits ? text.reason.waits : text.reason.ended}</strong>{" "}
        <span className="foreign" title={sentence === said ? undefined : said}>{sentence}</span>
      </span>
    </p>
  );
}
