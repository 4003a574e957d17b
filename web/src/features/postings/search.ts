/** A search for postings: in the address, and as the API takes it. */
import { momentOf } from "../runs/filters";

export const FACETS = ["source", "country", "region", "employment_type", "remote"] as const;
export type FacetName = (typeof FACETS)[number];

export interface PostingSearch {
  q?: string;
  source?: string;
  country?: string;
  region?: string;
  employment_type?: string;
  remote?: string;
  since?: string;
  sort?: string;
  posting?: string;
}

export type PostingQuery = Partial<Record<"q" | FacetName | "published_from" | "sort", string>>;

const MINUTE = 60_000;

export function toQuery(search: PostingSearch, now: number): PostingQuery {
  // On a full minute, so that coming back within it is the same question.
  const from = search.since === undefined ? undefined : momentOf(search.since, Math.floor(now / MINUTE) * MINUTE);
  const query: PostingQuery = {};
  for (const name of ["q", ...FACETS] as const) {
    const value = search[name];
    if (value !== undefined) query[name] = value;
  }
  if (from !== undefined) query.published_from = from;
  if (search.sort === "newest" || search.sort === "relevance") query.sort = search.sort;
  return query;
}

export const valuesOf = (value: string | undefined): string[] => (value === undefined ? [] : value.split(",").filter((one) => one !== ""));

/** The values with one more or one less; nothing when none is left. */
export function toggled(value: string | undefined, one: string): string | undefined {
  const before = valuesOf(value);
  const next = before.includes(one) ? before.filter((other) => other !== one) : [...before, one];
  return next.length === 0 ? undefined : next.join(",");
}

/** Without what is empty: an address says what is chosen and nothing else. */
export const tidy = (search: { [K in keyof PostingSearch]?: string | undefined }): PostingSearch =>
  Object.fromEntries(Object.entries(search).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ""));

export const isNarrowed = (search: PostingSearch): boolean => [...FACETS, "since" as const].some((name) => search[name] !== undefined);
