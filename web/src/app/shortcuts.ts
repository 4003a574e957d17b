/**
 * The keyboard, in one place: whoever is on the page adds keys, `?` lists what there is. Keys are never taken from
 * somebody who types, and a dialog has the keyboard to itself.
 */
import { useEffect, useRef, useSyncExternalStore } from "react";

export interface Shortcut {
  /** One key such as `j`, two in a row such as `g r`, or with `mod+` for Ctrl or Command. */
  keys: string;
  label: string;
  group: string;
  run: () => void;
}

const SEQUENCE_TIME = 1200;
let shortcuts: readonly Shortcut[] = [];
const listeners = new Set<() => void>();
let prefix = "";
let prefixAt = 0;

function change(next: readonly Shortcut[]): void {
  shortcuts = next;
  listeners.forEach((listener) => listener());
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.tagName === "TEXTAREA" || target.tagName === "SELECT") return true;
  return target instanceof HTMLInputElement && target.type !== "checkbox" && target.type !== "radio";
}

/** Enter and Space belong to the button or link that has the focus. */
function isPressing(event: KeyboardEvent): boolean {
  const pressed = event.key === "Enter" || event.key === " ";
  return pressed && event.target instanceof Element && event.target.closest("a, button, [role=tab], input") !== null;
}

export function handleKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.altKey || event.isComposing) return;
  const mod = event.ctrlKey || event.metaKey;
  if (!mod && (isTyping(event.target) || isPressing(event))) return;
  if (document.querySelector("[role=dialog], [role=menu]") !== null) return;
  const key = mod ? `mod+${event.key.toLowerCase()}` : event.key;
  const inTime = event.timeStamp - prefixAt < SEQUENCE_TIME;
  const sequence = prefix !== "" && inTime ? `${prefix} ${key}` : key;
  // The last one added is nearest to the eye: the page's own key wins over the frame's.
  const found = shortcuts.findLast((shortcut) => shortcut.keys === sequence);
  prefix = "";
  if (found !== undefined) {
    event.preventDefault();
    found.run();
  } else if (shortcuts.some((shortcut) => shortcut.keys.startsWith(`${key} `))) {
    prefix = key;
    prefixAt = event.timeStamp;
  }
}

/** Adds keys while the component is there. */
export function useShortcuts(own: readonly Shortcut[]): void {
  const latest = useRef(own);
  useEffect(() => {
    latest.current = own;
  });
  const names = own.map((shortcut) => `${shortcut.keys}\n${shortcut.label}\n${shortcut.group}`).join("\n\n");
  useEffect(() => {
    const stable = latest.current.map((shortcut, index) => ({
      ...shortcut,
      run: () => latest.current[index]?.run(),
    }));
    change([...shortcuts, ...stable]);
    return () => change(shortcuts.filter((shortcut) => !stable.includes(shortcut)));
  }, [names]);
}

export function useAllShortcuts(): readonly Shortcut[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => shortcuts,
  );
}
