/** The session's rules: exchange before the end, once after a 401, one exchange for many requests, CSRF on changes. */
import { beforeEach, expect, it, vi } from "vitest";
import { exampleOf, json, problem, startBackend } from "../testing/backend";
import { haveSession } from "../testing/render";
import { api, take } from "./client";
import { asProblem, isUnreachable } from "./problem";
import { currentSession, needsRefresh, onSessionChange } from "./session";
import type { Me, SignedIn } from "./types";

const REFRESH = "POST /api/v1/auth/refresh";
const ME = "GET /api/v1/auth/me";
const later = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
const signedIn = () => json({ ...exampleOf<SignedIn>("SignedIn"), expires_at: later(10), session_expires_at: later(1000) });
const me = () => take(api.GET("/api/v1/auth/me"));
const paths = (log: { path: string }[]) => log.map((asked) => asked.path.split("/").at(-1));

beforeEach(() => {
  document.cookie = "metier_csrf=proof; path=/";
});

it("a token about to end is exchanged before it is used", async () => {
  haveSession(0.2);
  const log = startBackend({ [REFRESH]: signedIn });
  await me();
  expect(paths(log)).toEqual(["refresh", "me"]);
  expect(needsRefresh(currentSession())).toBe(false);
});

it("a refused request is tried once more after an exchange", async () => {
  haveSession();
  let tries = 0;
  const log = startBackend({ [REFRESH]: signedIn, [ME]: () => (++tries === 1 ? problem(401, "token_expired") : json(exampleOf<Me>("Me"))) });
  await me();
  expect(paths(log)).toEqual(["me", "refresh", "me"]);
});

it("a request that is refused again is not tried a third time", async () => {
  haveSession();
  const log = startBackend({ [REFRESH]: signedIn, [ME]: () => problem(401, "unauthenticated") });
  await expect(me()).rejects.toMatchObject({ problem: { code: "unauthenticated" } });
  expect(paths(log)).toEqual(["me", "refresh", "me"]);
});

it("of many requests at once one exchanges the token, which is good once", async () => {
  haveSession(0.2);
  const log = startBackend({ [REFRESH]: signedIn });
  await Promise.all([me(), me(), me()]);
  expect(paths(log).filter((path) => path === "refresh").length).toBe(1);
});

it("a refused exchange ends the session and tells everybody", async () => {
  haveSession(0.2);
  const told = vi.fn();
  const stop = onSessionChange(told);
  startBackend({ [REFRESH]: () => problem(401, "refresh_token_invalid"), [ME]: () => problem(401, "unauthenticated") });
  await expect(me()).rejects.toMatchObject({ problem: { code: "unauthenticated" } });
  expect(currentSession()).toBeNull();
  expect(told).toHaveBeenCalled();
  stop();
});

it("a server that cannot be asked ends no session", async () => {
  haveSession(0.2);
  startBackend({ [REFRESH]: () => problem(503, "unavailable") });
  const error: unknown = await me().catch((problem: unknown) => problem);
  expect(isUnreachable(error)).toBe(true);
  expect(currentSession()).not.toBeNull();
});

it("changes carry the proof against forgery, reading does not", async () => {
  haveSession();
  const log = startBackend();
  await me();
  await take(api.POST("/api/v1/runs/{run}/cancel", { params: { path: { run: "1" } } }));
  expect(log.map((asked) => asked.headers.get("x-metier-csrf"))).toEqual([null, "proof"]);
});

it("a broken entry in the storage counts as no session", () => {
  localStorage.setItem("metier.session", '{"expiresAt":"soon"}');
  expect(currentSession()).toBeNull();
  localStorage.setItem("metier.session", "{");
  expect(currentSession()).toBeNull();
});

it("an answer that is not ours is told as one", async () => {
  haveSession();
  startBackend({ [ME]: () => new Response("<html>Bad gateway</html>", { status: 502 }) });
  const error: unknown = await me().catch((problem: unknown) => problem);
  expect(asProblem(error)).toMatchObject({ code: "answer_not_understood", status: 502 });
  expect(isUnreachable(error)).toBe(true);
});
