/** Calendars on a server made from the API's description. */
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import type { Calendar, Me, Schedule } from "../../api/types";
import { exampleOf, json, startBackend } from "../../testing/backend";
import { haveSession, showConsole } from "../../testing/render";
import { definitionOf, NO_WINDOW, windowOf, windowText } from "./windows";

const admin = { "GET /api/v1/auth/me": () => json({ ...exampleOf<Me>("Me"), grants: ["*:*"] }) };
const tagged = (body: unknown) => () => new Response(JSON.stringify(body), { headers: { "content-type": "application/json", etag: '"2"' } });
const calendar: Calendar = { ...exampleOf<Calendar>("Calendar"), name: "quiet", zone: "Europe/Stockholm", windows: [{ from: "2026-12-24", to: "2026-12-26", reason: "holidays" }, { weekdays: ["sat", "sun"], starts: "22:00", ends: "06:00" }] };
const schedules: Schedule[] = [{ ...exampleOf<Schedule>("Schedule"), id: "s1", name: "nightly", calendars: ["quiet"] }, { ...exampleOf<Schedule>("Schedule"), id: "s2", name: "other", calendars: [] }];
const answers = {
  ...admin,
  "GET /api/v1/calendars": () => json({ items: [calendar] }),
  "GET /api/v1/calendars/{calendar}": tagged(calendar),
  "GET /api/v1/schedules": () => json({ items: schedules }),
};

it("a stretch is said in words, and goes to the server without what is empty", () => {
  const say = (value: unknown) => windowText(windowOf(value));
  expect(say({ from: "2026-12-24", to: "2026-12-26" })).toBe("2026-12-24 to 2026-12-26, all day");
  expect(say({ from: "2026-12-24", to: "2026-12-24", starts: "08:00:00" })).toBe("2026-12-24, from 08:00");
  expect(say({ weekdays: ["sat", "sun"], starts: "22:00", ends: "06:00" })).toBe("Sat, Sun, 22:00–06:00 (the next morning)");
  expect(say({ ends: "06:00" })).toBe("every day, before 06:00");
  expect([say(null), say({ weekdays: 7, from: [] })]).toEqual(["every day, all day", "every day, all day"]);
  expect(definitionOf({ ...NO_WINDOW, from: "2026-12-24", weekdays: ["mon"] })).toEqual({ from: "2026-12-24", weekdays: ["mon"] });
});

it("shows its stretches and the schedules that it holds back", async () => {
  haveSession();
  startBackend(answers);
  showConsole("/schedules?tab=calendars&calendar=quiet");
  const detail = await screen.findByRole("complementary", { name: "Calendar quiet" });
  expect(await within(detail).findByText("holidays")).toBeTruthy();
  expect((await within(detail).findAllByRole("link")).map((link) => link.textContent)).toEqual(["nightly"]);
});

it("is made of stretches, and taken away ones are gone", async () => {
  haveSession();
  const log = startBackend({ ...answers, "POST /api/v1/calendars": () => json({ ...calendar, name: "freeze" }, 201) });
  const { router } = showConsole("/schedules?tab=calendars");
  await userEvent.click(await screen.findByRole("button", { name: "Make a calendar" }));
  const dialog = screen.getByRole("dialog");
  await userEvent.type(within(dialog).getByLabelText(/^Name/), "freeze");
  await userEvent.clear(within(dialog).getByLabelText(/^Zone/));
  await userEvent.type(within(dialog).getByLabelText(/^Zone/), "Europe/Stockholm");
  await userEvent.click(within(dialog).getByRole("checkbox", { name: "Sun" }));
  await userEvent.click(within(dialog).getByRole("checkbox", { name: "Fri" }));
  await userEvent.type(within(dialog).getByLabelText("Why"), "release");
  await userEvent.click(within(dialog).getByRole("button", { name: "Add a stretch" }));
  await userEvent.click(within(dialog).getByRole("button", { name: "Take stretch 2 away" }));
  await userEvent.click(within(dialog).getByRole("button", { name: "Save" }));
  await waitFor(() => expect(log.find((asked) => asked.method === "POST")?.body).toEqual({ name: "freeze", zone: "Europe/Stockholm", windows: [{ weekdays: ["fri", "sun"], reason: "release" }] }));
  await waitFor(() => expect(router.state.location.search).toEqual({ tab: "calendars", calendar: "freeze" }));
});

it("says what they are for when there are none", async () => {
  haveSession();
  startBackend({ ...answers, "GET /api/v1/calendars": () => json({ items: [] }) });
  showConsole("/schedules?tab=calendars");
  expect(await screen.findByText("No calendars yet")).toBeTruthy();
});
