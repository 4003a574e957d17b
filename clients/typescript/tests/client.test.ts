/** Submitting runs and following them, against a real server. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";

import { Client, Permanent, RunFailed, TimedOut, Unreachable } from "../src/index.js";
import type { Task } from "../src/index.js";
import { Proxy } from "./proxy.js";
import { PATIENCE, all, client, newKind, refusal, warm, working } from "./support.js";

const SCHEMA = { type: "object", properties: { number: { type: "integer" } }, required: ["number"] };
const double = (task: Task<{ number: number }>): number => task.parameters.number * 2;
const kindOptions = { kind: { schema: SCHEMA, description: "Doubles" } };
const url = process.env["METIER_URL"] ?? "";

/** The kind is known, and nobody works on it. */
async function declared(): Promise<string> {
  const kind = newKind();
  await working(kind, double, () => warm(kind, { number: 1 }), kindOptions);
  return kind;
}

test("the result of one task is waited for", async () => {
  const [kind, asking] = [newKind(), client()];
  await working(kind, double, async () => {
    await warm(kind, { number: 1 });
    const run = await asking.enqueue(kind, { number: 21 }, { maxAttempts: 2, timeoutMs: 7_500 });
    assert.equal(await asking.result<number>(run, PATIENCE), 42);
    const ended = await asking.run(run);
    assert.deepEqual([ended.state, ended.kind, ended.size, ended.maxAttempts], ["succeeded", kind, 1, 2]);
    assert.ok(ended.timeoutMs === 7_500 && ended.endedAt instanceof Date && ended.tasks["succeeded"] === 1);
  }, kindOptions);
});

test("many items are one run with a result each, in order", async () => {
  const [kind, asking] = [newKind(), client()];
  const numbers = Array.from({ length: 700 }, (_, number) => number);
  await working(kind, double, async () => {
    await warm(kind, { number: 1 });
    const run = await asking.wait(await asking.enqueueMany(kind, numbers.map((number) => ({ number }))), PATIENCE);
    assert.deepEqual([run.state, run.size], ["succeeded", 700]);
    assert.deepEqual(await all(asking.results(run)), numbers.map((number) => ({ index: number, result: number * 2 })));
    assert.deepEqual((await all(asking.tasks(run, "succeeded"))).map((task) => task.index), numbers);
    assert.equal((await asking.enqueueMany(kind, [])).state, "succeeded");
  }, kindOptions);
});

test("a key submits once", async () => {
  const [kind, asking, idempotencyKey] = [await declared(), client(), randomUUID()];
  const first = await asking.enqueue(kind, { number: 1 }, { idempotencyKey });
  assert.equal((await asking.enqueue(kind, { number: 1 }, { idempotencyKey })).id, first.id);
  const problem = await refusal(asking.enqueue(kind, { number: 2 }, { idempotencyKey }));
  assert.deepEqual([problem.status, problem.code], [409, "idempotency_key_reused"]);
});

test("a submission whose answer was lost is made once", async () => {
  const [kind, proxy] = [await declared(), await Proxy.start(url)];
  proxy.loseAnAnswer();
  const run = await client(proxy.url).enqueue(kind, { number: 1 }, { queue: kind });
  assert.equal(proxy.asked("POST /api/v1/runs "), 2);
  assert.deepEqual((await all(client().runs({ queue: kind }))).map((found) => found.id), [run.id]);
  proxy.close();
});

test("a run starts after its delay and in its queue", async () => {
  const [kind, asking, hour] = [await declared(), client(), 3_600_000];
  const run = await asking.enqueue(kind, { number: 1 }, { delayMs: hour, queue: "later", priority: 5 });
  assert.deepEqual([run.state, run.queue, run.priority], ["queued", "later", 5]);
  assert.ok(run.runAt !== undefined && run.runAt.getTime() > Date.now() + hour - 60_000);
  assert.match((await asking.run(run)).reason ?? "", /starts at/);
  await assert.rejects(asking.enqueue(kind, {}, { delayMs: 1, runAt: new Date() }), /not both/);
  await assert.rejects(asking.wait(run, { timeoutMs: 100 }), (error) => error instanceof TimedOut && /starts at/.test(error.message));
});

test("higher priority goes first", async () => {
  const [kind, asking] = [await declared(), client()];
  const low = await asking.enqueue(kind, { number: 1 }, { priority: -10 });
  const high = await asking.enqueue(kind, { number: 1 }, { priority: 10 });
  await working(kind, double, async () => {
    const [second, first] = [await asking.wait(low, PATIENCE), await asking.wait(high, PATIENCE)];
    assert.ok(first.startedAt !== undefined && second.startedAt !== undefined && first.startedAt <= second.startedAt);
  }, kindOptions);
});

test("a run goes to a worker that can do what it requires", async () => {
  const [kind, asking] = [newKind(), client()];
  await working(kind, () => "plain", async () => {
    await warm(kind);
    const run = await asking.enqueue(kind, {}, { requires: ["ink"] });
    assert.equal(await asking.result(await asking.enqueue(kind), PATIENCE), "plain");
    assert.equal((await asking.run(run)).state, "queued");
    await working(kind, () => "able", async () => assert.equal(await asking.result(run, PATIENCE), "able"), {
      capabilities: ["ink", "paper"],
    });
  });
});

test("runs are listed by state and cancelled", async () => {
  const [kind, asking] = [await declared(), client()];
  const runs = [];
  for (let number = 0; number < 5; number += 1) runs.push(await asking.enqueue(kind, { number }));
  const first = runs.shift()!;
  assert.equal((await asking.cancel(first)).state, "cancelled");
  const queued = await all(asking.runs({ state: ["queued"], kind, page: 2 }));
  assert.deepEqual(queued.map((run) => run.id), runs.map((run) => run.id).reverse());
  assert.equal((await asking.run(first.number)).state, "cancelled");
  assert.equal((await refusal(asking.cancel(first))).code, "run_ended");
});

test("a retry runs again what did not succeed", async () => {
  const [kind, asking, broken] = [newKind(), client(), new Set([3])];
  const fragile = (task: Task): string => {
    if (broken.has(task.index)) throw new Permanent("no_ink", "the pen is empty");
    return "written";
  };
  await working(kind, fragile, async () => {
    await warm(kind);
    const run = await asking.wait(await asking.enqueueMany(kind, [{}, {}, {}, {}, {}]), PATIENCE);
    assert.deepEqual([run.state, run.tasks["failed"]], ["partial", 1]);
    const failed = await asking.task(run, 3);
    assert.deepEqual([failed.errorCode, failed.errorMessage], ["no_ink", "the pen is empty"]);
    broken.clear();
    assert.equal((await asking.retry(run)).epoch, 2);
    assert.equal((await asking.wait(run, PATIENCE)).state, "succeeded");
    assert.equal((await asking.task(run, 3)).result, "written");
  });
});

test("a run that failed has no result and says why", async () => {
  const [kind, asking] = [newKind(), client()];
  const fails = (): never => {
    throw new Permanent("no_ink", "the pen is empty");
  };
  await working(kind, fails, async () => {
    await warm(kind);
    const waiting = asking.result(await asking.enqueue(kind), PATIENCE);
    await assert.rejects(waiting, (error) => error instanceof RunFailed && /the pen is empty/.test(error.message));
  });
});

test("a refusal names each wrong field and changes nothing", async () => {
  const [kind, asking] = [await declared(), client()];
  const problem = await refusal(asking.enqueueMany(kind, [{ number: 1 }, { number: "one" }, {}]));
  assert.deepEqual([problem.status, problem.code, problem.isPassing], [400, "invalid_parameters", false]);
  assert.deepEqual(problem.violations.map((violation) => violation.field), ["/items/1/number", "/items/2"]);
  assert.ok(problem.correlationId);
  assert.equal((await all(asking.runs({ kind }))).length, 1);
  assert.equal((await refusal(asking.run("01a20173-28d8-7de6-8176-3f0aa59d5879"))).code, "not_found");
  assert.equal((await refusal(new Client({ apiKey: "mtr_wrong" }).run(1))).code, "token_invalid");
});

test("a server that is away is waited for and then given up", async () => {
  const proxy = await Proxy.start(url);
  proxy.cut();
  await assert.rejects(new Client({ url: proxy.url, patienceMs: 300 }).run(1), Unreachable);
  proxy.close();
  assert.throws(() => new Client({ url: "127.0.0.1:7400" }), /not an address/);
});
