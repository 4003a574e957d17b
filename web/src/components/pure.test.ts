/** The parts of the kit that only compute. */
import { describe, expect, it } from "vitest";
import { parseAnsi, withoutAnsi } from "./ansi";
import { toCsv } from "./exporting";
import { formatDuration, formatRelative, formatShort, withMoments } from "./format";
import { lastDrawing, toLines } from "./logLines";
import { faultsOf, initialValue, type Schema } from "./schema";
import { shown } from "./shown";

const at = "2026-11-22T06:00:00Z";

describe("colors of a terminal", () => {
  it("become looks, and last until they are reset", () => {
    const { pieces } = parseAnsi("a\u001b[1;31mb\u001b[39mc\u001b[0md");
    expect(pieces).toEqual([
      { text: "a", looks: [] }, { text: "b", looks: ["bold", "fg-1"] }, { text: "c", looks: ["bold"] }, { text: "d", looks: [] },
    ]);
  });
  it("of larger palettes swallow their own numbers", () => {
    expect(parseAnsi("\u001b[38;5;1;4mx").pieces).toEqual([{ text: "x", looks: ["underline", "fg-1"] }]);
    expect(parseAnsi("\u001b[38;2;1;31;4mx").pieces).toEqual([{ text: "x", looks: [] }]);
  });
  it("leave no other sequence in the text", () => {
    expect(withoutAnsi("\u001b]0;title\u0007a\u001b[2Jb\u001b(Bc\u001bPq#0\u001b\\d\u001b")).toBe("abcd");
  });
});

describe("lines of output", () => {
  it("go on where a piece was cut, in their own stream", () => {
    const chunks = [{ stream: "stdout", text: "a\nb", written_at: at }, { stream: "stdout", text: "c\r\n", written_at: at }, { stream: "stderr", text: "d", written_at: at }];
    expect(toLines(chunks).map((line) => [line.number, line.stream, line.text])).toEqual([[1, "stdout", "a"], [2, "stdout", "bc"], [3, "stderr", "d"]]);
  });
  it("that draw over themselves end as their last drawing", () => {
    expect(lastDrawing("10 %\r50 %\r100 %\r")).toBe("100 %");
  });
});

it("a table as CSV is safe for spreadsheets", () => {
  const columns = [{ label: "a", value: (row: { a: string }) => row.a }];
  expect(toCsv(columns, [{ a: '=1+1' }, { a: 'say "hi",\nyou' }])).toBe('\uFEFFa\r\n\'=1+1\r\n"say ""hi"",\nyou"\r\n');
});

it("durations and distances are short", () => {
  expect([53, 1234, 200_000, 7_500_000, 273_600_000].map(formatDuration)).toEqual(["53 ms", "1.2 s", "3 min 20 s", "2 h 5 min", "3 d 4 h"]);
  expect([formatRelative(0, 500), formatRelative(0, 90_000), formatRelative(7_200_000, 0)]).toEqual(["now", "1 min ago", "in 2 h"]);
  const at = "2026-11-23T01:23:49.991968Z";
  expect(withMoments(`waits until ${at}, not until 2026-99-99T01:23:49Z`)).toBe(`waits until ${formatShort(Date.parse(at))}, not until 2026-99-99T01:23:49Z`);
});

it("what is invisible is marked, what joins letters stays", () => {
  expect(shown("a\u202Eb\u200Bc")).toBe("a\uFFFDb\uFFFDc");
  expect(shown("\u{1F469}\u200D\u{1F4BB}")).toBe("\u{1F469}\u200D\u{1F4BB}");
  expect(shown("x".repeat(1000)).length).toBe(501);
});

describe("schemas", () => {
  const schema: Schema = {
    type: "object", required: ["a", "list"], additionalProperties: false,
    properties: { a: { type: "string", default: "x" }, list: { type: "array", minItems: 1, items: { $ref: "#/$defs/n" } }, n: { type: ["number", "null"], maximum: 3 } },
    $defs: { n: { type: "integer" } },
  };
  it("give a form its first value", () => expect(initialValue(schema, schema)).toEqual({ a: "x" }));
  it("find each fault at its place", () => {
    const faults = faultsOf(schema, { a: 1, list: [1, 1.5], n: 4, odd: true });
    expect(faults.map((fault) => fault.field)).toEqual(["/odd", "/a", "/list/1", "/n"]);
    expect(faultsOf(schema, { a: "", list: [], n: null }).map((fault) => fault.message)).toEqual(["must have 1 or more"]);
  });
  it("that refer to themselves end", () => {
    const circle: Schema = { $ref: "#/$defs/c", $defs: { c: { $ref: "#/$defs/c" } } };
    expect(faultsOf(circle, 1)).toEqual([]);
  });
});
