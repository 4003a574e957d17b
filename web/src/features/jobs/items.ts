/** Tasks of a run, as somebody typed them or as a file held them. */

export type Item = Record<string, unknown>;

/** The list of objects in a text, or nothing when it is none. */
export function itemsIn(typed: string): Item[] | undefined {
  try {
    const read: unknown = JSON.parse(typed);
    return Array.isArray(read) && read.length > 0 && read.every(isItem) ? read : undefined;
  } catch {
    return undefined;
  }
}

const isItem = (value: unknown): value is Item => typeof value === "object" && value !== null && !Array.isArray(value);
