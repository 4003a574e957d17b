/** Texts that somebody may have put into a field. Each is to be shown, inert, and to break nothing. */
export const HOSTILE = {
  html: `<img src=x onerror="window.hit=1"><script>window.hit=1</script>`,
  rightToLeft: "safe\u202Egnp.exe\u202C \u0645\u0631\u062D\u0628\u0627",
  zeroWidth: "ad\u200Bmin\uFEFF\u2060",
  ansi: "\u001b[31mred\u001b[0m \u001b]8;;javascript:alert(1)\u0007link\u001b]8;;\u0007 \u001b[2J",
  long: "x".repeat(100_000),
  control: "a\u0000b\u0007c\u009Bd",
} as const;

export const HOSTILES = Object.entries(HOSTILE);

/** Throws when the text did anything but be shown. */
export function expectInert(container: Element): void {
  const made = container.querySelector("img[src=x], script, a[href^=javascript]");
  if (made !== null) throw new Error(`the text became an element: ${made.outerHTML}`);
  // eslint-disable-next-line no-control-regex
  const invisible = /[\u202A-\u202E\u2066-\u2069\u200B\uFEFF\u0000-\u0008\u001b]/.exec(container.textContent ?? "");
  if (invisible !== null) throw new Error(`something invisible is shown: ${JSON.stringify(invisible[0])}`);
  const length = (container.textContent ?? "").length;
  if (length > 20_000) throw new Error(`${length} characters were laid out`);
}
