/**
 * Text from elsewhere, made fit to be shown in one line: nothing invisible that reorders or hides what stands beside
 * it, and never so long that laying it out costs anything. React makes it inert; this makes it honest.
 */

/** Marks where something invisible stood. */
const MARK = "\uFFFD";
/** Control characters, directional overrides and isolates, zero-width characters that join nothing. */
// eslint-disable-next-line no-control-regex
const INVISIBLE = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u00AD\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/g;
const LONGEST = 500;

export function shown(text: string, longest = LONGEST): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return cut.replace(INVISIBLE, MARK);
}

/** JSON for people, cut to a length that a page can hold. */
export function shownJson(value: unknown, longest = 200_000): string {
  const text = JSON.stringify(value, null, 2) ?? "";
  return shown(text.replaceAll("\r", ""), longest).replaceAll("\uFFFD\n", "\n");
}
