/** The server's violations as faults of a form's fields. */
import { asProblem } from "../../api/problem";
import type { Fault } from "../../components/schema";

/** Where in a request the parameters of one task lie. */
const BEFORE = /^\/?(?:parameters|items\/\d+)(?=\/|$)/;

export function faultsIn(error: unknown): Fault[] {
  if (error === null || error === undefined) return [];
  return (asProblem(error).violations ?? []).map(({ field, message }) => ({ field: field.replace(BEFORE, ""), message }));
}
