/**
 * What makes an answer old: the topics of events after which a question is asked anew, told in its `meta` as
 * `{ live: on("run") }`. What no event tells of is `polled`.
 */
export interface Live {
  /** The first words of events' types, such as `run` of `run.failed`. */
  topics: readonly string[];
  /** Only events about this: an id or a number. */
  about?: string;
  /** Also asked again and again. */
  polled?: boolean;
}

export const on = (...topics: readonly string[]): Live => ({ topics });
export const polled: Live = { topics: [], polled: true };

/** Something with an own life, polled while that goes on. */
export const aboutRun = (run: string, isOpen = false): Live => ({ topics: ["run"], about: run, polled: isOpen });

declare module "@tanstack/react-query" {
  interface Register {
    queryMeta: { live?: Live };
  }
}
