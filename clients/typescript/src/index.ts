/** A client for Metier: submit runs, follow them, and work on their tasks. */
export { Client, type ClientOptions, type RunFilter, type RunRef, type SubmitOptions, type WaitOptions } from "./client.js";
export { MetierError, Permanent, Problem, Retryable, RunFailed, Skipped, TimedOut, Unreachable, type Violation } from "./errors.js";
export type { AttemptView, Output, Run, RunState, TaskState, TaskView } from "./models.js";
export { Stopped, Task, type StopCause, type Stream } from "./task.js";
export { Worker, type Handler, type KindOptions, type Log, type WorkerOptions } from "./worker.js";
