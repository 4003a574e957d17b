/** What the pages of calendars ask the API. */
import { queryOptions } from "@tanstack/react-query";
import { api, take } from "../../api/client";
import { on } from "../../api/live";
import { pagesQuery } from "../../api/pages";
import { takeTagged } from "../../api/tagged";
import type { Calendar, NewCalendar } from "../../api/types";

const live = on("calendar");
const at = (calendar: string, tag: string) => ({ params: { path: { calendar }, header: { "If-Match": tag } } });

export const calendarsQuery = pagesQuery<Calendar>(["calendars", "pages"], (after) => take(api.GET("/api/v1/calendars", { params: { query: { limit: 100, ...after } } })), live);

export const calendarQuery = (calendar: string) =>
  queryOptions({ queryKey: ["calendars", "one", calendar], queryFn: () => takeTagged(api.GET("/api/v1/calendars/{calendar}", { params: { path: { calendar } } })), meta: { live } });

export const createCalendar = (key: string, body: NewCalendar) => take(api.POST("/api/v1/calendars", { params: { header: { "Idempotency-Key": key } }, body }));

/** Refused when somebody changed it meanwhile. */
export const replaceCalendar = (calendar: string, tag: string, body: NewCalendar) => take(api.PUT("/api/v1/calendars/{calendar}", { ...at(calendar, tag), body }));
export const deleteCalendar = (calendar: string, tag: string) => take(api.DELETE("/api/v1/calendars/{calendar}", at(calendar, tag)));
