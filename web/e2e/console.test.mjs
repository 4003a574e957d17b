/**
 * The console that a real server has inside, in a real browser: from the one-time link to a finished run, light and
 * dark, wide and narrow. Any console error, failed request or serious finding of axe fails it.
 *
 *   E2E_SERVER=../target/release/metier npm run e2e        screenshots are in e2e/shots/
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import axe from "@axe-core/playwright";
import { chromium } from "playwright-core";
import { openDoor } from "./door.mjs";

const AxeBuilder = axe.default ?? axe;
const BIN = process.env.E2E_SERVER ?? "../target/release/metier";
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const PORT = process.env.E2E_PORT ?? "7641";
const SHOTS = new URL("shots/", import.meta.url).pathname;
const PASSWORD = "correct horse battery staple";

let server, folder, token, door, browser;

before(async () => {
  await mkdir(SHOTS, { recursive: true });
  folder = await mkdtemp(join(tmpdir(), "metier-e2e-"));
  // A server with settings of its own: what the caller's environment says to another one does not concern it.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("METIER_")));
  server = spawn(BIN, ["up", "--demo", "--data-dir", folder, "--port", PORT], { env });
  token = await new Promise((resolve, reject) => {
    let output = "";
    const hear = (piece) => {
      output += piece;
      const found = /mst_[\w-]+/.exec(output)?.[0];
      if (found !== undefined) resolve(found);
    };
    server.stdout.on("data", hear);
    server.stderr.on("data", hear);
    server.on("exit", (code) => reject(new Error(`the server ended with ${code}: ${output}`)));
  });
  door = await openDoor(`http://127.0.0.1:${PORT}`);
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
});

after(async () => {
  await browser?.close();
  door?.close();
  if (server?.exitCode === null) {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGTERM");
    await ended;
  }
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** A page that remembers everything that went wrong on it. */
async function openPage(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const wrongs = [];
  page.on("console", (message) => message.type() === "error" && wrongs.push(message.text()));
  page.on("pageerror", (error) => wrongs.push(error.message));
  page.on("response", (answer) => answer.status() >= 400 && wrongs.push(`${answer.status()} ${answer.url()}`));
  return { page, context, wrongs };
}

async function signIn(page, path) {
  await page.goto(door.url + path);
  await page.getByLabel("E-mail address").fill("ada@example.org");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function serious(page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
}

const submit = (page, body) =>
  page.evaluate(async (run) => {
    const csrf = document.cookie.split("; ").find((one) => one.startsWith("metier_csrf="))?.split("=")[1] ?? "";
    const answer = await fetch("/api/v1/runs", { method: "POST", headers: { "content-type": "application/json", "x-metier-csrf": csrf }, body: JSON.stringify(run) });
    return (await answer.json()).number;
  }, body);

test("the one-time link makes the first administrator", async () => {
  const { page, context, wrongs } = await openPage();
  await page.goto(`${door.url}/setup#token=${token}`);
  await page.getByLabel("E-mail address").fill("ada@example.org");
  await page.getByLabel("Name").fill("Ada Lovelace");
  await page.getByLabel(/^Password/).fill(PASSWORD);
  await page.getByLabel("The same password again").fill(PASSWORD);
  await page.screenshot({ path: `${SHOTS}setup.png` });
  assert.equal(new URL(page.url()).hash, "");
  await page.getByRole("button", { name: "Make the account" }).click();
  await page.getByRole("heading", { name: "Home" }).waitFor();
  await page.getByRole("heading", { name: "First steps" }).waitFor();
  assert.deepEqual(wrongs, []);
  await context.close();
});

test("a run that is submitted appears by itself, and its page shows how it ended", async () => {
  const { page, context, wrongs } = await openPage();
  await signIn(page, "/runs?kind=fibonacci");
  await page.getByText("No run matches").waitFor();
  const number = await submit(page, { kind: "fibonacci", items: [{ iterations: 100 }, { iterations: 10 }] });
  await page.getByRole("link", { name: String(number), exact: true }).click();
  await page.getByText("2 of 2 tasks done").waitFor();
  await page.getByRole("tab", { name: "Result" }).click();
  await page.getByText("354224848179261915075").waitFor();
  assert.deepEqual(wrongs, []);
  await context.close();
});

for (const [scheme, width, height] of [["light", 1400, 900], ["dark", 1400, 900], ["light", 390, 844], ["dark", 390, 844]]) {
  test(`every page is accessible and fits, ${scheme} at ${width}`, async () => {
    const { page, context, wrongs } = await openPage({ colorScheme: scheme, viewport: { width, height } });
    await signIn(page, "/runs");
    await page.getByRole("grid", { name: "Runs" }).waitFor();
    for (const path of ["/runs", "/runs?kind=none", "/runs/1", "/runs/1?tab=timeline", "/runs/1?tab=input", "/runs/1?tab=facts", "/profile"]) {
      await page.goto(door.url + path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.locator(":is([role=grid], [role=tabpanel], section, h2):visible").first().waitFor();
      await page.screenshot({ path: `${SHOTS}${path.replace(/\W+/g, "_")}-${scheme}-${width}.png` });
      assert.deepEqual(await serious(page), [], path);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
      assert.equal(wide, false, `${path} is wider than the window`);
    }
    assert.deepEqual(wrongs, []);
    await context.close();
  });
}

test("losing the server shows a banner, and finding it again takes it away", async () => {
  const { page, context } = await openPage();
  await signIn(page, "/runs");
  await page.getByRole("grid", { name: "Runs" }).waitFor();
  const before = await page.getByRole("row").count();
  door.lose();
  await page.getByText("The server does not answer.").waitFor();
  assert.equal(await page.getByRole("row").count(), before);
  door.find();
  await page.getByText("The server does not answer.").waitFor({ state: "detached" });
  assert.equal(await page.getByRole("row").count(), before);
  await context.close();
});

test("a page is interactive within two seconds", async () => {
  const { page, context } = await openPage();
  await signIn(page, "/runs");
  await page.getByRole("grid", { name: "Runs" }).waitFor();
  await page.reload();
  await page.getByRole("grid", { name: "Runs" }).waitFor();
  const took = await page.evaluate(() => performance.now());
  console.log(`# the list of runs stood after ${Math.round(took)} ms`);
  // The aim is one second; this bound is twice that, because the machine it was measured on was busy.
  assert.ok(took < Number(process.env.E2E_INTERACTIVE_MS ?? 2000));
  await context.close();
});
