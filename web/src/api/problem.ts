/**
 * What goes wrong, in one shape. The server says it as RFC 9457; when the server cannot be reached, or something that
 * is not the server answers, the same shape is filled in here, so that every page shows every failure alike.
 */
import type { Problem } from "./types";

/** Codes that are given out here and not by the server. */
export const UNREACHABLE = "server_unreachable";
const NOT_UNDERSTOOD = "answer_not_understood";

export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
    this.name = "ProblemError";
  }
}

function isProblem(value: unknown): value is Problem {
  return typeof value === "object" && value !== null && "code" in value && "detail" in value;
}

/** The problem in an answer that is not a success. */
export function problemOf(body: unknown, response: Response): Problem {
  if (isProblem(body)) return body;
  const correlation = response.headers.get("x-correlation-id");
  return {
    type: `/errors/${NOT_UNDERSTOOD}`,
    title: "Not understood",
    status: response.status,
    code: NOT_UNDERSTOOD,
    detail: `The answer, status ${response.status}, is not one of Metier's. A proxy in between may have given it.`,
    ...(correlation === null ? {} : { correlation_id: correlation }),
  };
}

/** Any thrown thing as a problem. */
export function asProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  // fetch throws a TypeError for everything from a refused connection to a lost network.
  if (error instanceof TypeError || (error instanceof DOMException && error.name === "TimeoutError")) {
    const detail = "The server does not answer.";
    return { type: `/errors/${UNREACHABLE}`, title: "Unreachable", status: 0, code: UNREACHABLE, detail };
  }
  const detail = error instanceof Error ? error.message : String(error);
  return { type: "/errors/console", title: "Console", status: 0, code: "console", detail };
}

export function isUnreachable(error: unknown): boolean {
  const { code, status } = asProblem(error);
  return code === UNREACHABLE || (code === NOT_UNDERSTOOD && status >= 502);
}
