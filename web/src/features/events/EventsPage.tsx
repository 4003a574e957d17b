/** What happens, as it happens: the events that the console's one stream brings. */
import { useMemo, useRef } from "react";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useHeard } from "../../app/live/heard";
import { useLiveState } from "../../app/live/LiveContext";
import { DataTable, type Column } from "../../components/DataTable";
import { EmptyState } from "../../components/EmptyState";
import { FilterBar, type Facet, type Filters } from "../../components/FilterBar";
import { ListDetail } from "../../components/ListDetail";
import { Page } from "../../components/Page";
import styles from "../../components/Parts.module.css";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { eventDetail } from "./EventDetail";
import { eventOf, fits, type Event } from "./reading";

const words = text.events;

const COLUMNS: readonly Column<Event>[] = [
  { id: "type", label: words.columns.type, width: "minmax(130px, 1fr)", cell: (event) => <b>{shown(event.type, 100)}</b>, value: (event) => event.type },
  { id: "about", label: words.columns.about, width: "minmax(100px, 1.6fr)", cell: (event) => <span title={shown(event.about, 300)}>{shown(event.about, 160)}</span>, value: (event) => event.about },
  { id: "by", label: words.columns.by, width: "minmax(100px, 1fr)", from: 760, cell: (event) => <code title={shown(event.correlation ?? "", 100)}>{shown(event.correlation ?? "", 60)}</code>, value: (event) => event.correlation },
  { id: "time", label: words.columns.time, width: "84px", end: true, cell: (event) => event.time && <RelativeTime at={event.time} quiet />, value: (event) => event.time },
];

/** The latest first; while live updates are paused, as they were then. */
function useEvents(isPaused: boolean): readonly Event[] {
  const heard = useHeard();
  const now = useMemo(() => heard.map(eventOf).reverse(), [heard]);
  const kept = useRef(now);
  if (!isPaused) kept.current = now;
  return isPaused ? kept.current : now;
}

export function EventsPage() {
  const search = useSearch({ from: "/frame/events" });
  const navigate = useNavigate({ from: "/events" });
  const isPaused = useLiveState() === "paused";
  const events = useEvents(isPaused);
  const rows = useMemo(() => events.filter((event) => fits(event, search)), [events, search]);
  const show = (place: string | undefined) => void navigate({ search: (before) => ({ ...before, event: place }) });
  const detail = search.event === undefined ? undefined : eventDetail(search.event, events.find((event) => event.place === search.event), () => show(undefined));
  const isNarrow = search.type !== undefined || search.about !== undefined;
  return (
    <Page fill title={words.title} heading={<><h1>{words.title}</h1><p className={styles.soft}>{isPaused ? words.waiting : words.what}</p></>}>
      <ListDetail detail={detail}>
        <div className={styles.tools}><EventFilterBar events={events} filter={search} onChange={(next) => void navigate({ search: next, replace: true })} /></div>
        {rows.length === 0 && !isNarrow && <EmptyState title={words.empty} action={<Link to="/webhooks">{words.toWebhooks}</Link>}>{words.emptyWhat}</EmptyState>}
        {rows.length === 0 && isNarrow && <EmptyState title={words.noMatch}>{words.noMatchWhat}</EmptyState>}
        {rows.length > 0 && <DataTable label={words.title} columns={COLUMNS} rows={rows} rowKey={(event) => event.place} rowLabel={(event) => event.type} openKey={search.event} onOpen={(event) => show(event.place)} memory="events" />}
      </ListDetail>
    </Page>
  );
}

interface FilterProps {
  events: readonly Event[];
  filter: { type?: string; about?: string };
  onChange: (filter: { type?: string; about?: string }) => void;
}

function EventFilterBar({ events, filter, onChange }: FilterProps) {
  const facets: Facet[] = useMemo(() => {
    const types = [...new Set(events.flatMap(({ type }) => [type.split(".")[0] ?? type, type]))].sort();
    return [{ name: "type", label: words.facets.type, values: types.map((type) => ({ value: type, label: type })) }, { name: "about", label: words.facets.about }];
  }, [events]);
  const held: Filters = Object.fromEntries(Object.entries({ type: filter.type, about: filter.about }).flatMap(([name, value]) => (value === undefined ? [] : [[name, [value]]])));
  const change = (next: Filters) => {
    const [type, about] = [next["type"]?.[0], next["about"]?.[0]];
    onChange({ ...(type === undefined ? {} : { type }), ...(about === undefined ? {} : { about }) });
  };
  return <FilterBar facets={facets} filters={held} onChange={change} />;
}
