//! A workflow as a graph, in the languages of Mermaid and Graphviz.

use std::fmt::Write as _;

use super::document::{After, Document, Phase, Step, Tasks, What, Work};
use crate::domain::state::TaskState;

/// A language for graphs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Mermaid's flowcharts.
    Mermaid,
    /// Graphviz.
    Dot,
}

/// Draws a workflow; with the states of its steps when it is one of a run.
pub fn draw(document: &Document, states: Option<&[TaskState]>, format: Format) -> String {
    let drawing = Drawing { document, states };
    match format {
        Format::Mermaid => drawing.mermaid(),
        Format::Dot => drawing.dot(),
    }
}

/// What a step does, in a word or two.
pub fn does(step: &Step) -> String {
    let what = match &step.work {
        Work::Timer(_) => return "timer".to_owned(),
        Work::Signal { name, .. } => return format!("signal {name}"),
        Work::Approval(approval) => return format!("approval of {}", approval.who()),
        Work::Runs(runs) => match &runs.what {
            What::Kind { kind, tasks: Tasks::List(_), .. } => return format!("{kind}, many"),
            What::Kind { kind, .. } => kind.clone(),
            What::Workflow { job, .. } => format!("workflow {job}"),
        },
    };
    let is_many = matches!(&step.work, Work::Runs(runs) if runs.for_each.is_some());
    if is_many { format!("{what}, for each") } else { what }
}

struct Drawing<'a> {
    document: &'a Document,
    states: Option<&'a [TaskState]>,
}

const PHASES: [Phase; 3] = [Phase::Steps, Phase::OnFailure, Phase::Finally];

/// The color of a state.
const fn color(state: TaskState) -> &'static str {
    match state {
        TaskState::Waiting | TaskState::Ready => "#e5e7eb",
        TaskState::Running => "#bfdbfe",
        TaskState::Succeeded => "#bbf7d0",
        TaskState::Failed | TaskState::TimedOut => "#fecaca",
        TaskState::Cancelled | TaskState::Skipped => "#fde68a",
    }
}

impl Drawing<'_> {
    fn label(&self, position: usize, step: &Step, line: &str) -> String {
        let state = self.states.and_then(|states| states.get(position));
        let state = state.map(|state| format!("{line}{state}")).unwrap_or_default();
        format!("{}{line}{}{state}", step.name, does(step)).replace('"', "'")
    }

    /// Which step comes after which, and whether after its failure or in any case.
    fn edges(&self) -> Vec<(usize, usize, &'static str)> {
        let after = |step: &Step| match step.after {
            After::Success => "",
            After::Failure => "failure",
            After::End => "end",
        };
        let steps = self.document.steps.iter().enumerate();
        let edges = steps.flat_map(|(to, step)| {
            let from = step.needs.iter().filter_map(|need| self.document.position(need));
            from.map(move |from| (from, to, after(step)))
        });
        edges.collect()
    }

    fn phases(&self) -> Vec<Phase> {
        PHASES.into_iter().filter(|phase| self.document.of_phase(*phase).next().is_some()).collect()
    }

    fn mermaid(&self) -> String {
        let mut text = "flowchart TB\n".to_owned();
        for phase in self.phases() {
            let _ = writeln!(text, "  subgraph {}", phase.name());
            for (position, step) in self.document.of_phase(phase) {
                let _ = writeln!(text, "    s{position}[\"{}\"]", self.label(position, step, "<br/>"));
            }
            text.push_str("  end\n");
        }
        for (from, to, after) in self.edges() {
            let label = if after.is_empty() { String::new() } else { format!("|{after}|") };
            let _ = writeln!(text, "  s{from} -->{label} s{to}");
        }
        for pair in self.phases().windows(2) {
            if let [before, after] = pair {
                let _ = writeln!(text, "  {} -.-> {}", before.name(), after.name());
            }
        }
        for (position, state) in self.states.into_iter().flatten().enumerate() {
            let _ = writeln!(text, "  style s{position} fill:{},color:#111", color(*state));
        }
        text
    }

    fn dot(&self) -> String {
        let mut text =
            "digraph workflow {\n  node [shape=box, style=\"rounded,filled\", fillcolor=white];\n".to_owned();
        for phase in self.phases() {
            let _ = writeln!(text, "  subgraph cluster_{} {{\n    label={};", phase.name(), phase.name());
            for (position, step) in self.document.of_phase(phase) {
                let state = self.states.and_then(|states| states.get(position));
                let fill =
                    state.map(|state| format!(", fillcolor=\"{}\"", color(*state))).unwrap_or_default();
                let _ = writeln!(
                    text,
                    "    s{position} [label=\"{}\"{fill}];",
                    self.label(position, step, "\\n")
                );
            }
            text.push_str("  }\n");
        }
        for (from, to, after) in self.edges() {
            let label = if after.is_empty() { String::new() } else { format!(" [label={after}]") };
            let _ = writeln!(text, "  s{from} -> s{to}{label};");
        }
        text.push_str("}\n");
        text
    }
}
