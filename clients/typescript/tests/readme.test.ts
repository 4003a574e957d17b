/** The README's programs are compiled and run as they stand. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { submitted } from "./support.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("the README tells the truth", async () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const programs = [...readme.matchAll(/```ts\n(.*?)```/gs)].map((found) => found[1] ?? "");
  // Within the package, so that its own name leads to it.
  const folder = mkdtempSync(join(root, "dist", "readme-"));
  try {
    programs.forEach((program, place) => writeFileSync(join(folder, `${place}.ts`), program));
    const settings = { extends: join(root, "tsconfig.json"), include: ["*.ts"], compilerOptions: { rootDir: ".", outDir: "out" } };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings));
    execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder], { stdio: "inherit" });
    const worker = spawn(process.execPath, [join(folder, "out", "0.js")], { stdio: "ignore" });
    const ended = once(worker, "close");
    try {
      await submitted("word-count", { text: "warm" });
      const said = execFileSync(process.execPath, [join(folder, "out", "1.js")], { encoding: "utf8", timeout: 60_000 });
      assert.equal(said, "{ words: 6 }\nsucceeded\n0 { words: 1 }\n1 { words: 2 }\n");
    } finally {
      worker.kill("SIGTERM");
      assert.deepEqual(await ended, [0, null]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
