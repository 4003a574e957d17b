/** Short names for the API's own types. Nothing is described here twice: each is an alias of what was generated. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Problem = Schemas["Problem"];
export type Violation = Schemas["Violation"];
export type Me = Schemas["Me"];
export type User = Schemas["User"];
export type SignedIn = Schemas["SignedIn"];
export type SignedInDevice = Schemas["Session"];
export type ApiKey = Schemas["ApiKey"];
export type CreatedApiKey = Schemas["CreatedApiKey"];
export type NewApiKey = Schemas["NewApiKey"];
export type Kind = Schemas["Kind"];
export type Run = Schemas["Run"];
export type RunPage = Schemas["RunPage"];
export type StateCount = Schemas["StateCount"];
export type Task = Schemas["Task"];
export type TaskPage = Schemas["TaskPage"];
export type TaskDetail = Schemas["TaskDetail"];
export type Attempt = Schemas["Attempt"];
export type OutputChunk = Schemas["OutputChunk"];
export type TaskResult = Schemas["TaskResult"];
