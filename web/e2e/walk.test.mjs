/**
 * Presses everything that can be pressed on every page: each press has to do something, and nothing may go wrong.
 * Doing something is: another address, something else on the page, a dialog or menu, a field that asks to be filled,
 * a file, or a request that changes something. What a press opened is taken away again, unconfirmed.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { furnish } from "./paths.mjs";
import { makeWorld, settled } from "./world.mjs";

const PRESSABLE = "button, [role=tab], [role=combobox], summary, [role=rowgroup] > [role=row]:first-child";
/** How long a press may take to show. */
const SHOWS = 5000;

let world, paths;
before(async () => {
  world = await makeWorld();
  paths = await furnish(world);
});
after(() => world?.close());

/** In the page: what can be pressed, by a name that is the same after the page is loaded anew. */
function listPressable(selector) {
  const seen = new Map();
  const found = [];
  for (const element of document.querySelectorAll(`#content :is(${selector})`)) {
    const isOff = element.matches("[aria-disabled=true], [disabled], [aria-selected=true], [aria-current=true], [aria-current=page], [aria-pressed=true]");
    if (isOff || !element.checkVisibility() || element.closest("[inert]")) continue;
    const role = element.getAttribute("role") ?? element.tagName.toLowerCase();
    const name = role === "row" ? "first row" : (element.getAttribute("aria-label") ?? element.textContent.trim().slice(0, 60));
    const count = seen.get(`${role} ${name}`) ?? 0;
    seen.set(`${role} ${name}`, count + 1);
    // Of many that say the same, such as one in each row, three stand for all.
    if (count < 3) found.push({ key: `${role} “${name}” ${count}`, element });
  }
  return found;
}

/** In the page: everything a reader or a reading machine would notice, but for clocks. */
function fingerprint() {
  const parts = [location.href];
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return void parts.push(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE || node.matches("time, script, style, svg")) return;
    for (const { name, value } of node.attributes) if (/^(aria-|role$|open$|hidden$|data-open$|data-active$)/.test(name)) parts.push(`${name}=${value}`);
    for (const child of node.childNodes) walk(child);
  };
  walk(document.body);
  const focus = document.activeElement;
  parts.push(focus?.matches(":invalid") ? "asks to be filled" : "", focus?.matches("input, textarea") ? "takes text" : "");
  return parts.join("\u0000");
}

const SCRIPT = `window.listPressable = ${listPressable.toString()}; window.fingerprint = ${fingerprint.toString()};`;

async function pressAll(page, address, report) {
  await page.goto(address);
  await settled(page);
  const keys = await page.evaluate((selector) => window.listPressable(selector).map(({ key }) => key), PRESSABLE);
  for (const key of keys) {
    const find = () => page.evaluateHandle(([selector, wanted]) => window.listPressable(selector).find((one) => one.key === wanted)?.element ?? null, [PRESSABLE, key]);
    let target = (await find()).asElement();
    if (page.url() !== address || target === null) {
      await page.goto(address);
      await settled(page);
      target = (await find()).asElement();
    }
    // What an earlier press changed may have taken it away for good.
    if (target === null) report.gone.push(`${address} ${key}`);
    else await press(page, target, `${new URL(address).pathname}${new URL(address).search} ${key}`, report);
  }
}

async function press(page, target, name, report) {
  let acted = false;
  const act = () => { acted = true; };
  const asked = (request) => { if (request.method() !== "GET") acted = true; };
  page.on("download", act);
  page.on("filechooser", act);
  page.on("request", asked);
  const before = await page.evaluate(() => window.fingerprint());
  await target.click({ timeout: SHOWS }).catch((error) => report.faults.push(`${name}: cannot be pressed: ${error.message.split("\n")[0]}`));
  const until = Date.now() + SHOWS;
  const changed = async () => acted || (await page.evaluate(() => window.fingerprint()).catch(() => before)) !== before;
  let did = await changed();
  while (!did && Date.now() < until) {
    await page.waitForTimeout(50);
    did = await changed();
  }
  if (!did) report.faults.push(`${name}: nothing happened`);
  report.pressed += 1;
  page.off("download", act).off("filechooser", act).off("request", asked);
  await page.keyboard.press("Escape");
  await page.locator("[role=dialog], [role=menu], [role=presentation] [role=listbox]").first().waitFor({ state: "detached", timeout: SHOWS }).catch(() => undefined);
}

test("everything that can be pressed does something, and nothing goes wrong", async () => {
  const { page, context, wrongs } = await world.openPage();
  await page.addInitScript(SCRIPT);
  await world.signIn(page, "/runs");
  const report = { pressed: 0, faults: [], gone: [] };
  for (const path of paths) {
    await pressAll(page, world.url + path, report);
    report.faults.push(...wrongs.splice(0).map((wrong) => `${path}: ${wrong}`));
  }
  console.log(`# ${report.pressed} things pressed, ${report.gone.length} gone after an earlier press`);
  for (const gone of report.gone) console.log(`#   gone: ${gone}`);
  assert.deepEqual(report.faults, []);
  assert.ok(report.pressed > 4 * paths.length, `${report.pressed} pressed`);
  assert.ok(report.gone.length < report.pressed / 10, `${report.gone.length} gone`);
  await context.close();
});
