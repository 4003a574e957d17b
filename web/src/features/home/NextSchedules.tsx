/** What starts by itself next. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Icon } from "../../components/Icon";
import { ProblemAlert } from "../../components/ProblemAlert";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { activeQuery } from "../schedules/queries";
import { startOf, whenOf } from "../schedules/reading";
import styles from "./home.module.css";

const words = text.home;
const SHOWN = 6;

export function NextSchedules() {
  const { data, error } = useQuery(activeQuery);
  const next = (data?.items ?? []).filter((schedule) => schedule.next_at).sort((a, b) => Date.parse(a.next_at ?? "") - Date.parse(b.next_at ?? ""));
  return (
    <section className={styles.block} aria-label={words.next}>
      <div className={styles.blockHead}><h2>{words.next}</h2><Link to="/schedules">{words.nextAll}</Link></div>
      {error !== null && data === undefined && <ProblemAlert error={error} />}
      {data && next.length === 0 && <p>{words.noNext} <Link to="/define-schedule">{text.schedules.define}</Link></p>}
      {next.length > 0 && (
        <ul className={styles.rows}>
          {next.slice(0, SHOWN).map((schedule) => (
            <li key={schedule.id}>
              <Link to="/schedules" search={{ schedule: schedule.name }} className={styles.row}>
                <Icon name="schedules" size={16} />
                <span className={styles.words}><b className="foreign">{shown(schedule.name, 80)}</b> {startOf(schedule)}<small className="foreign">{whenOf(schedule)}</small></span>
                <span className={styles.when}>{schedule.next_at && <RelativeTime at={schedule.next_at} quiet />}</span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
