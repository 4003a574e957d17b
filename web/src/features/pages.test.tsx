/** The pages beside runs and profile, on a server made from the API's description. */
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import type { Category, Job, Kind, Me, PostingDetail, Product, Queue, Role, Run, SearchHit, Source, Sync, User, Worker } from "../api/types";
import { exampleOf, json, problem, startBackend } from "../testing/backend";
import { expectInert, HOSTILE, HOSTILES } from "../testing/hostile";
import { haveSession, showConsole } from "../testing/render";

const me = (...grants: string[]) => () => json({ ...exampleOf<Me>("Me"), grants });
const admin = { "GET /api/v1/auth/me": me("*:*") };
const page = (...items: unknown[]) => () => json({ items });
const none = page();
const tagged = (body: unknown) => () => new Response(JSON.stringify(body), { headers: { "content-type": "application/json", etag: '"7"' } });

const source = (more: Partial<Source> = {}): Source => ({ ...exampleOf<Source>("Source"), name: "demo", title: "Demo", condition: "healthy", origin: "api", ...more });
const sync = (more: Partial<Sync> = {}): Sync => ({ ...exampleOf<Sync>("Sync"), id: "s1", state: "succeeded", report: {}, ...more });
const kind: Kind = {
  ...exampleOf<Kind>("Kind"), name: "fibonacci", description: "Computes", permissions: [],
  parameter_schema: { type: "object", required: ["iterations"], properties: { iterations: { type: "integer", minimum: 0 } } },
};
const job: Job = { ...exampleOf<Job>("Job"), name: "nightly", version: 3, kind: { name: "fibonacci", version: 1 }, queue: "default", parameters: { iterations: 5 } };
const posting = { ...exampleOf<PostingDetail>("PostingDetail"), id: "p1", state: "live", title: "Elektriker", company: "Bygg AB", description: "Vi söker", sightings: [], aliases: [] } as PostingDetail;
const hit = (more: Partial<SearchHit> = {}): SearchHit => ({ ...exampleOf<SearchHit>("SearchHit"), title: { text: "Elektriker", marks: [[0, 10]] }, snippet: { text: "Vi söker en elektriker", marks: [[13, 23]] }, posting, ...more });
const found = (items: SearchHit[], more = {}) => () => json({ items, facets: { country: [{ value: "SE", count: 5 }] }, total: items.length, respelled: false, ...more });
const user = (more: Partial<User> = {}): User => ({ ...exampleOf<User>("User"), id: "u2", number: 2, display_name: "Grace", role: "operator", extra_grants: [], disabled_at: null, ...more });
const role = (name: string, grants: string[], built_in = true): Role => ({ ...exampleOf<Role>("Role"), name, grants, built_in });
const product: Product = { ...exampleOf<Product>("Product"), id: "d1", name: "Lamp", category: "Furniture", base_price: "1234.50", price: "1308.57", currency: "USD", rating: "4.50", stock: 3, surcharge_percent: "6.00" };

describe("home", () => {
  it("tells what needs somebody, and why runs failed", async () => {
    haveSession();
    const run: Run = { ...exampleOf<Run>("Run"), number: 41, state: "failed", reason: "the pen is empty" };
    startBackend({
      ...admin,
      "GET /api/v1/runs": page(run), "GET /api/v1/runs/counts": () => json([{ state: "running", count: 128 }]),
      "GET /api/v1/sources": () => json([source({ condition: "unreachable", message: "nothing answers" })]),
      "GET /api/v1/sources/{source}/syncs": none, "GET /api/v1/workers": () => json([]), "GET /api/v1/queues": () => json([{ ...exampleOf<Queue>("Queue"), name: "slow", paused_at: "2026-11-22T06:00:00Z" }]),
    });
    showConsole("/");
    const needs = await screen.findByRole("region", { name: "Needs you" });
    expect(await within(needs).findByText("Demo is not reachable")).toBeTruthy();
    expect(within(needs).getByText("The queue slow is paused")).toBeTruthy();
    expect(within(needs).getByText("No worker is there")).toBeTruthy();
    expect((await within(screen.getByRole("region", { name: "Failed lately" })).findAllByText("the pen is empty")).length).toBe(1);
    expect(await screen.findAllByText("128")).toHaveLength(2);
  });
  it("asks nothing that the reader may not see", async () => {
    haveSession();
    const log = startBackend({ "GET /api/v1/auth/me": me("postings:read") });
    showConsole("/");
    await screen.findByText(/Nothing needs you/);
    expect(new Set(log.map((asked) => asked.path).filter((path) => path !== "/api/v1/events"))).toEqual(new Set(["/api/v1/auth/me", "/api/v1/postings"]));
  });
});

describe("postings", () => {
  it("searches what the address says, marks what matched, and opens with the keyboard", async () => {
    haveSession();
    const log = startBackend({ ...admin, "GET /api/v1/postings": found([hit()], { respelled: true }), "GET /api/v1/postings/{posting}": () => json(posting) });
    const { router, container } = showConsole("/postings?q=elektrikr&country=SE");
    await screen.findByText(/near spellings/);
    expect([...container.querySelectorAll("mark")].map((mark) => mark.textContent)).toEqual(["Elektriker", "elektriker"]);
    const asked = log.find((one) => one.path === "/api/v1/postings");
    expect([asked?.search.get("q"), asked?.search.get("country")]).toEqual(["elektrikr", "SE"]);
    fireEvent.keyDown(document.body, { key: "j" });
    await waitFor(() => expect(router.state.location.search).toMatchObject({ posting: "p1" }));
    expect(await screen.findByText("Bygg AB")).toBeTruthy();
    fireEvent.keyDown(document.body, { key: "Escape" });
    await waitFor(() => expect(router.state.location.search).toEqual({ q: "elektrikr", country: "SE" }));
  });
  it("keeps what is typed and chosen in the address", async () => {
    haveSession();
    startBackend({ ...admin, "GET /api/v1/postings": found([hit()]) });
    const { router } = showConsole("/postings");
    await userEvent.type(await screen.findByLabelText("Search postings"), "rust");
    await waitFor(() => expect(router.state.location.search).toEqual({ q: "rust" }));
    await userEvent.click(await screen.findByRole("checkbox", { name: /Sweden/ }));
    await waitFor(() => expect(router.state.location.search).toEqual({ q: "rust", country: "SE" }));
  });
  it("says the next step when there are none, and when none match", async () => {
    haveSession();
    startBackend({ ...admin, "GET /api/v1/postings": found([]) });
    const { router } = showConsole("/postings");
    await screen.findByText("No postings yet");
    await router.navigate({ to: "/postings", search: { q: "xyzzy" } });
    await screen.findByText("No posting matches");
  });
  it.each(HOSTILES)("shows %s inert, and never as a link", async (_, text) => {
    haveSession();
    const hostile = { ...posting, title: text, company: text, description: text, url: "javascript:alert(1)", locations: [text], must_have: [text] } as PostingDetail;
    startBackend({ ...admin, "GET /api/v1/postings": found([hit({ posting: hostile, title: { text, marks: [[0, 3]] }, snippet: { text, marks: [] } })]), "GET /api/v1/postings/{posting}": () => json(hostile) });
    const { container } = showConsole("/postings?posting=p1");
    await screen.findByText("What it says");
    expect(screen.queryByText("Open the advertisement")).toBeNull();
    expectInert(container);
  });
});

describe("sources", () => {
  it("lists them with their health and last sync, and says why a viewer cannot sync", async () => {
    haveSession();
    startBackend({ "GET /api/v1/auth/me": me("sources:read"), "GET /api/v1/sources": () => json([source({ condition: "degraded" })]), "GET /api/v1/sources/{source}/syncs": page(sync({ new: 12 })) });
    showConsole("/sources");
    expect(await screen.findByText("degraded")).toBeTruthy();
    expect(await screen.findByText("12")).toBeTruthy();
    expect((await screen.findByRole("button", { name: "Sync now" })).getAttribute("aria-disabled")).toBe("true");
  });
  it("shows what a sync rejected and why", async () => {
    haveSession();
    const report = { rejections: [{ position: 4, original_id: "x-9", field: "title", reason: `is ${HOSTILE.html}` }], warnings: ["late"], notes: [] };
    startBackend({ ...admin, "GET /api/v1/sources/{source}": () => json(source()), "GET /api/v1/sources/{source}/syncs": page(sync({ state: "partial", rejected: 1, report })), "GET /api/v1/sources/{source}/health": () => json([{ condition: "healthy", since: "2026-11-01T00:00:00Z" }]) });
    const { container } = showConsole("/sources/demo");
    const rejects = await screen.findByRole("region", { name: "Rejected entries" });
    expect(within(rejects).getByText("x-9")).toBeTruthy();
    expect(within(rejects).getByText("5")).toBeTruthy();
    expect(screen.getByText("late")).toBeTruthy();
    expect(screen.getByRole("img", { name: /healthy 100 %/ })).toBeTruthy();
    expectInert(container);
  });
  it("syncs now and follows it", async () => {
    haveSession();
    const run: Run = { ...exampleOf<Run>("Run"), id: "r1", number: 9, state: "running" };
    const log = startBackend({
      ...admin, "GET /api/v1/sources/{source}": () => json(source()), "GET /api/v1/sources/{source}/health": () => json([]),
      "GET /api/v1/sources/{source}/syncs": page(sync({ run: "r1", fetched: 77, new: 31 })), "POST /api/v1/sources/{source}/sync": () => json({ run: "r1", number: 9, state: "queued" }, 201), "GET /api/v1/runs/{run}": () => json(run),
    });
    showConsole("/sources/demo");
    await userEvent.click(await screen.findByRole("button", { name: "Sync now" }));
    const progress = await screen.findByRole("region", { name: "Syncing" });
    expect(await within(progress).findByText("77")).toBeTruthy();
    expect(log.some((asked) => asked.method === "POST" && asked.path === "/api/v1/sources/demo/sync")).toBe(true);
  });
  it("adds one by its address and goes to it", async () => {
    haveSession();
    const log = startBackend({ ...admin, "GET /api/v1/sources": () => json([]), "POST /api/v1/sources": () => json(source({ name: "mine" }), 201), "POST /api/v1/sources/{source}/check": () => problem(502, "source_unreachable"), "GET /api/v1/sources/{source}/syncs": none });
    const { router } = showConsole("/sources");
    await userEvent.click((await screen.findAllByRole("button", { name: "Add a source" }))[0] as HTMLElement);
    await userEvent.type(screen.getByLabelText(/^Name/), "mine");
    await userEvent.type(screen.getByLabelText(/Address of the plugin/), "http://127.0.0.1:5001");
    await userEvent.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Add a source" }));
    await waitFor(() => expect(router.state.location.pathname).toBe("/sources/mine"));
    expect(log.find((asked) => asked.method === "POST")?.body).toEqual({ name: "mine", url: "http://127.0.0.1:5001" });
  });
});

describe("jobs and kinds", () => {
  const answers = { ...admin, "GET /api/v1/jobs": page(job), "GET /api/v1/jobs/{job}": tagged(job), "GET /api/v1/kinds": () => json([kind]), "GET /api/v1/workers": () => json([]) };
  it("says what a job is when there are none", async () => {
    haveSession();
    startBackend({ ...admin, "GET /api/v1/jobs": none });
    showConsole("/jobs");
    expect(await screen.findByText("No jobs yet")).toBeTruthy();
  });
  it("runs a job with arguments, once", async () => {
    haveSession();
    const log = startBackend({ ...answers, "POST /api/v1/jobs/{job}/runs": () => json({ ...exampleOf<Run>("Run"), number: 12 }, 201) });
    const { router } = showConsole("/jobs?job=nightly");
    await userEvent.click(await screen.findByRole("button", { name: "Run now" }));
    const dialog = screen.getByRole("dialog");
    const field = await within(dialog).findByLabelText(/iterations/);
    await userEvent.clear(field);
    await userEvent.type(field, "8");
    await userEvent.click(within(dialog).getByRole("button", { name: "Run now" }));
    await waitFor(() => expect(router.state.location.pathname).toBe("/runs/12"));
    const sent = log.find((asked) => asked.method === "POST");
    expect(sent?.body).toEqual({ items: [{ iterations: 8 }] });
    expect(sent?.headers.get("idempotency-key")).toMatch(/^[0-9a-f]{32}$/);
  });
  it("defines the next version against the one that was read", async () => {
    haveSession();
    const log = startBackend({ ...answers, "PUT /api/v1/jobs/{job}": () => json({ ...job, version: 4 }) });
    showConsole("/define-job?job=nightly");
    await userEvent.type(await screen.findByLabelText(/What it does/), " more");
    await userEvent.click(screen.getByRole("button", { name: "Define it" }));
    await waitFor(() => expect(log.some((asked) => asked.method === "PUT")).toBe(true));
    const sent = log.find((asked) => asked.method === "PUT");
    expect([sent?.headers.get("if-match"), sent?.body]).toEqual(['"7"', expect.objectContaining({ name: "nightly", kind: "fibonacci", parameters: { iterations: 5 } })]);
  });
  it("runs a kind and shows what the server refuses", async () => {
    haveSession();
    startBackend({ ...answers, "POST /api/v1/runs": () => problem(422, "invalid_parameters", "iterations must be smaller") });
    showConsole("/kinds?kind=fibonacci");
    expect(await screen.findByText(/No worker that is there knows this kind/)).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Run now" }));
    await userEvent.type(within(screen.getByRole("dialog")).getByLabelText(/iterations/), "9");
    await userEvent.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Run now" }));
    expect(await screen.findByText("Iterations must be smaller.")).toBeTruthy();
  });
});

describe("queues and workers", () => {
  it("resumes a paused queue", async () => {
    haveSession();
    const queue: Queue = { ...exampleOf<Queue>("Queue"), name: "slow", ready: 1000, more: true, paused_at: "2026-11-22T06:00:00Z" };
    const log = startBackend({ ...admin, "GET /api/v1/queues": () => json([queue]), "POST /api/v1/queues/{queue}/resume": () => json({ ...queue, paused_at: null }) });
    showConsole("/queues");
    expect(await screen.findByText("1,000+")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Resume" }));
    await screen.findByText("slow hands out tasks again");
    expect(log.some((asked) => asked.path === "/api/v1/queues/slow/resume")).toBe(true);
  });
  it("shows each worker's kinds inert, and says what to do when there is none", async () => {
    haveSession();
    let workers: Worker[] = [{ name: HOSTILE.rightToLeft, kinds: [HOSTILE.html, HOSTILE.long], capabilities: [HOSTILE.ansi], seen_at: "2026-11-22T06:00:00Z" }];
    startBackend({ ...admin, "GET /api/v1/workers": () => json(workers) });
    const { container, hub } = showConsole("/workers");
    await screen.findByRole("grid", { name: "Workers" });
    expectInert(container);
    workers = [];
    await hub.refresh();
    expect(await screen.findByText("metier serve executor")).toBeTruthy();
  });
});

describe("products", () => {
  const answers = { ...admin, "GET /api/v1/products": page(product), "GET /api/v1/products/{id}": tagged(product), "GET /api/v1/categories": page({ ...exampleOf<Category>("Category"), name: "Furniture" }) };
  it("changes one against the version that was read, and offers the other's when it is stale", async () => {
    haveSession();
    const log = startBackend({ ...answers, "PATCH /api/v1/products/{id}": () => problem(412, "version_stale", "somebody changed it") });
    showConsole("/products?product=d1");
    expect(await screen.findByText("1,308.57 USD", { selector: "b" })).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Change" }));
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByRole("button", { name: "Load it anew" })).toBeTruthy();
    expect(log.find((asked) => asked.method === "PATCH")?.headers.get("if-match")).toBe('"7"');
  });
  it("says the next step when there are none", async () => {
    haveSession();
    startBackend({ ...answers, "GET /api/v1/products": none });
    showConsole("/products");
    expect(await screen.findByText("No products yet")).toBeTruthy();
  });
  it("lists the categories with their surcharges", async () => {
    haveSession();
    startBackend(answers);
    showConsole("/products?tab=categories");
    expect(await screen.findByText("Furniture")).toBeTruthy();
    expect(screen.getByRole("button", { name: "Add a category" })).toBeTruthy();
  });
});

describe("administration", () => {
  const answers = { ...admin, "GET /api/v1/users": page(user()), "GET /api/v1/users/{id}": tagged(user()), "GET /api/v1/roles": page(role("admin", ["*:*"]), role("operator", ["runs:*"]), role("viewer", ["runs:read"])) };
  it("adds a person", async () => {
    haveSession();
    const log = startBackend({ ...answers, "POST /api/v1/users": () => json(user(), 201) });
    showConsole("/admin");
    await userEvent.click(await screen.findByRole("button", { name: "Add a person" }));
    await userEvent.type(screen.getByLabelText(/E-mail address/), "grace@example.org");
    await userEvent.type(screen.getByLabelText(/First password/), "correct horse");
    await userEvent.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Add a person" }));
    await waitFor(() => expect(log.find((asked) => asked.method === "POST")?.body).toEqual({ email: "grace@example.org", display_name: null, password: "correct horse", role: "user" }));
  });
  it("lets nobody disable their own account", async () => {
    haveSession();
    const own = user({ id: exampleOf<Me>("Me").user.id });
    startBackend({ ...answers, "GET /api/v1/users/{id}": tagged(own) });
    showConsole("/admin?user=own");
    expect((await screen.findByRole("button", { name: "Disable" })).getAttribute("aria-disabled")).toBe("true");
  });
  it("marks what a star gives", async () => {
    haveSession();
    startBackend(answers);
    showConsole("/admin?tab=roles");
    expect(await screen.findByText("operator has runs:read")).toBeTruthy();
    expect(screen.getByText("viewer does not have runs:*")).toBeTruthy();
  });
  it("shows only what the reader may see, and recounts", async () => {
    haveSession();
    startBackend({ "GET /api/v1/auth/me": me("system:read"), "POST /api/v1/system/recount": () => json({ disagreements: [], tallies: { lost_attempts: 4 } }) });
    showConsole("/admin");
    await userEvent.click(await screen.findByRole("button", { name: "Recount every run" }));
    expect(await screen.findByText("Every counter agrees with its tasks.")).toBeTruthy();
    expect(screen.getByText("Attempts lost with their worker")).toBeTruthy();
    expect(screen.getAllByRole("tab").map((tab) => tab.textContent)).toEqual(["System"]);
  });
});
