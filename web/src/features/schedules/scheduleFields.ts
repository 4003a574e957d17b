/** A schedule between its form and the API. */
import type { NewSchedule, Schedule } from "../../api/types";
import { fieldOf, textIn } from "../../components/read";
import type { Json } from "../../components/schema";
import { itemsIn } from "../jobs/items";
import { itemsOf, jobOf, kindOf, priorityOf, queueOf } from "./reading";

export type TriggerType = "once" | "every" | "cron";
export const TRIGGERS: readonly TriggerType[] = ["cron", "every", "once"];

/** As typed. What is empty is left out. Moments are as a field for a local day and time holds them. */
export interface ScheduleFields {
  name: string;
  description: string;
  starts: "job" | "kind";
  job: string;
  kind: string;
  queue: string;
  priority: string;
  tasks: "one" | "many";
  parameters: Json;
  items: string;
  trigger: TriggerType;
  at: string;
  interval: string;
  anchor: string;
  expression: string;
  zone: string;
  calendars: string;
  jitter: string;
  startAt: string;
  endAt: string;
  maxRuns: string;
  missed: string;
  overlap: string;
}

export const ownZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** `2026-11-22T06:00` of the reader's clock, for a moment of the API. */
export function localOf(moment: string | null | undefined): string {
  if (!moment) return "";
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return "";
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

/** The moment that a local day and time name, or nothing when they name none. */
export function momentIn(local: string): string | undefined {
  const date = new Date(local);
  return local === "" || Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

export function beginSchedule(schedule: Schedule | undefined, job = "", kind = ""): ScheduleFields {
  const trigger = schedule?.trigger;
  const type = textIn(trigger, "type");
  const items = schedule && itemsOf(schedule);
  return {
    name: schedule?.name ?? "",
    description: schedule?.description ?? "",
    starts: (schedule === undefined ? kind : kindOf(schedule)) ? "kind" : "job",
    job: schedule === undefined ? job : (jobOf(schedule) ?? ""),
    kind: schedule === undefined ? kind : (kindOf(schedule) ?? ""),
    queue: (schedule && queueOf(schedule)) ?? "",
    priority: String((schedule && priorityOf(schedule)) ?? ""),
    tasks: items === undefined ? "one" : "many",
    parameters: (fieldOf(schedule?.start, "parameters") ?? {}) as Json,
    items: items === undefined ? "[]" : JSON.stringify(items, null, 2),
    trigger: type === "once" || type === "every" ? type : "cron",
    at: localOf(textIn(trigger, "at")),
    interval: textIn(trigger, "interval") ?? "",
    anchor: localOf(textIn(trigger, "anchor")),
    expression: textIn(trigger, "expression") ?? "",
    zone: textIn(trigger, "zone") ?? (schedule === undefined ? ownZone() : "UTC"),
    calendars: schedule?.calendars.join(", ") ?? "",
    jitter: schedule?.jitter_seconds ? String(schedule.jitter_seconds) : "",
    startAt: localOf(schedule?.start_at),
    endAt: localOf(schedule?.end_at),
    maxRuns: schedule?.max_runs ? String(schedule.max_runs) : "",
    missed: schedule?.missed ?? "skip",
    overlap: schedule?.overlap ?? "allow",
  };
}

const filled = <T>(name: string, value: T | undefined): Record<string, T> => (value === undefined || value === "" ? {} : { [name]: value });

export function triggerOf(fields: ScheduleFields): Record<string, unknown> {
  switch (fields.trigger) {
    case "once":
      return { type: "once", ...filled("at", momentIn(fields.at)) };
    case "every":
      return { type: "every", interval: fields.interval.trim(), ...filled("anchor", momentIn(fields.anchor)) };
    case "cron":
      return { type: "cron", expression: fields.expression.trim(), zone: fields.zone.trim() || "UTC" };
  }
}

function startIn(fields: ScheduleFields): Record<string, unknown> {
  const tasks = fields.tasks === "many" ? { items: itemsIn(fields.items) ?? [] } : { parameters: fields.parameters };
  if (fields.starts === "job") return { job: fields.job, ...tasks };
  return { kind: fields.kind, ...tasks, ...filled("queue", fields.queue.trim()), ...(fields.priority === "" ? {} : { priority: Number(fields.priority) }) };
}

/** Whether enough is said of when it starts for its times to be foretold. */
export function hasTime(fields: ScheduleFields): boolean {
  if (fields.trigger === "once") return momentIn(fields.at) !== undefined;
  return (fields.trigger === "every" ? fields.interval : fields.expression).trim() !== "";
}

export function definitionOf(fields: ScheduleFields): NewSchedule {
  return {
    name: fields.name.trim(),
    description: fields.description,
    start: startIn(fields),
    trigger: triggerOf(fields),
    calendars: fields.calendars.split(/[\s,]+/).filter((name) => name !== ""),
    jitter_seconds: Number(fields.jitter || 0),
    ...filled("start_at", momentIn(fields.startAt)),
    ...filled("end_at", momentIn(fields.endAt)),
    ...(fields.maxRuns === "" ? {} : { max_runs: Number(fields.maxRuns) }),
    missed: fields.missed,
    overlap: fields.overlap,
  };
}

/** The same for a look ahead, before it has a name and something to start. */
export function foretoldOf(fields: ScheduleFields): NewSchedule {
  return { ...definitionOf(fields), name: "preview", description: "", start: { kind: "preview" } };
}
