/** Submitting runs and following them. */
import { randomUUID } from "node:crypto";

import { Backoff, pause } from "./backoff.js";
import { Problem, RunFailed, TimedOut, Unreachable } from "./errors.js";
import { readOutput, readRun, readTask } from "./models.js";
import type { Output, OutputBody, Run, RunBody, TaskBody, TaskView } from "./models.js";
import { Transport } from "./transport.js";

/** The server answers everything within 60 seconds. */
const REQUEST_TIMEOUT_MS = 65_000;
const FIRST_LOOK_MS = 20;
const SLOWEST_LOOK_MS = 1_000;

/** Where, as whom, and how patiently. */
export interface ClientOptions {
  /** Address of the installation; `METIER_URL` when left out. */
  readonly url?: string;
  /** API key or access token; `METIER_API_KEY` when left out. */
  readonly apiKey?: string;
  /** How long requests that may be repeated without harm are repeated while the server is away; 10 s. */
  readonly patienceMs?: number;
}

/** How a run is to be done. */
export interface SubmitOptions {
  /** Version of the kind; the newest when left out. */
  readonly version?: number;
  /** `default` when left out. */
  readonly queue?: string;
  /** -100 to 100; higher goes first. */
  readonly priority?: number;
  /** Capabilities a worker needs for its tasks, such as `gpu`. */
  readonly requires?: readonly string[];
  /** It starts after this long. */
  readonly delayMs?: number;
  /** It starts not before this moment. */
  readonly runAt?: Date;
  /** Attempts for each task; the kind's when left out. */
  readonly maxAttempts?: number;
  /** Longest attempt; the kind's when left out. */
  readonly timeoutMs?: number;
  /**
   * Submitting again under the same key answers the first run. The second request has to be the same, so it needs
   * `runAt` rather than `delayMs`.
   */
  readonly idempotencyKey?: string;
}

/** How long to wait. */
export interface WaitOptions {
  /** For ever when left out. */
  readonly timeoutMs?: number;
}

/** Which runs to list. */
export interface RunFilter {
  readonly state?: readonly string[];
  readonly kind?: string;
  readonly queue?: string;
  /** Runs asked for at a time, 1 to 500; 50 when left out. */
  readonly page?: number;
}

/** A run, its id or its number. */
export type RunRef = Run | string | number;

interface Page<T> {
  items: T[];
  next?: string;
}

/** Asks one installation, with an API key or an access token. */
export class Client {
  /** The way to the server. */
  readonly transport: Transport;
  readonly #patienceMs: number;

  constructor(options: ClientOptions = {}) {
    const apiKey = options.apiKey ?? process.env["METIER_API_KEY"];
    if (!apiKey) throw new TypeError("an API key is needed: give one, or set METIER_API_KEY");
    this.transport = new Transport(options.url ?? process.env["METIER_URL"] ?? "http://127.0.0.1:7400", apiKey);
    this.#patienceMs = options.patienceMs ?? 10_000;
  }

  /** Submits one task. It is durable when this answers. */
  enqueue(kind: string, parameters: unknown = {}, options: SubmitOptions = {}): Promise<Run> {
    return this.#submit({ kind, parameters }, options);
  }

  /** Submits one run with a task for each item: all of them or, where one is wrong, none. */
  enqueueMany(kind: string, items: Iterable<unknown>, options: SubmitOptions = {}): Promise<Run> {
    return this.#submit({ kind, items: [...items] }, options);
  }

  /** One run as it is now. */
  async run(run: RunRef): Promise<Run> {
    return readRun(await this.#repeat<RunBody>("GET", path(run)));
  }

  /** Runs, newest first, read page by page as far as they are asked for. */
  async *runs(filter: RunFilter = {}): AsyncGenerator<Run> {
    const { state = [], kind, queue, page = 50 } = filter;
    for await (const body of this.#pages<RunBody>("/api/v1/runs", { state: state.join(","), kind, queue, limit: page })) {
      yield readRun(body);
    }
  }

  /** What waits ends at once, what runs is told to stop. `run_ended` where there is nothing left to cancel. */
  async cancel(run: RunRef): Promise<Run> {
    return readRun(await this.transport.call("POST", `${path(run)}/cancel`, { timeoutMs: REQUEST_TIMEOUT_MS }));
  }

  /** Runs again what did not succeed of a run that has ended. */
  async retry(run: RunRef): Promise<Run> {
    return readRun(await this.transport.call("POST", `${path(run)}/retry`, { timeoutMs: REQUEST_TIMEOUT_MS }));
  }

  /** Waits until a run has ended; `TimedOut` where that takes too long. */
  async wait(run: RunRef, options: WaitOptions = {}): Promise<Run> {
    const deadline = performance.now() + (options.timeoutMs ?? Number.POSITIVE_INFINITY);
    for (let look = FIRST_LOOK_MS; ; look = Math.min(look * 1.5, SLOWEST_LOOK_MS)) {
      const found = await this.run(run);
      if (found.endedAt !== undefined) return found;
      const left = deadline - performance.now();
      if (left <= 0) throw new TimedOut(`run ${found.number} is ${found.state}: ${found.reason ?? "it has not ended"}`);
      await pause(Math.min(look, left));
    }
  }

  /** Waits for a run of one task and answers what its handler gave; `RunFailed` where it did not succeed. */
  async result<T = unknown>(run: RunRef, options: WaitOptions = {}): Promise<T> {
    const ended = await this.wait(run, options);
    if (ended.state !== "succeeded") throw new RunFailed(ended);
    return (await this.task(run, 0)).result as T;
  }

  /** The results there are, each with the index of its task, in order. */
  results<T = unknown>(run: RunRef): AsyncGenerator<{ index: number; result: T }> {
    return this.#pages(`${path(run)}/results`, { limit: 500 });
  }

  /** The tasks of a run, in order; those of one state, or all. */
  async *tasks(run: RunRef, state?: string): AsyncGenerator<TaskView> {
    for await (const body of this.#pages<TaskBody>(`${path(run)}/tasks`, { state, limit: 500 })) yield readTask(body);
  }

  /** One task with its attempts and its result. */
  async task(run: RunRef, index: number): Promise<TaskView> {
    return readTask(await this.#repeat<TaskBody>("GET", `${path(run)}/tasks/${index}`));
  }

  /** What the latest attempt of a task has written, or another attempt. */
  async *output(run: RunRef, index = 0, attempt?: number): AsyncGenerator<Output> {
    const pages = this.#pages<OutputBody>(`${path(run)}/tasks/${index}/output`, { attempt, limit: 500 });
    for await (const body of pages) yield readOutput(body);
  }

  async #submit(what: object, options: SubmitOptions): Promise<Run> {
    const { version, queue, priority, requires, delayMs, maxAttempts, timeoutMs, idempotencyKey } = options;
    if (delayMs !== undefined && options.runAt !== undefined) throw new TypeError("give delayMs or runAt, not both");
    const runAt = delayMs === undefined ? options.runAt : new Date(Date.now() + delayMs);
    const how = { kind_version: version, queue, priority, requires, max_attempts: maxAttempts, timeout_ms: timeoutMs };
    const body = { ...what, ...how, run_at: runAt?.toISOString() };
    const headers = { "idempotency-key": idempotencyKey ?? randomUUID() };
    return readRun(await this.#repeat<RunBody>("POST", "/api/v1/runs", body, headers));
  }

  async *#pages<T>(from: string, wish: Record<string, string | number | undefined>): AsyncGenerator<T> {
    const wanted = new URLSearchParams();
    for (const [name, value] of Object.entries(wish)) if (value !== undefined && value !== "") wanted.set(name, `${value}`);
    for (;;) {
      const page = await this.#repeat<Page<T>>("GET", `${from}?${wanted.toString()}`);
      yield* page.items;
      if (page.next === undefined) return;
      wanted.set("after", page.next);
    }
  }

  async #repeat<T>(method: string, at: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
    const deadline = performance.now() + this.#patienceMs;
    const backoff = new Backoff();
    for (;;) {
      try {
        return await this.transport.call<T>(method, at, { body, headers, timeoutMs: REQUEST_TIMEOUT_MS });
      } catch (error) {
        const isPassing = error instanceof Unreachable || (error instanceof Problem && error.isPassing);
        const wait = backoff.failed(error instanceof Problem ? error.retryAfterMs : 0);
        if (!isPassing || performance.now() + wait > deadline) throw error;
        await pause(wait);
      }
    }
  }
}

function path(run: RunRef): string {
  return `/api/v1/runs/${encodeURIComponent(typeof run === "object" ? run.id : run)}`;
}
