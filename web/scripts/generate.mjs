/**
 * The API's types, made from its own description.
 *
 *   npm run generate                      from the server at METIER_URL, else from the kept document
 *   npm run generate:check                fails when what is kept is not what would be made
 */
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const KEPT = new URL("../src/api/openapi.json", import.meta.url);
const TYPES = new URL("../src/api/schema.d.ts", import.meta.url);
const HEADER = "/** Made by `npm run generate` from openapi.json; not to be edited. */\n\n";

async function documentText() {
  const server = process.env.METIER_URL;
  if (!server) return readFile(KEPT, "utf8");
  const answer = await fetch(new URL("/api/openapi.json", server));
  if (!answer.ok) throw new Error(`${server} answered ${answer.status}`);
  return JSON.stringify(sorted(await answer.json()), null, 1) + "\n";
}

/** With keys in order, so that a restart of the server changes nothing. */
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}

const text = await documentText();
// What has a default need not be sent.
const options = { emptyObjectsUnknown: true, alphabetize: true, defaultNonNullable: false };
const ast = await openapiTS(text, options);
const types = HEADER + astToString(ast);

if (process.argv.includes("--check")) {
  const same = (await readFile(TYPES, "utf8")) === types && (await readFile(KEPT, "utf8")) === text;
  if (!same) {
    console.error("the API's description and the kept types differ; run `npm run generate`");
    process.exit(1);
  }
  console.log("the types are those of the API's description");
} else {
  await writeFile(KEPT, text);
  await writeFile(TYPES, types);
}
