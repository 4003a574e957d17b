/** Every page in light and dark, wide and narrow: accessible, no wider than the window, a screenshot of each in e2e/shots/. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import axe from "@axe-core/playwright";
import { furnish } from "./paths.mjs";
import { makeWorld, settled, SHOTS } from "./world.mjs";

const AxeBuilder = axe.default ?? axe;

let world, paths;
before(async () => {
  world = await makeWorld();
  paths = await furnish(world);
});
after(() => world?.close());

async function serious(page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
}

const LOOKS = [["light", 1400, 900], ["dark", 390, 844], ["dark", 1400, 900], ["light", 390, 844]];
/** On the short walk each scheme and each width once. */
const looks = process.env.E2E_SHORT ? LOOKS.slice(0, 2) : LOOKS;

for (const [scheme, width, height] of looks) {
  test(`every page is accessible and fits, ${scheme} at ${width}`, async () => {
    const { page, context, wrongs } = await world.openPage({ colorScheme: scheme, viewport: { width, height } });
    await world.signIn(page, "/runs");
    const faults = [];
    for (const path of paths) {
      await page.goto(world.url + path);
      await settled(page);
      await page.screenshot({ path: `${SHOTS}${path.replace(/\W+/g, "_")}-${scheme}-${width}.png` });
      faults.push(...(await serious(page)).map((fault) => `${path} ${fault}`));
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
      if (wide) faults.push(`${path} is wider than the window`);
    }
    assert.deepEqual(faults, []);
    assert.deepEqual(wrongs, []);
    await context.close();
  });
}
