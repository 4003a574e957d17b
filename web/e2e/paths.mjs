/** Every page, and what can be open on it, on an installation that `furnish` filled. */
export const PATHS = [
  "/", "/runs", "/runs?kind=none", "/runs/1", "/runs/1?tab=timeline", "/runs/1?tab=log", "/runs/1?tab=input", "/runs/1?tab=result", "/runs/1?tab=facts",
  "/jobs", "/jobs?job=counting", "/define-job?kind=fibonacci", "/schedules", "/schedules?schedule=often", "/define-schedule?kind=fibonacci", "/define-schedule?schedule=nightly",
  "/kinds", "/kinds?kind=fibonacci", "/uploads", "/queues", "/limits", "/workers",
  "/postings", "/postings?q=elektriker", "/postings?q=xyzzyq", "/sources", "/sources/demo", "/products", "/products?tab=categories",
  "/admin", "/admin?tab=roles", "/admin?tab=keys", "/admin?tab=system", "/profile",
];

/** Something of everything: runs that succeeded and failed, a job, schedules, a synced source, a product. */
export async function furnish({ api }) {
  const first = await api("POST", "/api/v1/runs", { kind: "fibonacci", items: [{ iterations: 100 }, { iterations: 10 }] });
  const slow = await api("POST", "/api/v1/runs", { kind: "fibonacci", items: [{ iterations: 1_000_000 }], timeout_ms: 100, max_attempts: 1 });
  await api("POST", "/api/v1/jobs", { name: "counting", kind: "fibonacci", description: "Counts", queue: "default", priority: 0, parameters: { iterations: 30 } });
  await api("POST", "/api/v1/schedules", { name: "nightly", description: "Every night at two", start: { job: "counting" }, trigger: { type: "cron", expression: "0 2 * * *", zone: "Europe/Stockholm" } });
  await api("POST", "/api/v1/schedules", { name: "often", start: { kind: "fibonacci", parameters: { iterations: 3 } }, trigger: { type: "every", interval: "1h" } });
  await api("POST", "/api/v1/schedules/often/run");
  await api("POST", "/api/v1/products", { name: "Desk", category: "Furniture", price: "199.50", stock: 3, rating: "4.5", description: "Oak" });
  await api("PUT", "/api/v1/limits/board:eures", { concurrency: 2, rate: { count: 30, per_seconds: 60, burst: 1 } });
  await api("POST", "/api/v1/uploads?name=numbers.json", [{ iterations: 5 }, { iterations: 6 }]);
  await until(async () => (await api("GET", `/api/v1/runs/${first.number}`)).state === "succeeded");
  await until(async () => (await api("GET", `/api/v1/runs/${slow.number}`)).state === "timed_out");
  await until(async () => (await api("GET", "/api/v1/postings?limit=1")).total > 0);
  return first;
}

export async function until(holds, tries = 600) {
  for (let count = 0; count < tries; count++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("what was waited for did not come");
}
