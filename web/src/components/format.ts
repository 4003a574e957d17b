/** Numbers, times and durations as people read them, in their own zone and always with the zone at hand. */

const whole = new Intl.NumberFormat("en");
export const formatCount = (count: number): string => whole.format(count);

const full = new Intl.DateTimeFormat("en-GB", {
  dateStyle: "full",
  timeStyle: "long",
});
/** The moment with weekday, seconds and zone. */
export const formatMoment = (moment: number): string => full.format(moment);

const short = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" });
/** "Sun 22 Nov 2026, 06:00:00" of the reader's clock. */
export const formatShort = (moment: number): string => short.format(moment);

/** A sentence of the server's, with its moments by the reader's clock. */
export const withMoments = (sentence: string): string =>
  sentence.replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z/g, (at) => {
    const moment = Date.parse(at);
    return Number.isNaN(moment) ? at : formatShort(moment);
  });

/** The moment by the clock of another zone, with its name; by the reader's own when there is no such zone. */
export function formatIn(moment: number, zone: string): string {
  try {
    return new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "long", timeZone: zone }).format(moment);
  } catch {
    return formatMoment(moment);
  }
}

const STEPS: readonly (readonly [number, string])[] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1000, "s"],
];

/** "now", "12 s ago", "in 3 h". One unit: who needs more looks at the absolute time. */
export function formatRelative(moment: number, now: number): string {
  const distance = Math.abs(now - moment);
  const step = STEPS.find(([size]) => distance >= size);
  if (step === undefined) return "now";
  const text = `${Math.floor(distance / step[0])} ${step[1]}`;
  return moment <= now ? `${text} ago` : `in ${text}`;
}

/** "53 ms", "1.2 s", "3 min 20 s", "2 h 5 min", "3 d 4 h". */
export function formatDuration(milliseconds: number): string {
  const ms = Math.max(0, milliseconds);
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1000)} s`;
  if (ms < 86_400_000) return `${Math.floor(ms / 3_600_000)} h ${Math.floor((ms % 3_600_000) / 60_000)} min`;
  return `${Math.floor(ms / 86_400_000)} d ${Math.floor((ms % 86_400_000) / 3_600_000)} h`;
}
