/** What the pages of jobs ask the API. */
import { queryOptions } from "@tanstack/react-query";
import { api, take } from "../../api/client";
import { pagesQuery } from "../../api/pages";
import { takeTagged } from "../../api/tagged";
import type { Job, JobDefinition, NewExecution } from "../../api/types";

export const jobsQuery = pagesQuery<Job>(["jobs", "pages"], (after) => take(api.GET("/api/v1/jobs", { params: { query: { limit: 100, ...after } } })));

export const jobQuery = (job: string) =>
  queryOptions({ queryKey: ["jobs", "one", job], queryFn: () => takeTagged(api.GET("/api/v1/jobs/{job}", { params: { path: { job } } })) });

export const defineJob = (body: JobDefinition) => take(api.POST("/api/v1/jobs", { body }));

/** Refused when somebody defined a version meanwhile. */
export const defineNext = (job: string, tag: string, body: JobDefinition) =>
  take(api.PUT("/api/v1/jobs/{job}", { params: { path: { job }, header: { "If-Match": tag } }, body }));

export const endJob = (job: string) => take(api.DELETE("/api/v1/jobs/{job}", { params: { path: { job } } }));

export const runJob = (job: string, key: string, body: NewExecution) =>
  take(api.POST("/api/v1/jobs/{job}/runs", { params: { path: { job }, header: { "Idempotency-Key": key } }, body }));
