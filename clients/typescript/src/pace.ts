/**
 * How many tasks to hold beyond those that run. Short tasks would spend their time in claims, so a worker holds as many
 * as it can work off in a moment; long ones are left to other workers.
 */

const MOST = 256;
/** How much work to hold. */
const LOOK_AHEAD_MS = 50;
/** Share of a new duration in the average. */
const WEIGHT = 0.125;

/** Learns from how long tasks ran. */
export class Pace {
  readonly #slots: number;
  #averageMs: number | undefined;

  constructor(slots: number) {
    this.#slots = slots;
  }

  /** A task ran this long. */
  ran(milliseconds: number): void {
    const average = this.#averageMs ?? milliseconds;
    this.#averageMs = average + (milliseconds - average) * WEIGHT;
  }

  /** Tasks that were held did not get to run in time: nothing is held until one has ended again. */
  stalled(): void {
    this.#averageMs = undefined;
  }

  /** How many tasks to ask for now; 0 while enough are held. */
  wanted(running: number, held: number): number {
    const worked = this.#averageMs === undefined ? 0 : (this.#slots * LOOK_AHEAD_MS) / Math.max(this.#averageMs, 0.001);
    const ahead = Math.max(Math.min(Math.floor(worked), MOST) - this.#slots, 0);
    if (held > ahead / 2) return 0;
    return Math.min(Math.max(this.#slots - running + ahead - held, 0), MOST);
  }
}
