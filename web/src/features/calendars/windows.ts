/** Stretches of a calendar between the API, which leaves their shape open, a form, and words. */
import { textIn, textsIn } from "../../components/read";
import { shown } from "../../components/shown";
import { text } from "../../texts";

const words = text.calendars;

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Day = (typeof DAYS)[number];

/** As typed. What is empty does not matter. */
export interface Window {
  from: string;
  to: string;
  weekdays: readonly string[];
  starts: string;
  ends: string;
  reason: string;
}

export const NO_WINDOW: Window = { from: "", to: "", weekdays: [], starts: "", ends: "", reason: "" };

export const windowOf = (value: unknown): Window => ({
  from: textIn(value, "from") ?? "", to: textIn(value, "to") ?? "", weekdays: textsIn(value, "weekdays"),
  starts: textIn(value, "starts") ?? "", ends: textIn(value, "ends") ?? "", reason: textIn(value, "reason") ?? "",
});

/** For the API: without what is empty. */
export const definitionOf = (window: Window): Record<string, unknown> =>
  Object.fromEntries(Object.entries(window).filter(([, value]) => (value as string | readonly string[]).length > 0));

const isDay = (day: string): day is Day => (DAYS as readonly string[]).includes(day);
const dayWord = (day: string): string => (isDay(day) ? words.days[day] : shown(day, 20));

function daysText({ from, to, weekdays }: Window): string {
  const [first, last] = [shown(from, 40), shown(to, 40)];
  const span = first === "" ? (last === "" ? "" : words.toDay(last)) : last === "" ? words.fromDay(first) : first === last ? first : words.span(first, last);
  return [span, weekdays.map(dayWord).join(", ")].filter((part) => part !== "").join(", ") || words.everyDay;
}

/** Times that are given with seconds of no weight are said without them. */
const timeText = (time: string): string => shown(time.replace(/^(\d\d:\d\d):00(\.0+)?$/, "$1"), 20);

function timesText({ starts, ends }: Window): string {
  if (starts === "" && ends === "") return words.allDay;
  if (ends === "") return words.since(timeText(starts));
  if (starts === "") return words.until(timeText(ends));
  return `${timeText(starts)}–${timeText(ends)}${ends < starts ? ` (${words.ends_next})` : ""}`;
}

/** "2026-12-24 to 2026-12-26, all day". */
export const windowText = (window: Window): string => `${daysText(window)}, ${timesText(window)}`;
