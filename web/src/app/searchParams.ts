/** Addresses as people would write them: `?state=failed,partial&kind=fibonacci`. Every value is a text. */
export type SearchTexts = Readonly<Record<string, string>>;

export function parseSearch(search: string): SearchTexts {
  return Object.fromEntries(new URLSearchParams(search));
}

export function stringifySearch(search: Readonly<Record<string, unknown>>): string {
  const texts = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (typeof value === "string" && value !== "") texts.set(name, value);
    else if (typeof value === "number") texts.set(name, String(value));
  }
  const joined = texts.toString().replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%2F", "/");
  return joined === "" ? "" : `?${joined}`;
}

/** Only the named texts, for a page that knows just these. */
export function pick<K extends string>(search: Readonly<Record<string, unknown>>, names: readonly K[]): Partial<Record<K, string>> {
  const picked: Partial<Record<K, string>> = {};
  for (const name of names) {
    const value = search[name];
    if (typeof value === "string" && value !== "") picked[name] = value;
  }
  return picked;
}
