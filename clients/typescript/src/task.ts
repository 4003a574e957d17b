/** What a handler is given: its parameters, and the way to tell how far it is and to hear that it should stop. */
import { pause } from "./backoff.js";
import { Feedback } from "./feedback.js";

/**
 * Why a task should stop: someone cancelled its run; the attempt took longer than allowed; another worker may already
 * work on it, so that what this one reports would not count; the worker ends and its time to drain is over.
 */
export type StopCause = "cancelled" | "timed_out" | "lease_lost" | "shutdown";

/** Which of an attempt's outputs a text belongs to. */
export type Stream = "stdout" | "stderr" | "log";

/** Thrown by what was told to stop; also the reason of a task's signal. Let it pass through the handler. */
export class Stopped extends Error {
  override name = "Stopped";

  constructor(
    /** Why. */
    readonly stopCause: StopCause,
  ) {
    super(`the task was told to stop: ${stopCause}`);
  }
}

/** Tells a task to stop, once: the first cause stays. */
export class Stop {
  readonly #controller = new AbortController();
  /** Why, once it was told. */
  cause: StopCause | undefined;

  /** Aborted when it is told; the reason is a `Stopped`. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Tells it, unless it was told before. */
  tell(cause: StopCause): void {
    if (this.cause !== undefined) return;
    this.cause = cause;
    this.#controller.abort(new Stopped(cause));
  }
}

/** A task as a claim hands it out. */
export interface ClaimedBody {
  id: number;
  run: string;
  run_number: number;
  index: number;
  kind: { name: string; version: number };
  attempt: number;
  parameters: unknown;
  timeout_ms: number;
  correlation: string;
  token: string;
  owner: string;
}

/**
 * One attempt of a task. It may run more than once: make effects outside idempotent with `idempotencyKey`.
 *
 * Hand `signal` to whatever takes one (`fetch`, timers, streams); call `check()` between steps otherwise.
 */
export class Task<P = unknown> {
  /** The id of its run. */
  readonly runId: string;
  /** The number of its run. */
  readonly runNumber: number;
  /** Its place in the run, from 0. */
  readonly index: number;
  /** What it is. */
  readonly kind: string;
  /** 1 for the first try. */
  readonly attempt: number;
  /** What it is about, as its kind's schema wants it. */
  readonly parameters: P;
  /** One id through every log line; send it along in `x-correlation-id`. */
  readonly correlationId: string;
  /** Short-lived rights of the one who submitted, where the kind names permissions. */
  readonly token: string | undefined;
  /** Whose run it is. */
  readonly owner: string | undefined;
  readonly #stop: Stop;
  readonly #feedback: Feedback;
  readonly #deadline: number;

  /** Made by a worker; a test makes one with `Task.alone`. */
  constructor(body: Omit<ClaimedBody, "id">, stop: Stop, feedback: Feedback) {
    this.runId = body.run;
    this.runNumber = body.run_number;
    this.index = body.index;
    this.kind = body.kind.name;
    this.attempt = body.attempt;
    this.parameters = body.parameters as P;
    this.correlationId = body.correlation;
    this.token = body.token || undefined;
    this.owner = body.owner || undefined;
    this.#stop = stop;
    this.#feedback = feedback;
    this.#deadline = performance.now() + body.timeout_ms;
  }

  /** A task that nobody leased out, for testing a handler; `stop` tells it to stop. */
  static alone<P>(parameters: P, timeoutMs = 300_000): { task: Task<P>; stop: (cause: StopCause) => void } {
    const stop = new Stop();
    const names = { run: "alone", run_number: 0, index: 0, kind: { name: "alone", version: 1 }, correlation: "alone" };
    const body = { ...names, attempt: 1, parameters, timeout_ms: timeoutMs, token: "", owner: "" };
    return { task: new Task<P>(body, stop, new Feedback(() => undefined)), stop: (cause) => stop.tell(cause) };
  }

  /** The same in every attempt of this task, another in every other task. */
  get idempotencyKey(): string {
    return `${this.runId}-${this.index}`;
  }

  /** Milliseconds until the attempt times out. */
  get millisecondsLeft(): number {
    return Math.max(this.#deadline - performance.now(), 0);
  }

  /** Aborted when it should stop; the reason is a `Stopped`. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Why to end now, if so. */
  get stopCause(): StopCause | undefined {
    return this.#stop.cause;
  }

  /** Ends the handler, by throwing `Stopped`, if it should stop. */
  check(): void {
    this.signal.throwIfAborted();
  }

  /** Waits, and ends the handler as `check` does as soon as it should stop. */
  async sleep(milliseconds: number): Promise<void> {
    await pause(milliseconds, this.signal);
    this.check();
  }

  /** Says how far it is, 0 to 1. Only the latest is kept, so it may be called often. */
  progress(fraction: number, message = ""): void {
    this.#feedback.progress(fraction, message);
  }

  /** Keeps a line with the attempt. */
  log(text: string): void {
    this.#feedback.output("log", text);
  }

  /**
   * Keeps what a program printed with the attempt. What comes faster than it can be sent is counted and left out.
   */
  output(text: string, stream: Stream = "stdout"): void {
    this.#feedback.output(stream, text);
  }
}
