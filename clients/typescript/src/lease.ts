/**
 * One lease: the tasks of one claim, kept alive by heartbeats until each has been settled.
 *
 * One heartbeat is always waiting, so that the server can answer it the moment a task should stop. The lease is over
 * when the server says so, or when it could not be renewed for as long as it lasts: then what still runs under it is
 * told to stop, and no outcome of it is reported any more.
 */
import type { Attempt } from "./attempt.js";
import { Backoff, pause } from "./backoff.js";
import type { Beat, Calls, Progress } from "./calls.js";
import type { Log } from "./worker.js";

/** A claim of short tasks is over before this and needs no heartbeat. */
const FIRST_HEARTBEAT_MS = 200;
/** Between heartbeats, should the server answer each at once. */
const LEAST_INTERVAL_MS = 250;
/** How long progress and output gather before they are sent. */
const GATHER_MS = 200;
/** Pieces of output in one call: 1 MiB at most. */
const MOST_PIECES = 64;

/** The attempts of one claim. */
export class Lease {
  /** What the server knows it by. */
  readonly token: string;
  readonly #calls: Calls;
  readonly #log: Log;
  readonly #open = new Map<number, Attempt>();
  readonly #settled = new AbortController();
  #expires: number;
  #lost = false;
  #sending: Promise<void> = Promise.resolve();
  #isGathering = false;

  /** To be made when the claim was answered. */
  constructor(token: string, calls: Calls, log: Log) {
    this.token = token;
    this.#calls = calls;
    this.#log = log;
    this.#expires = performance.now() + calls.leaseMs;
  }

  /** Begins with these attempts, and is kept alive from now on. */
  hold(attempts: readonly Attempt[]): void {
    for (const attempt of attempts) this.#open.set(attempt.taskId, attempt);
    void this.#keep();
  }

  /** Those that are open. */
  get attempts(): Attempt[] {
    return [...this.#open.values()];
  }

  /** Whether what is reported under it can still count. */
  get isAlive(): boolean {
    return !this.#lost && performance.now() < this.#expires;
  }

  /** The outcome of a task was answered or given up. */
  settle(taskId: number): void {
    this.#open.delete(taskId);
    if (this.#open.size === 0) this.#settled.abort();
  }

  /** A task has said something: it is sent in a moment, with what others say until then. */
  spoke(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    void pause(GATHER_MS, this.#settled.signal).then(async () => {
      this.#isGathering = false;
      await Promise.all([this.#sendProgress(), this.sendOutput()]);
    });
  }

  /** Sends what its tasks have written, in order. */
  sendOutput(): Promise<void> {
    this.#sending = this.#sending.then(() => this.#sendPieces());
    return this.#sending;
  }

  async #keep(): Promise<void> {
    const { signal } = this.#settled;
    const backoff = new Backoff();
    await pause(FIRST_HEARTBEAT_MS, signal);
    while (!signal.aborted && this.isAlive) {
      const began = performance.now();
      try {
        const left = this.#expires - began;
        const beat = await this.#calls.heartbeat(this.token, this.#takeProgress(), this.#calls.heartbeatMs, left, signal);
        if (!beat.alive) break;
        backoff.succeeded();
        this.#expires = began + this.#calls.leaseMs;
        this.#obey(beat);
        await pause(LEAST_INTERVAL_MS - (performance.now() - began), signal);
      } catch (error) {
        if (signal.aborted) return;
        const wait = backoff.failed();
        this.#log.warn(`cannot renew a lease, trying again in ${Math.round(wait)} ms: ${String(error)}`);
        await pause(Math.min(wait, this.#expires - performance.now()), signal);
      }
    }
    if (!signal.aborted) this.#lose();
  }

  #lose(): void {
    this.#lost = true;
    // The server forgets a lease with its last outcome, whose answer may still be under way.
    const running = this.attempts.filter((attempt) => attempt.phase !== "ended");
    if (running.length > 0) this.#log.warn(`lost a lease: ${running.length} tasks are stopped and go to another worker`);
    for (const attempt of running) attempt.stop.tell("lease_lost");
  }

  #obey(beat: Beat): void {
    for (const { task, reason } of beat.stop) {
      this.#open.get(task)?.stop.tell(reason === "timed_out" ? "timed_out" : "cancelled");
    }
  }

  #takeProgress(): Progress[] {
    return this.attempts.flatMap((attempt) => {
      const progress = attempt.feedback.takeProgress();
      return progress === undefined ? [] : [{ task: attempt.taskId, ...progress }];
    });
  }

  async #sendProgress(): Promise<void> {
    const progress = this.#takeProgress();
    if (progress.length === 0 || !this.isAlive) return;
    try {
      this.#obey(await this.#calls.heartbeat(this.token, progress, 0, this.#calls.leaseMs));
    } catch {
      // The next word on progress will do.
    }
  }

  async #sendPieces(): Promise<void> {
    const pieces = this.attempts.flatMap((attempt) =>
      attempt.feedback.takeOutput().map((piece) => ({ task: attempt.taskId, ...piece })),
    );
    for (let start = 0; start < pieces.length; start += MOST_PIECES) {
      try {
        const kept = this.isAlive && (await this.#calls.output(this.token, pieces.slice(start, start + MOST_PIECES)));
        if (!kept) return this.#log.warn("output came after the end of its lease");
      } catch (error) {
        this.#log.warn(`output was lost: ${String(error)}`);
      }
    }
  }
}
