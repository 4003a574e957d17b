/** How long to wait, before a failed call is made again and elsewhere. */

const FIRST_MS = 100;
const LONGEST_MS = 5_000;

/** Doubling waits with jitter: each is drawn between half of its length and all of it. */
export class Backoff {
  #failures = 0;

  /** The wait after one more failure, in milliseconds. */
  failed(atLeastMs = 0): number {
    const whole = Math.min(FIRST_MS * 2 ** Math.min(this.#failures, 16), LONGEST_MS);
    this.#failures += 1;
    return Math.max(whole * (0.5 + Math.random() / 2), Math.min(atLeastMs, LONGEST_MS));
  }

  /** The next wait is a short one again. */
  succeeded(): void {
    this.#failures = 0;
  }
}

/** Waits; less long when the signal is aborted, and then without an error. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, Math.max(milliseconds, 0));
    signal?.addEventListener("abort", done, { once: true });
  });
}

/** Waits until the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Wakes who waits: once for each time something has changed. */
export class Bell {
  #wake: (() => void)[] = [];

  /** Wakes everybody who waits now. */
  ring(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  /** Waits for the next ring. */
  wait(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }
}
