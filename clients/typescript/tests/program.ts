/** A worker in a process of its own, for tests that kill it: what it is told to do is in its parameters. */
import { Client, Worker } from "../src/index.js";

const [kind = "", drainMs = "10000"] = process.argv.slice(2);

interface Wish {
  readonly seconds?: number;
  readonly once?: boolean;
}

await new Worker(new Client(), { concurrency: 2, drainMs: Number(drainMs) })
  .handle<Wish>(kind, { maxAttempts: 5, backoffMs: 50 }, async (task) => {
    task.progress(0.1, `begun by ${process.pid}`);
    const { seconds = 0, once = false } = task.parameters;
    await task.sleep(task.attempt > 1 && once ? 0 : seconds * 1000);
    return { by: process.pid, attempt: task.attempt };
  })
  .run();
