/** What was told since somebody last looked, folded together: a thousand events about one run are one line here. */
import type { Live } from "../../api/live";

export interface News {
  topics: Set<string>;
  /** Ids and numbers of what it is about. */
  about: Set<string>;
  /** Everything may have changed: something was missed, or too much to name. */
  everything: boolean;
}

/** More things than this are not told one by one. */
const MOST = 2000;

export const noNews = (): News => ({ topics: new Set(), about: new Set(), everything: false });

export const isNews = (news: News): boolean => news.everything || news.topics.size > 0;

export function addNews(news: News, more: News): void {
  more.topics.forEach((topic) => news.topics.add(topic));
  more.about.forEach((thing) => news.about.add(thing));
  news.everything ||= more.everything || news.about.size > MOST;
}

export function concerns(news: News, live: Live): boolean {
  if (news.everything) return true;
  return live.topics.some((topic) => news.topics.has(topic)) && (live.about === undefined || news.about.has(live.about));
}

interface Told {
  subject?: unknown;
  data?: { id?: unknown; number?: unknown };
}

/** Adds an event as the server sends it. What cannot be read counts as everything. */
export function addEvent(news: News, type: string, data: string): void {
  const topic = type.split(".")[0] ?? type;
  if (topic === "stream") {
    news.everything = true;
    return;
  }
  news.topics.add(topic);
  try {
    const told = JSON.parse(data) as Told;
    for (const name of [told.subject, told.data?.id, told.data?.number]) if (typeof name === "string" || typeof name === "number") news.about.add(String(name));
    news.everything ||= news.about.size > MOST;
  } catch {
    news.everything = true;
  }
}
