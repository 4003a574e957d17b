/** The calls of the worker protocol. */
import type { Piece } from "./feedback.js";
import type { ClaimedBody } from "./task.js";
import type { Transport } from "./transport.js";

/** For an answer, beyond what the server was asked to wait. */
const PATIENCE_MS = 15_000;
/** How long a task that has ended waits for its output to be taken. */
const OUTPUT_PATIENCE_MS = 5_000;

/** A kind as it is declared and claimed. */
export interface KindName {
  readonly name: string;
  readonly version: number;
}

/** What a claim gave. */
export interface Claimed {
  readonly lease: string;
  readonly tasks: readonly ClaimedBody[];
}

/** What a heartbeat heard. */
export interface Beat {
  readonly alive: boolean;
  readonly stop: readonly { task: number; reason: string }[];
}

/** How far a task is. */
export interface Progress {
  readonly task: number;
  readonly thousandths: number;
  readonly message: string;
}

/** What one worker asks of the server. Nothing is repeated here. */
export class Calls {
  readonly #transport: Transport;
  readonly #who: { readonly worker: string; readonly capabilities: readonly string[] };
  /** How long a lease lasts. */
  leaseMs = 15_000;
  /** How long a heartbeat waits at the server. */
  heartbeatMs = 5_000;

  constructor(transport: Transport, worker: string, capabilities: readonly string[]) {
    this.#transport = transport;
    this.#who = { worker, capabilities };
  }

  /** Declares kinds, and hears how long a lease lasts. */
  async register(kinds: readonly object[]): Promise<void> {
    interface Answer {
      lease_ms: number;
      heartbeat_ms: number;
    }
    const answer = await this.#call<Answer>("register", { ...this.#who, kinds });
    this.leaseMs = Math.max(answer.lease_ms, 1_000);
    // Whatever the server says, a heartbeat has to fit into the lease twice.
    this.heartbeatMs = Math.min(Math.max(answer.heartbeat_ms, 250), this.leaseMs / 2);
  }

  /** Leases up to `most` tasks, waiting up to `waitMs` for a first one. */
  claim(kinds: readonly KindName[], queues: readonly string[], most: number, waitMs: number, signal: AbortSignal): Promise<Claimed> {
    const wish = { ...this.#who, kinds, queues, max_tasks: most, wait_ms: waitMs };
    return this.#call("claim", wish, waitMs + PATIENCE_MS, signal);
  }

  /** Renews a lease; with `waitMs`, answered early when a task should stop. */
  heartbeat(lease: string, progress: readonly Progress[], waitMs: number, patienceMs: number, signal?: AbortSignal): Promise<Beat> {
    const timeoutMs = Math.min(patienceMs, waitMs + PATIENCE_MS);
    return this.#call("heartbeat", { lease, progress, wait_ms: Math.round(waitMs) }, timeoutMs, signal);
  }

  /** Keeps output; false where the lease has ended. */
  async output(lease: string, chunks: readonly (Piece & { task: number })[]): Promise<boolean> {
    return (await this.#call<{ accepted: boolean }>("output", { lease, chunks }, OUTPUT_PATIENCE_MS)).accepted;
  }

  /** Reports outcomes; for each whether it counted. */
  async complete(completions: readonly object[]): Promise<boolean[]> {
    const answer = await this.#call<{ results: { accepted: boolean }[] }>("complete", { completions });
    return answer.results.map((result) => result.accepted);
  }

  #call<T>(name: string, body: object, timeoutMs = PATIENCE_MS, signal?: AbortSignal): Promise<T> {
    const options = { body, timeoutMs, ...(signal === undefined ? {} : { signal }) };
    return this.#transport.call<T>("POST", `/api/v1/worker/${name}`, options);
  }
}
