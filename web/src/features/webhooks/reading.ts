/** A webhook in words. */
import type { NewWebhook, Webhook } from "../../api/types";
import { text } from "../../texts";

const words = text.webhooks;

/** How it fares: what is off is paused, what does not arrive fails. */
export function conditionOf(webhook: Webhook): "paused" | "unreachable" | "active" {
  if (!webhook.enabled) return "paused";
  return webhook.failing_since ? "unreachable" : "active";
}

export const typesOf = (webhook: Webhook): string => (webhook.types.length === 0 ? words.all : webhook.types.join(", "));

/** What is kept of it when something of it is changed. */
export const definitionOf = ({ name, url, types, enabled }: Webhook): NewWebhook => ({ name, url, types, enabled });
