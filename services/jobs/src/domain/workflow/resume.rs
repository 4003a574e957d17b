//! What is done again when an ended run is resumed: what did not succeed, and what depends on it.

use std::collections::BTreeSet;

use super::{
    document::{Document, Phase, Step, Work},
    standing::Standing,
};

/// How a step is done again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// The runs it started go on with what did not succeed in them.
    GoOn,
    /// From its beginning.
    Restart,
}

/// The steps that are done again, by position, and how; none when every step succeeded or was skipped.
pub fn resume(document: &Document, steps: &[Standing]) -> Vec<(usize, Again)> {
    let mut again: Vec<(usize, Again)> = Vec::new();
    if !steps.iter().any(Standing::is_bad) {
        return again;
    }
    let mut names: BTreeSet<&str> = BTreeSet::new();
    // A ring of steps cannot be saved, so that each round finds more until there is no more.
    loop {
        let before = names.len();
        for (step, standing) in document.steps.iter().zip(steps) {
            if standing.is_bad() || follows(document, step, &names) {
                names.insert(&step.name);
            }
        }
        if names.len() == before {
            break;
        }
    }
    for (position, (step, standing)) in document.steps.iter().zip(steps).enumerate() {
        if names.contains(step.name.as_str()) {
            let goes_on = standing.is_bad()
                && matches!(step.work, Work::Runs(_))
                && !standing.children.is_empty()
                && standing.refused.is_none()
                && !follows(document, step, &names);
            again.push((position, if goes_on { Again::GoOn } else { Again::Restart }));
        }
    }
    again
}

/// Whether a step comes after one of these: by need, or by the part of the document it is in.
fn follows(document: &Document, step: &Step, names: &BTreeSet<&str>) -> bool {
    let by_phase = step.phase > Phase::Steps
        && document.steps.iter().any(|other| other.phase < step.phase && names.contains(other.name.as_str()));
    by_phase || step.needs.iter().any(|need| names.contains(need.as_str()))
}
