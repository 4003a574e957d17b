/**
 * What every walk through the console begins with: the real program on an empty folder, a door before it that can be
 * shut, Chromium, and people who sign in. Pages remember everything that went wrong on them.
 *
 *   E2E_SERVER  the program, ../target/release/metier when not said
 *   CHROMIUM    the browser, /usr/bin/chromium when not said
 */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { openDoor } from "./door.mjs";

const BIN = process.env.E2E_SERVER ?? "../target/release/metier";
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
export const SHOTS = new URL("shots/", import.meta.url).pathname;
export const PASSWORD = "correct horse battery staple";
export const ADA = "ada@example.org";
/** A busy machine is slow, not wrong. */
const PATIENCE = 30_000;

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** Starts the program; answers when it says something that fits. */
function start(folder, port, sign) {
  // A server with settings of its own: what the caller's environment says to another one does not concern it.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("METIER_")));
  // Receivers of webhooks stand on this machine.
  env.METIER_NOTIFICATIONS__ALLOW_NETWORKS = '["127.0.0.0/8"]';
  const child = spawn(BIN, ["up", "--demo", "--data-dir", folder, "--port", String(port)], { env });
  let output = "";
  const said = new Promise((resolve, reject) => {
    const hear = (piece) => {
      output += piece;
      const found = sign.exec(output)?.[0];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("exit", (code) => reject(new Error(`the server ended with ${code}: ${output}`)));
  });
  return { child, said };
}

const ended = (child, signal) =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", resolve);
    child.kill(signal);
  });

async function answers(url) {
  for (let tries = 0; tries < 300; tries++) {
    const answer = await fetch(`${url}/health/ready`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${url} does not get ready`);
}

/** With `virgin` nobody has an account yet, and `token` makes the first one. */
export async function makeWorld({ virgin = false } = {}) {
  await mkdir(SHOTS, { recursive: true });
  const folder = await mkdtemp(join(tmpdir(), "metier-e2e-"));
  const port = await freePort();
  const direct = `http://127.0.0.1:${port}`;
  let server = start(folder, port, /mst_[\w-]+/);
  const token = await server.said;
  const door = await openDoor(direct);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--enable-precise-memory-info"] });
  const closers = [];
  const world = {
    onClose: (close) => closers.push(close),
    url: door.url, door, token, browser,
    kill: () => ended(server.child, "SIGKILL"),
    /** The same installation again, after it was killed. */
    restart: async () => {
      server = start(folder, port, /$^/);
      server.said.catch(() => undefined);
      await answers(direct);
    },
    close: async () => {
      await browser.close();
      for (const close of closers) close();
      door.close();
      await ended(server.child, "SIGTERM");
      await rm(folder, { recursive: true, force: true });
    },
    api: (method, path, body) => ask(direct, method, path, body),
    openPage: (options) => openPage(browser, options),
    signIn: (page, path, email) => signIn(door.url, page, path, email),
  };
  await answers(direct);
  if (!virgin) await post(direct, "/api/v1/setup", { token, email: ADA, password: PASSWORD, display_name: "Ada Lovelace" });
  return world;
}

async function post(url, path, body, headers = {}) {
  const answer = await fetch(url + path, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
  return answer.status === 204 ? undefined : answer.json();
}

const tokens = new Map();

/** As the administrator, beside the browser. */
async function ask(url, method, path, body) {
  if (!tokens.has(url)) tokens.set(url, post(url, "/api/v1/auth/login", { email: ADA, password: PASSWORD }));
  const { access_token: token } = await tokens.get(url);
  const answer = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.status === 204 ? undefined : answer.json();
}

async function openPage(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, permissions: ["clipboard-read", "clipboard-write"], ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const wrongs = [];
  page.on("console", (message) => message.type() === "error" && wrongs.push(message.text()));
  page.on("pageerror", (error) => wrongs.push(error.message));
  page.on("response", (answer) => answer.status() >= 400 && wrongs.push(`${answer.status()} ${answer.url()}`));
  return { page, context, wrongs };
}

async function signIn(url, page, path, email = ADA) {
  await page.goto(url + path);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation", { name: "Places" }).or(page.getByRole("button", { name: "Open the places" })).first().waitFor();
}

/** A page whose own part stands, with everything it asked for. */
export async function settled(page) {
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  await page.locator(":is([role=grid], [role=tabpanel], [role=listbox], section, form, h2):visible").first().waitFor();
  await page.locator("#content[aria-busy=false]").waitFor();
}
