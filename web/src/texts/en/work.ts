/** What is said about work: the start page, jobs, kinds, queues, workers. */
import { many } from "./many";
import { formatCount } from "../../components/format";

export const work = {
  home: {
    title: "Home",
    tiles: { running: "Running", waiting: "Waiting", failed: "Failed in 24 h", ended: "Runs in all", postings: "Postings" },
    orMore: (count: string) => `${count}+`,
    needs: "Needs you", needsNothing: "Nothing needs you. Failed runs, silent sources, paused queues and missing workers appear here.",
    sourceIs: (name: string, condition: string) => `${name} is ${condition}`,
    syncFailed: (name: string) => `The last sync of ${name} failed`, syncPartial: (name: string) => `The last sync of ${name} was not whole`,
    queuePaused: (name: string) => `The queue ${name} is paused`, since: "since",
    noWorkers: "No worker is there", noWorkersWhat: "Runs wait until a worker that knows their kind starts.",
    failures: "Failed lately", noFailures: "Nothing failed in the last 24 hours.", failuresAll: "All failed runs",
    sources: "Sources", lastSync: "last sync", neverSynced: "never synced", fresh: (count: number) => `${formatCount(count)} new`,
    noSources: "No source is registered yet.", addSource: "Add a source",
    next: "Next schedules", nextAll: "All schedules", noNext: "Nothing starts by itself.",
    recent: "Recent runs", recentAll: "All runs", noRuns: "Nothing has run yet.",
    steps: {
      title: "First steps", hide: "Hide the first steps", done: "done",
      sync: "Fetch postings", syncWhat: "A source is synced, and its postings are here to search.", syncGo: "Open the sources",
      search: "Search them", searchWhat: "In Swedish or English, with endings and typing errors forgiven.", searchGo: "Search the postings",
      run: "Run something", runWhat: "Choose a kind, fill in its form, and watch the run finish.", runGo: "Run a kind",
    },
  },
  jobs: {
    title: "Jobs", job: (name: string) => `Job ${name}`, version: (version: number) => `version ${version}`,
    columns: { name: "Job", kind: "Kind", version: "Version", queue: "Queue", priority: "Priority", changed: "Changed", description: "Description" },
    define: "Define a job", change: "Define the next version", run: "Run now", schedule: "Schedule it", end: "End the job",
    empty: "No jobs yet", emptyWhat: "A job is a named, versioned definition of work: a kind with its parameters, queue and limits. Anyone who may can run it again by name.",
    endTitle: (name: string) => `End the job ${name}?`, endWhat: "Its name is free again. Runs that exist stay and go on.", ending: (name: string) => `Ending the job ${name}`, ended: (name: string) => `The job ${name} is ended`,
    parameters: "Parameters", noParameters: "None: each run brings its own.", runs: "Its kind's runs",
    facts: { kind: "Kind", queue: "Queue", priority: "Priority", attempts: "Attempts at most", timeout: "Longest attempt", requires: "Only workers that can", limit: "Limited by", version: "Version", made: "This version made", ofKind: "as its kind says" },
    runTitle: (name: string) => `Run ${name}`, runWhat: "Each task begins with the job's parameters; what you give here is laid over them.",
    one: "One task", many: "Many tasks", many_what: "A JSON list with one object per task, typed here or from a file.", items: "Tasks as a JSON list", file: "Take a file", fileTooLong: "The file has more than 5 MB. Submit it with the command line.",
    notList: "This is no JSON list of objects.", itemCount: (count: number) => many(count, "task"),
    started: (number: number) => `Run ${number} is submitted`,
    needsKind: "Choose a kind first.", needsName: "Give it a name.",
    form: {
      newTitle: "Define a job", nextTitle: (name: string, version: number) => `Define version ${version} of ${name}`,
      name: "Name", nameHelp: "1 to 100 letters, digits, -, _ or dots. It never changes.", kind: "Kind", description: "What it does",
      queue: "Queue", priority: "Priority", priorityHelp: "-100 to 100; higher goes first.", attempts: "Attempts at most", timeout: "Longest attempt in seconds", requires: "Only workers that can", requiresHelp: "Words that a worker says of itself, between commas. Any worker when left empty.", limit: "Key of its limit", limitHelp: "Its tasks share what the key allows with all others that carry it.", kindsOwn: (value: string) => `The kind's ${value} when left empty.`,
      parameters: "Parameters that every task starts from", parametersHelp: "What is left out here is given with each run.", what: "What runs", how: "How it runs",
      save: "Define it", saved: (name: string, version: number) => `${name} is defined, version ${version}`,
    },
  },
  kinds: {
    title: "Kinds", kind: (name: string) => `Kind ${name}`,
    columns: { name: "Kind", version: "Version", description: "What it does", attempts: "Attempts", timeout: "Longest attempt", workers: "Workers", rights: "Rights it uses" },
    empty: "No kinds yet", emptyWhat: "A kind is what a task does. Workers bring them: as soon as one starts and registers its handlers, they are listed here.",
    run: "Run now", define: "Define a job of it", runs: "Its runs", schema: "Parameters as JSON Schema", noRights: "none", noWorker: "No worker that is there knows this kind: its runs would wait.",
    facts: { version: "Version", attempts: "Attempts at most", timeout: "Longest attempt", rights: "Rights it uses", workers: "Workers that know it" },
    runTitle: (name: string) => `Run ${name}`, queue: "Queue", gone: "This kind is not registered.",
  },
  queues: {
    title: "Queues", columns: { name: "Queue", state: "State", ready: "Ready", since: "Paused", action: "Action" },
    empty: "No queues yet", emptyWhat: "A queue holds the tasks that are ready. It exists as soon as a run names it.",
    more: (count: string) => `${count}+`, pause: "Pause", resume: "Resume",
    pauseTitle: (name: string) => `Pause the queue ${name}?`, pauseWhat: "Its tasks are not handed out until it is resumed. Those running go on.", pausing: (name: string) => `Pausing the queue ${name}`,
    paused: (name: string) => `${name} is paused`, resumed: (name: string) => `${name} hands out tasks again`,
    waiting: (count: string) => `${count} ready`, runs: "Its runs",
  },
  workers: {
    title: "Workers", columns: { name: "Worker", kinds: "Kinds", capabilities: "Can also", seen: "Heard" },
    what: "Processes that claim tasks, heard in the last two minutes.",
    empty: "No worker is there", emptyWhat: "Runs wait until a worker that knows their kind starts. The built-in ones start with the services; others use a worker key made in your profile.",
  },
};
