/** What the page of postings asks the API. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, take } from "../../api/client";
import type { PostingQuery } from "./search";

const PAGE = 40;

/** What was found stays in sight until the next answer is there. */
export const searchQuery = (query: PostingQuery) =>
  infiniteQueryOptions({
    queryKey: ["postings", "search", query],
    queryFn: ({ pageParam }) =>
      take(api.GET("/api/v1/postings", { params: { query: { ...query, limit: PAGE, ...(pageParam === undefined ? {} : { after: pageParam }) } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });

export const postingQuery = (posting: string) =>
  queryOptions({ queryKey: ["postings", "one", posting], queryFn: () => take(api.GET("/api/v1/postings/{posting}", { params: { path: { posting } } })) });

export const splitPosting = (alias: string) => take(api.POST("/api/v1/postings/{posting}/split", { params: { path: { posting: alias } } }));
