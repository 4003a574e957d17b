/**
 * A server made from the API's description: every operation answers with an example of its own schema unless a test
 * says otherwise, and a request to anything else fails the test.
 */
import { vi } from "vitest";
import document from "../api/openapi.json";

interface Schema {
  $ref?: string; type?: string | string[]; example?: unknown; examples?: unknown[]; enum?: unknown[]; format?: string; default?: unknown;
  properties?: Record<string, Schema>; required?: string[]; items?: Schema; allOf?: Schema[]; oneOf?: Schema[]; anyOf?: Schema[]; minimum?: number;
}
interface Operation {
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
}

const schemas = document.components.schemas as unknown as Record<string, Schema>;
const paths = document.paths as unknown as Record<string, Record<string, Operation>>;

/** A page that names a next one has one: lists of examples end with the first. */
const NEXT_PAGE = "next";

/** An example of a schema. What is optional is left out; with `text` it is there, and every text that may be any is this. */
export function example(given: Schema, text?: string, depth = 0): unknown {
  const schema = given.$ref === undefined ? given : schemas[given.$ref.split("/").at(-1) ?? ""];
  if (schema === undefined) throw new Error(`no schema ${given.$ref}`);
  if (schema.$ref !== undefined) return example(schema, text, depth);
  if (text !== undefined && isText(schema)) return text;
  if (schema.example !== undefined) return schema.example;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.allOf !== undefined) return Object.assign({}, ...schema.allOf.map((part) => example(part, text, depth))) as unknown;
  const choice = (schema.oneOf ?? schema.anyOf)?.find((one) => one.type !== "null");
  if (choice !== undefined) return example(choice, text, depth);
  const [type] = [schema.type ?? "object"].flat().filter((one) => one !== "null");
  if (type === "array") return schema.items === undefined ? [] : [example(schema.items, text, depth + 1)];
  if (type === "integer" || type === "number") return schema.minimum ?? 0;
  if (type === "boolean") return false;
  if (type === "string") return textOf(schema.format);
  const names = text === undefined || depth > 6 ? (schema.required ?? []) : Object.keys(schema.properties ?? {}).filter((name) => name !== NEXT_PAGE);
  return Object.fromEntries(names.map((name) => [name, example(schema.properties?.[name] ?? {}, text, depth + 1)]));
}

/** Text without a form of its own. */
const isText = (schema: Schema): boolean => [schema.type ?? []].flat().includes("string") && schema.enum === undefined && schema.format === undefined;

function textOf(format: string | undefined): string {
  if (format === "date-time") return "2026-11-22T06:00:00Z";
  return format === "uuid" ? "01a5c0ff-4f6d-7c3a-9c11-8a2b1c3d4e5f" : "text";
}

export const exampleOf = <T>(name: string): T => example({ $ref: `#/components/schemas/${name}` }) as T;

export interface Asked {
  method: string;
  path: string;
  search: URLSearchParams;
  headers: Headers;
  body: unknown;
}
type Answer = (asked: Asked) => Response | Promise<Response>;

export const json = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": status < 400 ? "application/json" : "application/problem+json" } });

export const problem = (status: number, code: string, detail = code): Response =>
  json({ type: `/errors/${code}`, title: "Problem", status, code, detail, correlation_id: "01a2correlation" }, status);

/** Answers every request from now on, with `text` in every field that holds any. Keys of `answers` are such as `GET /api/v1/runs/{run}`. */
export function startBackend(answers: Readonly<Record<string, Answer>> = {}, text?: string): Asked[] {
  const log: Asked[] = [];
  for (const key of Object.keys(answers)) operationOf(key);
  vi.stubGlobal("fetch", async (input: Request | string, init?: RequestInit) => {
    const request = typeof input === "string" ? new Request(new URL(input, window.location.origin), init) : input;
    const { pathname, searchParams } = new URL(request.url);
    const sent = await request.text();
    const asked: Asked = { method: request.method, path: pathname, search: searchParams, headers: request.headers, body: sent === "" ? undefined : JSON.parse(sent) as unknown };
    log.push(asked);
    const template = templateOf(request.method, pathname);
    const key = `${request.method} ${template}`;
    return answers[key]?.(asked) ?? defaultAnswer(key, text);
  });
  return log;
}

function templateOf(method: string, path: string): string {
  const fits = (template: string) => new RegExp(`^${template.replace(/\{[^}]+\}/g, "[^/]+")}$`).test(path) && method.toLowerCase() in (paths[template] ?? {});
  const found = Object.keys(paths).filter(fits).sort((a, b) => a.split("{").length - b.split("{").length)[0];
  if (found === undefined) throw new Error(`the API has no ${method} ${path}`);
  return found;
}

function operationOf(key: string): Operation {
  const [method = "", template = ""] = key.split(" ");
  const operation = paths[template]?.[method.toLowerCase()];
  if (operation === undefined) throw new Error(`the API has no ${key}`);
  return operation;
}

function defaultAnswer(key: string, text?: string): Response {
  const [status, response] = Object.entries(operationOf(key).responses).find(([code]) => code.startsWith("2")) ?? ["204", {}];
  const schema = response.content?.["application/json"]?.schema;
  return schema === undefined ? new Response(null, { status: Number(status) }) : json(example(schema, text), Number(status));
}
