/**
 * The server's one stream of events, followed over lost connections: each new one goes on behind the last event that
 * was told. Where no place is known, everything counts as changed.
 */
import { EventSourceParserStream } from "eventsource-parser/stream";
import { sessionFetch } from "../../api/client";
import { currentSession, onSessionChange } from "../../api/session";
import { isFact, type Heard } from "./heard";
import { addEvent, isNews, noNews, type News } from "./news";

const EVENTS = "/api/v1/events";
/** The server says something every 15 seconds; a connection that is silent for longer is none. */
const LONGEST_SILENCE = 40_000;
const LONGEST_WAIT = 15_000;
/** A server of an older version has no stream: it is asked again when it may have been replaced. */
const UNTIL_UPGRADED = 300_000;
/** How long news are gathered before they are told: at most so often does anybody act on them. */
const GATHER = 200;

export interface Telling {
  connected: (is: boolean) => void;
  /** With the facts themselves, for who lists them. */
  news: (news: News, place: string | undefined, heard: readonly Heard[]) => void;
}

/** Follows until `signal`. `place` is where an earlier follower was. */
export async function follow(signal: AbortSignal, place: () => string | undefined, tell: Telling): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    await signedIn(signal);
    const began = Date.now();
    const ending = await listen(signal, place(), tell).catch(() => "lost" as const);
    const lasted = Date.now() - began;
    if (ending === "ended" && lasted > 1000) {
      failures = 0;
      continue;
    }
    tell.connected(false);
    failures = lasted > LONGEST_WAIT ? 0 : failures;
    await pause(ending === "absent" ? UNTIL_UPGRADED : Math.min(LONGEST_WAIT, 500 * 2 ** failures), signal);
    failures += 1;
  }
}

/** One connection, and how it came to its end. */
async function listen(signal: AbortSignal, place: string | undefined, tell: Telling): Promise<"ended" | "lost" | "absent"> {
  const silence = new AbortController();
  const both = AbortSignal.any([signal, silence.signal]);
  const headers = { accept: "text/event-stream", ...(place === undefined ? {} : { "last-event-id": place }) };
  const answer = await sessionFetch(new Request(new URL(EVENTS, window.location.origin), { headers, signal: both, cache: "no-store" }));
  if (answer.status === 404) return "absent";
  if (!answer.ok || answer.body === null) return "lost";
  tell.connected(true);
  const gathered = gather(tell.news);
  if (place === undefined) gathered.missed();
  let timer = setTimeout(() => silence.abort(), LONGEST_SILENCE);
  const heard = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform: (chunk, onward) => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), LONGEST_SILENCE);
      onward.enqueue(chunk);
    },
  });
  const reader = answer.body.pipeThrough(heard).pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream()).getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) gathered.add(next.value.event ?? "", next.value.data, next.value.id);
    return "ended";
  } finally {
    clearTimeout(timer);
    gathered.flush();
  }
}

function gather(tell: Telling["news"]) {
  let news = noNews();
  let heard: Heard[] = [];
  let place: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (isNews(news)) tell(news, place, heard);
    news = noNews();
    heard = [];
  };
  const plan = () => {
    timer ??= setTimeout(flush, GATHER);
  };
  return {
    flush,
    missed: () => {
      news.everything = true;
      plan();
    },
    add: (type: string, data: string, id: string | undefined) => {
      addEvent(news, type, data);
      place = id ?? place;
      if (id !== undefined && isFact(type)) heard.push({ place: id, type, data });
      plan();
    },
  };
}

/** Nobody hears anything who is not signed in. */
function signedIn(signal: AbortSignal): Promise<void> {
  if (currentSession() !== null || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = onSessionChange(() => {
      if (currentSession() !== null) done();
    });
    const done = () => {
      stop();
      signal.removeEventListener("abort", done);
      resolve();
    };
    signal.addEventListener("abort", done);
  });
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}
