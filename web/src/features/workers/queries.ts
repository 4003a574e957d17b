/** What pages ask about workers. */
import { queryOptions } from "@tanstack/react-query";
import { api, take } from "../../api/client";
import { polled } from "../../api/live";

export const workersQuery = queryOptions({ queryKey: ["workers"], queryFn: () => take(api.GET("/api/v1/workers")), meta: { live: polled } });
