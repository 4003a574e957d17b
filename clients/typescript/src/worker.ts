/** A worker: claims tasks of the kinds it has handlers for, runs them, and reports how they ended. */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";

import { Attempt } from "./attempt.js";
import type { Outcome } from "./attempt.js";
import { Backoff, aborted, pause } from "./backoff.js";
import { Calls } from "./calls.js";
import type { Claimed, KindName } from "./calls.js";
import type { Client } from "./client.js";
import { Crew } from "./crew.js";
import { Problem } from "./errors.js";
import { Lease } from "./lease.js";
import { Reporter } from "./reports.js";
import type { Task } from "./task.js";

const CLAIM_WAIT_MS = 20_000;
/** For a claim that is just being answered: what it brings is given back. */
const CLAIM_GRACE_MS = 250;
/** How long the last outcomes may take to be told. */
const REPORT_PATIENCE_MS = 6_000;

/**
 * Works on a task. What it answers is the task's result; to fail it throws `Retryable` or `Permanent`. What `P`, its
 * parameters, is, each handler says for itself.
 */
export type Handler<P = any> = (task: Task<P>) => unknown;

/** Where a worker says what happens. The console is one. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** How a worker works. */
export interface WorkerOptions {
  /** Tasks at a time; 4 when left out. */
  readonly concurrency?: number;
  /** Queues to take from; all that the key may when left out. */
  readonly queues?: readonly string[];
  /** What it can do, such as `gpu`: it gets the tasks that require no more. */
  readonly capabilities?: readonly string[];
  /** How long a stop waits for what runs; 10 s. */
  readonly drainMs?: number;
  /** What the installation calls it, unique for each start. */
  readonly name?: string;
  /** Whether SIGTERM and SIGINT stop it; yes when left out. */
  readonly signals?: boolean;
  /** The console when left out. */
  readonly log?: Log;
}

/** What a kind is. */
export interface KindOptions {
  /** From 1. */
  readonly version?: number;
  /** What it does. */
  readonly description?: string;
  /** JSON Schema of one item; submissions are held against it. */
  readonly schema?: object;
  /** Permissions the handler uses for the one who submitted. */
  readonly permissions?: readonly string[];
  /** Longest attempt. */
  readonly timeoutMs?: number;
  /** Attempts in all. */
  readonly maxAttempts?: number;
  /** First delay between attempts; it doubles. */
  readonly backoffMs?: number;
  /** Greatest delay between attempts. */
  readonly maxBackoffMs?: number;
}

/** Runs up to `concurrency` tasks at a time. The client's key needs `tasks:claim`, and names kinds and queues. */
export class Worker {
  /** What the installation calls it. */
  readonly name: string;
  readonly #queues: readonly string[];
  readonly #drainMs: number;
  readonly #signals: boolean;
  readonly #log: Log;
  readonly #calls: Calls;
  readonly #crew: Crew;
  readonly #reporter: Reporter;
  readonly #kinds: KindName[] = [];
  readonly #declared: object[] = [];
  readonly #handlers = new Map<string, Handler>();
  readonly #stopping = new AbortController();
  readonly #hurrying = new AbortController();

  constructor(client: Client, options: WorkerOptions = {}) {
    const slots = options.concurrency ?? 4;
    if (!Number.isInteger(slots) || slots < 1 || slots > 1000) throw new RangeError("concurrency is 1 to 1000");
    this.name = options.name ?? `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
    this.#queues = options.queues ?? [];
    this.#drainMs = options.drainMs ?? 10_000;
    this.#signals = options.signals ?? true;
    this.#log = options.log ?? console;
    this.#calls = new Calls(client.transport, this.name, options.capabilities ?? []);
    this.#crew = new Crew(slots, this.#handlers, this.#log);
    this.#reporter = new Reporter(this.#calls, this.#log);
  }

  /** Declares a kind and its handler. `P` is what its schema promises the parameters to be. */
  handle<P = unknown>(kind: string, options: KindOptions, handler: Handler<P>): this {
    const { version = 1, description, schema, permissions, maxAttempts, timeoutMs, backoffMs, maxBackoffMs } = options;
    const key = `${kind} ${version}`;
    if (this.#handlers.has(key)) throw new TypeError(`${kind} version ${version} has a handler already`);
    const limits = { timeout_ms: timeoutMs, max_attempts: maxAttempts, backoff_ms: backoffMs, max_backoff_ms: maxBackoffMs };
    this.#declared.push({ name: kind, version, description, parameter_schema: schema, permissions, ...limits });
    this.#kinds.push({ name: kind, version });
    this.#handlers.set(key, handler);
    return this;
  }

  /**
   * Works until `stop` is called or SIGTERM or SIGINT comes. To be called once.
   *
   * What has not begun is then given back. What runs may go on for `drainMs`, then it is told to stop and reported as
   * failed, to be tried again elsewhere. A second signal ends the waiting.
   */
  async run(): Promise<void> {
    if (this.#handlers.size === 0) throw new TypeError("a worker needs a handler");
    const stop = (): void => this.stop();
    const signals = this.#signals ? (["SIGTERM", "SIGINT"] as const) : [];
    for (const signal of signals) process.on(signal, stop);
    try {
      if (!(await this.#register())) return;
      this.#log.info(`${this.name} works on ${this.#kinds.map((kind) => kind.name).join(", ")}`);
      const claims = new AbortController();
      const claiming = this.#claimAll(claims.signal);
      await aborted(this.#stopping.signal);
      await this.#shutDown(claiming, claims);
    } finally {
      for (const signal of signals) process.off(signal, stop);
    }
  }

  /** Asks it to end. Asked twice, it waits for nothing. */
  stop(): void {
    if (this.#stopping.signal.aborted) this.#hurrying.abort();
    this.#stopping.abort();
    this.#crew.wake();
  }

  /** False when told to stop before the server was there. */
  async #register(): Promise<boolean> {
    const backoff = new Backoff();
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#calls.register(this.#declared);
        return true;
      } catch (error) {
        if (error instanceof Problem && !error.isPassing) throw error;
        const wait = backoff.failed();
        this.#log.warn(`cannot register, trying again in ${Math.round(wait)} ms: ${String(error)}`);
        await pause(wait, this.#stopping.signal);
      }
    }
    return false;
  }

  async #claimAll(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff();
    while (!this.#stopping.signal.aborted) {
      const room = this.#crew.room;
      if (room === 0) {
        await this.#crew.change();
        continue;
      }
      try {
        this.#take(await this.#calls.claim(this.#kinds, this.#queues, room, CLAIM_WAIT_MS, signal));
        backoff.succeeded();
      } catch (error) {
        if (!this.#stopping.signal.aborted) await this.#recover(error, backoff);
      }
    }
  }

  async #recover(error: unknown, backoff: Backoff): Promise<void> {
    const wait = backoff.failed(error instanceof Problem ? error.retryAfterMs : 0);
    this.#log.warn(`cannot claim, trying again in ${Math.round(wait)} ms: ${String(error)}`);
    await pause(wait, this.#stopping.signal);
    if (!(error instanceof Problem) || error.code !== "unknown_kind") return;
    // The installation is not the one it was, such as after a restore.
    await this.#calls.register(this.#declared).catch((again: unknown) => this.#log.warn(`cannot register: ${String(again)}`));
  }

  #take(claimed: Claimed): void {
    if (claimed.tasks.length === 0) return;
    const lease = new Lease(claimed.lease, this.#calls, this.#log);
    const attempts = claimed.tasks.map((body) => new Attempt(body, lease, (...ended) => this.#ended(...ended)));
    lease.hold(attempts);
    if (!this.#stopping.signal.aborted) return this.#crew.add(attempts);
    for (const attempt of attempts) attempt.giveBack();
  }

  #ended(attempt: Attempt, outcome: Outcome): void {
    this.#reporter.add(attempt, outcome);
    this.#crew.wake();
  }

  async #shutDown(claiming: Promise<void>, claims: AbortController): Promise<void> {
    this.#log.info(`${this.name} stops`);
    await Promise.race([claiming, pause(CLAIM_GRACE_MS)]);
    claims.abort();
    await claiming;
    this.#crew.giveBack();
    const late = pause(this.#drainMs, this.#hurrying.signal).then(() => this.#crew.stop("shutdown"));
    while (!this.#crew.isIdle) await this.#crew.change();
    this.#hurrying.abort();
    await late;
    if (await this.#reporter.flush(REPORT_PATIENCE_MS)) return;
    this.#log.error("some outcomes could not be told; their tasks run elsewhere when the lease ends");
  }
}
