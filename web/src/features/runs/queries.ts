/** What the pages of runs ask the API. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, take } from "../../api/client";
import { aboutRun, on } from "../../api/live";
import { isOpen } from "../../components/state";

const live = { live: on("run") };
const LIST_PAGE = 100;
const TASK_PAGE = 500;
/** With more pages than this a list of tasks is not read anew by itself. */
const LIVE_PAGES = 4;

export type RunQuery = { state?: string; kind?: string; queue?: string; created_after?: string; created_before?: string };

export const kindsQuery = queryOptions({ queryKey: ["kinds"], queryFn: () => take(api.GET("/api/v1/kinds")), staleTime: 60_000 });
export const queuesQuery = queryOptions({ queryKey: ["queues"], queryFn: () => take(api.GET("/api/v1/queues")), staleTime: 60_000 });
export const countsQuery = queryOptions({ queryKey: ["runs", "counts"], queryFn: () => take(api.GET("/api/v1/runs/counts")), meta: live });

export const listRuns = (query: RunQuery, after?: string, limit = LIST_PAGE) =>
  take(api.GET("/api/v1/runs", { params: { query: { ...query, limit, ...(after === undefined ? {} : { after }) } } }));

/** The list page by page. It is not live itself: its head is, and what the head tells is laid over it. */
export const runPagesQuery = (query: RunQuery) =>
  infiniteQueryOptions({
    queryKey: ["runs", "pages", query],
    queryFn: ({ pageParam }) => listRuns(query, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });

export const runHeadQuery = (query: RunQuery) =>
  queryOptions({ queryKey: ["runs", "head", query], queryFn: () => listRuns(query), meta: live });

export const getRun = (run: string) => take(api.GET("/api/v1/runs/{run}", { params: { path: { run } } }));

export const runQuery = (run: string) =>
  queryOptions({ queryKey: ["run", run], queryFn: () => getRun(run), meta: { live: aboutRun(run) } });

export const tasksQuery = (run: string, state: string | undefined, open: boolean, pages: number) =>
  infiniteQueryOptions({
    queryKey: ["run", run, "tasks", state ?? "all"],
    queryFn: ({ pageParam }) =>
      take(api.GET("/api/v1/runs/{run}/tasks", {
        params: { path: { run }, query: { limit: TASK_PAGE, ...(state ? { state } : {}), ...(pageParam ? { after: pageParam } : {}) } },
      })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    meta: pages <= LIVE_PAGES ? { live: aboutRun(run, open) } : {},
  });

export const taskQuery = (run: string, index: number, open: boolean) =>
  queryOptions({
    queryKey: ["run", run, "task", index],
    queryFn: () => take(api.GET("/api/v1/runs/{run}/tasks/{index}", { params: { path: { run, index } } })),
    meta: { live: aboutRun(run, open) },
  });

/** A task's whole output, read from its beginning in each round. */
export const outputQuery = (run: string, index: number, attempt: number | undefined, open: boolean) =>
  queryOptions({
    queryKey: ["run", run, "output", index, attempt ?? "latest"],
    queryFn: () => readOutput(run, index, attempt),
    meta: { live: aboutRun(run, open) },
  });

const OUTPUT_PAGE = 500;

async function readOutput(run: string, index: number, attempt: number | undefined) {
  const chunks = [];
  let after: string | undefined;
  do {
    const page = await take(api.GET("/api/v1/runs/{run}/tasks/{index}/output", {
      params: {
        path: { run, index },
        query: { limit: OUTPUT_PAGE, ...(attempt === undefined ? {} : { attempt: String(attempt) }), ...(after === undefined ? {} : { after }) },
      },
    }));
    chunks.push(...page.items);
    after = page.next ?? undefined;
  } while (after !== undefined);
  return chunks;
}

export const resultsQuery = (run: string, open: boolean) =>
  infiniteQueryOptions({
    queryKey: ["run", run, "results"],
    queryFn: ({ pageParam }) =>
      take(api.GET("/api/v1/runs/{run}/results", { params: { path: { run }, query: { limit: 200, ...(pageParam ? { after: pageParam } : {}) } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    meta: { live: aboutRun(run, open) },
  });

export const cancelRun = (run: string) => take(api.POST("/api/v1/runs/{run}/cancel", { params: { path: { run } } }));
export const retryRun = (run: string) => take(api.POST("/api/v1/runs/{run}/retry", { params: { path: { run } } }));
export const retryTask = (run: string, index: number) =>
  take(api.POST("/api/v1/runs/{run}/tasks/{index}/retry", { params: { path: { run, index } } }));

/** Whether a run can be retried: it ended, and something in it did not succeed. */
export const canRetry = (run: { state: string; tasks: { failed: number; timed_out: number; cancelled: number } }): boolean =>
  !isOpen(run.state) && run.tasks.failed + run.tasks.timed_out + run.tasks.cancelled > 0;
