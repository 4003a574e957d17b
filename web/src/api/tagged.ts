/** Rows with the version they were read at, so that a change made meanwhile by somebody else is never overwritten. */
import { ProblemError, problemOf } from "./problem";

export interface Tagged<T> {
  value: T;
  /** What `If-Match` takes. */
  tag: string;
}

export async function takeTagged<T>(asked: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<Tagged<T>> {
  const { data, error, response } = await asked;
  if (!response.ok) throw new ProblemError(problemOf(error, response));
  return { value: data as T, tag: response.headers.get("etag") ?? "*" };
}
