/** What the start page asks the API beside what other pages ask. */
import { queryOptions } from "@tanstack/react-query";
import { api, take } from "../../api/client";
import { on } from "../../api/live";
import { listRuns } from "../runs/queries";

const DAY = 86_400_000;
/** As many failures as are counted one by one. */
export const FAILURES_COUNTED = 100;
/** A window that begins on a full minute is the same question for a minute. */
const dayBefore = (now: number): string => new Date(Math.floor((now - DAY) / 60_000) * 60_000).toISOString();

export const failuresQuery = queryOptions({
  queryKey: ["runs", "failures"],
  queryFn: () => listRuns({ state: "failed,timed_out,partial", created_after: dayBefore(Date.now()) }, undefined, FAILURES_COUNTED),
  meta: { live: on("run") },
});

/** As many runs as the charts are made of. */
export const RUNS_CHARTED = 500;

/** Read anew by the minute: by the hour nothing changes faster. */
export const dayQuery = queryOptions({
  queryKey: ["runs", "day"],
  queryFn: () => listRuns({ created_after: dayBefore(Date.now()) }, undefined, RUNS_CHARTED),
  staleTime: 60_000,
  refetchInterval: 60_000,
});

export const recentQuery = queryOptions({ queryKey: ["runs", "recent"], queryFn: () => listRuns({}, undefined, 8), meta: { live: on("run") } });

export const postingCountQuery = queryOptions({
  queryKey: ["postings", "total"],
  queryFn: async () => (await take(api.GET("/api/v1/postings", { params: { query: { limit: 1 } } }))).total,
  staleTime: 30_000,
});
