/** What becomes of tasks when their worker dies, is cut off, sleeps, or is told to end. Against a real server. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import type { StopCause, Task } from "../src/index.js";
import { Proxy } from "./proxy.js";
import { PATIENCE, PATIENCE_MS, Said, client, gate, newKind, submitted, until, warm, working } from "./support.js";

const asking = client();
const url = process.env["METIER_URL"] ?? "";
const LONG = { seconds: PATIENCE_MS / 1000, once: true };

/** A worker of its own, ended with the test. */
class Program {
  readonly child: ChildProcess;
  said = "";
  readonly #ended: Promise<unknown[]>;

  constructor(kind: string, drainMs = 10_000) {
    const program = fileURLToPath(new URL("program.js", import.meta.url));
    this.child = spawn(process.execPath, [program, kind, `${drainMs}`], { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on("data", (content: Buffer) => (this.said += content.toString()));
    }
    this.#ended = once(this.child, "close");
  }

  async begun(run: string, index = 0): Promise<void> {
    await until(async () => (await asking.task(run, index)).progressMessage === `begun by ${this.child.pid}`);
  }

  async ended(): Promise<unknown> {
    return (await this.#ended)[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.#ended;
  }
}

/** Runs the programs of a test and ends them with it. */
async function programs(test: (start: (drainMs?: number) => Program, kind: string) => Promise<void>): Promise<void> {
  const [kind, started] = [newKind(), [] as Program[]];
  try {
    await test((drainMs) => {
      const program = new Program(kind, drainMs);
      started.push(program);
      return program;
    }, kind);
  } finally {
    for (const program of started) await program[Symbol.asyncDispose]();
  }
}

test("the tasks of a killed worker run elsewhere", () =>
  programs(async (start, kind) => {
    const first = start();
    await warm(kind);
    const run = (await asking.enqueueMany(kind, [LONG, LONG])).id;
    await first.begun(run, 1);
    first.child.kill("SIGKILL");
    await first.ended();
    const second = start();
    assert.equal((await asking.wait(run, PATIENCE)).state, "succeeded");
    for (const index of [0, 1]) {
      const task = await asking.task(run, index);
      assert.deepEqual(task.attempts.map((attempt) => attempt.state), ["lost", "succeeded"]);
      assert.deepEqual(task.result, { by: second.child.pid, attempt: 2 });
    }
  }));

test("a worker that is told to end finishes what runs and leaves the rest", () =>
  programs(async (start, kind) => {
    const first = start();
    await warm(kind);
    const run = (await asking.enqueueMany(kind, Array.from({ length: 4 }, () => ({ seconds: 1 })))).id;
    await first.begun(run, 1);
    first.child.kill("SIGTERM");
    assert.equal(await first.ended(), 0, first.said);
    const { tasks } = await asking.run(run);
    assert.deepEqual([tasks["succeeded"], tasks["ready"]], [2, 2]);
    start();
    assert.equal((await asking.wait(run, PATIENCE)).state, "succeeded");
    for (let index = 0; index < 4; index += 1) assert.equal((await asking.task(run, index)).attempt, 1);
  }));

test("what outlasts the drain is stopped and tried again elsewhere", () =>
  programs(async (start, kind) => {
    const first = start(200);
    await warm(kind);
    const { id } = await asking.enqueue(kind, LONG);
    await first.begun(id);
    first.child.kill("SIGTERM");
    assert.equal(await first.ended(), 0, first.said);
    assert.equal((await asking.task(id, 0)).errorCode, "worker_shut_down");
    start();
    assert.equal((await asking.wait(id, PATIENCE)).state, "succeeded");
  }));

test("a second signal ends the waiting", () =>
  programs(async (start, kind) => {
    const first = start(PATIENCE_MS);
    await warm(kind);
    const { id } = await asking.enqueue(kind, LONG);
    await first.begun(id);
    first.child.kill("SIGTERM");
    await until(() => first.said.includes("stops"));
    first.child.kill("SIGTERM");
    assert.equal(await first.ended(), 0, first.said);
    assert.equal((await asking.task(id, 0)).errorCode, "worker_shut_down");
  }));

test("a worker that slept through its lease reports nothing", () =>
  programs(async (start, kind) => {
    const first = start();
    await warm(kind);
    const { id } = await asking.enqueue(kind, { seconds: 1 });
    await first.begun(id);
    first.child.kill("SIGSTOP");
    const second = start();
    assert.equal((await asking.result<{ by: number }>(id, PATIENCE)).by, second.child.pid);
    first.child.kill("SIGCONT");
    await until(() => first.said.includes("it runs elsewhere"));
    assert.ok(!first.said.includes("refused"), first.said);
    // Its claim waited at the server while it slept, so it may have been given the task again, and lost it again.
    const states = (await asking.task(id, 0)).attempts.map((attempt) => attempt.state);
    assert.equal(states.pop(), "succeeded");
    assert.deepEqual([...new Set(states)], ["lost"]);
  }));

test("a worker that is cut off stops and reports nothing under its old lease", async () => {
  const [kind, proxy, causes] = [newKind(), await Proxy.start(url), [] as (StopCause | undefined)[]];
  const blocks = async (task: Task<{ blocks?: boolean }>): Promise<string> => {
    const waits = task.attempt === 1 && task.parameters.blocks === true;
    if (waits) await task.sleep(PATIENCE_MS).finally(() => causes.push(task.stopCause));
    return `attempt ${task.attempt}`;
  };
  await working(kind, blocks, async () => {
    await warm(kind);
    const { id } = await asking.enqueue(kind, { blocks: true });
    await until(async () => (await asking.run(id)).tasks["running"] === 1);
    const reports = proxy.asked("/worker/complete");
    proxy.cut();
    await until(() => causes.length > 0);
    assert.deepEqual(causes, ["lease_lost"]);
    proxy.mend();
    assert.equal(await asking.result(id, PATIENCE), "attempt 2");
    assert.equal(proxy.asked("/worker/complete"), reports + 1);
    assert.deepEqual((await asking.task(id, 0)).attempts.map((attempt) => attempt.state), ["lost", "succeeded"]);
  }, { client: client(proxy.url), concurrency: 1, kind: { backoffMs: 50 } });
  proxy.close();
});

test("a report that met no server is told again", async () => {
  const [kind, proxy, goOn, log] = [newKind(), await Proxy.start(url), gate(), new Said()];
  const waits = async (): Promise<string> => {
    await goOn.opened;
    proxy.cut();
    setTimeout(() => proxy.mend(), 500);
    return "done";
  };
  await working(kind, waits, async () => {
    const run = await submitted(kind);
    await until(async () => (await asking.run(run)).tasks["running"] === 1);
    goOn.open();
    assert.equal(await asking.result(run, PATIENCE), "done");
    assert.equal((await asking.task(run, 0)).attempt, 1);
    assert.ok(log.lines.some((line) => line.includes("cannot report")), log.lines.join("\n"));
  }, { client: client(proxy.url), concurrency: 1, log });
  proxy.close();
});
