/** Lists that come page by page, read and held the same way everywhere. */
import { useMemo } from "react";
import { infiniteQueryOptions, useInfiniteQuery, type QueryKey } from "@tanstack/react-query";
import type { Live } from "./live";

interface AnyPage<T> {
  items: T[];
  next?: string | null;
}

/** The question for a list. `read` gets where the page before ended. */
export const pagesQuery = <T>(queryKey: QueryKey, read: (after: { after?: string }) => Promise<AnyPage<T>>, live?: Live) =>
  infiniteQueryOptions({
    queryKey,
    queryFn: ({ pageParam }) => read(pageParam === undefined ? {} : { after: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    meta: live === undefined ? {} : { live },
  });

/** The rows read so far, and how to have more. */
export function usePages<T>(query: ReturnType<typeof pagesQuery<T>>) {
  const { data, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(query);
  const rows = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  return { rows, error, isPending, more: { has: hasNextPage, loading: isFetchingNextPage, load: () => void fetchNextPage() } };
}
