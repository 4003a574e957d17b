/** What the pages of sources ask the API. */
import { queryOptions } from "@tanstack/react-query";
import { api, take } from "../../api/client";
import { on } from "../../api/live";
import { pagesQuery } from "../../api/pages";
import type { Sync } from "../../api/types";

const named = (source: string) => ({ params: { path: { source } } });

export const sourcesQuery = queryOptions({ queryKey: ["sources", "all"], queryFn: () => take(api.GET("/api/v1/sources")), meta: { live: on("source") } });

export const sourceQuery = (source: string) =>
  queryOptions({ queryKey: ["sources", "one", source], queryFn: () => take(api.GET("/api/v1/sources/{source}", named(source))), meta: { live: on("source") } });

export const healthQuery = (source: string) =>
  queryOptions({ queryKey: ["sources", "health", source], queryFn: () => take(api.GET("/api/v1/sources/{source}/health", named(source))), meta: { live: on("source") } });

export const listSyncs = (source: string, limit: number, after: { after?: string } = {}) =>
  take(api.GET("/api/v1/sources/{source}/syncs", { params: { path: { source }, query: { limit, ...after } } }));

/** The last one alone, for strips and lists. */
export const lastSyncQuery = (source: string) =>
  queryOptions({ queryKey: ["sources", "last", source], queryFn: async () => (await listSyncs(source, 1)).items[0] ?? null, meta: { live: on("source") } });

export const syncsQuery = (source: string) => pagesQuery<Sync>(["sources", "syncs", source], (after) => listSyncs(source, 30, after), { ...on("source"), polled: true });

export const addSource = (body: { name: string; url: string }) => take(api.POST("/api/v1/sources", { body }));
export const checkSource = (source: string) => take(api.POST("/api/v1/sources/{source}/check", named(source)));
export const syncSource = (source: string) => take(api.POST("/api/v1/sources/{source}/sync", named(source)));
export const removeSource = (source: string) => take(api.DELETE("/api/v1/sources/{source}", named(source)));
