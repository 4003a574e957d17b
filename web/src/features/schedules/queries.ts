/** What the pages of schedules ask the API. */
import { queryOptions } from "@tanstack/react-query";
import { api, take } from "../../api/client";
import { on } from "../../api/live";
import { pagesQuery } from "../../api/pages";
import { takeTagged } from "../../api/tagged";
import type { Fire, NewSchedule, Schedule } from "../../api/types";

const live = { live: on("schedule") };
const named = (schedule: string) => ({ params: { path: { schedule } } });

export const listSchedules = (state: string | undefined, after: { after?: string } = {}, limit = 100) =>
  take(api.GET("/api/v1/schedules", { params: { query: { limit, ...after, ...(state === undefined ? {} : { state }) } } }));

export const schedulesQuery = (state: string | undefined) => pagesQuery<Schedule>(["schedules", "pages", state ?? "all"], (after) => listSchedules(state, after), live.live);

/** The active ones alone, for the start page. */
export const activeQuery = queryOptions({ queryKey: ["schedules", "active"], queryFn: () => listSchedules("active", {}, 200), meta: live });

export const scheduleQuery = (schedule: string) =>
  queryOptions({ queryKey: ["schedules", "one", schedule], queryFn: () => takeTagged(api.GET("/api/v1/schedules/{schedule}", named(schedule))), meta: live });

/** For changing it: kept as it was read, so that its tag tells of changes made meanwhile. */
export const scheduleAsItIsQuery = (schedule: string) =>
  queryOptions({ queryKey: ["schedule-as-it-is", schedule], queryFn: () => takeTagged(api.GET("/api/v1/schedules/{schedule}", named(schedule))), staleTime: Infinity, gcTime: 0 });

export const listFires = (schedule: string, limit: number, after: { after?: string } = {}) =>
  take(api.GET("/api/v1/schedules/{schedule}/fires", { params: { path: { schedule }, query: { limit, ...after } } }));

export const firesQuery = (schedule: string) => pagesQuery<Fire>(["schedules", "fires", schedule], (after) => listFires(schedule, 50, after), live.live);

/** The last one alone, for the list. */
export const lastFireQuery = (schedule: string) =>
  queryOptions({ queryKey: ["schedules", "last", schedule], queryFn: async () => (await listFires(schedule, 1)).items[0] ?? null, meta: live });

export const aheadQuery = (schedule: string, version: number, count: number) =>
  queryOptions({
    queryKey: ["schedules", "ahead", schedule, version, count],
    queryFn: () => take(api.GET("/api/v1/schedules/{schedule}/preview", { params: { path: { schedule }, query: { count } } })),
    meta: live,
  });

/** The times of a schedule that is not saved. */
export const foretell = (body: NewSchedule, count: number) => take(api.POST("/api/v1/schedules/preview", { params: { query: { count } }, body }));

export const createSchedule = (key: string, body: NewSchedule) => take(api.POST("/api/v1/schedules", { params: { header: { "Idempotency-Key": key } }, body }));

/** Refused when somebody changed it meanwhile. */
export const replaceSchedule = (schedule: string, tag: string, body: NewSchedule) =>
  take(api.PUT("/api/v1/schedules/{schedule}", { params: { path: { schedule }, header: { "If-Match": tag } }, body }));

export const deleteSchedule = (schedule: string, tag: string) =>
  take(api.DELETE("/api/v1/schedules/{schedule}", { params: { path: { schedule }, header: { "If-Match": tag } } }));

export const pauseSchedule = (schedule: string) => take(api.POST("/api/v1/schedules/{schedule}/pause", named(schedule)));
export const resumeSchedule = (schedule: string) => take(api.POST("/api/v1/schedules/{schedule}/resume", named(schedule)));
export const runSchedule = (schedule: string) => take(api.POST("/api/v1/schedules/{schedule}/run", named(schedule)));
