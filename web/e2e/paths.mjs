import { openReceiver } from "./receiver.mjs";

/** Every page, and what can be open on it, on an installation that `furnish` filled: `{…}` is what it found there. */
const PATHS = [
  "/", "/runs", "/runs?kind=none", "/runs/1", "/runs/1?tab=timeline", "/runs/1?tab=log", "/runs/1?tab=input", "/runs/1?tab=result", "/runs/1?tab=facts",
  "/jobs", "/jobs?job=counting", "/define-job?kind=fibonacci", "/schedules", "/schedules?schedule=often", "/define-schedule?kind=fibonacci", "/define-schedule?schedule=nightly", "/schedules?tab=calendars", "/schedules?tab=calendars&calendar=quiet", "/runs/{waits}?tab=graph&step=count",
  "/kinds", "/kinds?kind=fibonacci", "/uploads", "/queues", "/limits", "/workers",
  "/postings", "/postings?q=elektriker", "/postings?q=xyzzyq", "/sources", "/sources/demo", "/products", "/products?tab=categories",
  "/events", "/webhooks", "/webhooks?webhook=deploys", "/webhooks?webhook=deploys&delivery={delivery}",
  "/admin", "/admin?tab=roles", "/admin?tab=keys", "/admin?tab=system", "/profile",
];

/** A run that waits for a signal. */
export const COUNTED = { name: "counted", description: "Counts what somebody counted", steps: [{ name: "count", signal: { name: "stock-counted", timeout: "12h" } }, { name: "sum", needs: ["count"], kind: "fibonacci", parameters: { iterations: "${steps.count.output.iterations}" } }] };

/** Something of everything: runs that succeeded, failed and wait, a job, schedules, a synced source, a product, a webhook. Answers with the paths. */
export async function furnish({ api, onClose }) {
  const receiver = await openReceiver();
  onClose(receiver.close);
  const first = await api("POST", "/api/v1/runs", { kind: "fibonacci", items: [{ iterations: 100 }, { iterations: 10 }] });
  const slow = await api("POST", "/api/v1/runs", { kind: "fibonacci", items: [{ iterations: 1_000_000 }], timeout_ms: 100, max_attempts: 1 });
  await api("POST", "/api/v1/jobs", { name: "counting", kind: "fibonacci", description: "Counts", queue: "default", priority: 0, parameters: { iterations: 30 } });
  await api("POST", "/api/v1/schedules", { name: "nightly", description: "Every night at two", start: { job: "counting" }, trigger: { type: "cron", expression: "0 2 * * *", zone: "Europe/Stockholm" } });
  await api("POST", "/api/v1/schedules", { name: "often", start: { kind: "fibonacci", parameters: { iterations: 3 } }, trigger: { type: "every", interval: "1h" } });
  await api("POST", "/api/v1/schedules/often/run");
  await api("POST", "/api/v1/products", { name: "Desk", category: "Furniture", price: "199.50", stock: 3, rating: "4.5", description: "Oak" });
  await api("PUT", "/api/v1/limits/board:eures", { concurrency: 2, rate: { count: 30, per_seconds: 60, burst: 1 } });
  await api("POST", "/api/v1/uploads?name=numbers.json", [{ iterations: 5 }, { iterations: 6 }]);
  await api("POST", "/api/v1/calendars", { name: "quiet", zone: "Europe/Stockholm", windows: [{ from: "2030-12-24", to: "2030-12-26", reason: "holidays" }, { weekdays: ["sat", "sun"], starts: "22:00", ends: "06:00" }] });
  await api("POST", "/api/v1/jobs", COUNTED);
  const waits = await api("POST", "/api/v1/jobs/counted/runs", { inputs: {} });
  await api("POST", "/api/v1/webhooks", { name: "deploys", url: receiver.url, types: ["run.failed", "source"], enabled: true });
  const delivery = await api("POST", "/api/v1/webhooks/deploys/test");
  await until(async () => (await api("GET", `/api/v1/webhooks/deploys/deliveries/${delivery.id}`)).state === "delivered");
  await until(async () => (await api("GET", `/api/v1/runs/${waits.number}`)).state === "waiting");
  await until(async () => (await api("GET", `/api/v1/runs/${first.number}`)).state === "succeeded");
  await until(async () => (await api("GET", `/api/v1/runs/${slow.number}`)).state === "timed_out");
  await until(async () => (await api("GET", "/api/v1/postings?limit=1")).total > 0);
  const found = { waits: waits.number, delivery: delivery.id };
  return PATHS.map((path) => path.replace(/\{(\w+)\}/g, (_, name) => found[name]));
}

export async function until(holds, tries = 600) {
  for (let count = 0; count < tries; count++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("what was waited for did not come");
}
