/** What the API tells of runs and tasks. Fields and states that this version does not know do no harm. */

/** A word of a list that may grow. */
type Open<T extends string> = T | (string & {});

/** Where a run is. */
export type RunState = Open<"queued" | "running" | "waiting" | "cancelling" | "succeeded" | "partial" | "failed" | "timed_out" | "cancelled">;

/** Where a task is. */
export type TaskState = Open<"waiting" | "ready" | "running" | "succeeded" | "failed" | "timed_out" | "cancelled" | "skipped">;

/** One execution of a kind over a list of items: a task for each. */
export interface Run {
  readonly id: string;
  /** Counts the runs of the installation. Good wherever an id is. */
  readonly number: number;
  readonly state: RunState;
  /** Why it waits or failed, in one sentence. */
  readonly reason: string | undefined;
  readonly kind: string;
  readonly kindVersion: number;
  readonly queue: string;
  readonly priority: number;
  /** 1, and one more with each retry. */
  readonly epoch: number;
  /** How many tasks it has. */
  readonly size: number;
  /** How many of its tasks are in each state. */
  readonly tasks: Readonly<Record<string, number>>;
  readonly maxAttempts: number;
  /** Longest attempt. */
  readonly timeoutMs: number;
  /** One id through every log line. */
  readonly correlationId: string;
  readonly createdAt: Date;
  /** It starts no earlier. */
  readonly runAt: Date | undefined;
  readonly startedAt: Date | undefined;
  /** There once nothing of it is open. */
  readonly endedAt: Date | undefined;
}

/** One try of a task that has ended. */
export interface AttemptView {
  readonly number: number;
  readonly state: Open<"succeeded" | "failed" | "timed_out" | "cancelled" | "skipped" | "lost">;
  /** Whether it is the task's one recorded outcome in its epoch. */
  readonly isFinal: boolean;
  readonly worker: string | undefined;
  readonly errorCode: string | undefined;
  readonly errorMessage: string | undefined;
}

/** A task of a run, seen from outside. */
export interface TaskView {
  /** Its place in the run, from 0. */
  readonly index: number;
  readonly state: TaskState;
  /** Its current or latest attempt, from 1. */
  readonly attempt: number;
  readonly parameters: unknown;
  /** Who works on it, or did last. */
  readonly worker: string | undefined;
  /** 0 to 1, while it runs and has said so. */
  readonly progress: number | undefined;
  readonly progressMessage: string | undefined;
  readonly errorCode: string | undefined;
  readonly errorMessage: string | undefined;
  /** What its handler gave; only where one task was asked for. */
  readonly result: unknown;
  /** Its ended attempts; only where one task was asked for. */
  readonly attempts: readonly AttemptView[];
}

/** A piece of what an attempt wrote. */
export interface Output {
  readonly stream: Open<"stdout" | "stderr" | "log">;
  readonly text: string;
  readonly writtenAt: Date;
}

interface ErrorBody {
  code: string;
  message: string;
}

/** A run as the API writes it. */
export interface RunBody {
  id: string;
  number: number;
  state: string;
  reason?: string;
  kind: { name: string; version: number };
  queue: string;
  priority: number;
  epoch: number;
  size: number;
  tasks: Record<string, number>;
  max_attempts: number;
  timeout_ms: number;
  correlation_id: string;
  created_at: string;
  run_at?: string;
  started_at?: string;
  ended_at?: string;
}

interface AttemptBody {
  number: number;
  state: string;
  is_final: boolean;
  worker?: string;
  error?: ErrorBody;
}

/** A task as the API writes it. */
export interface TaskBody {
  index: number;
  state: string;
  attempt: number;
  parameters: unknown;
  worker?: string;
  progress?: { thousandths: number; message: string };
  error?: ErrorBody;
  result?: unknown;
  attempts?: AttemptBody[];
}

/** A piece of output as the API writes it. */
export interface OutputBody {
  stream: string;
  text: string;
  written_at: string;
}

/** A run from the API's JSON. */
export function readRun(body: RunBody): Run {
  return {
    id: body.id,
    number: body.number,
    state: body.state,
    reason: body.reason,
    kind: body.kind.name,
    kindVersion: body.kind.version,
    queue: body.queue,
    priority: body.priority,
    epoch: body.epoch,
    size: body.size,
    tasks: body.tasks,
    maxAttempts: body.max_attempts,
    timeoutMs: body.timeout_ms,
    correlationId: body.correlation_id,
    createdAt: new Date(body.created_at),
    runAt: moment(body.run_at),
    startedAt: moment(body.started_at),
    endedAt: moment(body.ended_at),
  };
}

/** A task from the API's JSON. */
export function readTask(body: TaskBody): TaskView {
  return {
    index: body.index,
    state: body.state,
    attempt: body.attempt,
    parameters: body.parameters,
    worker: body.worker,
    progress: body.progress && body.progress.thousandths / 1000,
    progressMessage: body.progress?.message,
    errorCode: body.error?.code,
    errorMessage: body.error?.message,
    result: body.result,
    attempts: (body.attempts ?? []).map(readAttempt),
  };
}

/** A piece of output from the API's JSON. */
export function readOutput(body: OutputBody): Output {
  return { stream: body.stream, text: body.text, writtenAt: new Date(body.written_at) };
}

function readAttempt(body: AttemptBody): AttemptView {
  const { number, state, worker, error } = body;
  return { number, state, isFinal: body.is_final, worker, errorCode: error?.code, errorMessage: error?.message };
}

function moment(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}
