/**
 * Live updates for every page through one place. The server tells what changed, once for all tabs (`shared.ts`); the
 * hub gathers that and has the questions on the page asked anew whose topics it concerns, at most once a second and
 * not while nobody looks. What no event tells of, and everything while there is no stream, is asked again and again.
 * It also notices when the server is lost, tries until it answers, and then has everything read anew, so that nothing
 * is missed and nothing doubled.
 *
 * Questions say what makes their answer old with `meta: { live: on("run") }` (`api/live.ts`).
 */
import type { Query, QueryClient } from "@tanstack/react-query";
import { isUnreachable } from "../../api/problem";
import { addNews, concerns, isNews, noNews, type News } from "./news";
import { shareStream } from "./shared";

export type LiveState = "live" | "paused" | "lost";

/** Between two rounds of what is polled. */
const ROUND = 2000;
/** Between two rounds of what was told. */
const PACE = 1000;
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
  let connected = false;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isAsking = false;
  let news = noNews();
  let askedAt = 0;
  let polledAt = 0;

  const tell = () => listeners.forEach((listener) => listener());
  const state = (): LiveState => (lost ? "lost" : paused ? "paused" : "live");
  const isSeen = () => document.visibilityState === "visible";

  const lose = () => {
    if (lost) return;
    lost = true;
    failures = 0;
    tell();
    plan();
  };
  const find = async () => {
    lost = false;
    news = noNews();
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
  const read = (wants: (query: Query) => boolean) =>
    client.refetchQueries({ type: "active", predicate: (query) => query.meta?.live !== undefined && wants(query) }, { cancelRefetch: false });
  const readDue = async () => {
    const told = news;
    const isPollDue = Date.now() - polledAt >= ROUND;
    news = noNews();
    askedAt = Date.now();
    if (isPollDue) polledAt = askedAt;
    await read(({ meta }) => {
      const live = meta?.live;
      return live !== undefined && (concerns(told, live) || (isPollDue && (!connected || live.polled === true)));
    });
  };

  const round = async () => {
    if (isAsking) return;
    isAsking = true;
    try {
      if (lost) await probe();
      else if (!paused && isSeen()) await readDue();
    } finally {
      isAsking = false;
      plan();
    }
  };
  const wait = () => {
    if (lost) return Math.min(LONGEST_WAIT, 1000 * 2 ** failures);
    const untilPoll = Math.max(0, polledAt + ROUND - Date.now());
    // While nobody looks, news wait for the moment somebody does.
    if (paused || !isSeen()) return ROUND;
    return isNews(news) ? Math.min(untilPoll, Math.max(0, askedAt + PACE - Date.now())) : untilPoll;
  };
  const plan = () => {
    clearTimeout(timer);
    timer = setTimeout(() => void round(), wait());
  };
  const hear = (more: News) => {
    addNews(news, more);
    if (!isAsking && !lost) plan();
  };

  const refresh = async () => {
    clearTimeout(timer);
    if (lost) {
      failures = 0;
      return round();
    }
    news = noNews();
    await read(() => true);
    plan();
  };
  const start = () => {
    const unreachable = ({ type, action }: { type: string; action?: { type: string; error?: unknown } }) =>
      type === "updated" && action?.type === "error" && isUnreachable(action.error);
    const stops = [
      client.getQueryCache().subscribe((event) => {
        if (unreachable(event)) lose();
      }),
      client.getMutationCache().subscribe((event) => {
        if (unreachable(event)) lose();
      }),
      shareStream({
        news: hear,
        connected: (is) => {
          connected = is;
          // Without the stream everything is polled, at once: if the server is away, that shows it.
          if (!is) polledAt = 0;
          if (!isAsking) plan();
        },
      }),
    ];
    const seen = () => {
      if (isSeen()) void round();
    };
    document.addEventListener("visibilitychange", seen);
    window.addEventListener("online", seen);
    plan();
    return () => {
      clearTimeout(timer);
      stops.forEach((stop) => stop());
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
