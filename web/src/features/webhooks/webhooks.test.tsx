/** Webhooks and their deliveries on a server made from the API's description. */
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import type { Delivery, Me, Webhook, WebhookWithSecret } from "../../api/types";
import { exampleOf, json, problem, startBackend } from "../../testing/backend";
import { haveSession, showConsole } from "../../testing/render";

const admin = { "GET /api/v1/auth/me": () => json({ ...exampleOf<Me>("Me"), grants: ["*:*"] }) };
const tagged = (body: unknown) => () => new Response(JSON.stringify(body), { headers: { "content-type": "application/json", etag: '"3"' } });
const webhook: Webhook = { ...exampleOf<Webhook>("Webhook"), id: "w1", name: "deploys", enabled: true, types: ["run.failed"] };
const delivery: Delivery = { ...exampleOf<Delivery>("Delivery"), id: "d1", type: "run.failed", state: "failed", tries: 2 };
const whole = { ...delivery, body: { id: "e1" }, attempts: [{ number: 1, tried_at: "2026-11-22T06:00:00Z", took_ms: 12, status: 500, excerpt: "<b>no room</b>" }, { number: 2, tried_at: "2026-11-22T06:00:05Z", took_ms: 3, error: "the connection was refused" }] };
const answers = {
  ...admin,
  "GET /api/v1/webhooks": () => json({ items: [webhook] }),
  "GET /api/v1/webhooks/{webhook}": tagged(webhook),
  "GET /api/v1/webhooks/{webhook}/deliveries": () => json({ items: [delivery] }),
  "GET /api/v1/webhooks/{webhook}/deliveries/{delivery}": () => json(whole),
};

it("a new webhook's secret is shown once", async () => {
  haveSession();
  const made: WebhookWithSecret = { ...webhook, secret: "whsec_once" };
  const log = startBackend({ ...answers, "GET /api/v1/webhooks": () => json({ items: [] }), "POST /api/v1/webhooks": () => json(made, 201) });
  const { router } = showConsole("/webhooks");
  await userEvent.click((await screen.findAllByRole("button", { name: "Add a webhook" }))[0] as HTMLElement);
  const dialog = screen.getByRole("dialog");
  await userEvent.type(within(dialog).getByLabelText(/^Name/), "deploys");
  await userEvent.type(within(dialog).getByLabelText(/^Address/), "https://hooks.example.org");
  await userEvent.type(within(dialog).getByLabelText(/^Events/), "run.failed, source");
  await userEvent.click(within(dialog).getByRole("button", { name: "Add a webhook" }));
  expect(await screen.findByText("whsec_once")).toBeTruthy();
  expect(log.find((asked) => asked.method === "POST")?.body).toEqual({ name: "deploys", url: "https://hooks.example.org", types: ["run.failed", "source"], enabled: true });
  await userEvent.keyboard("{Escape}");
  expect(screen.getByText("whsec_once")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "I have kept it" }));
  await waitFor(() => expect(screen.queryByText("whsec_once")).toBeNull());
  await waitFor(() => expect(router.state.location.search).toEqual({ webhook: "deploys" }));
});

it("what the server refuses stays in the form, with why", async () => {
  haveSession();
  startBackend({ ...answers, "POST /api/v1/webhooks": () => problem(400, "invalid_parameters", "the address leads into a network that is not public") });
  showConsole("/webhooks");
  await userEvent.click(await screen.findByRole("button", { name: "Add a webhook" }));
  const dialog = screen.getByRole("dialog");
  await userEvent.type(within(dialog).getByLabelText(/^Name/), "near");
  await userEvent.type(within(dialog).getByLabelText(/^Address/), "http://127.0.0.1");
  await userEvent.click(within(dialog).getByRole("button", { name: "Add a webhook" }));
  expect(await within(dialog).findByText(/network that is not public/)).toBeTruthy();
  expect(within(dialog).getByLabelText<HTMLInputElement>(/^Name/).value).toBe("near");
});

it("a delivery shows every answer as text, and is sent again", async () => {
  haveSession();
  const log = startBackend({ ...answers, "POST /api/v1/webhooks/{webhook}/deliveries/{delivery}/replay": () => json(whole) });
  showConsole("/webhooks?webhook=deploys&delivery=d1");
  const detail = await screen.findByRole("region", { name: "Delivery of run.failed" });
  expect(within(detail).getByText("answered 500")).toBeTruthy();
  expect(within(detail).getByText("<b>no room</b>")).toBeTruthy();
  expect(within(detail).getByText("the connection was refused")).toBeTruthy();
  await userEvent.click(within(detail).getByRole("button", { name: "Send it again" }));
  await waitFor(() => expect(log.some((asked) => asked.method === "POST" && asked.path === "/api/v1/webhooks/w1/deliveries/d1/replay")).toBe(true));
});

it("pausing keeps all else of it, against the version that was read", async () => {
  haveSession();
  const log = startBackend({ ...answers, "PUT /api/v1/webhooks/{webhook}": () => json({ ...webhook, enabled: false }) });
  showConsole("/webhooks?webhook=deploys");
  await userEvent.click(await screen.findByRole("button", { name: "Pause" }));
  await screen.findByText("deploys is paused: nothing is sent to it");
  const put = log.find((asked) => asked.method === "PUT");
  expect([put?.body, put?.headers.get("if-match")]).toEqual([{ name: "deploys", url: webhook.url, types: ["run.failed"], enabled: false }, '"3"']);
});

it("one that is off says why, and nothing can be sent to it", async () => {
  haveSession();
  const off = { ...webhook, enabled: false, disabled_reason: "nothing arrived for three days" };
  startBackend({ ...answers, "GET /api/v1/webhooks": () => json({ items: [off] }), "GET /api/v1/webhooks/{webhook}": tagged(off) });
  showConsole("/webhooks?webhook=deploys");
  expect(await screen.findByText("Nothing is sent: nothing arrived for three days")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Send a test" }).getAttribute("aria-disabled")).toBe("true");
  expect(screen.getByRole("button", { name: "Resume" }).getAttribute("aria-disabled")).toBe("false");
});

it("says the next step when there are none, and what is wrong when they cannot be read", async () => {
  haveSession();
  startBackend({ ...answers, "GET /api/v1/webhooks": () => problem(500, "internal", "the disk is full") });
  const view = showConsole("/webhooks");
  expect(await screen.findByText(/the disk is full/i)).toBeTruthy();
  view.unmount();
  startBackend({ ...answers, "GET /api/v1/webhooks": () => json({ items: [] }) });
  showConsole("/webhooks");
  expect(await screen.findByText("No webhooks yet")).toBeTruthy();
});
