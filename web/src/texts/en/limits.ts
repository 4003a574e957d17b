/** What is said about limits that tasks share by a key. */
import { formatCount } from "../../components/format";
import { many } from "./many";

export const limits = {
  limits: {
    title: "Limits", what: "Tasks that carry a key share what it allows: how many run at a time, and how many begin in a while.",
    columns: { key: "Key", concurrency: "At a time", rate: "Rate", inUse: "In use", waiting: "Waiting", next: "Next may begin", actions: "Actions" },
    unlimited: "any", rate: (count: number, seconds: number, burst: number) => `${formatCount(count)} in ${many(seconds, "second")}${burst > 1 ? `, ${formatCount(burst)} at once` : ""}`, more: (count: string) => `${count}+`, now: "now",
    empty: "No limits yet", emptyWhat: "Set one here, or let a job or run name a key. A run whose key is full says so, and when it would begin.",
    add: "Set a limit", change: "Change", setTitle: "Set a limit", changeTitle: (key: string) => `Limit of ${key}`, save: "Set it", saved: (key: string) => `The limit of ${key} is set`,
    key: "Key", keyHelp: "1 to 200 letters, digits, -, _, dots or colons.", concurrency: "Tasks at a time", concurrencyHelp: "As many as one likes when left empty.",
    count: "Attempts begun", seconds: "in so many seconds", burst: "at once after a pause", rateHelp: "Both, or neither: as many as one likes.",
    remove: "Delete", removeTitle: (key: string) => `Delete the limit of ${key}?`, removeWhat: "Tasks that carry the key wait no longer for it.", removing: (key: string) => `Deleting the limit of ${key}`, removed: (key: string) => `The limit of ${key} is deleted`,
  },
};
