/**
 * The list of runs while it is live. Pages that were read stay where they are; the newest page, read again and
 * again, is laid over them. Runs that are new wait until they are let in, so that nothing moves under the pointer.
 */
import type { Run } from "../../api/types";

export interface Merged {
  rows: Run[];
  /** New runs that wait. */
  fresh: Run[];
}

interface Input {
  /** Read page by page. */
  loaded: readonly Run[];
  /** The newest ones as of now. */
  head: readonly Run[];
  /** Single runs read anew. */
  single: ReadonlyMap<string, Run>;
  /** Whether new runs may take their place. */
  letIn: boolean;
  /** Whether the head is the whole list: what is loaded and not in it has left the filter. */
  isWhole: boolean;
}

export function merge({ loaded, head, single, letIn, isWhole }: Input): Merged {
  const newest = new Map(head.map((run) => [run.id, run]));
  const known = new Set(loaded.map((run) => run.id));
  const top = loaded[0]?.number ?? -1;
  const arrived = head.filter((run) => !known.has(run.id));
  const fresh = letIn ? [] : arrived.filter((run) => run.number > top);
  const oldest = isWhole ? -1 : (head.at(-1)?.number ?? Infinity);
  // Within the reach of the head, what the head does not show has left the filter.
  const stays = (run: Run) => newest.has(run.id) || run.number < oldest;
  const kept = loaded.filter(stays).map((run) => newest.get(run.id) ?? later(run, single.get(run.id)));
  const entered = arrived.filter((run) => letIn || run.number < top);
  return { rows: unique([...entered, ...kept]).sort((a, b) => b.number - a.number), fresh };
}

/** Of two readings of one run, the one that knows more. */
const later = (before: Run, after: Run | undefined): Run => (after === undefined || after.epoch < before.epoch ? before : after);

/** Pages read at different times may overlap. */
function unique(runs: readonly Run[]): Run[] {
  return [...new Map(runs.map((run) => [run.id, run])).values()];
}
