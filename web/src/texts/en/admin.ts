/** What is said to administrators. */
import { many } from "./many";

export const admin = {
  admin: {
    title: "Admin", tabs: { users: "People", roles: "Roles", keys: "API keys", system: "System" },
    users: {
      columns: { number: "No.", name: "Name", email: "E-mail address", role: "Role", state: "State", since: "Since" },
      facets: { q: "Name", role: "Role", disabled: "Disabled" }, choices: { true: "disabled", false: "active" },
      active: "active", disabled: "disabled", you: "you",
      add: "Add a person", addWhat: "Give them the address and the first password by a way you trust. They change it in their profile.",
      email: "E-mail address", name: "Name", password: "First password", passwordHelp: "10 characters or more.", role: "Role", extra: "Rights beyond the role", extraHelp: "One a line or between commas, such as runs:cancel.",
      save: "Save", saved: (name: string) => `${name} is saved`, added: (name: string) => `${name} is added`,
      disable: "Disable", disableTitle: (name: string) => `Disable ${name}?`, disableWhat: "They are signed out everywhere and cannot sign in until you enable them. What they own stays.", disabling: (name: string) => `Disabling ${name}`,
      enable: "Enable", enabled: (name: string) => `${name} may sign in again`, wasDisabled: (name: string) => `${name} is disabled`,
      remove: "Delete", removeTitle: (name: string) => `Delete ${name}?`, removeWhat: "The account and its keys are gone. This cannot be taken back later.", removing: (name: string) => `Deleting ${name}`, removed: (name: string) => `${name} is deleted`,
      notYourself: "You cannot do this to your own account.", edit: "Change", rights: "What they may do", newPassword: "Another password", newPasswordHelp: "Leave it empty to keep the present one. It ends all their sessions.",
      empty: "Nobody matches", emptyWhat: "Take a filter away, or add the person.",
      facts: { number: "Number", since: "Account since", changed: "Changed", disabled: "Disabled" },
    },
    roles: {
      matrix: "Permissions by role", matrixWhat: "A role's rights as the server has them. What a star gives is marked too.", right: "Permission", has: (role: string, right: string) => `${role} has ${right}`, hasNot: (role: string, right: string) => `${role} does not have ${right}`,
      builtIn: "built in", own: "made here", add: "Make a role", addWhat: "You cannot give a role more than you may do yourself.", name: "Name", description: "What it is for", grants: "Permissions", grantsHelp: "One a line or between commas. resource:* is every right on a resource.",
      change: "Change", save: "Save", saved: (name: string) => `The role ${name} is saved`, remove: "Delete", removeTitle: (name: string) => `Delete the role ${name}?`, removeWhat: "Only a role that nobody has can be deleted.", removing: (name: string) => `Deleting the role ${name}`, removed: (name: string) => `The role ${name} is deleted`,
      fixed: "Built-in roles do not change. Make one of your own.", title: "Roles",
    },
    keys: {
      what: "Everybody's keys for programs and workers. New ones are made in one's own profile.", columns: { name: "Key", owner: "Whose", rights: "Rights", used: "Last used", ends: "Ends", state: "State" },
      good: "good", revoked: "revoked", ended: "ended", never: "never", noEnd: "no end", empty: "No keys yet", emptyWhat: "Programs and workers that call the API need one. Everybody makes their own in their profile.", make: "Open your profile",
      revoke: "Revoke", facts: { made: "Made", kinds: "Kinds it may claim", queues: "Queues it may claim from", prefix: "Begins with" },
    },
    system: {
      services: "Services", servicesWhat: "How each fares, as the public door hears it.", version: "Version",
      index: "Search index", indexWhat: "It follows the postings' change log.", behind: (count: number) => (count === 0 ? "It is level with the postings." : `It is ${many(count, "change")} behind.`), indexed: (count: number) => `${many(count, "posting")} in it`,
      recount: "Recount", recountWhat: "Counts every run anew from its tasks and compares. Large histories take a while.", recountGo: "Recount every run", agrees: "Every counter agrees with its tasks.", disagrees: (count: number) => `${many(count, "run")} ${count === 1 ? "has" : "have"} counters that disagree with their tasks.`, recounting: "Recounting", tallies: "What the engine counted about itself", disagreements: "Runs that disagree",
      tally: { late_completions: "Completions refused for coming late", lost_attempts: "Attempts lost with their worker", overdue_attempts: "Attempts ended for taking too long" },
      keys: "Signing key", keysWhat: "Tokens are signed with it. The old key stays good until its last token has ended.", rotate: "Replace the key", rotateTitle: "Replace the signing key?", rotateWhat: "New tokens are signed with a new key at once. Nobody is signed out.", rotating: "Replacing the signing key", rotated: "The signing key is replaced",
    },
  },
};
