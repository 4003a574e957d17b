/** An advertisement as each of its sources showed it, and why the sightings are taken for one. */
import type { Sighting } from "../../api/types";
import { Facts } from "../../components/Facts";
import { conditionWord } from "../../components/Health";
import parts from "../../components/Parts.module.css";
import { fieldOf } from "../../components/read";
import { RelativeTime } from "../../components/RelativeTime";
import { JsonView } from "../../components/SchemaForm";
import { shown } from "../../components/shown";
import { Tags } from "../../components/Tags";
import { text } from "../../texts";
import styles from "./postings.module.css";
import { reasonsIn } from "./reading";
import { useState } from "react";

const words = text.postings;
/** More than a page can hold is for the API. */
const SIGHTINGS_SHOWN = 20;

export function Sightings({ sightings }: { sightings: readonly Sighting[] }) {
  return (
    <section className={parts.stack} aria-label={words.sightings}>
      <div><h3>{words.sightings}</h3><p className={parts.soft}>{words.sightingsWhat}</p></div>
      <div className={styles.sightings}>{sightings.slice(0, SIGHTINGS_SHOWN).map((sighting) => <One key={`${sighting.source} ${sighting.original_id}`} sighting={sighting} />)}</div>
    </section>
  );
}

/** `live`, or an object whose one name is the standing. */
function standingOf(standing: unknown): string {
  if (typeof standing === "string") return standing;
  const named = fieldOf(standing, "state");
  if (typeof named === "string") return named;
  return typeof standing === "object" && standing !== null ? (Object.keys(standing)[0] ?? "unknown") : "unknown";
}

function One({ sighting }: { sighting: Sighting }) {
  const [open, setOpen] = useState(false);
  const reasons = reasonsIn(sighting.because);
  return (
    <details className={styles.sighting} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <b className="foreign">{shown(sighting.source, 80)}</b>
        <span className={parts.soft}>{conditionWord(standingOf(sighting.standing))}</span>
        <span className={parts.soft}>{words.shownFirst} <RelativeTime at={sighting.first_seen_at} quiet /></span>
      </summary>
      {open && (
        <div>
          <Facts rows={[
            [words.original, <code key="id">{shown(sighting.original_id, 200)}</code>],
            [words.shownLast, <RelativeTime key="last" at={sighting.last_seen_at} />],
            [words.because, reasons.length === 0 ? undefined : <Tags names={reasons} />],
          ]} />
          <JsonView value={sighting.content} label={words.sighting(shown(sighting.source, 80))} />
        </div>
      )}
    </details>
  );
}
