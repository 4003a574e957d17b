/** The pages, on a server made from the API's description. */
import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import type { ApiKey, CreatedApiKey, Me, Run, SignedIn, Task } from "../api/types";
import { UNDO_FOR } from "../app/notices";
import { exampleOf, json, problem, startBackend } from "../testing/backend";
import { expectInert, HOSTILE } from "../testing/hostile";
import { haveSession, showConsole } from "../testing/render";
import { namesIn } from "./profile/NewKey";
import { nameOf } from "./profile/Sessions";
import { forEach } from "./runs/bulk";
import { quoted, submitCliOf, submitGraphqlOf } from "./runs/commands";
import { momentOf, toQuery } from "./runs/filters";
import { merge } from "./runs/merging";
import { tokenIn } from "./setup/SetupPage";

const counts = { waiting: 0, ready: 0, running: 0, succeeded: 0, failed: 0, timed_out: 0, cancelled: 0, skipped: 0 };
const run = (number: number, more: Partial<Run> = {}): Run => ({ ...exampleOf<Run>("Run"), id: `id-${number}`, number, state: "succeeded", size: 1, tasks: counts, ...more });
const admin = () => json({ ...exampleOf<Me>("Me"), grants: ["*:*"] });
const later = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
const signedIn = () => json({ ...exampleOf<SignedIn>("SignedIn"), expires_at: later(10), session_expires_at: later(1000) });

describe("the list of runs", () => {
  it("says what to do when there are none", async () => {
    haveSession();
    startBackend({ "GET /api/v1/runs": () => json({ items: [] }), "GET /api/v1/auth/me": admin });
    showConsole("/runs");
    expect(await screen.findByText("No runs yet")).toBeTruthy();
  });
  it("asks for what the address says, and shows hostile text inert", async () => {
    haveSession();
    const hostile = run(9, { kind: { name: HOSTILE.html, version: 1 }, reason: HOSTILE.long, trigger: HOSTILE.rightToLeft, state: "failed" });
    const log = startBackend({ "GET /api/v1/runs": () => json({ items: [hostile] }), "GET /api/v1/auth/me": admin });
    const { container } = showConsole("/runs?state=failed,odd&kind=a");
    await screen.findByText("9");
    const asked = log.find((one) => one.path === "/api/v1/runs");
    expect([asked?.search.get("state"), asked?.search.get("kind")]).toEqual(["failed", "a"]);
    expectInert(container);
  });
  it("tells a failure with its code", async () => {
    haveSession();
    startBackend({ "GET /api/v1/runs": () => problem(500, "internal", "our fault"), "GET /api/v1/auth/me": admin });
    showConsole("/runs");
    expect(within(await screen.findByRole("alert")).getByText("internal")).toBeTruthy();
  });
  it("cancels the selected open runs after confirmation, and only them", async () => {
    haveSession();
    const log = startBackend({ "GET /api/v1/runs": () => json({ items: [run(9, { state: "running" }), run(8)] }), "GET /api/v1/auth/me": admin });
    showConsole("/runs");
    await screen.findByText("9");
    fireEvent.click(screen.getByLabelText("Select all rows"));
    fireEvent.click(screen.getByRole("button", { name: "Cancel" }));
    vi.useFakeTimers();
    fireEvent.click(within(screen.getByRole("dialog", { name: "Cancel 1 run?" })).getByRole("button", { name: "Cancel" }));
    act(() => void vi.advanceTimersByTime(UNDO_FOR));
    vi.useRealTimers();
    await waitFor(() => expect(log.filter((asked) => asked.method === "POST").map((asked) => asked.path)).toEqual(["/api/v1/runs/id-9/cancel"]));
  });
  it("says why a button cannot be pressed by this role", async () => {
    haveSession();
    const reader = () => json({ ...exampleOf<Me>("Me"), grants: ["runs:read"] });
    startBackend({ "GET /api/v1/runs/{run}": () => json(run(9, { state: "running" })), "GET /api/v1/auth/me": reader });
    showConsole("/runs/9");
    const button = await screen.findByRole("button", { name: "Cancel" });
    await waitFor(() => expect(button.getAttribute("title") ?? document.getElementById(button.getAttribute("aria-describedby") ?? "")?.textContent).toContain("runs:cancel"));
  });
});

describe("the live list", () => {
  const input = { single: new Map<string, Run>(), letIn: false, isWhole: false };
  it("holds new runs back until they may enter", () => {
    const held = merge({ ...input, loaded: [run(2), run(1)], head: [run(3), run(2), run(1)] });
    expect([held.rows.map((one) => one.number), held.fresh.map((one) => one.number)]).toEqual([[2, 1], [3]]);
    const entered = merge({ ...input, loaded: [run(2), run(1)], head: [run(3), run(2), run(1)], letIn: true });
    expect([entered.rows.map((one) => one.number), entered.fresh]).toEqual([[3, 2, 1], []]);
  });
  it("drops what left the filter, within the reach of what was read anew", () => {
    const { rows } = merge({ ...input, loaded: [run(5), run(4), run(1)], head: [run(5), run(3)] });
    expect(rows.map((one) => one.number)).toEqual([5, 3, 1]);
    expect(merge({ ...input, loaded: [run(5), run(1)], head: [run(5)], isWhole: true }).rows.map((one) => one.number)).toEqual([5]);
  });
  it("shows each run once, as it is now", () => {
    const single = new Map([["id-1", run(1, { state: "failed" })]]);
    const { rows } = merge({ ...input, single, loaded: [run(2, { state: "running" }), run(1, { state: "running" }), run(1)], head: [run(2)] });
    expect(rows.map((one) => [one.number, one.state])).toEqual([[2, "succeeded"], [1, "failed"]]);
  });
});

describe("a run's page", () => {
  it("shows why it failed and its task's error", async () => {
    haveSession();
    const task: Task = { ...exampleOf<Task>("Task"), index: 0, state: "failed", error: { code: "pen_empty", message: "the pen is empty" } };
    startBackend({
      "GET /api/v1/runs/{run}": () => json(run(9, { state: "failed", reason: "1 of 1 tasks did not succeed", tasks: { ...counts, failed: 1 } })),
      "GET /api/v1/runs/{run}/tasks": () => json({ items: [task] }),
      "GET /api/v1/auth/me": admin,
    });
    showConsole("/runs/9");
    expect(await screen.findByText("1 of 1 tasks did not succeed")).toBeTruthy();
    expect(await screen.findByText("pen_empty")).toBeTruthy();
  });
  it("that is not there says so", async () => {
    haveSession();
    startBackend({ "GET /api/v1/runs/{run}": () => problem(404, "not_found", "no run 9"), "GET /api/v1/auth/me": admin });
    showConsole("/runs/9");
    expect(within(await screen.findByRole("alert")).getByText("No run 9.")).toBeTruthy();
  });
});

it("one refusal keeps none of the others", async () => {
  const outcome = await forEach(["a", "b", "c"], (id) => (id === "b" ? Promise.reject(new Error("ended")) : Promise.resolve()));
  expect(outcome).toEqual({ done: 2, refused: 1, why: "ended" });
});

it("commands are safe to paste", () => {
  expect(quoted("it's $(rm) `x`")).toBe(`'it'\\''s $(rm) \`x\`'`);
  const task: Task = { ...exampleOf<Task>("Task"), parameters: { a: "'; rm -rf /" } };
  expect(submitCliOf("http://h", run(1), [task])).toContain(`'{"a":"'\\''; rm -rf /"}'`);
  const [, body = ""] = / -d '(.*)'$/.exec(submitGraphqlOf("http://h", run(1), [task])) ?? [];
  expect(JSON.parse(body.replaceAll(`'\\''`, "'"))).toMatchObject({ variables: { input: { name: run(1).kind.name, data: [{ a: "'; rm -rf /" }] } } });
});

it("times are days, moments or distances", () => {
  const now = Date.parse("2026-11-22T06:00:00Z");
  expect(momentOf("2h", now)).toBe("2026-11-22T04:00:00.000Z");
  expect(momentOf("2026-01-31T08:00:00Z", now)).toBe("2026-01-31T08:00:00.000Z");
  expect([momentOf("soon", now), momentOf("2026-99-99", now)]).toEqual([undefined, undefined]);
  expect(toQuery({ after: "soon", state: "odd" }, now)).toEqual({});
});

it("the link's token is found, and only that", () => {
  expect([tokenIn("#token=mst_a"), tokenIn("#mst_b"), tokenIn("#content"), tokenIn("")]).toEqual(["mst_a", "mst_b", "", ""]);
});

it("the one-time link makes the first administrator and signs in", async () => {
  const log = startBackend({ "POST /api/v1/auth/login": signedIn, "GET /api/v1/runs": () => json({ items: [] }), "GET /api/v1/auth/me": admin });
  window.history.replaceState(null, "", "/setup#token=mst_secret");
  showConsole("/setup");
  await userEvent.type(await screen.findByLabelText(/E-mail/), "ada@example.org");
  await userEvent.type(screen.getByLabelText(/^Password/), "correct horse");
  await userEvent.type(screen.getByLabelText(/again/), "correct horsf");
  await userEvent.click(screen.getByRole("button", { name: "Make the account" }));
  expect(log).toEqual([]);
  await userEvent.type(screen.getByLabelText(/again/), "{Backspace}e");
  await userEvent.click(screen.getByRole("button", { name: "Make the account" }));
  await screen.findByText("Nothing has run yet.");
  expect(log[0]?.body).toEqual({ token: "mst_secret", email: "ada@example.org", password: "correct horse", display_name: null });
  expect(window.location.hash).toBe("");
});

it("a new key is shown once", async () => {
  haveSession();
  const keys: ApiKey[] = [];
  const log = startBackend({
    "GET /api/v1/auth/me": admin,
    "GET /api/v1/api-keys": () => json({ items: keys }),
    "POST /api/v1/api-keys": () => json({ ...exampleOf<CreatedApiKey>("CreatedApiKey"), key: "mtr_once" }, 201),
  });
  showConsole("/profile");
  await userEvent.click(await screen.findByRole("button", { name: "Make a key" }));
  await userEvent.type(screen.getByLabelText(/What it is for/), "import");
  await userEvent.type(screen.getByLabelText(/Permissions/), "runs:read, runs:submit");
  await userEvent.click(screen.getByRole("button", { name: "Make a key" }));
  expect(await screen.findByText("mtr_once")).toBeTruthy();
  expect(log.find((asked) => asked.method === "POST")?.body).toMatchObject({ grants: ["runs:read", "runs:submit"] });
  await userEvent.click(screen.getByRole("button", { name: "I have copied it" }));
  expect(screen.queryByText("mtr_once")).toBeNull();
});

it("names and devices are read leniently", () => {
  expect(namesIn(" a, b\nb  c,")).toEqual(["a", "b", "c"]);
  expect(nameOf("Mozilla/5.0 (X11; Linux x86_64) Chrome/1 Safari/1")).toBe("Chrome on Linux");
  expect(nameOf("curl/8")).toBe("curl/8");
});
