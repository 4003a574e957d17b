/**
 * The one way to the API: the generated types, with the session's rules around every request.
 *
 * A token about to end is exchanged first; an answer 401 is tried once more after an exchange; what changes something
 * carries the CSRF header.
 */
import createClient from "openapi-fetch";
import { ProblemError, problemOf } from "./problem";
import type { paths } from "./schema";
import { csrfToken, currentSession, needsRefresh, refreshSession } from "./session";

const CSRF_HEADER = "x-metier-csrf";
const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);
/** Credentials that no longer hold keep nobody from these. */
const WITHOUT_SESSION = new Set([
  "/api/v1/auth/login",
  "/api/v1/auth/logout",
  "/api/v1/auth/refresh",
  "/api/v1/auth/register",
  "/api/v1/setup",
]);

export async function sessionFetch(request: Request): Promise<Response> {
  if (WITHOUT_SESSION.has(new URL(request.url).pathname)) return fetch(request);
  const again = request.clone();
  if (needsRefresh(currentSession())) await refreshSession(Date.now());
  const started = Date.now();
  const answer = await fetch(signed(request));
  if (answer.status !== 401) return answer;
  return (await refreshSession(started)) ? fetch(signed(again)) : answer;
}

function signed(request: Request): Request {
  const csrf = csrfToken();
  if (csrf !== undefined && !SAFE.has(request.method)) request.headers.set(CSRF_HEADER, csrf);
  return request;
}

export const api = createClient<paths>({ baseUrl: window.location.origin, fetch: sessionFetch });

/** The data of an answer, or the problem thrown. */
export async function take<T>(asked: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await asked;
  if (!response.ok) throw new ProblemError(problemOf(error, response));
  return data as T;
}
