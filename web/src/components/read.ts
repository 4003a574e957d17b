/** Fields of a value whose shape the API leaves open, read without trusting it. */

export const textIn = (value: unknown, name: string): string | undefined => {
  const found = fieldOf(value, name);
  return typeof found === "string" && found.trim() !== "" ? found : undefined;
};

export const numberIn = (value: unknown, name: string): number | undefined => {
  const found = fieldOf(value, name);
  return typeof found === "number" && Number.isFinite(found) ? found : undefined;
};

export const listIn = (value: unknown, name: string): unknown[] => {
  const found = fieldOf(value, name);
  return Array.isArray(found) ? found : [];
};

export const textsIn = (value: unknown, name: string): string[] =>
  listIn(value, name).filter((one): one is string => typeof one === "string" && one.trim() !== "");

export function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
