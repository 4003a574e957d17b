/** What is said about workflows: graphs, approvals, signals. */
import { many } from "./many";

export const workflows = {
  workflows: {
    graph: "Graph", steps: "Steps", noStep: "Choose a step to see how it stands.",
    phases: { steps: "steps", on_failure: "when something failed", finally: "at the end" },
    facts: { does: "Does", phase: "Part", needs: "After", begun: "Began", due: "Waits until", ended: "Ended", runs: "Its runs" }, runCount: (count: number) => many(count, "run"),
    approve: "Approve", reject: "Reject", approveTitle: (step: string) => `Approve ${step}?`, rejectTitle: (step: string) => `Reject ${step}?`, approveWhat: "The step succeeds and what needs it goes on.", rejectWhat: "The step fails, and what needs it does not run.",
    comment: "Why", commentHelp: "Kept with the decision.", approved: (step: string) => `${step} is approved`, rejected: (step: string) => `${step} is rejected`,
    send: "Send the signal", sendTitle: (signal: string) => `Send the signal ${signal}?`, sendWhat: "The step that waits for it goes on and gives what you send. The first signal of a name counts.", payload: "What to send, as JSON", notJson: "This is not JSON yet.",
    sent: (signal: string) => `The signal ${signal} is sent`, repeated: (signal: string) => `The signal ${signal} had been sent before: that one counts`,
    inputs: "Inputs", outputs: "Outputs",
  },
};
