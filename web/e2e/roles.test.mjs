/** What each role sees and may do, the way back after signing in, and the warning before a session ends. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { furnish } from "./paths.mjs";
import { ADA, makeWorld, PASSWORD, settled } from "./world.mjs";

/** Places in the rail beside Home, and for some buttons whether they can be pressed. */
const ROLES = {
  admin: {
    places: ["Runs", "Jobs", "Schedules", "Kinds", "Uploads", "Queues", "Limits", "Workers", "Postings", "Sources", "Products", "Events", "Webhooks", "Admin"],
    may: { "/sources/demo Sync now": true, "/jobs?job=counting Run now": true, "/schedules?schedule=often Run now": true, "/queues Pause": true, "/products Add a product": true, "/admin Add a person": true },
  },
  operator: {
    places: ["Runs", "Jobs", "Schedules", "Kinds", "Uploads", "Queues", "Limits", "Workers", "Postings", "Sources", "Products", "Events", "Webhooks", "Admin"],
    may: { "/sources/demo Sync now": true, "/jobs?job=counting Run now": true, "/schedules?schedule=often Run now": true, "/queues Pause": true, "/products Add a product": true },
  },
  user: {
    places: ["Runs", "Jobs", "Schedules", "Kinds", "Uploads", "Queues", "Limits", "Workers", "Postings", "Sources", "Products", "Events", "Webhooks"],
    may: { "/sources/demo Sync now": false, "/webhooks Add a webhook": true, "/schedules?tab=calendars Make a calendar": false, "/jobs?job=counting Run now": true, "/queues Pause": false, "/products Add a product": true },
  },
  viewer: {
    places: ["Runs", "Jobs", "Schedules", "Kinds", "Queues", "Limits", "Workers", "Postings", "Sources", "Products", "Events"],
    may: { "/sources/demo Sync now": false, "/jobs?job=counting Run now": false, "/schedules?schedule=often Run now": false, "/queues Pause": false, "/products Add a product": false },
  },
  reader: { places: ["Postings", "Events"], may: {} },
};
/** What is somebody else's is not there for those who see only their own. */
const OWN_ONLY = /^\/(runs\/|(define-)?schedules?\?schedule=)/;
/** Not even an administrator sees those of others. */
const NEVER_OTHERS = /^\/webhooks\?/;

let world, paths;
before(async () => {
  world = await makeWorld();
  paths = await furnish(world);
  await world.api("POST", "/api/v1/roles", { name: "reader", description: "Reads postings", grants: ["postings:read"] });
  for (const role of Object.keys(ROLES)) await world.api("POST", "/api/v1/users", { email: `${role}@example.org`, password: PASSWORD, role });
});
after(() => world?.close());

for (const [role, { places, may }] of Object.entries(ROLES)) {
  test(`${role} sees what they may, and buttons say why they may not more`, async () => {
    const { page, context, wrongs } = await world.openPage();
    await world.signIn(page, "/", `${role}@example.org`);
    await settled(page);
    const links = await page.getByRole("navigation", { name: "Places" }).getByRole("link").allInnerTexts();
    assert.deepEqual(links.map((link) => link.trim()).filter((link) => !["Metier", "Home"].includes(link)), places);
    for (const [button, can] of Object.entries(may)) await asksFor(page, button, can);
    const open = paths.filter((path) => places.some((place) => path.startsWith(`/${place.toLowerCase()}`)) && (role === "admin" || !NEVER_OTHERS.test(path)) && (role === "admin" || role === "viewer" || role === "operator" || !OWN_ONLY.test(path)));
    // On the short walk each place once; what is open on it is the same for all who may see it.
    for (const path of ["/", "/profile", ...(process.env.E2E_SHORT ? open.filter((path) => !path.includes("?")) : open)]) {
      await page.goto(world.url + path);
      await settled(page);
    }
    assert.deepEqual(wrongs, []);
    await context.close();
  });
}

async function asksFor(page, button, can) {
  const [path, ...name] = button.split(" ");
  await page.goto(world.url + path);
  await settled(page);
  const found = page.locator("#content").getByRole("button", { name: name.join(" ") }).first();
  await found.waitFor();
  assert.equal(await found.getAttribute("aria-disabled"), can ? "false" : "true", `${button} can be pressed: ${can}`);
  if (can) return;
  await found.hover();
  await page.getByText("Your role does not have the permission").first().waitFor();
}

test("a deep link survives signing in, and one to another site does not", async () => {
  for (const path of ["/runs/1?tab=facts", "/postings?q=elektriker", "/schedules?schedule=often", "/admin?tab=roles"]) {
    const { page, context, wrongs } = await world.openPage();
    await world.signIn(page, path);
    await settled(page);
    assert.equal(page.url(), world.url + path);
    assert.deepEqual(wrongs, []);
    await context.close();
  }
  const { page, context } = await world.openPage();
  await world.signIn(page, `/signin?to=${encodeURIComponent("//evil.example/runs")}`);
  await page.getByRole("heading", { name: "Home" }).waitFor();
  assert.equal(new URL(page.url()).origin, world.url);
  await context.close();
});

test("a session that ended leads to sign-in and back to the same place", async () => {
  const { page, context } = await world.openPage();
  await world.signIn(page, "/runs?kind=fibonacci");
  await settled(page);
  // Cookies that the server does not know: as after the session was ended elsewhere.
  await context.clearCookies();
  await page.keyboard.press("r");
  await page.getByLabel("E-mail address").waitFor();
  await page.getByLabel("E-mail address").fill(ADA);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await settled(page);
  assert.equal(page.url(), `${world.url}/runs?kind=fibonacci`);
  await context.close();
});

test("before a session ends for good a banner says so, and signing in again goes on without leaving", async () => {
  const { page, context } = await world.openPage();
  await world.signIn(page, "/runs");
  await settled(page);
  await page.evaluate(() => {
    const session = JSON.parse(localStorage.getItem("metier.session"));
    localStorage.setItem("metier.session", JSON.stringify({ ...session, endsAt: Date.now() + 4.5 * 60_000 }));
  });
  await page.reload();
  await page.getByText("Your session ends in 5 minutes.").waitFor();
  await page.getByRole("button", { name: "Sign in again" }).click();
  await page.getByRole("dialog").getByLabel("Password").fill(PASSWORD);
  await page.getByRole("dialog").getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Your session ends in").waitFor({ state: "detached" });
  assert.equal(page.url(), `${world.url}/runs`);
  await context.close();
});
