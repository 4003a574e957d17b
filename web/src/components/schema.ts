/**
 * What a form needs of JSON Schema: which field to draw, what to begin with, and what is wrong. The server checks
 * everything again; what this does not know (conditions, patterns across fields) it leaves to the server.
 */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface Schema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: Json;
  enum?: Json[];
  const?: Json;
  format?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  $ref?: string;
  $defs?: Record<string, Schema>;
}

export type Shape = "object" | "array" | "string" | "number" | "integer" | "boolean" | "choice" | "raw";

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A schema as the server gave it; `true` and everything else that is no object allows anything. */
export const asSchema = (value: unknown): Schema => (isRecord(value) ? value : {});

/** Follows references within the document, a bounded number of times: they may go in circles. */
export function resolve(schema: Schema, root: Schema): Schema {
  let found = schema;
  for (let depth = 0; depth < 16 && found.$ref !== undefined; depth++) {
    const name = /^#\/(?:\$defs|definitions)\/([^/]+)$/.exec(found.$ref)?.[1];
    const definitions = root.$defs ?? (root as { definitions?: Record<string, Schema> }).definitions;
    const next = name === undefined ? undefined : definitions?.[name];
    if (next === undefined) return {};
    found = next;
  }
  return found;
}

export function shapeOf(schema: Schema): Shape {
  if (schema.enum !== undefined || schema.const !== undefined) return "choice";
  const types = [schema.type ?? []].flat().filter((type) => type !== "null");
  const type = types.length === 1 ? types[0] : schema.properties !== undefined && types.length === 0 ? "object" : "raw";
  switch (type) {
    case "object":
      return schema.properties === undefined ? "raw" : "object";
    case "array":
      return schema.items === undefined ? "raw" : "array";
    case "string":
    case "number":
    case "integer":
    case "boolean":
      return type;
    default:
      return "raw";
  }
}

/** What a new form holds: defaults, required parts, and nothing else. */
export function initialValue(given: Schema, root: Schema, depth = 0): Json | undefined {
  const schema = resolve(given, root);
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (shapeOf(schema) !== "object" || depth > 8) return depth === 0 ? {} : undefined;
  const value: { [key: string]: Json } = {};
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const own = initialValue(property, root, depth + 1);
    const isWanted = schema.required?.includes(name) || hasDefault(property, root);
    if (own !== undefined && isWanted) value[name] = own;
  }
  return value;
}

const hasDefault = (property: Schema, root: Schema): boolean => resolve(property, root).default !== undefined;

export interface Fault {
  /** JSON pointer. */
  field: string;
  message: string;
}

/** What is wrong with a value, field by field. */
export function faultsOf(given: Schema, value: Json | undefined, root: Schema = given, field = ""): Fault[] {
  const schema = resolve(given, root);
  const fault = (message: string): Fault[] => [{ field, message }];
  if (value === undefined) return [];
  const allowed = schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
  if (allowed !== undefined) return allowed.some((one) => JSON.stringify(one) === JSON.stringify(value)) ? [] : fault("must be one of the choices");
  const types = [schema.type ?? []].flat();
  if (types.length > 0 && !types.some((type) => isOfType(value, type))) return fault(`must be ${article(types)}`);
  if (typeof value === "string") return textFaults(schema, value).flatMap(fault);
  if (typeof value === "number") return numberFaults(schema, value).flatMap(fault);
  if (Array.isArray(value)) return arrayFaults(schema, value, root, field);
  return isRecord(value) ? objectFaults(schema, value, root, field) : [];
}

function isOfType(value: Json, type: string): boolean {
  if (type === "integer") return Number.isInteger(value);
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isRecord(value);
  return typeof value === type;
}

const article = (types: readonly string[]): string =>
  types.map((type) => (type === "integer" ? "a whole number" : /^[aeiou]/.test(type) ? `an ${type}` : `a ${type === "string" ? "text" : type}`)).join(" or ");

function textFaults(schema: Schema, value: string): string[] {
  const length = [...value].length;
  if (length < (schema.minLength ?? 0)) return [schema.minLength === 1 ? "must not be empty" : `must have ${schema.minLength} characters or more`];
  if (length > (schema.maxLength ?? Infinity)) return [`must have ${schema.maxLength} characters or fewer`];
  return [];
}

function numberFaults(schema: Schema, value: number): string[] {
  if (value < (schema.minimum ?? -Infinity)) return [`must be ${schema.minimum} or more`];
  if (value > (schema.maximum ?? Infinity)) return [`must be ${schema.maximum} or less`];
  if (schema.exclusiveMinimum !== undefined && value <= schema.exclusiveMinimum) return [`must be more than ${schema.exclusiveMinimum}`];
  if (schema.exclusiveMaximum !== undefined && value >= schema.exclusiveMaximum) return [`must be less than ${schema.exclusiveMaximum}`];
  return [];
}

function arrayFaults(schema: Schema, value: readonly Json[], root: Schema, field: string): Fault[] {
  const own: Fault[] = [];
  if (value.length < (schema.minItems ?? 0)) own.push({ field, message: `must have ${schema.minItems} or more` });
  if (value.length > (schema.maxItems ?? Infinity)) own.push({ field, message: `must have ${schema.maxItems} or fewer` });
  const items = schema.items;
  return items === undefined ? own : [...own, ...value.flatMap((item, index) => faultsOf(items, item, root, `${field}/${index}`))];
}

function objectFaults(schema: Schema, value: { readonly [key: string]: unknown }, root: Schema, field: string): Fault[] {
  const missing = (schema.required ?? []).filter((name) => value[name] === undefined);
  const unknown = schema.additionalProperties === false ? Object.keys(value).filter((name) => !Object.hasOwn(schema.properties ?? {}, name)) : [];
  return [
    ...missing.map((name) => ({ field: `${field}/${name}`, message: "is required" })),
    ...unknown.map((name) => ({ field: `${field}/${name}`, message: "is not known here" })),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) => faultsOf(property, value[name] as Json | undefined, root, `${field}/${name}`)),
  ];
}
