/** Parts that need no server. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { Backoff } from "../src/backoff.js";
import { CAPACITY, Feedback } from "../src/feedback.js";
import { Stopped, Task } from "../src/index.js";
import { Pace } from "../src/pace.js";

test("waits double with jitter up to the longest", () => {
  const backoff = new Backoff();
  const waits = Array.from({ length: 12 }, () => backoff.failed());
  assert.ok(waits[0]! >= 50 && waits[0]! <= 100 && waits[3]! >= 400 && waits[3]! <= 800);
  assert.ok(waits.every((wait) => wait <= 5_000));
  backoff.succeeded();
  assert.ok(backoff.failed() <= 100);
  assert.equal(backoff.failed(3_000), 3_000);
});

test("output beyond the capacity is counted and told of, and no character is split", () => {
  const feedback = new Feedback(() => undefined);
  const text = "🙂".repeat(CAPACITY / 2);
  feedback.output("stdout", text);
  feedback.output("stdout", "too much");
  const pieces = feedback.takeOutput();
  assert.ok(pieces.pop()?.text.startsWith("8 characters"));
  assert.equal(pieces.map((piece) => piece.text).join(""), text);
  assert.ok(pieces.every((piece) => Buffer.byteLength(piece.text) <= 16 * 1024 && /^(🙂)+$/u.test(piece.text)));
  assert.deepEqual(feedback.takeOutput(), []);
});

test("only the latest progress is sent", () => {
  const feedback = new Feedback(() => undefined);
  feedback.progress(0.1, "one");
  feedback.progress(5, "two");
  assert.deepEqual(feedback.takeProgress(), { thousandths: 1000, message: "two" });
  assert.equal(feedback.takeProgress(), undefined);
});

test("short tasks are held and long ones left to others", () => {
  const pace = new Pace(4);
  assert.equal(pace.wanted(0, 0), 4);
  pace.ran(0.01);
  assert.ok(pace.wanted(4, 0) > 200 && pace.wanted(4, 200) === 0);
  pace.stalled();
  pace.ran(1_000);
  assert.equal(pace.wanted(1, 0), 3);
});

test("a handler is tested with a task that nobody leased out", async () => {
  const { task, stop } = Task.alone({ text: "to be" });
  assert.ok(task.parameters.text === "to be" && task.attempt === 1 && task.millisecondsLeft > 200_000);
  task.progress(0.5);
  task.check();
  stop("cancelled");
  stop("timed_out");
  await assert.rejects(task.sleep(60_000), (error) => error instanceof Stopped && error.stopCause === "cancelled");
  assert.ok(task.signal.aborted);
});
