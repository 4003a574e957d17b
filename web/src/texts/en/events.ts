/** What is said about events. */
import { many } from "./many";

export const events = {
  events: {
    title: "Events", what: "What happens everywhere, as far as you may see it: the latest thousand since you opened the console.",
    columns: { time: "Time", type: "Event", about: "About", by: "Correlation id" },
    facets: { type: "Event", about: "About" },
    empty: "Nothing has happened yet", emptyWhat: "Events appear here as they happen. What happened before the console was opened is not listed: a webhook keeps what it delivered.", toWebhooks: "See webhooks",
    noMatch: "No event matches", noMatchWhat: "Take a filter away, or wait: new events appear by themselves.",
    event: (type: string) => `Event ${type}`, gone: "This event is no longer among those that are kept here.",
    facts: { time: "Time", subject: "Subject", owner: "Owner", correlation: "Correlation id", id: "Id" }, data: "What it says", count: (count: number) => many(count, "event"), waiting: "Live updates are paused: the list stands still.",
    more: { run: "Open the run", schedule: "Open the schedule", source: "Open the source", posting: "Open the posting", job: "Open the job", webhook: "Open webhooks" },
  },
};
