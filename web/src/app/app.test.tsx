/** The frame: who may see it, what the keyboard does, what happens when the server is lost. */
import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import type { Me, Run, SignedIn } from "../api/types";
import { exampleOf, json, problem, startBackend } from "../testing/backend";
import { haveSession, showConsole } from "../testing/render";
import { parseSearch, stringifySearch } from "./searchParams";
import { covers } from "./session/me";
import { returnPath } from "./session/signIn";
import { PALETTES } from "./theme/theme";

const run = (number: number, state = "succeeded"): Run => ({ ...exampleOf<Run>("Run"), id: `id-${number}`, number, state, size: 1 });
const page = (...runs: Run[]) => () => json({ items: runs });
const later = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
const signedIn = () => json({ ...exampleOf<SignedIn>("SignedIn"), expires_at: later(10), session_expires_at: later(1000) });
const admin = () => json({ ...exampleOf<Me>("Me"), grants: ["*:*"] });
const press = (key: string, more: KeyboardEventInit = {}) =>
  act(() => {
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
  });

it("a deep link survives signing in", async () => {
  startBackend({ "POST /api/v1/auth/login": signedIn, "GET /api/v1/runs": page(run(7, "failed")), "GET /api/v1/auth/me": admin });
  const { router } = showConsole("/runs?state=failed&kind=fibonacci");
  await userEvent.type(await screen.findByLabelText(/E-mail/), "ada@example.org");
  await userEvent.type(screen.getByLabelText(/Password/), "correct horse");
  await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
  await screen.findByText("7");
  expect(router.state.location.href).toBe("/runs?state=failed&kind=fibonacci");
});

it("a wrong password is told, and the password field is empty again", async () => {
  startBackend({ "POST /api/v1/auth/login": () => problem(401, "credentials_wrong", "the address or the password is wrong") });
  showConsole("/signin");
  await userEvent.type(await screen.findByLabelText(/E-mail/), "ada@example.org");
  await userEvent.type(screen.getByLabelText(/Password/), "wrong");
  await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
  expect(within(await screen.findByRole("alert")).getByText("The address or the password is wrong.")).toBeTruthy();
  expect(screen.getByLabelText<HTMLInputElement>(/Password/).value).toBe("");
});

describe("the keyboard", () => {
  const open = async () => {
    haveSession();
    startBackend({ "GET /api/v1/runs": page(run(7), run(6)), "GET /api/v1/auth/me": admin });
    const shown = showConsole("/runs");
    await screen.findByText("7");
    return shown;
  };
  it("goes to places, and lists what it can", async () => {
    const { router } = await open();
    press("?");
    expect(within(screen.getByRole("dialog")).getByText("Go to Profile")).toBeTruthy();
    fireEvent.keyDown(screen.getByRole("dialog"), { key: "Escape" });
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    press("g");
    press("p");
    await waitFor(() => expect(router.state.location.pathname).toBe("/profile"));
  });
  it("finds a run by its number", async () => {
    const { router } = await open();
    press("/");
    await userEvent.type(screen.getByRole("combobox", { name: "Search" }), "#42{Enter}");
    await waitFor(() => expect(router.state.location.pathname).toBe("/runs/42"));
  });
  it("runs a command from the palette", async () => {
    const { hub } = await open();
    press("k", { ctrlKey: true });
    await userEvent.type(within(screen.getByRole("dialog")).getByRole("combobox"), "pause{Enter}");
    await waitFor(() => expect(hub.state()).toBe("paused"));
  });
});

it("a lost server is told, and found again by itself, without doubling anything", async () => {
  haveSession();
  let lost = false;
  const rows = [run(7)];
  startBackend({ "GET /api/v1/auth/me": admin, "GET /api/v1/runs": () => {
    if (lost) throw new TypeError("fetch failed");
    return json({ items: rows });
  } });
  const inner = globalThis.fetch;
  vi.stubGlobal("fetch", (input: Request | string, init?: RequestInit) =>
    input === "/health/live" ? (lost ? Promise.reject(new TypeError("lost")) : Promise.resolve(new Response())) : inner(input, init));
  const { hub } = showConsole("/runs");
  await screen.findByText("7");
  lost = true;
  await act(() => hub.refresh());
  expect(await screen.findByText(/The server does not answer/)).toBeTruthy();
  expect(screen.getByText("7")).toBeTruthy();
  lost = false;
  rows.unshift(run(8));
  await act(() => hub.refresh());
  await waitFor(() => expect(screen.queryByText(/as of the last answer/)).toBeNull());
  await screen.findByText("8");
  expect(screen.getAllByText("7").length).toBe(1);
});

it("a session near its end is told, with a way to go on", async () => {
  haveSession(5, 4);
  startBackend({ "GET /api/v1/runs": page(run(7)), "GET /api/v1/auth/me": admin, "POST /api/v1/auth/login": signedIn });
  showConsole("/runs");
  expect(await screen.findByText(/ends in 4 minutes/)).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Sign in again" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.type(dialog.getByLabelText(/Password/), "correct horse");
  await userEvent.click(dialog.getByRole("button", { name: "Sign in" }));
  await waitFor(() => expect(screen.queryByText(/ends in/)).toBeNull());
});

it("only places of this console are returned to", () => {
  const origin = window.location.origin;
  expect(returnPath("/runs/1?tab=log")).toBe("/runs/1?tab=log");
  for (const to of ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/signin?to=/", `${origin}.evil.example`, undefined]) {
    expect(returnPath(to)).toBe("/");
  }
});

it("addresses read as people write them", () => {
  const search = { state: "failed,partial", after: "2026-01-31T08:00:00Z" };
  expect(stringifySearch(search)).toBe("?state=failed,partial&after=2026-01-31T08:00:00Z");
  expect(parseSearch(stringifySearch({ ...search, kind: "a&b=c d" }))).toEqual({ ...search, kind: "a&b=c d" });
});

it("grants with stars cover what they name", () => {
  expect(covers(["*:*"], "runs:cancel")).toBe(true);
  expect(covers(["runs:*"], "runs:cancel")).toBe(true);
  expect(covers(["runs:read", "jobs:*"], "runs:cancel")).toBe(false);
});

it("the kit's colors are those of the tokens", async () => {
  const { readFile } = await import("node:fs/promises");
  const css = await readFile("src/app/theme/tokens.css", "utf8");
  for (const scheme of ["light", "dark"] as const) {
    const block = css.split(`[data-theme="${scheme}"]`)[1]?.split("}")[0] ?? "";
    const palette = PALETTES[scheme];
    expect(block).toContain(`--accent: ${palette.primary.main};`);
    expect(block).toContain(`--failed: ${palette.error.main};`);
    expect(block).toContain(`--ink: ${palette.text.primary};`);
  }
});

it("every text and state color has AA contrast on every ground it stands on", async () => {
  const { readFile } = await import("node:fs/promises");
  const css = await readFile("src/app/theme/tokens.css", "utf8");
  for (const scheme of ["light", "dark"]) {
    const block = css.split(`[data-theme="${scheme}"]`)[1]?.split("}")[0] ?? "";
    const found = [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)];
    const colors: Record<string, string> = Object.fromEntries(found.map(([, name = "", value = ""]) => [name, value]));
    const texts = ["ink", "ink-soft", "ink-faint", "accent-text", "ready", "running", "waiting", "succeeded", "partial", "failed", "timed-out", "cancelled", "skipped"];
    const poor = texts.flatMap((text) => ["ground", "surface", "raised", "hover"].flatMap((ground) => {
      const ratio = contrast(colors[text] ?? "", colors[ground] ?? "");
      return ratio >= 4.5 ? [] : [`${scheme}: ${text} on ${ground} ${ratio.toFixed(2)}`];
    }));
    expect(poor).toEqual([]);
  }
});

function contrast(a: string, b: string): number {
  const [low = 0, high = 1] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

function luminance(color: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
