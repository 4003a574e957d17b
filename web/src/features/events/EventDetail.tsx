/** One event: what it says, and the way to what it is about. */
import { Link } from "@tanstack/react-router";
import { Facts } from "../../components/Facts";
import { IdChip } from "../../components/IdChip";
import styles from "../../components/Parts.module.css";
import { numberIn, textIn } from "../../components/read";
import { RelativeTime } from "../../components/RelativeTime";
import { JsonView } from "../../components/SchemaForm";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import type { Event } from "./reading";

const words = text.events;

export function eventDetail(place: string, event: Event | undefined, onClose: () => void) {
  const label = words.event(shown(event?.type ?? place, 100));
  return { label, heading: <h2>{event === undefined ? label : shown(event.type, 100)}</h2>, body: event === undefined ? <p className={styles.soft}>{words.gone}</p> : <Detail event={event} />, onClose };
}

function Detail({ event }: { event: Event }) {
  const id = (value: string | undefined, label: string) => value !== undefined && <IdChip id={value} label={label} />;
  return (
    <>
      <p className={styles.actions}><Onward event={event} /></p>
      <Facts rows={[
        [words.facts.time, event.time && <RelativeTime key="time" at={event.time} />],
        [words.facts.subject, id(event.subject, words.facts.subject)],
        [words.facts.owner, id(event.owner, words.facts.owner)],
        [words.facts.correlation, id(event.correlation, words.facts.correlation)],
        [words.facts.id, id(event.id, words.facts.id)],
      ]} />
      <section className={styles.stack}><h3>{words.data}</h3><JsonView value={event.data} label={words.data} /></section>
    </>
  );
}

function Onward({ event: { type, data, subject } }: { event: Event }) {
  const [topic] = type.split(".");
  const name = textIn(data, "name");
  const number = numberIn(data, "number");
  if (topic === "run" && number !== undefined) return <Link to="/runs/$run" params={{ run: String(number) }}>{words.more.run}</Link>;
  if (type.endsWith(".deleted")) return null;
  if (topic === "schedule" && name !== undefined) return <Link to="/schedules" search={{ schedule: name }}>{words.more.schedule}</Link>;
  if (topic === "job" && name !== undefined) return <Link to="/jobs" search={{ job: name }}>{words.more.job}</Link>;
  if (topic === "posting" && subject !== undefined) return <Link to="/postings" search={{ posting: subject }}>{words.more.posting}</Link>;
  if (topic === "source" && name !== undefined) return <Link to="/sources/$source" params={{ source: name }}>{words.more.source}</Link>;
  if (topic === "webhook") return <Link to="/webhooks">{words.more.webhook}</Link>;
  return null;
}
