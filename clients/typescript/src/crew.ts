/** Runs handlers, so many at a time, and gives back what was held too long. */
import type { Attempt } from "./attempt.js";
import { Bell } from "./backoff.js";
import { Pace } from "./pace.js";
import type { StopCause } from "./task.js";
import type { Handler, Log } from "./worker.js";

/** A task that could not start for this long is given back. */
const LONGEST_HOLD_MS = 1_000;

/** At most `slots` attempts at a time. */
export class Crew {
  readonly #slots: number;
  readonly #handlers: ReadonlyMap<string, Handler>;
  readonly #log: Log;
  readonly #pace: Pace;
  readonly #changed = new Bell();
  readonly #running = new Set<Attempt>();
  #held: Attempt[] = [];

  constructor(slots: number, handlers: ReadonlyMap<string, Handler>, log: Log) {
    this.#slots = slots;
    this.#handlers = handlers;
    this.#log = log;
    this.#pace = new Pace(slots);
  }

  /** For how many more tasks there is room. */
  get room(): number {
    return this.#pace.wanted(this.#running.size, this.#held.length);
  }

  /** Waits until an attempt has begun or ended. */
  change(): Promise<void> {
    return this.#changed.wait();
  }

  /** More to do. */
  add(attempts: readonly Attempt[]): void {
    this.#held.push(...attempts);
    setTimeout(() => this.#releaseHeld(attempts), LONGEST_HOLD_MS).unref();
    this.#startNext();
  }

  /** Whatever has not begun goes back. */
  giveBack(): void {
    for (const attempt of this.#held.splice(0)) attempt.giveBack();
  }

  /** Tells what runs to stop. */
  stop(cause: StopCause): void {
    for (const attempt of this.#running) attempt.stop.tell(cause);
  }

  /** Whether every attempt was reported. A handler that does not stop as told may still be there. */
  get isIdle(): boolean {
    return this.#held.length === 0 && [...this.#running].every((attempt) => attempt.phase === "ended");
  }

  /** Wakes who waits for a change. */
  wake(): void {
    this.#changed.ring();
  }

  #startNext(): void {
    while (this.#running.size < this.#slots) {
      const attempt = this.#held.shift();
      if (attempt === undefined) return;
      this.#running.add(attempt);
      void this.#run(attempt);
    }
  }

  async #run(attempt: Attempt): Promise<void> {
    const began = performance.now();
    await attempt.run(this.#handlers.get(attempt.kind), () => {
      this.#log.error(`the handler of ${attempt.kind} does not stop as told; its slot is taken until it ends`);
    });
    this.#running.delete(attempt);
    this.#pace.ran(performance.now() - began);
    this.#startNext();
    this.#changed.ring();
  }

  #releaseHeld(attempts: readonly Attempt[]): void {
    const late = new Set(attempts.filter((attempt) => attempt.phase === "held"));
    if (late.size === 0) return;
    this.#held = this.#held.filter((attempt) => !late.has(attempt));
    this.#pace.stalled();
    for (const attempt of late) attempt.giveBack();
  }
}
