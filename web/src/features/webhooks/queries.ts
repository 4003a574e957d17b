/** What the page of webhooks asks the API. */
import { queryOptions } from "@tanstack/react-query";
import { api, take } from "../../api/client";
import { on, type Live } from "../../api/live";
import { pagesQuery } from "../../api/pages";
import { takeTagged } from "../../api/tagged";
import type { Delivery, NewWebhook, ReplayRange, Webhook } from "../../api/types";

/** No event tells how a delivery fares: each would bring forth another. */
const live: Live = { ...on("webhook"), polled: true };
const named = (webhook: string) => ({ params: { path: { webhook } } });
const at = (webhook: string, tag: string) => ({ params: { path: { webhook }, header: { "If-Match": tag } } });

export const webhooksQuery = pagesQuery<Webhook>(["webhooks", "pages"], (after) => take(api.GET("/api/v1/webhooks", { params: { query: { limit: 100, ...after } } })), live);

export const webhookQuery = (webhook: string) =>
  queryOptions({ queryKey: ["webhooks", "one", webhook], queryFn: () => takeTagged(api.GET("/api/v1/webhooks/{webhook}", named(webhook))), meta: { live } });

export const addWebhook = (body: NewWebhook) => take(api.POST("/api/v1/webhooks", { body }));

/** Refused when somebody changed it meanwhile. */
export const changeWebhook = (webhook: string, tag: string, body: NewWebhook) => take(api.PUT("/api/v1/webhooks/{webhook}", { ...at(webhook, tag), body }));
export const deleteWebhook = (webhook: string, tag: string) => take(api.DELETE("/api/v1/webhooks/{webhook}", at(webhook, tag)));

export const testWebhook = (webhook: string) => take(api.POST("/api/v1/webhooks/{webhook}/test", named(webhook)));
export const rotateSecret = (webhook: string) => take(api.POST("/api/v1/webhooks/{webhook}/rotate", named(webhook)));

export const deliveriesQuery = (webhook: string, state: string | undefined) =>
  pagesQuery<Delivery>(
    ["webhooks", "deliveries", webhook, state ?? "all"],
    (after) => take(api.GET("/api/v1/webhooks/{webhook}/deliveries", { params: { path: { webhook }, query: { limit: 50, ...after, ...(state === undefined ? {} : { state }) } } })),
    live,
  );

export const deliveryQuery = (webhook: string, delivery: string) =>
  queryOptions({
    queryKey: ["webhooks", "delivery", webhook, delivery],
    queryFn: () => take(api.GET("/api/v1/webhooks/{webhook}/deliveries/{delivery}", { params: { path: { webhook, delivery } } })),
    meta: { live },
  });

export const replayDelivery = (webhook: string, delivery: string) => take(api.POST("/api/v1/webhooks/{webhook}/deliveries/{delivery}/replay", { params: { path: { webhook, delivery } } }));
export const replayDeliveries = (webhook: string, body: ReplayRange) => take(api.POST("/api/v1/webhooks/{webhook}/replay", { ...named(webhook), body }));
