/** What is said about schedules. */
import { many } from "./many";
import { formatCount } from "../../components/format";

export const schedules = {
  schedules: {
    title: "Schedules", schedule: (name: string) => `Schedule ${name}`,
    columns: { name: "Schedule", state: "State", when: "When", starts: "Starts", next: "Next", last: "Last time", zone: "Zone" },
    define: "Make a schedule", change: "Change", pause: "Pause", resume: "Resume", run: "Run now", remove: "Delete",
    empty: "No schedules yet", emptyWhat: "A schedule starts a job or a kind in time: once, at an interval, or by the clock of a zone.",
    states: { active: "active", paused: "paused", ended: "ended" }, allStates: "All",
    noMatch: "No schedule is in this state", job: (name: string) => `job ${name}`, kind: (name: string) => `kind ${name}`,
    once: "once", onceAt: (moment: string) => `once, ${moment}`, every: (interval: string) => `every ${interval}`, cron: (expression: string) => `cron ${expression}`, unknown: "by a rule this console does not know",
    noNext: "none", noLast: "none yet",
    paused: (name: string) => `${name} is paused`, resumed: (name: string) => `${name} goes on`, started: (number: number) => `Run ${number} is submitted`, notStarted: (why: string) => `It did not start: ${why}`, startedSoon: "It is about to start",
    ended: "It has ended: no time lies ahead. Change it to give it new ones.",
    removeTitle: (name: string) => `Delete the schedule ${name}?`, removeWhat: "It starts nothing any more. Its runs stay.", removing: (name: string) => `Deleting the schedule ${name}`, removed: (name: string) => `The schedule ${name} is deleted`,
    facts: { when: "When", zone: "Zone", starts: "Starts", queue: "Queue", priority: "Priority", calendars: "Held back by", jitter: "Moved later by up to", from: "Not before", until: "Not after", most: "Runs at most", missed: "Times that passed unseen", overlap: "While the run before goes on", fired: "Runs so far", pausedAt: "Paused", changed: "Changed", tasks: "Tasks" },
    missed: { skip: "are gone", one: "the latest starts a run", all: "each starts a run" },
    overlap: { allow: "start all the same", skip: "start nothing", queue: "wait for its end", cancel_previous: "cancel it and start" },
    seconds: (count: number) => many(count, "second"), tasks: (count: number) => many(count, "task"),
    ahead: "Next times", aheadWhat: "In your zone; its own zone on hover.", noneAhead: "No time lies ahead.", skipped: (why: string) => `nothing starts: ${why}`,
    fires: "What became of its times", noFires: "None has come yet.",
    fireColumns: { outcome: "Outcome", at: "Time", source: "Started by", run: "Run", reason: "Reason" }, sources: { scheduler: "the clock", manual: "a person" },
    parameters: "Parameters",
    form: {
      newTitle: "Make a schedule", changeTitle: (name: string) => `Change ${name}`, what: "What starts", when: "When", rules: "Limits and rules", rulesWhat: "All of them may be left as they are.",
      name: "Name", nameHelp: "1 to 100 letters, digits, -, _ or dots. It never changes.", description: "What it is for",
      starts: "It starts", ofJob: "a job", ofKind: "a kind", job: "Job", kind: "Kind", queue: "Queue", priority: "Priority", priorityHelp: "-100 to 100; higher goes first.",
      one: "One task", many: "Many tasks", jobOver: "Laid over the job's own parameters.",
      triggers: { once: "Once", every: "At an interval", cron: "By the clock" }, trigger: "How it repeats",
      at: "At", atHelp: (zone: string) => `Your zone, ${zone}.`, interval: "Interval", intervalHelp: "Such as 15m, 6h or 1day 6h.", anchor: "Counted from", anchorHelp: "From now when left empty.",
      expression: "Cron expression", expressionHelp: "Minute, hour, day, month, weekday; seconds first when there are six. Or @daily and the like.", zone: "Zone of the clock", zoneHelp: "Such as Europe/Stockholm.",
      examples: "Examples", presets: { "*/15 * * * *": "every 15 minutes", "0 * * * *": "every hour", "0 2 * * *": "every night at two", "0 8 * * mon-fri": "workdays at eight", "0 9 1 * *": "the first of the month at nine" },
      preview: "The next times would be", previewing: "Working out the next times", noTimes: "It would never start.", fill: "Fill in when it starts to see its next times.",
      calendars: "Calendars that hold it back", calendarsHelp: "Nothing starts at the times they name.", noCalendars: "A calendar could hold it back at holidays or nights: there is none yet.", toCalendars: "See calendars", jitter: "Move each time later by up to, in seconds", startAt: "Nothing before", endAt: "Nothing after", maxRuns: "Ends after so many runs",
      missed: "Times that passed while nobody looked", overlap: "When the run before has not ended",
      save: "Save the schedule", saved: (name: string) => `${name} is saved`, notMoment: "Give a day and a time.", ownRights: "Its runs are yours, with the rights you have now.",
      items: (count: number) => `${formatCount(count)} tasks`,
    },
  },
};
