/** The same for many runs: a few at a time, each told for itself, one failure keeping none of the others. */
import type { QueryClient } from "@tanstack/react-query";
import { asProblem } from "../../api/problem";
import { notify } from "../../app/notices";
import { text } from "../../texts";

const AT_A_TIME = 4;

export interface Outcome {
  done: number;
  refused: number;
  /** Why the first one was refused. */
  why: string;
}

export async function forEach(ids: readonly string[], work: (id: string) => Promise<unknown>): Promise<Outcome> {
  const outcome: Outcome = { done: 0, refused: 0, why: "" };
  const queue = [...ids];
  const take = async () => {
    for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
      try {
        await work(id);
        outcome.done += 1;
      } catch (error) {
        outcome.refused += 1;
        outcome.why ||= asProblem(error).detail;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, take));
  return outcome;
}

/** Does it, says how it went, and has the lists read anew. */
export async function doForAll(client: QueryClient, ids: readonly string[], work: (id: string) => Promise<unknown>, told: (done: number) => string): Promise<void> {
  const { done, refused, why } = await forEach(ids, work);
  if (done > 0) notify(told(done));
  if (refused > 0) notify(text.runs.refused(refused, why), "failed");
  await Promise.all([client.invalidateQueries({ queryKey: ["runs"] }), client.invalidateQueries({ queryKey: ["run"] })]);
}
