/** A job between its form and the API. */
import type { Job, JobDefinition } from "../../api/types";
import type { Json, Schema } from "../../components/schema";

/** As typed. What is empty is left to the kind. */
export interface JobFields {
  name: string;
  kind: string;
  description: string;
  queue: string;
  priority: string;
  attempts: string;
  seconds: string;
  requires: string;
  limit: string;
  parameters: Json;
}

export const beginJob = (job: Job | undefined, kind = ""): JobFields => ({
  name: job?.name ?? "",
  kind: job?.kind.name ?? kind,
  description: job?.description ?? "",
  queue: job?.queue ?? "default",
  priority: String(job?.priority ?? 0),
  attempts: job?.max_attempts ? String(job.max_attempts) : "",
  seconds: job?.timeout_ms ? String(job.timeout_ms / 1000) : "",
  requires: job?.requires.join(", ") ?? "",
  limit: job?.limits[0]?.key ?? "",
  parameters: (job?.parameters ?? {}) as Json,
});

/** `before` keeps what the form does not show. */
export function definitionOf(fields: JobFields, before?: Job): JobDefinition {
  const limit = fields.limit.trim();
  return {
    name: fields.name,
    kind: fields.kind,
    description: fields.description,
    queue: fields.queue.trim(),
    priority: Number(fields.priority),
    requires: fields.requires.split(/[\s,]+/).filter((word) => word !== ""),
    limits: limit === "" ? [] : [before?.limits.find(({ key }) => key === limit) ?? { key: limit }],
    ...(typeof before?.keep_days === "number" ? { keep_days: before.keep_days } : {}),
    ...(typeof before?.keep_runs === "number" ? { keep_runs: before.keep_runs } : {}),
    parameters: fields.parameters as JobDefinition["parameters"] & object,
    ...(fields.attempts === "" ? {} : { max_attempts: Number(fields.attempts) }),
    ...(fields.seconds === "" ? {} : { timeout_ms: Math.round(Number(fields.seconds) * 1000) }),
  };
}

/** A job may leave to its runs what the kind requires. */
export const optionalOf = (schema: Schema): Schema => ({ ...schema, required: [] });
