/** A workflow's run as a graph: how each step stands and why, the runs it started, and the decisions it waits for. */
import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { RunGraph } from "../../api/types";
import { Facts } from "../../components/Facts";
import { FlowGraph } from "../../components/FlowGraph";
import parts from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { Reason } from "../../components/Reason";
import { RelativeTime } from "../../components/RelativeTime";
import { JsonView } from "../../components/SchemaForm";
import { shown } from "../../components/shown";
import { isOpen, wordOf } from "../../components/state";
import { StateBadge } from "../../components/StateBadge";
import { text } from "../../texts";
import type { TabProps } from "../runs/RunPage";
import { Decision } from "./Decision";
import { runGraphQuery } from "./queries";
import { Signal } from "./Signal";

const words = text.workflows;
type Step = RunGraph["steps"][number];

export function GraphTab({ run }: TabProps) {
  const { data, error } = useQuery(runGraphQuery(run.id, isOpen(run.state)));
  const { step: open } = useSearch({ from: "/frame/runs/$run" });
  const navigate = useNavigate({ from: "/runs/$run" });
  if (error !== null && data === undefined) return <ProblemAlert error={error} />;
  if (data === undefined) return null;
  const step = data.steps.find((one) => one.name === open);
  const show = (name: string) => void navigate({ search: (before) => ({ ...before, step: name }), replace: true });
  return (
    <div className={parts.stack}>
      <FlowGraph label={words.graph} steps={data.steps.map((one) => ({ ...one, state: one.state ?? undefined }))} open={open} onOpen={show} />
      {step === undefined ? <p className={parts.soft}>{words.noStep}</p> : <StepDetail run={run.id} step={step} said={run.reason} />}
      <section className={parts.stack}><h3>{words.inputs}</h3><JsonView value={data.inputs} label={words.inputs} /></section>
      {data.outputs && <section className={parts.stack}><h3>{words.outputs}</h3><JsonView value={data.outputs} label={words.outputs} /></section>}
    </div>
  );
}

/** What the run said already is not said again. */
function StepDetail({ run, step, said }: { run: string; step: Step; said: string | null | undefined }) {
  const phases: Readonly<Record<string, string | undefined>> = words.phases;
  const moment = (at: string | null | undefined) => at && <RelativeTime at={at} />;
  return (
    <section className={parts.stack} aria-label={shown(step.name, 80)}>
      <div className={parts.heading}><h3>{shown(step.name, 120)}</h3>{step.state && <StateBadge state={step.state} />}</div>
      {step.description && <p className="foreign">{shown(step.description, 1000)}</p>}
      {step.state && step.reason !== said && <Reason state={step.state} reason={step.reason} />}
      {step.type === "approval" && step.state === "waiting" && <Decisions run={run} step={step.name} />}
      {step.signal && step.state === "waiting" && <Signal run={run} name={step.signal} />}
      <Facts rows={[
        [words.facts.does, shown(step.does, 200)],
        [words.facts.phase, phases[step.phase] ?? shown(step.phase, 40)],
        [words.facts.needs, shown(step.needs.join(", "), 400)],
        [words.facts.begun, moment(step.begun_at)],
        [words.facts.due, moment(step.due_at)],
        [words.facts.ended, moment(step.ended_at)],
        [words.facts.runs, step.run_count > 0 && <StepRuns step={step} />],
      ]} />
    </section>
  );
}

function Decisions({ run, step }: { run: string; step: string }) {
  const [deciding, setDeciding] = useState<boolean>();
  return (
    <div className={parts.actions}>
      <Decision.Buttons onDecide={setDeciding} />
      {deciding !== undefined && <Decision.Dialog run={run} step={step} approved={deciding} onClose={() => setDeciding(undefined)} />}
    </div>
  );
}

function StepRuns({ step }: { step: Step }) {
  return (
    <span>
      {words.runCount(step.run_count)}
      {(step.runs ?? []).map((run) => <span key={run.id}> · <Link to="/runs/$run" params={{ run: String(run.number) }}>{run.number} {wordOf(run.state)}</Link></span>)}
    </span>
  );
}
