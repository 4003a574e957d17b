/** The page of events: what was heard, the latest first, narrowed by the address, inert, and still while paused. */
import { act, screen, waitFor, within } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import type { Me } from "../../api/types";
import { addHeard, allHeard, forgetHeard, isFact } from "../../app/live/heard";
import { exampleOf, json, startBackend } from "../../testing/backend";
import { expectInert, HOSTILES } from "../../testing/hostile";
import { haveSession, showConsole } from "../../testing/render";
import { eventOf } from "./reading";

const admin = { "GET /api/v1/auth/me": () => json({ ...exampleOf<Me>("Me"), grants: ["*:*"] }) };
const heard = (place: string, type: string, data: object) => ({ place, type, data: JSON.stringify({ id: place, type, subject: `s-${place}`, time: "2026-11-22T06:00:00Z", correlation_id: "c1", data }) });
const types = () => within(screen.getByRole("grid", { name: "Events" })).getAllByRole("row").slice(1).map((row) => row.querySelector("b")?.textContent);

afterEach(() => act(forgetHeard));

it("events are listed as they come, the latest first, and stand still while paused", async () => {
  haveSession();
  startBackend(admin);
  const { hub } = showConsole("/events");
  expect(await screen.findByText("Nothing has happened yet")).toBeTruthy();
  act(() => addHeard([heard("jobs:1", "run.submitted", { number: 7 }), heard("jobs:2", "run.failed", { number: 7 })]));
  await screen.findByRole("grid", { name: "Events" });
  expect(types()).toEqual(["run.failed", "run.submitted"]);
  act(() => hub.setPaused(true));
  act(() => addHeard([heard("jobs:3", "source.synced", { name: "demo" })]));
  expect(types()).toEqual(["run.failed", "run.submitted"]);
  act(() => hub.setPaused(false));
  await waitFor(() => expect(types()).toEqual(["source.synced", "run.failed", "run.submitted"]));
});

it("the address narrows them, and one that is open leads to what it is about", async () => {
  haveSession();
  startBackend(admin);
  act(() => addHeard([heard("jobs:1", "run.failed", { number: 7 }), heard("jobs:2", "run.failed", { number: 8 }), heard("p:1", "source.synced", { name: "demo" })]));
  showConsole("/events?type=run&about=8&event=jobs:2");
  const detail = await screen.findByRole("complementary", { name: "Event run.failed" });
  expect(types()).toEqual(["run.failed"]);
  expect(within(detail).getByRole("link", { name: "Open the run" }).getAttribute("href")).toBe("/runs/8");
});

it.each(HOSTILES)("%s text in an event is inert", async (_name, hostile) => {
  haveSession();
  startBackend(admin);
  act(() => addHeard([{ place: "jobs:1", type: hostile, data: JSON.stringify({ subject: hostile, time: hostile, correlation_id: hostile, owner: hostile, data: { name: hostile } }) }, { place: "jobs:2", type: "run.failed", data: hostile }]));
  const { container } = showConsole("/events?event=jobs:1");
  await screen.findByRole("grid", { name: "Events" });
  container.querySelectorAll("pre").forEach((part) => part.remove());
  expectInert(container);
});

it("only the latest thousand are kept, and no progress", () => {
  act(() => addHeard(Array.from({ length: 1200 }, (_, place) => heard(`jobs:${place}`, "run.failed", {}))));
  expect([allHeard().length, allHeard()[0]?.place]).toEqual([1000, "jobs:200"]);
  expect([isFact("run.progressed"), isFact("stream.gap"), isFact("run.failed")]).toEqual([false, false, true]);
  expect(eventOf({ place: "x", type: "t", data: "no JSON" })).toMatchObject({ about: "", time: undefined });
});
