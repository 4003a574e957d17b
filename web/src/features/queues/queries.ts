/** What the page of queues asks the API. */
import { queryOptions } from "@tanstack/react-query";
import { api, take } from "../../api/client";
import { on } from "../../api/live";

export const liveQueuesQuery = queryOptions({ queryKey: ["queues", "live"], queryFn: () => take(api.GET("/api/v1/queues")), meta: { live: { ...on("queue", "run"), polled: true } } });

export const pauseQueue = (queue: string) => take(api.POST("/api/v1/queues/{queue}/pause", { params: { path: { queue } } }));
export const resumeQueue = (queue: string) => take(api.POST("/api/v1/queues/{queue}/resume", { params: { path: { queue } } }));
