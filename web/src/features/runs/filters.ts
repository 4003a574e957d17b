/** The filters of the list of runs: in the address, as chips, and as the API takes them. */
import type { Facet, Filters } from "../../components/FilterBar";
import { RUN_STATES, wordOf } from "../../components/state";
import { text } from "../../texts";

export interface RunSearch {
  state?: string;
  kind?: string;
  queue?: string;
  after?: string;
  before?: string;
}

export const toFilters = (search: RunSearch): Filters =>
  Object.fromEntries(Object.entries(search).map(([name, value]: [string, string]) => [name, name === "state" ? value.split(",") : [value]]));

export function toSearch(filters: Filters): RunSearch {
  const filled = Object.entries(filters).filter(([, values]) => values.length > 0);
  return Object.fromEntries(filled.map(([name, values]) => [name, values.join(",")]));
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A day, a time, or a distance into the past, as the API's time; nothing when it is none of them. */
export function momentOf(value: string, now: number): string | undefined {
  const distance = /^(\d{1,5})([mhdw])$/.exec(value);
  if (distance !== null) return new Date(now - Number(distance[1]) * (UNITS[distance[2] ?? ""] ?? 0)).toISOString();
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return isoOf(`${value}T00:00:00`);
  return /^\d{4}-\d{2}-\d{2}T/.test(value) ? isoOf(value) : undefined;
}

function isoOf(value: string): string | undefined {
  const moment = new Date(value);
  return Number.isNaN(moment.getTime()) ? undefined : moment.toISOString();
}

/** What the API is asked for. A time that cannot be read, from an old address, is left out. */
export function toQuery(search: RunSearch, now: number) {
  const after = search.after && momentOf(search.after, now);
  const before = search.before && momentOf(search.before, now);
  const known = search.state?.split(",").filter((state) => (RUN_STATES as readonly string[]).includes(state)).join(",");
  return {
    ...(known ? { state: known } : {}),
    ...(search.kind ? { kind: search.kind } : {}),
    ...(search.queue ? { queue: search.queue } : {}),
    ...(after ? { created_after: after } : {}),
    ...(before ? { created_before: before } : {}),
  };
}

const checkMoment = (value: string) => (momentOf(value, Date.now()) === undefined ? text.filter.when : undefined);
const states: readonly string[] = RUN_STATES;
const checkState = (value: string) => (states.includes(value) ? undefined : text.filter.state(states));
const DISTANCES = ["1h", "24h", "7d", "30d"].map((value) => ({ value, label: value }));

export function facetsOf(kinds: readonly string[], queues: readonly string[]): Facet[] {
  const values = (names: readonly string[]) => names.map((value) => ({ value, label: value }));
  const labels = text.runs.facets;
  return [
    { name: "state", label: labels.state, many: true, check: checkState, values: RUN_STATES.map((value) => ({ value, label: wordOf(value) })) },
    { name: "kind", label: labels.kind, values: values(kinds) },
    { name: "queue", label: labels.queue, values: values(queues) },
    { name: "after", label: labels.after, check: checkMoment, values: DISTANCES },
    { name: "before", label: labels.before, check: checkMoment, values: DISTANCES },
  ];
}
