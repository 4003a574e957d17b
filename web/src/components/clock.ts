/** One ticking clock for every relative time on the page, instead of a timer each. */
import { useSyncExternalStore } from "react";

const TICK = 1000;
const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function tick(): void {
  now = Date.now();
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    now = Date.now();
    timer = setInterval(tick, TICK);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) clearInterval(timer);
  };
}

/** The time now, to the second. `step` milliseconds apart at least, so that old times do not redraw each second. */
export function useNow(step = TICK): number {
  return useSyncExternalStore(subscribe, () => (step <= TICK ? now : now - (now % step)));
}
