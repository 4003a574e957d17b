/**
 * The browser session, by the server's rules.
 *
 * The access token (cookie `metier_session`) and the refresh token are out of reach for scripts. What scripts know is
 * when each ends; it is kept in the local storage, so that all tabs know the same. A refresh token is good once and a
 * second use ends the session: only one tab may exchange it, under a lock, and the others see that it was done.
 */
import type { SignedIn } from "./types";

export interface Session {
  /** When the access token ends, milliseconds. */
  expiresAt: number;
  /** When the session ends unless it is refreshed, milliseconds. */
  endsAt: number;
  /** When the tokens were last exchanged, milliseconds. */
  refreshedAt: number;
}

const STORED = "metier.session";
const LOCK = "metier.refresh";
const CSRF_COOKIE = "metier_csrf";
const REFRESH_PATH = "/api/v1/auth/refresh";
/** A token that ends sooner is exchanged before it is used. */
const MARGIN = 30_000;

const listeners = new Set<() => void>();
let known: { text: string | null; session: Session | null } = { text: null, session: null };

/** The session as of now; the same object until it changes. */
export function currentSession(): Session | null {
  const text = localStorage.getItem(STORED);
  if (text !== known.text) known = { text, session: parse(text) };
  return known.session;
}

function parse(text: string | null): Session | null {
  if (text === null) return null;
  try {
    const { expiresAt, endsAt, refreshedAt } = JSON.parse(text) as Partial<Session>;
    const isWhole = [expiresAt, endsAt, refreshedAt].every((moment) => typeof moment === "number");
    return isWhole ? ({ expiresAt, endsAt, refreshedAt } as Session) : null;
  } catch {
    return null;
  }
}

export function onSessionChange(listener: () => void): () => void {
  const heard = (event: StorageEvent) => {
    if (event.key === STORED || event.key === null) listener();
  };
  listeners.add(listener);
  window.addEventListener("storage", heard);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", heard);
  };
}

export function beginSession(answer: Pick<SignedIn, "expires_at" | "session_expires_at">): void {
  const session: Session = {
    expiresAt: Date.parse(answer.expires_at),
    endsAt: Date.parse(answer.session_expires_at),
    refreshedAt: Date.now(),
  };
  localStorage.setItem(STORED, JSON.stringify(session));
  listeners.forEach((listener) => listener());
}

export function endSession(): void {
  localStorage.removeItem(STORED);
  listeners.forEach((listener) => listener());
}

/** The value that requests which change something repeat. */
export function csrfToken(): string | undefined {
  const cookies = document.cookie.split("; ").map((cookie) => cookie.split("="));
  return cookies.find(([name]) => name === CSRF_COOKIE)?.[1];
}

export function needsRefresh(session: Session | null, now = Date.now()): boolean {
  return session !== null && session.expiresAt - MARGIN <= now;
}

let running: Promise<boolean> | null = null;

/**
 * Exchanges the refresh token unless somebody did since `since`. True when the session goes on, false when it has
 * ended; throws when the server could not be asked.
 */
export function refreshSession(since: number): Promise<boolean> {
  running ??= withLock(() => exchange(since)).finally(() => {
    running = null;
  });
  return running;
}

async function exchange(since: number): Promise<boolean> {
  const session = currentSession();
  if (session !== null && session.refreshedAt > since && !needsRefresh(session)) return true;
  const answer = await fetch(REFRESH_PATH, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
    credentials: "same-origin",
  });
  if (answer.ok) {
    beginSession((await answer.json()) as SignedIn);
    return true;
  }
  if (answer.status !== 401) throw new TypeError(`the session could not be refreshed: ${answer.status}`);
  endSession();
  return false;
}

async function withLock<T>(work: () => Promise<T>): Promise<T> {
  // Present in every current browser, but only over TLS or on loopback.
  if ("locks" in navigator) return navigator.locks.request(LOCK, work) as Promise<T>;
  return work();
}
