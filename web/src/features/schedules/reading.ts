/** What a schedule starts, and when, read from what the API leaves open, in words. */
import type { Schedule } from "../../api/types";
import { formatShort } from "../../components/format";
import { listIn, numberIn, textIn } from "../../components/read";
import { shown } from "../../components/shown";
import { text } from "../../texts";

const words = text.schedules;

export function whenOf({ trigger }: Pick<Schedule, "trigger">): string {
  switch (textIn(trigger, "type")) {
    case "once":
      return words.onceAt(momentText(textIn(trigger, "at")));
    case "every":
      return words.every(shown(textIn(trigger, "interval") ?? "", 60));
    case "cron":
      return words.cron(shown(textIn(trigger, "expression") ?? "", 120));
    default:
      return words.unknown;
  }
}

function momentText(at: string | undefined): string {
  const moment = Date.parse(at ?? "");
  return Number.isNaN(moment) ? shown(at ?? "", 60) : formatShort(moment);
}

/** The zone whose clock is meant; moments and intervals need none. */
export const zoneOf = ({ trigger }: Pick<Schedule, "trigger">): string | undefined => textIn(trigger, "zone");

export const jobOf = ({ start }: Pick<Schedule, "start">): string | undefined => textIn(start, "job");
export const kindOf = ({ start }: Pick<Schedule, "start">): string | undefined => textIn(start, "kind");

export function startOf(schedule: Pick<Schedule, "start">): string {
  const job = jobOf(schedule);
  return job === undefined ? words.kind(shown(kindOf(schedule) ?? "", 100)) : words.job(shown(job, 100));
}

export const itemsOf = ({ start }: Pick<Schedule, "start">): unknown[] | undefined => {
  const items = listIn(start, "items");
  return items.length === 0 ? undefined : items;
};

export const priorityOf = ({ start }: Pick<Schedule, "start">): number | undefined => numberIn(start, "priority");
export const queueOf = ({ start }: Pick<Schedule, "start">): string | undefined => textIn(start, "queue");

/** A word of a closed list, or what a newer server says. */
export const wordIn = (list: Readonly<Record<string, string | undefined>>, value: string): string => list[value] ?? shown(value, 40);

/** What there is to choose from; what was chosen before and is gone, or not known here, stays. */
export const withOwn = (choices: readonly string[], own: string): string[] => [...new Set([...choices, ...(own === "" ? [] : [own])])];
