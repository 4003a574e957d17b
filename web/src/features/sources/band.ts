/** A source's health over time as parts of a band. */
import type { HealthChange } from "../../api/types";

export interface Part {
  condition: string;
  from: number;
  to: number;
}

export const BAND_DAYS = 30;
const DAY = 86_400_000;

/** From old to new. Before the first change nothing is known. */
export function partsOf(changes: readonly HealthChange[], now: number, days = BAND_DAYS): Part[] {
  const begin = now - days * DAY;
  const sorted = changes.map((change) => ({ condition: change.condition, at: Date.parse(change.since) })).filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
  const marks = [{ condition: "unknown", at: -Infinity }, ...sorted];
  const parts = marks.map(({ condition, at }, index) => ({ condition, from: Math.max(at, begin), to: marks[index + 1]?.at ?? now }));
  return parts.filter((part) => part.to > part.from);
}

/** How much of the time that is known each condition took, the most first, as whole percent. */
export function sharesOf(parts: readonly Part[]): [condition: string, percent: number][] {
  const sums = new Map<string, number>();
  const known = parts.filter((part) => part.condition !== "unknown");
  for (const part of known.length > 0 ? known : parts) sums.set(part.condition, (sums.get(part.condition) ?? 0) + part.to - part.from);
  const whole = [...sums.values()].reduce((sum, one) => sum + one, 0);
  return [...sums].sort((a, b) => b[1] - a[1]).map(([condition, sum]) => [condition, Math.round((sum / whole) * 100)]);
}
