/** Handlers and what becomes of their tasks, against a real server. */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { test } from "node:test";

import { Permanent, Problem, Retryable, Skipped, Worker } from "../src/index.js";
import type { StopCause, Task } from "../src/index.js";
import { PATIENCE, PATIENCE_MS, Said, all, client, gate, newKind, refusal, submitted, until, warm, working } from "./support.js";

/** Within which a cancel or a timeout reaches the work. */
const PROMISED_MS = 2_000;
const asking = client();
const items = (count: number): object[] => Array.from({ length: count }, () => ({}));

test("progress, log and output are seen while it runs and after", async () => {
  const [kind, goOn] = [newKind(), gate()];
  const talks = async (task: Task): Promise<string> => {
    task.progress(0.5, "half way");
    task.log("hello \0 \ud800 wörld");
    task.output("x".repeat(20_000), "stderr");
    await goOn.opened;
    task.output("bye");
    return task.idempotencyKey;
  };
  await working(kind, talks, async () => {
    const run = await submitted(kind);
    await until(async () => (await asking.task(run, 0)).progress === 0.5);
    assert.equal((await asking.task(run, 0)).progressMessage, "half way");
    await until(async () => (await all(asking.output(run))).length > 1);
    goOn.open();
    assert.equal(await asking.result(run, PATIENCE), `${run}-0`);
    const pieces = await all(asking.output(run));
    assert.deepEqual([pieces[0]?.stream, pieces[0]?.text], ["log", "hello \ufffd \ufffd wörld"]);
    assert.equal(pieces.filter((piece) => piece.stream === "stderr").map((piece) => piece.text).join(""), "x".repeat(20_000));
    assert.equal(pieces.at(-1)?.text, "bye");
  });
});

test("a cancel reaches a handler that waits, one that hangs on a socket, and one that goes step by step", async () => {
  const [kind, causes] = [newKind(), [] as (StopCause | undefined)[]];
  const mute = createServer();
  await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
  const { port } = mute.address() as AddressInfo;
  const endless = async (task: Task): Promise<void> => {
    try {
      if (task.index === 0) await task.sleep(PATIENCE_MS);
      else if (task.index === 1) await fetch(`http://127.0.0.1:${port}/`, { signal: task.signal });
      else for (;;) await new Promise((resolve) => setImmediate(resolve)).then(() => task.check());
    } finally {
      causes.push(task.stopCause);
    }
  };
  await working(kind, endless, async () => {
    await asking.cancel(await submitted(kind));
    causes.length = 0;
    const run = await asking.enqueueMany(kind, items(3));
    await until(async () => (await asking.run(run)).tasks["running"] === 3);
    const began = performance.now();
    await asking.cancel(run);
    assert.equal((await asking.wait(run, PATIENCE)).state, "cancelled");
    assert.ok(performance.now() - began < PROMISED_MS);
    await until(() => causes.filter((cause) => cause === "cancelled").length >= 3);
  });
  mute.close();
});

test("a timeout ends the attempt, also of a handler that does not listen", async () => {
  const [kind, causes, log] = [newKind(), [] as (StopCause | undefined)[], new Said()];
  let release = gate();
  release.open();
  const slow = async (task: Task<{ listens?: boolean }>): Promise<void> => {
    if (task.parameters.listens === true) await task.sleep(PATIENCE_MS).finally(() => causes.push(task.stopCause));
    await release.opened;
  };
  await working(kind, slow, async () => {
    await warm(kind);
    release = gate();
    for (const parameters of [{ listens: true }, {}]) {
      const run = await asking.enqueue(kind, parameters);
      await until(async () => (await asking.run(run)).startedAt !== undefined);
      const began = performance.now();
      assert.equal((await asking.wait(run, PATIENCE)).state, "timed_out");
      assert.ok(performance.now() - began < PROMISED_MS + 500);
    }
    assert.deepEqual(causes, ["timed_out"]);
    assert.ok(log.lines.some((line) => line.includes("does not stop as told")), log.lines.join("\n"));
    release.open();
  }, { kind: { timeoutMs: 500, maxAttempts: 1 }, drainMs: 100, log });
});

test("failures are tried again unless they are permanent", async () => {
  const [kind, tries] = [newKind(), [] as string[]];
  const fails = (task: Task): string => {
    tries.push(`${task.index}.${task.attempt}`);
    if (task.index === 0 && task.attempt === 1) throw new Retryable("away", "come back later", 10);
    if (task.index === 1) throw new Permanent("no_ink", "the pen is empty");
    if (task.index === 2) throw new TypeError("a bug");
    if (task.index === 3) throw new Skipped("nothing to do");
    return "done";
  };
  await working(kind, fails, async () => {
    await warm(kind);
    tries.length = 0;
    const run = await asking.wait(await asking.enqueueMany(kind, items(5)), PATIENCE);
    assert.deepEqual([run.tasks["succeeded"], run.tasks["failed"], run.tasks["skipped"]], [2, 2, 1]);
    assert.deepEqual(tries.sort(), ["0.1", "0.2", "1.1", "2.1", "2.2", "2.3", "3.1", "4.1"]);
    assert.deepEqual((await asking.task(run, 0)).attempts.map((attempt) => attempt.errorCode), ["away", undefined]);
    assert.deepEqual([(await asking.task(run, 1)).errorCode, (await asking.task(run, 1)).attempt], ["no_ink", 1]);
    assert.equal((await asking.task(run, 2)).errorMessage, "TypeError: a bug");
  }, { kind: { backoffMs: 10, maxBackoffMs: 10, maxAttempts: 3 } });
});

test("results that cannot be kept fail for good and say so", async () => {
  const kind = newKind();
  const fine = { fine: "å".repeat(2_000_000) };
  const results: unknown[] = [1n, "x".repeat(5_000_000), "\ud800", fine, undefined];
  await working(kind, (task: Task) => results[task.index], async () => {
    await asking.wait(await submitted(kind), PATIENCE);
    const run = await asking.wait(await asking.enqueueMany(kind, items(results.length)), PATIENCE);
    const codes = (await all(asking.tasks(run))).map((task) => task.errorCode);
    assert.deepEqual(codes, ["result_not_json", "result_too_large", "outcome_refused", undefined, undefined]);
    assert.deepEqual(await all(asking.results(run)), [{ index: 3, result: fine }, { index: 4, result: null }]);
  });
});

test("a kind that the server refuses ends the worker with the reason", async () => {
  const worker = new Worker(asking, { signals: false, log: new Said() });
  await assert.rejects(worker.run(), /needs a handler/);
  worker.handle("Not a kind!", {}, () => undefined);
  const problem: Problem = await refusal(worker.run());
  assert.match(problem.message, /name must be/);
});

test("as many run at a time as there are slots", async () => {
  const kind = newKind();
  let [running, most] = [0, 0];
  const counts = async (task: Task<{ warm?: boolean }>): Promise<void> => {
    if (task.parameters.warm === true) return;
    running += 1;
    most = Math.max(most, running);
    await until(() => most >= 3);
    await task.sleep(5);
    running -= 1;
  };
  await working(kind, counts, async () => {
    await warm(kind, { warm: true });
    assert.equal((await asking.wait(await asking.enqueueMany(kind, items(30)), PATIENCE)).state, "succeeded");
    assert.equal(most, 3);
  }, { concurrency: 3 });
});

test("held tasks are given back when those before them take long", async () => {
  const [kind, release] = [newKind(), gate()];
  const work = async (task: Task<{ blocks?: boolean }>): Promise<void> => {
    if (task.parameters.blocks === true) await release.opened;
  };
  await working(kind, work, async () => {
    await warm(kind);
    await asking.wait(await asking.enqueueMany(kind, items(200)), PATIENCE);
    const run = await asking.enqueueMany(kind, [{}, { blocks: true }, ...items(20)]);
    await until(async () => ((await asking.run(run)).tasks["running"] ?? 0) > 0);
    await working(kind, work, async () => {
      await until(async () => (await asking.run(run)).tasks["succeeded"] === 21);
      release.open();
      assert.equal((await asking.wait(run, PATIENCE)).state, "succeeded");
    }, { concurrency: 1 });
    for (let index = 0; index < 22; index += 1) {
      assert.equal((await asking.task(run, index)).attempts.length, 1, "giving back uses up no attempt");
    }
  }, { concurrency: 1 });
});

test("a thousand tasks", async () => {
  const kind = newKind();
  await working(kind, (task: Task) => task.index, async () => {
    await warm(kind);
    const began = performance.now();
    const run = await asking.wait(await asking.enqueueMany(kind, items(1000)), PATIENCE);
    const seconds = (performance.now() - began) / 1000;
    assert.equal(run.state, "succeeded");
    assert.deepEqual((await all(asking.results(run))).map(({ result }) => result), items(1000).map((_, index) => index));
    console.log(`TypeScript: 1,000 tasks in ${seconds.toFixed(2)} s, ${Math.round(1000 / seconds)} a second`);
  }, { concurrency: 8 });
});
