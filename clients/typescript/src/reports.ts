/**
 * Telling how attempts ended. What gathers while one report is under way goes with the next.
 *
 * An outcome is told again until it is answered, as long as its lease lasts. Under a lease that has ended nothing is
 * reported: another worker has the task.
 */
import { failed } from "./attempt.js";
import type { Attempt, Outcome } from "./attempt.js";
import { Backoff, Bell, pause } from "./backoff.js";
import type { Calls } from "./calls.js";
import { Problem } from "./errors.js";
import type { Log } from "./worker.js";

const MOST = 256;
const MOST_BYTES = 4 * 1024 * 1024;

interface Report {
  readonly attempt: Attempt;
  readonly outcome: Outcome;
}

/** Sends outcomes, one report at a time. */
export class Reporter {
  readonly #calls: Calls;
  readonly #log: Log;
  readonly #told = new Bell();
  #waiting: Report[] = [];
  #isSending = false;
  #alone = 0;

  constructor(calls: Calls, log: Log) {
    this.#calls = calls;
    this.#log = log;
  }

  /** Another outcome to tell. */
  add(attempt: Attempt, outcome: Outcome): void {
    this.#waiting.push({ attempt, outcome });
    if (this.#isSending) return;
    this.#isSending = true;
    // Others that end in this moment go along.
    setImmediate(() => void this.#sendAll());
  }

  /** Waits until every outcome was told or given up; false where that takes too long. */
  async flush(patienceMs: number): Promise<boolean> {
    const told = new AbortController();
    const late = pause(patienceMs, told.signal);
    if (this.#isSending) await Promise.race([late, this.#told.wait()]);
    told.abort();
    return !this.#isSending;
  }

  async #sendAll(): Promise<void> {
    const backoff = new Backoff();
    while (this.#waiting.length > 0) {
      const batch = this.#take();
      if (batch.length === 0) continue;
      try {
        this.#answered(batch, await this.#calls.complete(batch.map(completion)));
        backoff.succeeded();
      } catch (error) {
        const wait = backoff.failed();
        this.#log.warn(`cannot report ${batch.length} outcomes, trying again in ${Math.round(wait)} ms: ${String(error)}`);
        this.#again(batch, error);
        await pause(wait);
      }
    }
    this.#isSending = false;
    this.#told.ring();
  }

  /** The next batch, without those whose lease has ended. */
  #take(): Report[] {
    const most = this.#alone > 0 ? 1 : MOST;
    this.#alone = Math.max(this.#alone - 1, 0);
    const batch: Report[] = [];
    for (let size = 0; batch.length < most && size < MOST_BYTES; ) {
      const report = this.#waiting.shift();
      if (report === undefined) break;
      size += report.outcome.size;
      if (report.attempt.lease.isAlive) batch.push(report);
      else this.#giveUp(report.attempt);
    }
    return batch;
  }

  #giveUp(attempt: Attempt): void {
    this.#log.warn(`the lease of task ${attempt.taskId} ended before it was reported: it runs elsewhere`);
    attempt.lease.settle(attempt.taskId);
  }

  #answered(batch: readonly Report[], accepted: readonly boolean[]): void {
    for (const [place, { attempt }] of batch.entries()) {
      if (accepted[place] !== true) this.#log.warn(`the outcome of task ${attempt.taskId} came too late and was refused`);
      attempt.lease.settle(attempt.taskId);
    }
  }

  /** They go again. Where the server will never take them, one by one: so the broken one is found. */
  #again(batch: readonly Report[], error: unknown): void {
    const isBroken = error instanceof Problem && !error.isPassing && error.status !== 401 && error.status !== 403;
    if (isBroken && batch.length === 1) {
      // The server says what is wrong with the outcome; that is what the one who submitted should see.
      const outcome = failed("outcome_refused", error.message, "failed_permanent");
      this.#waiting = [...batch.map(({ attempt }) => ({ attempt, outcome })), ...this.#waiting];
      return;
    }
    if (isBroken) this.#alone = batch.length;
    this.#waiting = [...batch, ...this.#waiting];
  }
}

function completion({ attempt, outcome }: Report): object {
  return { lease: attempt.lease.token, task: attempt.taskId, ...outcome.fields };
}
