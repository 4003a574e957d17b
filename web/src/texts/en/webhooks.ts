/** What is said about webhooks and their deliveries. */
import { many } from "./many";
import { formatCount } from "../../components/format";

export const webhooks = {
  webhooks: {
    title: "Webhooks", webhook: (name: string) => `Webhook ${name}`, what: "Yours alone. Each tells a program elsewhere what happens, as far as you may see it.",
    columns: { name: "Webhook", state: "State", url: "Address", types: "Events", since: "Made" },
    all: "everything", paused: "paused", failing: "failing", active: "active",
    empty: "No webhooks yet", emptyWhat: "A webhook posts events to an address of yours as they happen: signed, and sent again until they arrive.",
    add: "Add a webhook", addTitle: "Add a webhook", addWhat: "It hears what you may see now. Its secret is shown once, right after.",
    change: "Change", changeTitle: (name: string) => `Change ${name}`, changeWhat: "Saving it also gives it the rights you have now.",
    name: "Name", nameHelp: "1 to 100 letters, digits, -, _ or dots.", url: "Address", urlHelp: "Events are posted to it. It must be public, unless the operator allows its network.",
    types: "Events", typesHelp: "Types or how they begin, between commas, such as run.failed, source. Everything when left empty.",
    save: "Save", saved: (name: string) => `${name} is saved`,
    secretTitle: (name: string) => `The secret of ${name}`, secretWhat: "Give it to the receiver: it checks with it that a delivery is ours. It is shown this once and never again.", secret: "the secret", secretDone: "I have kept it",
    test: "Send a test", tested: "A test is on its way: its answer is shown below",
    pause: "Pause", resume: "Resume", pausedNow: (name: string) => `${name} is paused: nothing is sent to it`, resumedNow: (name: string) => `${name} goes on`, pausedWhy: "It is paused. Resume it first.",
    rotate: "Another secret", rotateTitle: (name: string) => `Give ${name} another secret?`, rotateWhat: "For a day deliveries are signed with both, so that the receiver can change in its own time.",
    remove: "Delete", removeTitle: (name: string) => `Delete the webhook ${name}?`, removeWhat: "Nothing is sent to it any more, and its deliveries are gone.", removing: (name: string) => `Deleting ${name}`, removed: (name: string) => `${name} is deleted`,
    facts: { url: "Address", types: "Events", failing: "Nothing arrives since", oldSecret: "The secret before signs until", made: "Made", changed: "Changed" },
    whyOff: (why: string) => `Nothing is sent: ${why}`, offByYou: "Nothing is sent while it is paused.",
    deliveries: "Deliveries", noDeliveries: "Nothing was sent yet. Send a test to see whether it arrives.", noneInState: "None is in this state.", allStates: "All",
    deliveryStates: { waiting: "waiting", delivered: "delivered", failed: "failed" },
    deliveryColumns: { state: "State", type: "Event", answer: "Tries", made: "Made", next: "Next try" },
    delivery: (type: string) => `Delivery of ${type}`, replay: "Send it again", replayed: "It is sent again", noDelivery: "Choose a delivery to see what was sent and answered.",
    replayMany: "Send many again", replayManyTitle: (name: string) => `Send deliveries of ${name} again`, replayManyWhat: "Each under the id it had, so that a receiver can tell repetitions.",
    from: "Made at or after", until: "Made before", which: "Which", either: "delivered and failed", replayedMany: (count: number) => `${many(count, "delivery", "deliveries")} ${count === 1 ? "is" : "are"} sent again`,
    deliveryFacts: { id: "Delivery", event: "Event's id", made: "Made", settled: "Settled", next: "Next try", tries: "Tries" },
    tries: "What was answered", noTries: "Not tried yet.", try: (number: number) => `Try ${formatCount(number)}`, status: (status: number) => `answered ${status}`, noAnswer: "no answer", began: "The answer begins", body: "What is sent",
  },
};
