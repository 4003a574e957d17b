/** The places of the rail, in order. Each feature adds its line. */
import type { IconName } from "../components/Icon";
import { text } from "../texts";

export interface Place {
  to: "/" | "/runs" | "/jobs" | "/schedules" | "/kinds" | "/uploads" | "/queues" | "/limits" | "/workers" | "/postings" | "/sources" | "/products" | "/events" | "/webhooks" | "/admin" | "/profile";
  label: string;
  icon: IconName;
  /** After `g`. */
  key: string;
  /** Any one of these opens it. */
  permissions?: readonly string[];
  /** Whether a group of places begins here. */
  begins?: boolean;
}

export const PLACES: readonly Place[] = [
  { to: "/", label: text.home.title, icon: "home", key: "h" },
  { to: "/runs", label: text.runs.title, icon: "runs", key: "r", permissions: ["runs:read"] },
  { to: "/jobs", label: text.jobs.title, icon: "jobs", key: "j", permissions: ["jobs:read"] },
  { to: "/schedules", label: text.schedules.title, icon: "schedules", key: "t", permissions: ["schedules:read"] },
  { to: "/kinds", label: text.kinds.title, icon: "kinds", key: "k", permissions: ["jobs:read"] },
  { to: "/uploads", label: text.uploads.title, icon: "upload", key: "u", permissions: ["runs:submit"] },
  { to: "/queues", label: text.queues.title, icon: "queues", key: "q", permissions: ["queues:read"] },
  { to: "/limits", label: text.limits.title, icon: "limits", key: "l", permissions: ["queues:read"] },
  { to: "/workers", label: text.workers.title, icon: "workers", key: "w", permissions: ["queues:read"] },
  { to: "/postings", label: text.postings.title, icon: "postings", key: "o", permissions: ["postings:read"], begins: true },
  { to: "/sources", label: text.sources.title, icon: "sources", key: "s", permissions: ["sources:read"] },
  { to: "/products", label: text.products.title, icon: "products", key: "c", permissions: ["products:read"], begins: true },
  { to: "/events", label: text.events.title, icon: "events", key: "e", begins: true },
  { to: "/webhooks", label: text.webhooks.title, icon: "webhooks", key: "b", permissions: ["webhooks:read"] },
  { to: "/admin", label: text.admin.title, icon: "admin", key: "a", permissions: ["users:read", "roles:read", "api_keys:read_all", "system:read"] },
];

/** Reached by key and palette, shown under the reader's own name and not in the rail. */
export const OWN_PLACES: readonly Place[] = [{ to: "/profile", label: text.profile.title, icon: "person", key: "p" }];
