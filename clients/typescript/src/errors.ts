/** What goes wrong: between client and server, and in a handler. */
import type { Run } from "./models.js";

/** Everything this package throws, but what a handler throws itself. */
export class MetierError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** There was no answer. Whether the request had an effect is not known. */
export class Unreachable extends MetierError {}

/** What was waited for did not come in time. */
export class TimedOut extends MetierError {}

/** A wrong field of a request. */
export interface Violation {
  /** JSON pointer, or the name of a parameter. */
  readonly field: string;
  /** What is wrong with it. */
  readonly message: string;
}

/** The server refused a request. Decide by `code`, which is stable; `detail` is for people. */
export class Problem extends MetierError {
  /** HTTP status. */
  readonly status: number;
  /** Stable name of the reason, such as `unknown_kind`. */
  readonly code: string;
  /** One sentence about it. */
  readonly detail: string;
  /** Each wrong field. */
  readonly violations: readonly Violation[];
  /** Finds the request in the server's log. */
  readonly correlationId: string | undefined;
  /** Milliseconds after which the server wants to be asked again, if it said so. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, body: Record<string, unknown>, retryAfterMs?: number) {
    const code = typeof body["code"] === "string" ? body["code"] : "unknown";
    const detail = typeof body["detail"] === "string" ? body["detail"] : "the answer gives no reason";
    super(`${code} (${status}): ${detail}`);
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.violations = Array.isArray(body["violations"]) ? (body["violations"] as Violation[]) : [];
    this.correlationId = typeof body["correlation_id"] === "string" ? body["correlation_id"] : undefined;
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether the same request may succeed later: the server is busy, stopping, or something it needs is away. */
  get isPassing(): boolean {
    return this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

/** A run whose result was waited for ended without one. */
export class RunFailed extends MetierError {
  /** The run as it ended. */
  readonly run: Run;

  constructor(run: Run) {
    super(`run ${run.number} ended as ${run.state}: ${run.reason ?? "no reason is given"}`);
    this.run = run;
  }
}

/**
 * Thrown by a handler: this attempt failed, another may succeed. It is tried again after the backoff of its kind, or
 * not before `afterMs`. Everything else a handler throws counts as one of these, with the code `handler_raised`.
 */
export class Retryable extends Error {
  override name = "Retryable";

  constructor(
    /** Stable name of the reason. */
    readonly code: string,
    message: string,
    /** When to try again at the earliest. */
    readonly afterMs?: number,
  ) {
    super(message);
  }
}

/** Thrown by a handler: trying again cannot help. The task has failed. */
export class Permanent extends Error {
  override name = "Permanent";

  constructor(
    /** Stable name of the reason. */
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Thrown by a handler: there was nothing to do. Counts as neither success nor failure. */
export class Skipped extends Error {
  override name = "Skipped";
}
