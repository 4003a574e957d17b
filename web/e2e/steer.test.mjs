/** Steering from the console: webhooks with their deliveries, events, calendars, signals, files, and what is copied. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { COUNTED, until } from "./paths.mjs";
import { isSigned, openReceiver } from "./receiver.mjs";
import { makeWorld, settled } from "./world.mjs";

/** Not synchronously: the door before the server is in this process. */
const shell = promisify(execFile);

let world, receiver;
before(async () => {
  world = await makeWorld();
  receiver = await openReceiver();
});
after(async () => {
  receiver?.close();
  await world?.close();
});

test("a webhook's secret is shown once, and deliveries arrive, fail, are sent again and rest", async () => {
  const { page, context, wrongs } = await world.openPage();
  await world.signIn(page, "/webhooks");
  await page.getByText("No webhooks yet").waitFor();
  await page.keyboard.press("n");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(/^Name/).fill("deploys");
  await dialog.getByLabel(/^Address/).fill(receiver.url);
  await dialog.getByLabel(/^Events/).fill("webhook.ping");
  await dialog.getByRole("button", { name: "Add a webhook" }).click();
  const secret = await page.getByRole("dialog").locator("pre").innerText();
  assert.match(secret, /^whsec_/);
  await page.getByRole("button", { name: "I have kept it" }).click();
  const detail = page.getByRole("complementary", { name: "Webhook deploys" });
  await detail.getByText("Nothing was sent yet").waitFor();

  await detail.getByRole("button", { name: "Send a test" }).click();
  const delivery = detail.getByRole("region", { name: "Delivery of webhook.ping" });
  await delivery.getByText("answered 204").waitFor();
  assert.equal(receiver.heard.length, 1);
  assert.ok(isSigned(receiver.heard[0], secret), "what arrived is signed with the secret that was shown");

  receiver.answer(500);
  await delivery.getByRole("button", { name: "Send it again" }).click();
  await delivery.getByText("answered 500").first().waitFor();
  assert.equal(await delivery.getByText("<b>no room today</b>").count() > 0, true);
  receiver.answer(204);
  await delivery.getByRole("button", { name: "Send it again" }).click();
  await until(() => receiver.heard.length >= 3);
  assert.equal(new Set(receiver.heard.map(({ headers }) => headers["webhook-id"])).size, 1, "each under the same id");

  await detail.getByRole("button", { name: "Pause" }).click();
  await detail.getByText("Nothing is sent: its owner disabled it").waitFor();
  assert.equal(await detail.getByRole("button", { name: "Send a test" }).getAttribute("aria-disabled"), "true");
  await detail.getByRole("button", { name: "Resume" }).click();
  await detail.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("deploys is deleted").waitFor();
  await page.getByText("No webhooks yet").waitFor();
  assert.deepEqual(wrongs, []);
  await context.close();
});

test("what happens is listed as it happens, over the one stream there is", async () => {
  const { page, context, wrongs } = await world.openPage();
  let [streams, standing] = [0, 0];
  const isStream = (one) => new URL(one.url()).pathname === "/api/v1/events";
  context.on("request", (request) => { if (isStream(request)) streams += 1; });
  context.on("response", (answer) => { if (isStream(answer)) standing += 1; });
  await world.signIn(page, "/events");
  // What happens before the stream stands is not told to it.
  await until(() => standing === 1);
  const { number } = await world.api("POST", "/api/v1/runs", { kind: "fibonacci", parameters: { iterations: 1 } });
  const list = page.getByRole("grid", { name: "Events" });
  await list.getByRole("row").filter({ hasText: "run.succeeded" }).first().click();
  await page.getByRole("complementary", { name: "Event run.succeeded" }).getByRole("link", { name: "Open the run" }).click();
  await page.waitForURL(`${world.url}/runs/${number}`);
  const other = await context.newPage();
  await other.goto(`${world.url}/events?type=run.succeeded`);
  await other.getByRole("grid", { name: "Events" }).getByText("run.succeeded").first().waitFor();
  assert.equal(streams, 1);
  assert.deepEqual(wrongs, []);
  await context.close();
});

test("a calendar holds a schedule back, and says so before it is saved", async () => {
  const { page, context, wrongs } = await world.openPage();
  await world.signIn(page, "/schedules?tab=calendars");
  await page.getByText("No calendars yet").waitFor();
  await page.keyboard.press("n");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(/^Name/).fill("nights");
  await dialog.getByLabel(/^Zone/).fill("Europe/Stockholm");
  await dialog.getByLabel("From this time").fill("22:00");
  await dialog.getByLabel("Before this time").fill("06:00");
  await dialog.getByLabel("Why").fill("people sleep");
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByRole("complementary", { name: "Calendar nights" }).getByText("22:00–06:00").waitFor();

  await page.goto(`${world.url}/define-schedule?kind=fibonacci`);
  await page.getByLabel(/^Name/).fill("nightly");
  await page.getByLabel("iterations").fill("3");
  await page.getByRole("button", { name: "every night at two" }).click();
  await page.getByLabel(/^Zone/).fill("Europe/Stockholm");
  await page.getByLabel("Calendars that hold it back").click();
  await page.getByRole("option", { name: "nights" }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("region", { name: "The next times would be" }).getByText("people sleep").first().waitFor();
  await page.getByRole("button", { name: "Save the schedule" }).click();
  await page.getByRole("complementary", { name: "Schedule nightly" }).getByRole("link", { name: "nights" }).click();
  await page.getByRole("complementary", { name: "Calendar nights" }).getByRole("link", { name: "nightly" }).waitFor();
  assert.deepEqual(wrongs, []);
  await context.close();
});

test("a signal lets a waiting run go on with what was sent", async () => {
  await world.api("POST", "/api/v1/jobs", COUNTED);
  const { number } = await world.api("POST", "/api/v1/jobs/counted/runs", { inputs: {} });
  const { page, context, wrongs } = await world.openPage();
  await world.signIn(page, `/runs/${number}?tab=graph&step=count`);
  await page.getByRole("button", { name: "Send the signal" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("What to send, as JSON").fill("{");
  await dialog.getByText("This is not JSON yet.").waitFor();
  await dialog.getByLabel("What to send, as JSON").fill('{ "iterations": 10 }');
  await dialog.getByRole("button", { name: "Send the signal" }).click();
  await until(async () => (await world.api("GET", `/api/v1/runs/${number}`)).state === "succeeded");
  await page.getByRole("button", { name: "Send the signal" }).waitFor({ state: "detached" });
  assert.deepEqual(wrongs, []);
  await context.close();
});

test("a job runs with the items of an uploaded file, each laid over its parameters", async () => {
  await world.api("POST", "/api/v1/jobs", { name: "numbers", kind: "fibonacci", queue: "default", priority: 0, parameters: { iterations: 30 } });
  const { page, context, wrongs } = await world.openPage();
  await world.signIn(page, "/jobs?job=numbers");
  await page.getByRole("button", { name: "Run now" }).click();
  await page.getByRole("tab", { name: "An uploaded file" }).click();
  await page.getByText("There is no uploaded file yet.").waitFor();
  await page.getByLabel("Upload a file", { exact: true }).and(page.locator("input")).setInputFiles({ name: "numbers.json", mimeType: "application/json", buffer: Buffer.from('[{}, {"iterations": 10}]') });
  await page.getByText("numbers.json, 2 items").first().waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Run now" }).click();
  await page.getByText("2 of 2 tasks done").waitFor();
  await page.getByRole("tab", { name: "Result" }).click();
  await page.getByText("832040").waitFor();
  assert.deepEqual(wrongs, []);
  await context.close();
});

test("what is copied runs in a shell: REST and GraphQL submit the same again", async () => {
  const { number } = await world.api("POST", "/api/v1/runs", { kind: "fibonacci", parameters: { iterations: 10 } });
  const { key } = await world.api("POST", "/api/v1/api-keys", { name: "copied", grants: ["runs:read", "runs:submit"] });
  const { page, context, wrongs } = await world.openPage();
  await world.signIn(page, `/runs/${number}`);
  await settled(page);
  await page.getByRole("button", { name: "Copy as" }).click();
  const commandOf = (name) => page.getByRole("dialog").getByRole("region", { name }).locator("pre").innerText();
  const answerTo = async (name) => JSON.parse((await shell("sh", ["-c", await commandOf(name)], { env: { ...process.env, TOKEN: key } })).stdout);
  assert.equal((await answerTo("REST: this run")).number, number);
  assert.equal((await answerTo("GraphQL: this run")).data.job.id, number);
  assert.ok((await answerTo("REST: submit the same again")).number > number);
  assert.ok((await answerTo("GraphQL: submit the same again")).data.executeJob.id > number);
  assert.deepEqual(wrongs, []);
  await context.close();
});
