/**
 * The tests ask the installation that METIER_URL names, as METIER_API_KEY: `cargo xtask test` starts one.
 *
 * The key needs the rights `tasks:claim` and `runs:*`, and every kind and queue. Leases last two seconds there.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as later } from "node:timers/promises";

import { Client, Problem, Worker } from "../src/index.js";
import type { Handler, KindOptions, Log, WorkerOptions } from "../src/index.js";

export const PATIENCE_MS = 60_000;
export const PATIENCE = { timeoutMs: PATIENCE_MS };

/** A client of the installation, or of what stands before it. */
export function client(url?: string): Client {
  return new Client(url === undefined ? {} : { url });
}

/** A kind of the test's own. */
export function newKind(): string {
  return `test-${randomUUID()}`;
}

/** Remembers what was said. */
export class Said implements Log {
  readonly lines: string[] = [];
  info(message: string): void {
    this.lines.push(message);
  }
  warn(message: string): void {
    this.lines.push(message);
  }
  error(message: string): void {
    this.lines.push(message);
  }
}

/** What a worker of a test is. */
export interface Work extends WorkerOptions {
  readonly client?: Client;
  readonly kind?: KindOptions;
}

/** A worker for one kind runs beside `test` and stops with it. */
export async function working(kind: string, handler: Handler, test: () => Promise<void>, work: Work = {}): Promise<void> {
  const options = { signals: false, log: new Said(), ...work };
  const worker = new Worker(work.client ?? client(), options).handle(kind, work.kind ?? {}, handler);
  const running = worker.run();
  try {
    await test();
  } finally {
    worker.stop();
    await running;
  }
}

/** A run of one task, as soon as the kind is known. */
export async function submitted(kind: string, parameters: unknown = {}): Promise<string> {
  for (const end = performance.now() + PATIENCE_MS; ; ) {
    try {
      return (await client().enqueue(kind, parameters)).id;
    } catch (error) {
      assert.ok(error instanceof Problem && error.code === "unknown_kind" && performance.now() < end, String(error));
      await later(20);
    }
  }
}

/** A run of a known kind has ended. */
export async function warm(kind: string, parameters: unknown = {}): Promise<void> {
  await client().wait(await submitted(kind, parameters), PATIENCE);
}

/** Waits for something that happens elsewhere. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !(await holds()); await later(20)) {
    assert.ok(performance.now() < end, "it never came to that");
  }
}

/** Everything of a list. */
export async function all<T>(list: AsyncIterable<T>): Promise<T[]> {
  const items = [];
  for await (const item of list) items.push(item);
  return items;
}

/** A promise and what fulfills it. */
export function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** The error with which a promise was rejected. */
export async function refusal(promise: Promise<unknown>): Promise<Problem> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Problem, `it was not refused: ${String(error)}`);
  return error;
}
