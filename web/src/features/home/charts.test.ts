import { expect, it } from "vitest";
import type { Run } from "../../api/types";
import { exampleOf } from "../../testing/backend";
import { ENDS, endedByHour, hoursUntil, shareOf, waitsByHour } from "./charts";

const NOW = Date.parse("2026-11-22T12:30:00Z");
const run = (part: Partial<Run>): Run => ({ ...exampleOf<Run>("Run"), state: "succeeded", ...part });

it("runs are counted in the hour they ended in, by how they ended", () => {
  const hours = hoursUntil(NOW);
  const bars = endedByHour([
    run({ ended_at: "2026-11-22T12:00:00Z" }), run({ ended_at: "2026-11-22T12:29:59Z", state: "failed" }), run({ ended_at: "2026-11-22T11:59:59Z" }),
    run({ state: "running" }), run({ ended_at: "2026-11-20T12:00:00Z" }),
  ], hours);
  expect(bars).toHaveLength(24);
  expect(bars.at(-1)?.values).toEqual(ENDS.map((state) => (state === "succeeded" || state === "failed" ? 1 : 0)));
  expect(bars.at(-2)?.values[0]).toBe(1);
  expect(bars.flatMap(({ values }) => values).reduce((sum, value) => sum + value)).toBe(3);
});

it("of an hour before the oldest run that was read nothing is said", () => {
  expect(hoursUntil(NOW, Date.parse("2026-11-22T10:59:00Z")).map((hour) => new Date(hour).getUTCHours())).toEqual([10, 11, 12]);
});

it("a run waits from when it was due", () => {
  const bars = waitsByHour([
    run({ created_at: "2026-11-22T12:00:00.000Z", started_at: "2026-11-22T12:00:00.100Z" }),
    run({ created_at: "2026-11-22T11:00:00.000Z", run_at: "2026-11-22T12:00:00.000Z", started_at: "2026-11-22T12:00:00.300Z" }),
  ], hoursUntil(NOW));
  expect(bars.at(-1)?.values).toEqual([300, 100]);
  expect(shareOf([], 0.5)).toBe(0);
});
