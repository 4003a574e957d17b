/** A text in parts, by what of it matched. The server counts in bytes of UTF-8, texts here do not. */
import type { Marked } from "../../api/types";

export interface Part {
  text: string;
  isMark: boolean;
}

export function partsOf({ text, marks }: Marked): Part[] {
  const bytes = new TextEncoder().encode(text);
  const decoder = new TextDecoder();
  const parts: Part[] = [];
  let at = 0;
  const add = (to: number, isMark: boolean) => {
    if (to > at) parts.push({ text: decoder.decode(bytes.subarray(at, to)), isMark });
    at = Math.max(at, to);
  };
  for (const [from = 0, to = 0] of [...marks].sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0))) {
    add(Math.min(from, bytes.length), false);
    add(Math.min(to, bytes.length), true);
  }
  add(bytes.length, false);
  return parts;
}
