/** Runs of the last day by the hour: how many ended and how, and how long they waited for a worker. */
import type { Run } from "../../api/types";
import type { Bar } from "../../components/Bars";
import { isOpen } from "../../components/state";

const HOUR = 3_600_000;
const HOURS = 24;

/** The states a bar is made of, from the ground up. */
export const ENDS = ["succeeded", "partial", "failed", "timed_out", "cancelled"] as const;

const clock = new Intl.DateTimeFormat("en-GB", { weekday: "short", hour: "2-digit", minute: "2-digit" });

/** The beginnings of the hours up to now, the oldest first. None lies before `since`: of what is older nothing is known. */
export function hoursUntil(now: number, since = -Infinity): number[] {
  const last = Math.floor(now / HOUR) * HOUR;
  const hours = Array.from({ length: HOURS }, (_, index) => last - (HOURS - 1 - index) * HOUR);
  return hours.filter((hour) => hour + HOUR > since);
}

const byHour = (hours: readonly number[], runs: readonly Run[], momentOf: (run: Run) => string | null | undefined): Run[][] => {
  const first = hours[0] ?? 0;
  const rows: Run[][] = hours.map(() => []);
  for (const run of runs) {
    const moment = Date.parse(momentOf(run) ?? "");
    if (!Number.isNaN(moment)) rows[Math.floor((moment - first) / HOUR)]?.push(run);
  }
  return rows;
};

export function endedByHour(runs: readonly Run[], hours: readonly number[]): Bar[] {
  const ended = byHour(hours, runs.filter((run) => !isOpen(run.state)), (run) => run.ended_at);
  return ended.map((rows, index) => ({
    key: hours[index] ?? 0, label: clock.format(hours[index]), values: ENDS.map((state) => rows.filter((run) => run.state === state).length),
  }));
}

/** How long from being due to the first claim: what half of the runs stayed within, and all but one in twenty. */
export function waitsByHour(runs: readonly Run[], hours: readonly number[]): Bar[] {
  const started = byHour(hours, runs, (run) => run.started_at);
  return started.map((rows, index) => {
    const waits = rows.map(waitOf).sort((a, b) => a - b);
    return { key: hours[index] ?? 0, label: clock.format(hours[index]), values: [shareOf(waits, 0.95), shareOf(waits, 0.5)] };
  });
}

function waitOf(run: Run): number {
  const due = Math.max(Date.parse(run.created_at), run.run_at ? Date.parse(run.run_at) : 0);
  return Math.max(0, Date.parse(run.started_at ?? run.created_at) - due);
}

/** The value that this share of sorted values does not exceed. */
export const shareOf = (sorted: readonly number[], share: number): number => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
