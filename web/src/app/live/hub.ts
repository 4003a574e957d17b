/**
 * Live updates for every page through one place. The API offers no stream of events for runs yet, so the hub asks
 * again: one round at a time, only for what is on the page, not while nobody looks. It also notices when the server
 * is lost, tries until it answers, and then has everything read anew, so that nothing is missed and nothing doubled.
 *
 * Queries that want to be live say so with `meta: { live: true }`.
 */
import type { QueryClient } from "@tanstack/react-query";
import { isUnreachable } from "../../api/problem";

export type LiveState = "live" | "paused" | "lost";

const ROUND = 2000;
const LONGEST_WAIT = 15_000;
const PROBE = "/health/live";

export interface Hub {
  state: () => LiveState;
  subscribe: (listener: () => void) => () => void;
  setPaused: (paused: boolean) => void;
  /** Reads everything live now. */
  refresh: () => Promise<void>;
  start: () => () => void;
}

export function createHub(client: QueryClient): Hub {
  const listeners = new Set<() => void>();
  let paused = false;
  let lost = false;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isAsking = false;

  const tell = () => listeners.forEach((listener) => listener());
  const state = (): LiveState => (lost ? "lost" : paused ? "paused" : "live");

  const lose = () => {
    if (lost) return;
    lost = true;
    failures = 0;
    tell();
    plan();
  };
  const find = async () => {
    lost = false;
    tell();
    await client.invalidateQueries();
  };
  const probe = async () => {
    try {
      const answer = await fetch(PROBE, { cache: "no-store", signal: AbortSignal.timeout(5000) });
      if (answer.status < 500) return await find();
    } catch {
      // Still away; the next try waits longer.
    }
    failures += 1;
  };
  const readLive = () =>
    client.refetchQueries({ type: "active", predicate: (query) => query.meta?.["live"] === true }, { cancelRefetch: false });

  const round = async () => {
    if (isAsking) return;
    isAsking = true;
    try {
      if (lost) await probe();
      else if (!paused && document.visibilityState === "visible") await readLive();
    } finally {
      isAsking = false;
      plan();
    }
  };
  const plan = () => {
    clearTimeout(timer);
    timer = setTimeout(() => void round(), lost ? Math.min(LONGEST_WAIT, 1000 * 2 ** failures) : ROUND);
  };

  const refresh = async () => {
    if (lost) failures = 0;
    clearTimeout(timer);
    if (lost) await round();
    else {
      await readLive();
      plan();
    }
  };
  const start = () => {
    const unsubscribe = [
      client.getQueryCache().subscribe((event) => {
        if (event.type === "updated" && event.action.type === "error" && isUnreachable(event.action.error)) lose();
      }),
      client.getMutationCache().subscribe((event) => {
        if (event.type === "updated" && event.action.type === "error" && isUnreachable(event.action.error)) lose();
      }),
    ];
    const seen = () => {
      if (document.visibilityState === "visible") void round();
    };
    document.addEventListener("visibilitychange", seen);
    window.addEventListener("online", seen);
    plan();
    return () => {
      clearTimeout(timer);
      unsubscribe.forEach((stop) => stop());
      document.removeEventListener("visibilitychange", seen);
      window.removeEventListener("online", seen);
    };
  };
  return {
    state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    setPaused: (next) => {
      paused = next;
      tell();
      if (!next) void refresh();
    },
    refresh,
    start,
  };
}
