/** The live list of runs: pages, head, and open runs beyond the head's reach, as one list. */
import { useMemo, useState } from "react";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { on } from "../../api/live";
import type { Run } from "../../api/types";
import { isOpen } from "../../components/state";
import { merge } from "./merging";
import { getRun, runHeadQuery, runPagesQuery, type RunQuery } from "./queries";

/** Open runs further down that are read one by one in each round. */
const MOST_SINGLE = 8;

export function useRunList(query: RunQuery, letIn: boolean) {
  const client = useQueryClient();
  const pages = useInfiniteQuery(runPagesQuery(query));
  const head = useQuery({ ...runHeadQuery(query), enabled: pages.data !== undefined });
  const loaded = useMemo(() => pages.data?.pages.flatMap((page) => page.items) ?? [], [pages.data]);
  const open = useOpenBeyond(loaded, head.data?.items);
  // What was let in once stays in, also while the pointer is over the list again.
  const [entered, setEntered] = useState<{ query: RunQuery; runs: readonly Run[] }>({ query, runs: [] });
  const base = entered.query === query ? [...entered.runs, ...loaded] : loaded;
  const isWhole = head.data !== undefined && head.data.next === undefined;
  const merged = merge({ loaded: base, head: head.data?.items ?? loaded, single: open, letIn, isWhole });
  const arrived = letIn ? merged.rows.filter((run) => !base.some((one) => one.id === run.id)) : [];
  if (arrived.length > 0) setEntered({ query, runs: [...arrived, ...(entered.query === query ? entered.runs : [])] });

  return {
    ...merged,
    isPending: pages.isPending,
    error: pages.error,
    isEnd: !pages.hasNextPage,
    more: { has: pages.hasNextPage, loading: pages.isFetchingNextPage, load: () => void pages.fetchNextPage() },
    showFresh: () => setEntered({ query, runs: [...merged.fresh, ...(entered.query === query ? entered.runs : [])] }),
    reload: () => client.invalidateQueries({ queryKey: ["runs"] }),
  };
}

function useOpenBeyond(loaded: readonly Run[], head: readonly Run[] | undefined): ReadonlyMap<string, Run> {
  const inHead = new Set(head?.map((run) => run.id));
  const numbers = head === undefined ? [] : loaded.filter((run) => isOpen(run.state) && !inHead.has(run.id)).slice(0, MOST_SINGLE).map((run) => run.id);
  const { data } = useQuery({
    queryKey: ["runs", "single", numbers],
    queryFn: () => Promise.all(numbers.map(getRun)),
    enabled: numbers.length > 0,
    meta: { live: on("run") },
  });
  return useMemo(() => new Map(data?.map((run) => [run.id, run])), [data]);
}
