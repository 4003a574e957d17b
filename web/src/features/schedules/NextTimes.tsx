/** Times ahead, each with how long until then, and why nothing would start. */
import type { ForeseenFire } from "../../api/types";
import { formatIn, formatShort } from "../../components/format";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import styles from "./schedules.module.css";

const words = text.schedules;

export function NextTimes({ times, zone }: { times: readonly ForeseenFire[]; zone: string | undefined }) {
  if (times.length === 0) return <p>{words.noneAhead}</p>;
  return (
    <ol className={styles.times}>
      {times.map((fire) => {
        const moment = Date.parse(fire.due_at);
        return (
          <li key={fire.scheduled_for} data-skipped={fire.skipped ? true : undefined}>
            <span title={zone === undefined ? undefined : formatIn(moment, zone)}>{formatShort(moment)}</span>
            <span className={styles.distance}><RelativeTime at={fire.due_at} quiet /></span>
            {fire.skipped && <span className={`${styles.why} foreign`}>{words.skipped(shown(fire.skipped, 200))}</span>}
          </li>
        );
      })}
    </ol>
  );
}
