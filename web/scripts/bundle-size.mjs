/** Fails when what a browser loads before the first page is over the budget, or a file was packed before it was finished. */
import { readdir, readFile } from "node:fs/promises";
import { gunzipSync, gzipSync } from "node:zlib";

const BUDGET = 300 * 1000;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(await readFile(new URL(".vite/manifest.json", dist), "utf8"));

const size = async (file) => gzipSync(await readFile(new URL(file, dist)), { level: 9 }).length;

/** A chunk with everything it imports statically. */
function closure(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const imported of manifest[key].imports ?? []) closure(imported, seen);
  return seen;
}

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const initial = closure(entry);
const rows = [];
for (const [key, chunk] of Object.entries(manifest)) {
  if (chunk.file.endsWith(".js")) rows.push({ file: chunk.file, bytes: await size(chunk.file), first: initial.has(key) });
}
const total = rows.filter((row) => row.first).reduce((sum, row) => sum + row.bytes, 0);
for (const row of rows.sort((a, b) => b.bytes - a.bytes)) {
  console.log(`${String(row.bytes).padStart(8)}  ${row.first ? "first" : "later"}  ${row.file}`);
}
console.log(`${String(total).padStart(8)}  bytes of JavaScript, gzip, before the first page; the budget is ${BUDGET}`);
if (total > BUDGET) process.exit(1);

for (const name of await readdir(new URL("assets/", dist))) {
  if (!name.endsWith(".gz")) continue;
  const [packed, plain] = await Promise.all([name, name.slice(0, -3)].map((one) => readFile(new URL(`assets/${one}`, dist))));
  if (!gunzipSync(packed).equals(plain)) throw new Error(`${name} holds something else than the file it stands for`);
}
