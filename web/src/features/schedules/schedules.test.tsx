import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import type { Fire, Kind, Me, NewSchedule, Schedule } from "../../api/types";
import { exampleOf, json, problem, startBackend } from "../../testing/backend";
import { expectInert, HOSTILES } from "../../testing/hostile";
import { haveSession, showConsole } from "../../testing/render";
import { beginSchedule, definitionOf, localOf, momentIn } from "./scheduleFields";

const me = (...grants: string[]) => () => json({ ...exampleOf<Me>("Me"), grants });
const schedule = (part: Partial<Schedule>): Schedule => ({ ...exampleOf<Schedule>("Schedule"), state: "active", ...part });
const kind: Kind = { ...exampleOf<Kind>("Kind"), name: "fibonacci", parameter_schema: { type: "object", properties: { iterations: { type: "integer" } } } };
const cron = { type: "cron", expression: "0 2 * * *", zone: "Europe/Stockholm" };

it("a schedule shows when, what, how its last time went and why", async () => {
  haveSession();
  const fire: Fire = { ...exampleOf<Fire>("Fire"), outcome: "skipped", reason: "the run before goes on" };
  startBackend({
    "GET /api/v1/auth/me": me("*:*"),
    "GET /api/v1/schedules": () => json({ items: [schedule({ name: "nightly", trigger: cron, start: { job: "report" } })] }),
    "GET /api/v1/schedules/{schedule}": () => json(schedule({ name: "nightly", trigger: cron, start: { job: "report" } })),
    "GET /api/v1/schedules/{schedule}/fires": () => json({ items: [fire] }),
  });
  showConsole("/schedules?schedule=nightly");
  const detail = await screen.findByRole("complementary", { name: "Schedule nightly" });
  expect(await within(detail).findByText("cron 0 2 * * *")).toBeTruthy();
  expect(within(detail).getByText("Europe/Stockholm")).toBeTruthy();
  expect((await within(detail).findAllByText("the run before goes on")).length).toBeGreaterThan(0);
});

it("the form foretells the next times while it is filled in, and says why a time is left out", async () => {
  haveSession();
  const log = startBackend({
    "GET /api/v1/auth/me": me("*:*"),
    "GET /api/v1/kinds": () => json([kind]),
    "GET /api/v1/jobs": () => json({ items: [] }),
    "POST /api/v1/schedules/preview": ({ body }) => {
      const { expression } = (body as NewSchedule).trigger;
      if (expression === "no") return problem(422, "invalid_parameters", "the expression is wrong");
      return json([{ scheduled_for: "2026-12-24T01:00:00Z", due_at: "2026-12-24T01:00:00Z", skipped: "calendar quiet: holidays" }]);
    },
  });
  showConsole("/define-schedule?kind=fibonacci");
  await userEvent.type(await screen.findByLabelText(/^Cron expression/), "no");
  expect(await screen.findByText("The expression is wrong.")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "every night at two" }));
  expect(await screen.findByText("nothing starts: calendar quiet: holidays")).toBeTruthy();
  await userEvent.type(screen.getByLabelText(/^Name/), "nightly");
  await userEvent.click(screen.getByRole("button", { name: "Save the schedule" }));
  await waitFor(() => expect(log.filter((asked) => asked.path === "/api/v1/schedules" && asked.method === "POST")).toHaveLength(1));
  const sent = log.find((asked) => asked.path === "/api/v1/schedules" && asked.method === "POST");
  expect(sent?.body).toMatchObject({ name: "nightly", start: { kind: "fibonacci", parameters: {} }, trigger: { type: "cron", expression: "0 2 * * *" } });
  expect(sent?.headers.get("idempotency-key")).toBeTruthy();
});

it("somebody who may only read is told why the buttons rest", async () => {
  haveSession();
  startBackend({
    "GET /api/v1/auth/me": me("schedules:read"),
    "GET /api/v1/schedules": () => json({ items: [schedule({ name: "nightly", trigger: cron })] }),
    "GET /api/v1/schedules/{schedule}": () => json(schedule({ name: "nightly", trigger: cron })),
  });
  showConsole("/schedules?schedule=nightly");
  expect((await screen.findByRole("button", { name: "Run now" })).getAttribute("aria-disabled")).toBe("true");
  expect(screen.getByRole("button", { name: "Delete" }).getAttribute("aria-disabled")).toBe("true");
});

it("what a form holds of a schedule is what was saved", () => {
  const saved = schedule({
    name: "often", description: "d", start: { kind: "fibonacci", items: [{ iterations: 1 }], queue: "slow", priority: 5 }, trigger: { type: "every", interval: "6h", anchor: "2026-11-22T06:00:00.000Z" },
    calendars: ["quiet", "night"], jitter_seconds: 30, start_at: "2026-11-22T06:00:00.000Z", end_at: "2027-11-22T06:00:00.000Z", max_runs: 7, missed: "all", overlap: "queue",
  });
  const { name, description, start, trigger, calendars, jitter_seconds, start_at, end_at, max_runs, missed, overlap } = saved;
  expect(definitionOf(beginSchedule(saved))).toEqual({ name, description, start, trigger, calendars, jitter_seconds, start_at, end_at, max_runs, missed, overlap });
  expect(momentIn(localOf("2026-11-22T06:00:00Z"))).toBe("2026-11-22T06:00:00.000Z");
  expect([momentIn("soon"), momentIn(""), localOf("never"), localOf(undefined)]).toEqual([undefined, undefined, "", ""]);
});

it.each(HOSTILES)("hostile text in a schedule is inert: %s", async (_, hostile) => {
  haveSession();
  const odd = schedule({ name: "odd", description: hostile, start: { kind: hostile, queue: hostile }, trigger: { type: "cron", expression: hostile, zone: hostile }, calendars: [hostile], missed: hostile, overlap: hostile, state: hostile });
  startBackend({
    "GET /api/v1/auth/me": me("*:*"),
    "GET /api/v1/schedules": () => json({ items: [odd] }),
    "GET /api/v1/schedules/{schedule}": () => json(odd),
    "GET /api/v1/schedules/{schedule}/fires": () => json({ items: [{ ...exampleOf<Fire>("Fire"), outcome: hostile, reason: hostile, source: hostile }] }),
    "GET /api/v1/schedules/{schedule}/preview": () => json([{ scheduled_for: "2026-12-24T01:00:00Z", due_at: "2026-12-24T01:00:00Z", skipped: hostile }]),
  });
  const { container } = showConsole("/schedules?schedule=odd");
  await screen.findByRole("complementary", { name: "Schedule odd" });
  await screen.findAllByRole("gridcell");
  expectInert(container);
});
