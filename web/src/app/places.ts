/** The places of the rail, in order. Each feature adds its line. */
import type { IconName } from "../components/Icon";
import { text } from "../texts";

export interface Place {
  to: "/runs" | "/profile";
  label: string;
  icon: IconName;
  /** After `g`. */
  key: string;
  permission?: string;
}

export const PLACES: readonly Place[] = [
  { to: "/runs", label: text.runs.title, icon: "runs", key: "r", permission: "runs:read" },
];

/** Reached by key and palette, shown under the reader's own name and not in the rail. */
export const OWN_PLACES: readonly Place[] = [{ to: "/profile", label: text.profile.title, icon: "person", key: "p" }];
