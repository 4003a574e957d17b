/** What the page of limits asks the API. */
import { api, take } from "../../api/client";
import { on } from "../../api/live";
import { pagesQuery } from "../../api/pages";
import type { Limit, NewLimit } from "../../api/types";

/** How full each is changes with every task: no event tells of that. */
export const limitsQuery = pagesQuery<Limit>(["limits"], (after) => take(api.GET("/api/v1/limits", { params: { query: { limit: 100, ...after } } })), { ...on("run"), polled: true });

export const setLimit = (limit: string, body: NewLimit) => take(api.PUT("/api/v1/limits/{limit}", { params: { path: { limit } }, body }));
export const deleteLimit = (limit: string) => take(api.DELETE("/api/v1/limits/{limit}", { params: { path: { limit } } }));
