/** Each source with its dot, its last good sync and what that brought. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Source } from "../../api/types";
import { HealthDot, conditionWord } from "../../components/Health";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { lastSyncQuery, sourcesQuery } from "../sources/queries";
import styles from "./home.module.css";

const words = text.home;
const SOURCES_SHOWN = 12;

export function SourceStrip() {
  const { data } = useQuery(sourcesQuery);
  if (data === undefined) return null;
  return (
    <section className={styles.block} aria-label={words.sources}>
      <h2>{words.sources}</h2>
      {data.length === 0 && <p>{words.noSources} <Link to="/sources">{words.addSource}</Link></p>}
      <div className={styles.strip}>{data.slice(0, SOURCES_SHOWN).map((source) => <SourceCard key={source.name} source={source} />)}</div>
    </section>
  );
}

function SourceCard({ source }: { source: Source }) {
  const last = useQuery(lastSyncQuery(source.name)).data;
  return (
    <Link to="/sources/$source" params={{ source: source.name }} className={styles.source}>
      <span><HealthDot condition={source.condition} /><b className="cut">{shown(source.title || source.name, 80)}</b></span>
      <small>{conditionWord(source.condition)}</small>
      <small>
        {last === null && words.neverSynced}
        {last && <>{words.lastSync} <RelativeTime at={last.ended_at ?? last.started_at} quiet /> · {words.fresh(last.new)}</>}
      </small>
    </Link>
  );
}
