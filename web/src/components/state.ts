/**
 * States of runs, tasks and attempts as they are shown: a word, a shape, a color. A state that a newer server knows
 * and we do not is shown by its own name.
 */
import { text } from "../texts";
import { shown } from "./shown";

export const LOOKS = [
  "ready", "running", "waiting", "succeeded", "partial", "failed", "timed_out", "cancelled", "skipped",
] as const;
export type Look = (typeof LOOKS)[number];

const ALIKE: Readonly<Record<string, Look>> = { queued: "ready", cancelling: "waiting", lost: "timed_out", due: "ready", submitted: "succeeded", delivered: "succeeded" };

const isLook = (state: string): state is Look => (LOOKS as readonly string[]).includes(state);

export const lookOf = (state: string): Look => (isLook(state) ? state : (ALIKE[state] ?? "skipped"));

export function wordOf(state: string): string {
  const words: Readonly<Record<string, string | undefined>> = text.states;
  return words[state] ?? shown(state.replaceAll("_", " "), 40);
}

/** The variable that holds a state's color. */
export const colorOf = (state: string): string => `var(--${lookOf(state).replaceAll("_", "-")})`;

/** In the order people look for them. */
export const RUN_STATES = [
  "running", "queued", "waiting", "cancelling", "failed", "partial", "timed_out", "succeeded", "cancelled",
] as const;
export const TASK_STATES = [
  "succeeded", "running", "ready", "waiting", "failed", "timed_out", "cancelled", "skipped",
] as const;

const OPEN: readonly string[] = ["queued", "running", "waiting", "cancelling"];
export const isOpen = (state: string): boolean => OPEN.includes(state);
