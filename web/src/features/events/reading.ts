/** An event as it came, read without trusting it. */
import { numberIn, textIn, fieldOf } from "../../components/read";
import type { Heard } from "../../app/live/heard";

export interface Event {
  /** Where it is in the stream: its key here. */
  place: string;
  type: string;
  time: string | undefined;
  /** What it is about, by the name people know it by. */
  about: string;
  subject: string | undefined;
  owner: string | undefined;
  correlation: string | undefined;
  id: string | undefined;
  data: unknown;
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export function eventOf({ place, type, data: told }: Heard): Event {
  const whole = parse(told);
  const data = fieldOf(whole, "data");
  const subject = textIn(whole, "subject");
  const number = numberIn(data, "number");
  return {
    place, type, data, subject,
    about: number === undefined ? (textIn(data, "name") ?? textIn(data, "title") ?? textIn(data, "source") ?? subject ?? "") : String(number),
    time: textIn(whole, "time"), owner: textIn(whole, "owner"), correlation: textIn(whole, "correlation_id"), id: textIn(whole, "id"),
  };
}

export interface EventFilter {
  type?: string | undefined;
  about?: string | undefined;
}

/** By how the type begins, and by any part of what it is about. */
export const fits = (event: Event, { type, about }: EventFilter): boolean =>
  (type === undefined || event.type.startsWith(type)) &&
  (about === undefined || `${event.about} ${event.subject ?? ""} ${event.correlation ?? ""}`.toLowerCase().includes(about.toLowerCase()));
