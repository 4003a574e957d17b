/** What one person chose for this browser: the density of rows, the rail, columns. Kept in the local storage. */
import { useCallback, useSyncExternalStore } from "react";

const listeners = new Set<() => void>();
const parsed = new Map<string, { text: string | null; value: unknown }>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", listener);
  };
}

/** The same object until the stored text changes. What cannot be read, or is of another shape, counts as absent. */
function read<T>(key: string, fallback: T, fits: (value: unknown) => value is T): T {
  const text = localStorage.getItem(key);
  const known = parsed.get(key);
  if (known?.text === text && known.value !== undefined) return known.value as T;
  let value: unknown;
  try {
    value = text === null ? fallback : JSON.parse(text);
  } catch {
    value = fallback;
  }
  const fitting = fits(value) ? value : fallback;
  parsed.set(key, { text, value: fitting });
  return fitting;
}

export function usePreference<T>(
  name: string,
  fallback: T,
  fits: (value: unknown) => value is T,
): [T, (value: T) => void] {
  const key = `metier.${name}`;
  const value = useSyncExternalStore(subscribe, () => read(key, fallback, fits));
  const set = useCallback(
    (next: T) => {
      localStorage.setItem(key, JSON.stringify(next));
      listeners.forEach((listener) => listener());
    },
    [key],
  );
  return [value, set];
}

export type Density = "dense" | "roomy";
const isDensity = (value: unknown): value is Density => value === "dense" || value === "roomy";
export const useDensity = () => usePreference<Density>("density", "dense", isDensity);

const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";
export const useRailCollapsed = () => usePreference("rail-collapsed", false, isBoolean);

export const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === "string");
