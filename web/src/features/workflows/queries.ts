/** What the graphs of workflows ask the API, and what decides their steps. */
import { queryOptions } from "@tanstack/react-query";
import { api, take } from "../../api/client";
import { aboutRun } from "../../api/live";

/** The kind of a run or job that is made of steps. */
export const WORKFLOW = "workflow";

export const runGraphQuery = (run: string, open: boolean) =>
  queryOptions({ queryKey: ["run", run, "graph"], queryFn: () => take(api.GET("/api/v1/runs/{run}/graph", { params: { path: { run } } })), meta: { live: aboutRun(run, open) } });

export const jobGraphQuery = (job: string, version: number) =>
  queryOptions({ queryKey: ["jobs", "graph", job, version], queryFn: () => take(api.GET("/api/v1/jobs/{job}/graph", { params: { path: { job } } })) });

export const decide = (run: string, step: string, approved: boolean, comment: string) => {
  const asked = { params: { path: { run, step } }, body: { comment } };
  return take(approved ? api.POST("/api/v1/runs/{run}/steps/{step}/approve", asked) : api.POST("/api/v1/runs/{run}/steps/{step}/reject", asked));
};

export const sendSignal = (run: string, name: string, payload: unknown) => take(api.POST("/api/v1/runs/{run}/signals/{name}", { params: { path: { run, name } }, body: payload }));
