/** What is said about workflows: graphs, approvals, signals. */
import { many } from "./many";

export const workflows = {
  workflows: {
    graph: "Graph", steps: "Steps", noStep: "Choose a step to see how it stands.",
    phases: { steps: "steps", on_failure: "when something failed", finally: "at the end" },
    facts: { does: "Does", phase: "Part", needs: "After", begun: "Began", due: "Waits until", ended: "Ended", runs: "Its runs" }, runCount: (count: number) => many(count, "run"),
    approve: "Approve", reject: "Reject", approveTitle: (step: string) => `Approve ${step}?`, rejectTitle: (step: string) => `Reject ${step}?`, approveWhat: "The step succeeds and what needs it goes on.", rejectWhat: "The step fails, and what needs it does not run.",
    comment: "Why", commentHelp: "Kept with the decision.", approved: (step: string) => `${step} is approved`, rejected: (step: string) => `${step} is rejected`,
    inputs: "Inputs", outputs: "Outputs",
  },
};
