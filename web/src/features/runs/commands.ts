/** A run as something to paste elsewhere. Values from the server are quoted: a shell must not act on them. */
import type { Run, Task } from "../../api/types";

/** For POSIX shells: inside single quotes nothing has a meaning but the quote itself. */
export const quoted = (value: string): string => `'${value.replaceAll("'", `'\\''`)}'`;

const HEADER = '-H "authorization: Bearer $TOKEN"';

export const curlOf = (origin: string, run: Run): string => `curl -s ${quoted(`${origin}/api/v1/runs/${run.id}`)} ${HEADER}`;

export const watchOf = (origin: string, run: Run): string => `metier runs watch ${run.number} --url ${quoted(origin)}`;

export function submitCurlOf(origin: string, run: Run, tasks: readonly Task[]): string {
  const items = tasks.map((task) => task.parameters);
  const work = items.length === 1 ? { parameters: items[0] } : { items };
  const body = { kind: run.kind.name, kind_version: run.kind.version, ...work, queue: run.queue, priority: run.priority };
  return `curl -s ${quoted(`${origin}/api/v1/runs`)} ${HEADER} -H 'content-type: application/json' -d ${quoted(JSON.stringify(body))}`;
}

export function submitCliOf(origin: string, run: Run, tasks: readonly Task[]): string {
  const items = tasks.map((task) => task.parameters);
  const work = items.length === 1 ? `--parameters ${quoted(JSON.stringify(items[0]))}` : `--items ${quoted(JSON.stringify(items))}`;
  return `metier jobs run ${quoted(run.kind.name)} ${work} --queue ${quoted(run.queue)} --priority=${run.priority} --url ${quoted(origin)}`;
}

const GRAPHQL = "/jobs/graphql";
const SUBMIT = "mutation ($input: ExecuteJobInput!) { executeJob(executeJobInput: $input) { id state } }";

const graphql = (origin: string, request: unknown): string =>
  `curl -s ${quoted(origin + GRAPHQL)} ${HEADER} -H 'content-type: application/json' -d ${quoted(JSON.stringify(request))}`;

export const graphqlOf = (origin: string, run: Run): string => graphql(origin, { query: `{ job(id: ${run.number}) { id name state size completed endedAt } }` });

/** GraphQL names neither version nor queue nor priority: such a run has those of any other. */
export const submitGraphqlOf = (origin: string, run: Run, tasks: readonly Task[]): string =>
  graphql(origin, { query: SUBMIT, variables: { input: { name: run.kind.name, data: tasks.map((task) => task.parameters) } } });
