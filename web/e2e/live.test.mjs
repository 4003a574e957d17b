/** One stream of events for all tabs of a browser, and a server that is lost and found: nothing missed, nothing twice. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "./paths.mjs";
import { makeWorld, settled } from "./world.mjs";

const LOST = "The server does not answer.";

let world;
before(async () => { world = await makeWorld(); });
after(() => world?.close());

const submit = async () => (await world.api("POST", "/api/v1/runs", { kind: "fibonacci", parameters: { iterations: 1 } })).number;
const numbersOn = (page) => page.locator("[role=grid] [role=row] a").allInnerTexts().then((texts) => texts.map(Number));
const shows = (page, number) => page.getByRole("link", { name: String(number), exact: true }).waitFor();

/** How often the browser asks for a path. */
function watch(context, path) {
  const asked = { count: 0 };
  context.on("request", (request) => {
    if (new URL(request.url()).pathname === path) asked.count += 1;
  });
  return asked;
}

test("three tabs share one stream, and the next takes it over when its tab is closed", async () => {
  const { page, context, wrongs } = await world.openPage();
  const streams = watch(context, "/api/v1/events");
  const lists = watch(context, "/api/v1/runs");
  await world.signIn(page, "/runs");
  await settled(page);
  const others = [await context.newPage(), await context.newPage()];
  for (const other of others) {
    await other.goto(`${world.url}/runs`);
    await settled(other);
  }
  await until(() => world.door.standing() === 1);
  assert.equal(streams.count, 1);
  await shows(page, await submit());
  // Where nothing happens nothing is asked.
  await page.waitForTimeout(2500);
  const quiet = lists.count;
  await page.waitForTimeout(5000);
  assert.equal(lists.count, quiet, "lists were asked for although nothing happened");
  await page.close();
  await until(() => world.door.standing() === 1 && streams.count === 2);
  const number = await submit();
  for (const other of others) {
    await other.bringToFront();
    await shows(other, number);
  }
  assert.equal(world.door.standing(), 1);
  assert.deepEqual(wrongs, []);
  await context.close();
});

test("a server that is killed shows a banner, and started again it goes on without gaps or doubles", async () => {
  const { page, context } = await world.openPage();
  await world.signIn(page, "/runs");
  await settled(page);
  const numbers = [];
  for (let count = 0; count < 5; count++) numbers.push(await submit());
  await shows(page, numbers.at(-1));
  const before = await numbersOn(page);
  const lostAt = Date.now();
  await world.kill();
  await page.getByText(LOST).waitFor();
  console.log(`# the banner stood ${Date.now() - lostAt} ms after the server was killed`);
  assert.deepEqual(await numbersOn(page), before, "what was there stays");
  await world.restart();
  const foundAt = Date.now();
  // While the page has not noticed yet.
  for (let count = 0; count < 5; count++) numbers.push(await submit());
  await page.getByText(LOST).waitFor({ state: "detached" });
  console.log(`# it was gone ${Date.now() - foundAt} ms after the server was ready again`);
  numbers.push(await submit());
  for (const number of numbers) await shows(page, number);
  const shown = await numbersOn(page);
  assert.deepEqual([...new Set(shown)], shown, "no run is shown twice");
  assert.deepEqual(numbers.filter((number) => !shown.includes(number)), [], "no run is missing");
  await context.close();
});

test("a network that goes and comes takes the banner with it", async () => {
  const { page, context } = await world.openPage();
  await world.signIn(page, "/runs");
  await settled(page);
  await shows(page, await submit());
  const before = await numbersOn(page);
  world.door.lose();
  await page.getByText(LOST).waitFor();
  const number = await submit();
  assert.deepEqual(await numbersOn(page), before);
  world.door.find();
  await page.getByText(LOST).waitFor({ state: "detached" });
  await shows(page, number);
  assert.deepEqual(await numbersOn(page), [number, ...before]);
  await context.close();
});
