/** What is said about calendars: times at which nothing starts. */
import { many } from "./many";

export const calendars = {
  calendars: {
    tabs: { schedules: "Schedules", calendars: "Calendars" },
    title: "Calendars", calendar: (name: string) => `Calendar ${name}`, columns: { name: "Calendar", zone: "Zone", windows: "Nothing starts", changed: "Changed" },
    empty: "No calendars yet", emptyWhat: "A calendar names times at which nothing is to start: holidays, nights, a freeze before a release. A schedule that names it is held back then.",
    add: "Make a calendar", addTitle: "Make a calendar", change: "Change", changeTitle: (name: string) => `Change ${name}`, what: "What is left empty in a stretch does not matter; all that is given must hold.",
    name: "Name", nameHelp: "1 to 100 letters, digits, -, _ or dots.", zone: "Zone of the clock", zoneHelp: "Such as Europe/Stockholm.",
    windows: "Nothing starts", stretch: (number: number) => `Stretch ${number}`, addWindow: "Add a stretch", removeWindow: (number: number) => `Take stretch ${number} away`,
    from: "From this day", to: "Up to this day", weekdays: "On", starts: "From this time", ends: "Before this time", reason: "Why",
    days: { mon: "Mon", tue: "Tue", wed: "Wed", thu: "Thu", fri: "Fri", sat: "Sat", sun: "Sun" },
    save: "Save", saved: (name: string) => `The calendar ${name} is saved`, ends_next: "the next morning",
    remove: "Delete", removeTitle: (name: string) => `Delete the calendar ${name}?`, removeWhat: "Only a calendar that no schedule names can be deleted.", removing: (name: string) => `Deleting the calendar ${name}`, removed: (name: string) => `The calendar ${name} is deleted`,
    facts: { zone: "Zone", changed: "Changed", made: "Made" }, heldBack: "Schedules it holds back", none: "No schedule names it.",
    count: (count: number) => many(count, "stretch", "stretches"), fromDay: (day: string) => `from ${day}`, toDay: (day: string) => `up to ${day}`, span: (from: string, to: string) => `${from} to ${to}`,
    since: (time: string) => `from ${time}`, until: (time: string) => `before ${time}`, allDay: "all day", everyDay: "every day", ofClock: (zone: string) => `By the clock of ${zone}.`,
  },
};
