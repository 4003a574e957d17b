/** One attempt: runs the handler and makes its one outcome, whoever says first how it ended. */
import { pause } from "./backoff.js";
import { Permanent, Retryable, Skipped } from "./errors.js";
import { Feedback, shortened } from "./feedback.js";
import type { Lease } from "./lease.js";
import { Stop, Stopped, Task } from "./task.js";
import type { ClaimedBody } from "./task.js";
import type { Handler } from "./worker.js";

/** How long a handler may take to end once told to stop, before it is reported all the same. */
const GRACE_MS = 1_000;
const LARGEST_RESULT = 4 * 1024 * 1024;
const LONGEST_MESSAGE = 4_000;

/** How an attempt ended, as the server is told, and about how many bytes that has. */
export interface Outcome {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly size: number;
}

const RELEASED: Outcome = { fields: { outcome: "released" }, size: 100 };
const CANCELLED: Outcome = { fields: { outcome: "cancelled" }, size: 100 };
const TIMED_OUT: Outcome = { fields: { outcome: "timed_out" }, size: 100 };

/** A claimed task. `report` is called once, with its outcome. */
export class Attempt {
  /** Names the task in the worker protocol. */
  readonly taskId: number;
  /** Name and version of what it is. */
  readonly kind: string;
  readonly lease: Lease;
  readonly stop = new Stop();
  readonly feedback: Feedback;
  /** Where it is. */
  phase: "held" | "running" | "ended" = "held";
  readonly #body: ClaimedBody;
  readonly #report: (attempt: Attempt, outcome: Outcome) => void;

  constructor(body: ClaimedBody, lease: Lease, report: (attempt: Attempt, outcome: Outcome) => void) {
    this.taskId = body.id;
    this.kind = `${body.kind.name} ${body.kind.version}`;
    this.lease = lease;
    this.feedback = new Feedback(() => lease.spoke());
    this.#body = body;
    this.#report = report;
  }

  /**
   * Runs the handler and reports how it ended. Answers when the handler has ended, which is later than its report
   * when it does not stop as told; then `stuck` is called.
   */
  async run(handler: Handler | undefined, stuck: () => void): Promise<void> {
    this.phase = "running";
    if (handler === undefined) return this.#end(failed("misdelivered", `the worker has no handler for ${this.kind}`));
    if (this.stop.cause !== undefined || !this.lease.isAlive) return this.#end(this.#stopped());
    const timer = setTimeout(() => this.stop.tell("timed_out"), this.#body.timeout_ms);
    const ended = new AbortController();
    const onStop = async (): Promise<void> => {
      await pause(GRACE_MS, ended.signal);
      if (ended.signal.aborted) return;
      stuck();
      await this.#flush();
      this.#end(this.#stopped());
    };
    this.stop.signal.addEventListener("abort", () => void onStop(), { once: true });
    const outcome = await perform(handler, new Task(this.#body, this.stop, this.feedback));
    ended.abort();
    clearTimeout(timer);
    await this.#flush();
    this.#end(this.stop.cause === undefined ? outcome : this.#stopped());
  }

  /** Reports that it has not begun. */
  giveBack(): void {
    this.#end(RELEASED);
  }

  async #flush(): Promise<void> {
    if (this.feedback.wasWritten && this.phase !== "ended") await this.lease.sendOutput();
  }

  #end(outcome: Outcome): void {
    if (this.phase === "ended") return;
    this.phase = "ended";
    this.#report(this, outcome);
  }

  #stopped(): Outcome {
    if (this.stop.cause === "cancelled") return CANCELLED;
    if (this.stop.cause === "timed_out") return TIMED_OUT;
    return failed("worker_shut_down", "the worker shut down before the task had ended");
  }
}

/** The outcome of a failure. */
export function failed(code: string, message: string, outcome = "failed", more: Record<string, unknown> = {}): Outcome {
  const text = { error_code: shortened(code, 100), error_message: shortened(message, LONGEST_MESSAGE) };
  return { fields: { outcome, ...text, ...more }, size: 500 };
}

async function perform(handler: Handler, task: Task): Promise<Outcome> {
  try {
    return succeeded(await handler(task));
  } catch (error) {
    if (error instanceof Skipped) return failed("skipped", error.message, "skipped");
    if (error instanceof Permanent) return failed(error.code, error.message, "failed_permanent");
    if (error instanceof Retryable) {
      const after = error.afterMs === undefined ? 0 : Math.max(Math.round(error.afterMs), 1);
      return failed(error.code, error.message, "failed", { retry_after_ms: after });
    }
    if (error instanceof Stopped) return failed("stopped_early", "the handler stopped without being told to");
    return failed("handler_raised", String(error));
  }
}

function succeeded(result: unknown): Outcome {
  let text;
  try {
    text = JSON.stringify(result) ?? "null";
  } catch (error) {
    return failed("result_not_json", `the result cannot be written as JSON: ${String(error)}`, "failed_permanent");
  }
  const size = Buffer.byteLength(text);
  if (size > LARGEST_RESULT) {
    const message = `the result has ${size} bytes as JSON; at most ${LARGEST_RESULT} are kept`;
    return failed("result_too_large", message, "failed_permanent");
  }
  return { fields: { outcome: "succeeded", result }, size };
}
