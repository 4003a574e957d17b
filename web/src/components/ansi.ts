/**
 * Terminal colors in captured output, and nothing else of a terminal: sequences that move, clear, set titles or
 * make links are taken out, their text stays text.
 */
export interface Piece {
  text: string;
  /** Names of looks: `bold`, `dim`, `italic`, `underline`, `fg-1`, `bg-4`. */
  looks: readonly string[];
}

/** Colors and attributes that last from line to line. */
export interface Pen {
  fg: number | null;
  bg: number | null;
  on: ReadonlySet<string>;
}

export const PLAIN: Pen = { fg: null, bg: null, on: new Set() };

// eslint-disable-next-line no-control-regex
const SEQUENCE = /\u001b(?:\[([0-9;:?<=>]*)([ -/]*[@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\|$)|[PX^_][^\u001b]*(?:\u001b\\|$)|[ -/]*[0-~]|$)/g;
const ATTRIBUTES: Readonly<Record<number, string>> = { 1: "bold", 2: "dim", 3: "italic", 4: "underline" };

export function parseAnsi(line: string, start: Pen = PLAIN): { pieces: Piece[]; pen: Pen } {
  if (!line.includes("\u001b")) return { pieces: line === "" ? [] : [{ text: line, looks: looksOf(start) }], pen: start };
  const pieces: Piece[] = [];
  let pen = start;
  let at = 0;
  for (const match of line.matchAll(SEQUENCE)) {
    if (match.index > at) pieces.push({ text: line.slice(at, match.index), looks: looksOf(pen) });
    at = match.index + match[0].length;
    if (match[2] === "m") pen = styled(pen, (match[1] ?? "").split(/[;:]/).map(Number));
  }
  if (at < line.length) pieces.push({ text: line.slice(at), looks: looksOf(pen) });
  return { pieces, pen };
}

function looksOf(pen: Pen): string[] {
  const looks = [...pen.on];
  if (pen.fg !== null) looks.push(`fg-${pen.fg}`);
  if (pen.bg !== null) looks.push(`bg-${pen.bg}`);
  return looks;
}

function styled(before: Pen, codes: readonly number[]): Pen {
  let { fg, bg } = before;
  const on = new Set(before.on);
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index] ?? 0;
    const attribute = ATTRIBUTES[code];
    if (code === 0) [fg, bg] = [null, null];
    if (code === 0) on.clear();
    else if (attribute !== undefined) on.add(attribute);
    else if (code === 22) ["bold", "dim"].forEach((look) => on.delete(look));
    else if (code === 23) on.delete("italic");
    else if (code === 24) on.delete("underline");
    else if (code >= 30 && code <= 37) fg = code - 30;
    else if (code >= 90 && code <= 97) fg = code - 90;
    else if (code === 39) fg = null;
    else if (code >= 40 && code <= 47) bg = code - 40;
    else if (code >= 100 && code <= 107) bg = code - 100;
    else if (code === 49) bg = null;
    else if (code === 38 || code === 48) {
      const color = sixteen(codes.slice(index + 1));
      if (code === 38) fg = color;
      else bg = color;
      // What follows names the color and is no code of its own.
      index += codes[index + 1] === 5 ? 2 : codes[index + 1] === 2 ? 4 : 0;
    }
  }
  return { fg, bg, on };
}

/** Of the larger palettes only the first colors are ours; the rest would not hold their contrast in both themes. */
function sixteen(rest: readonly number[]): number | null {
  const color = rest[1] ?? 16;
  return rest[0] === 5 && color < 16 ? color % 8 : null;
}

/** The text alone, for search and for plain files. */
export const withoutAnsi = (line: string): string => line.replace(SEQUENCE, "");
