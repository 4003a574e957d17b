/** From the one-time link to a finished run and a found posting: what somebody does on the first day. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { makeWorld, PASSWORD, SHOTS } from "./world.mjs";

let world;
before(async () => { world = await makeWorld({ virgin: true }); });
after(() => world?.close());

test("the one-time link makes the first administrator", async () => {
  const { page, context, wrongs } = await world.openPage();
  await page.goto(`${world.url}/setup#token=${world.token}`);
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
  const { page, context, wrongs } = await world.openPage();
  await world.signIn(page, "/runs?kind=fibonacci");
  await page.getByText("No run matches").waitFor();
  const { number } = await world.api("POST", "/api/v1/runs", { kind: "fibonacci", items: [{ iterations: 100 }, { iterations: 10 }] });
  await page.getByRole("link", { name: String(number), exact: true }).click();
  await page.getByText("2 of 2 tasks done").waitFor();
  await page.getByRole("tab", { name: "Result" }).click();
  await page.getByText("354224848179261915075").waitFor();
  assert.deepEqual(wrongs, []);
  await context.close();
});

test("a job that is defined runs, a posting with a typing error is found, a source syncs, a product is changed", async () => {
  const { page, context, wrongs } = await world.openPage();
  await world.signIn(page, "/define-job?kind=fibonacci");
  await page.getByLabel(/^Name/).fill("numbers");
  await page.getByLabel("iterations").fill("30");
  await page.getByRole("button", { name: "Define it" }).click();
  await page.getByRole("button", { name: "Run now" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Run now" }).click();
  await page.getByText("1 of 1 task done").waitFor();

  await page.goto(`${world.url}/postings`);
  await page.getByLabel("Search postings").fill("elektrikr");
  await page.getByText("near spellings").waitFor();
  await page.keyboard.press("ArrowDown");
  await page.getByRole("complementary", { name: /elektriker/i }).getByText("What it says").waitFor();
  assert.match(page.url(), /q=elektrikr&posting=/);

  await page.goto(`${world.url}/sources/demo`);
  await page.getByRole("button", { name: "Sync now" }).click();
  await page.getByRole("region", { name: "Syncing" }).getByText("succeeded").waitFor();

  await page.goto(`${world.url}/products`);
  await page.getByRole("button", { name: "Add a product" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(/^Name/).fill("Desk lamp");
  await dialog.getByLabel(/^Category/).click();
  await page.getByRole("option", { name: "Furniture" }).click();
  await dialog.getByLabel(/^Price/).fill("19.99");
  await dialog.getByRole("button", { name: "Add a product" }).click();
  await page.getByRole("button", { name: "Change" }).click();
  await page.getByLabel(/^How many/).fill("7");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Desk lamp is saved").waitFor();
  assert.deepEqual(wrongs, []);
  await context.close();
});

test("a schedule is made with its next times in sight, starts a run now, rests, and goes", async () => {
  const { page, context, wrongs } = await world.openPage();
  await world.signIn(page, "/schedules");
  await page.getByRole("button", { name: "Make a schedule" }).first().click();
  await page.getByLabel(/^Name/).fill("nightly");
  await page.getByRole("tab", { name: "a kind" }).click();
  await page.getByRole("combobox", { name: "Kind" }).click();
  await page.getByRole("option", { name: "fibonacci" }).click();
  await page.getByLabel("iterations").fill("12");
  await page.getByLabel(/^Cron expression/).fill("61 * * * *");
  const field = page.getByLabel(/^Cron expression/);
  await page.waitForFunction((input) => input.getAttribute("aria-invalid") === "true", await field.elementHandle());
  // The refusal of what is no expression is the one thing that may go wrong here.
  assert.match(wrongs.splice(0).join(), /^400 [^,]*\/preview[^,]*,Failed to load resource[^,]*400[^,]*$/);
  await page.getByRole("button", { name: "every night at two" }).click();
  await page.getByRole("region", { name: "The next times would be" }).getByRole("listitem").nth(4).waitFor();
  await page.getByRole("button", { name: "Save the schedule" }).click();
  const detail = page.getByRole("complementary", { name: "Schedule nightly" });
  await detail.getByText("cron 0 2 * * *").waitFor();
  await detail.getByRole("button", { name: "Run now" }).click();
  await detail.getByRole("grid").getByText("started", { exact: true }).waitFor();
  await detail.getByRole("button", { name: "Pause" }).click();
  await detail.getByRole("button", { name: "Resume" }).click();
  await detail.getByRole("button", { name: "Pause" }).waitFor();
  await detail.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("The schedule nightly is deleted").waitFor();
  assert.deepEqual(wrongs, []);
  await context.close();
});
