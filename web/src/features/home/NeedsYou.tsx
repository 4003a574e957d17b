/** What somebody should look at: troubled sources, cut syncs, paused queues, missing workers. */
import type { ReactNode } from "react";
import { useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { conditionWord, HealthDot, toneOf } from "../../components/Health";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { StateGlyph } from "../../components/StateBadge";
import { text } from "../../texts";
import { liveQueuesQuery } from "../queues/queries";
import { lastSyncQuery, sourcesQuery } from "../sources/queries";
import { workersQuery } from "../workers/queries";
import styles from "./home.module.css";

const words = text.home;
const SYNCS_READ = 12;

export function NeedsYou({ may }: { may: (permission: string) => boolean }) {
  // Nothing is said to be well before it is known.
  const isAsking = [useQuery({ ...sourcesQuery, enabled: may("sources:read") }), useQuery({ ...liveQueuesQuery, enabled: may("queues:read") })].some((query) => query.isLoading);
  const needs = [...useSourceNeeds(may("sources:read")), ...useQueueNeeds(may("queues:read"))];
  return (
    <section className={styles.block} aria-label={words.needs}>
      <h2>{words.needs}</h2>
      {needs.length === 0 && !isAsking && <p>{words.needsNothing}</p>}
      {needs.length > 0 && <ul className={styles.rows}>{needs}</ul>}
    </section>
  );
}

function useSourceNeeds(enabled: boolean): ReactNode[] {
  const sources = useQuery({ ...sourcesQuery, enabled }).data ?? [];
  const asked = sources.slice(0, SYNCS_READ);
  const syncs = useQueries({ queries: asked.map((source) => lastSyncQuery(source.name)) });
  const troubled = sources.filter((source) => ["weak", "bad"].includes(toneOf(source.condition))).map((source) => (
    <li key={`source ${source.name}`}>
      <Link to="/sources/$source" params={{ source: source.name }} className={styles.row}>
        <HealthDot condition={source.condition} />
        <span className={styles.words}>{words.sourceIs(shown(source.title || source.name, 80), conditionWord(source.condition))}{source.message && <small className="foreign">{shown(source.message, 300)}</small>}</span>
        <span className={styles.when}>{source.checked_at && <RelativeTime at={source.checked_at} quiet />}</span>
      </Link>
    </li>
  ));
  const cut = asked.flatMap((source, index) => {
    const sync = syncs[index]?.data;
    if (!sync || (sync.state !== "failed" && sync.state !== "partial")) return [];
    const title = sync.state === "failed" ? words.syncFailed : words.syncPartial;
    return [(
      <li key={`sync ${source.name}`}>
        <Link to="/sources/$source" params={{ source: source.name }} search={{ sync: sync.id }} className={styles.row}>
          <StateGlyph state={sync.state} />
          <span className={styles.words}>{title(shown(source.title || source.name, 80))}{sync.error && <small className="foreign">{shown(sync.error, 300)}</small>}</span>
          <span className={styles.when}><RelativeTime at={sync.ended_at ?? sync.started_at} quiet /></span>
        </Link>
      </li>
    )];
  });
  return [...troubled, ...cut];
}

function useQueueNeeds(enabled: boolean): ReactNode[] {
  const queues = useQuery({ ...liveQueuesQuery, enabled }).data ?? [];
  const workers = useQuery({ ...workersQuery, enabled }).data;
  const paused = queues.filter((queue) => queue.paused_at).map((queue) => (
    <li key={`queue ${queue.name}`}>
      <Link to="/queues" className={styles.row}>
        <HealthDot condition="paused" />
        <span className={styles.words}>{words.queuePaused(shown(queue.name, 80))}</span>
        <span className={styles.when}>{queue.paused_at && <RelativeTime at={queue.paused_at} quiet />}</span>
      </Link>
    </li>
  ));
  if (workers?.length !== 0) return paused;
  const alone = (
    <li key="workers">
      <Link to="/workers" className={styles.row}><HealthDot condition="down" /><span className={styles.words}>{words.noWorkers}<small>{words.noWorkersWhat}</small></span></Link>
    </li>
  );
  return [alone, ...paused];
}
