/**
 * Short messages at the edge of the page, and changes that can still be undone: such a change is only sent when its
 * time is over, and leaving the page sends it at once rather than losing it.
 */
import { useSyncExternalStore } from "react";

export interface Notice {
  id: number;
  message: string;
  tone: "done" | "failed";
  /** A change that waits: taken back by this. */
  undo?: () => void;
}

const SHOWN_FOR = 6000;
export const UNDO_FOR = 5000;

let notices: readonly Notice[] = [];
let nextId = 1;
const listeners = new Set<() => void>();
const waiting = new Map<number, () => void>();

function change(next: readonly Notice[]): void {
  notices = next;
  listeners.forEach((listener) => listener());
}

export function dismiss(id: number): void {
  change(notices.filter((notice) => notice.id !== id));
}

export function notify(message: string, tone: Notice["tone"] = "done"): number {
  const id = nextId++;
  change([...notices.slice(-3), { id, message, tone }]);
  setTimeout(() => dismiss(id), SHOWN_FOR);
  return id;
}

/** Announces a change, and does it when nobody took it back. */
export function doWithUndo(message: string, work: () => void): void {
  const id = nextId++;
  const settle = () => {
    clearTimeout(timer);
    waiting.delete(id);
    dismiss(id);
  };
  const commit = () => {
    settle();
    work();
  };
  const timer = setTimeout(commit, UNDO_FOR);
  waiting.set(id, commit);
  change([...notices.slice(-3), { id, message, tone: "done", undo: settle }]);
}

/** Does at once what still waits: the page is being left. */
export function commitWaiting(): void {
  [...waiting.values()].forEach((commit) => commit());
}

export function useNotices(): readonly Notice[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => notices,
  );
}
