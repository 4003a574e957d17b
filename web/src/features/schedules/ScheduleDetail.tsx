/** One schedule: what it starts and when, its next times, and what became of those that passed. */
import type { ReactNode } from "react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Schedule } from "../../api/types";
import { Facts } from "../../components/Facts";
import { HealthBadge } from "../../components/Health";
import styles from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { fieldOf } from "../../components/read";
import { RelativeTime } from "../../components/RelativeTime";
import { JsonView } from "../../components/SchemaForm";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { FireList } from "./FireList";
import { NextTimes } from "./NextTimes";
import { aheadQuery, scheduleQuery } from "./queries";
import { itemsOf, jobOf, kindOf, priorityOf, queueOf, whenOf, wordIn, zoneOf } from "./reading";
import { ScheduleActions } from "./ScheduleActions";

const words = text.schedules;
const AHEAD = 5;

export function useScheduleDetail(name: string | undefined, onClose: () => Promise<void>) {
  const { data, error } = useQuery({ ...scheduleQuery(name ?? ""), enabled: name !== undefined });
  if (name === undefined) return undefined;
  const label = words.schedule(shown(name, 100));
  if (data === undefined) return { label, heading: <h2>{label}</h2>, body: error === null ? null : <ProblemAlert error={error} />, onClose: () => void onClose() };
  const schedule = data.value;
  return {
    label,
    heading: <><div className={styles.heading}><h2>{shown(schedule.name, 200)}</h2><HealthBadge condition={schedule.state} /></div><p className={`${styles.soft} foreign`}>{shown(schedule.description, 1000)}</p></>,
    actions: <ScheduleActions schedule={schedule} tag={data.tag} onGone={onClose} />,
    body: <Detail schedule={schedule} />,
    onClose: () => void onClose(),
  };
}

function Detail({ schedule }: { schedule: Schedule }) {
  return (
    <>
      <ScheduleFacts schedule={schedule} />
      <Ahead schedule={schedule} />
      <section className={styles.stack}><h3>{words.fires}</h3><FireList schedule={schedule.name} /></section>
      <Parameters schedule={schedule} />
    </>
  );
}

function Ahead({ schedule }: { schedule: Schedule }) {
  const { data, error } = useQuery(aheadQuery(schedule.name, schedule.version, AHEAD));
  return (
    <section className={styles.stack}>
      <h3>{words.ahead}</h3>
      {schedule.state === "ended" && <p className={styles.soft}>{words.ended}</p>}
      {error !== null && data === undefined && <ProblemAlert error={error} />}
      {schedule.state !== "ended" && data && <NextTimes times={data} zone={zoneOf(schedule)} />}
    </section>
  );
}

function ScheduleFacts({ schedule }: { schedule: Schedule }) {
  const items = itemsOf(schedule);
  const moment = (at: string | null | undefined): ReactNode => at && <RelativeTime at={at} />;
  return (
    <Facts rows={[
      [words.facts.when, whenOf(schedule)],
      [words.facts.zone, zoneOf(schedule) && shown(zoneOf(schedule) ?? "", 60)],
      [words.facts.starts, <StartLink key="starts" schedule={schedule} />],
      [words.facts.tasks, items && words.tasks(items.length)],
      [words.facts.queue, shown(queueOf(schedule) ?? "", 100)],
      [words.facts.priority, priorityOf(schedule)],
      [words.facts.calendars, schedule.calendars.length > 0 && <CalendarLinks key="calendars" names={schedule.calendars} />],
      [words.facts.jitter, schedule.jitter_seconds > 0 && words.seconds(schedule.jitter_seconds)],
      [words.facts.from, moment(schedule.start_at)],
      [words.facts.until, moment(schedule.end_at)],
      [words.facts.most, schedule.max_runs],
      [words.facts.overlap, wordIn(words.overlap, schedule.overlap)],
      [words.facts.missed, wordIn(words.missed, schedule.missed)],
      [words.facts.fired, schedule.fired],
      [words.facts.pausedAt, moment(schedule.paused_at)],
      [words.facts.changed, moment(schedule.updated_at)],
    ]} />
  );
}

function CalendarLinks({ names }: { names: readonly string[] }) {
  return <span className={styles.actions}>{names.map((name) => <Link key={name} to="/schedules" search={{ tab: "calendars", calendar: name }}>{shown(name, 100)}</Link>)}</span>;
}

function StartLink({ schedule }: { schedule: Schedule }) {
  const job = jobOf(schedule);
  const kind = kindOf(schedule);
  if (job !== undefined) return <Link to="/jobs" search={{ job }}>{words.job(shown(job, 100))}</Link>;
  return kind === undefined ? null : <Link to="/kinds" search={{ kind }}>{words.kind(shown(kind, 100))}</Link>;
}

function Parameters({ schedule }: { schedule: Schedule }) {
  const given = itemsOf(schedule) ?? fieldOf(schedule.start, "parameters");
  if (given === undefined || JSON.stringify(given) === "{}") return null;
  return <section className={styles.stack}><h3>{words.parameters}</h3><JsonView value={given} label={words.parameters} /></section>;
}
