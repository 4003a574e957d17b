/**
 * The latest events that this browser was told, for the page that lists them: in memory alone, and only while somebody
 * is signed in. How far runs are is told many times a second and is no fact: it is left out.
 */
import { useSyncExternalStore } from "react";

export interface Heard {
  /** Tells it apart from all others. */
  place: string;
  type: string;
  /** What came with it, as JSON. */
  data: string;
}

const MOST = 1000;
const NO_FACT = /^(run\.progressed$|stream\.)/;
let heard: readonly Heard[] = [];
const listeners = new Set<() => void>();

export const isFact = (type: string): boolean => !NO_FACT.test(type);

/** The latest last. */
export function addHeard(more: readonly Heard[]): void {
  if (more.length === 0) return;
  heard = [...heard, ...more].slice(-MOST);
  listeners.forEach((listener) => listener());
}

export const allHeard = (): readonly Heard[] => heard;

export function forgetHeard(): void {
  heard = [];
  listeners.forEach((listener) => listener());
}

export const useHeard = (): readonly Heard[] =>
  useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, allHeard);
