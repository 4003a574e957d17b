//! The words of Jobber and ours.

use metier_core::Fault;

use crate::domain::state::RunState;

/// Kinds that Jobber's clients know by another name.
const KINDS: [(&str, &str); 2] = [("Fibonacci", "fibonacci"), ("LoadProducts", "load-products")];

/// Our name of a kind that may be called by Jobber's.
pub fn kind_of(name: &str) -> &str {
    KINDS.iter().find(|(theirs, _)| *theirs == name).map_or(name, |(_, ours)| ours)
}

/// Jobber's name of a kind, or ours where it has none.
pub fn name_of(kind: &str) -> &str {
    KINDS.iter().find(|(_, ours)| *ours == kind).map_or(kind, |(theirs, _)| theirs)
}

/// Jobber's word for a state. It has three, and tells the truth in each.
pub fn status_of(state: RunState) -> &'static str {
    match state {
        RunState::Succeeded => "COMPLETED",
        RunState::Partial | RunState::Failed | RunState::TimedOut | RunState::Cancelled => "FAILED",
        RunState::Queued | RunState::Running | RunState::Waiting | RunState::Cancelling => "IN_PROGRESS",
    }
}

/// The states that a word of Jobber's stands for, or the one of ours that it names.
pub fn states_of(word: &str) -> Result<Vec<RunState>, Fault> {
    let named: Vec<RunState> = RunState::ALL.into_iter().filter(|state| status_of(*state) == word).collect();
    if !named.is_empty() {
        return Ok(named);
    }
    let message =
        format!("does not know {word:?}; there are IN_PROGRESS, COMPLETED, FAILED, and the states of runs");
    word.parse().map(|state| vec![state]).map_err(|_| Fault::invalid("status", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobbers_kinds_go_by_both_names() {
        for (theirs, ours) in KINDS {
            assert_eq!((kind_of(theirs), kind_of(ours), name_of(ours)), (ours, ours, theirs));
        }
        assert_eq!((kind_of("source.sync"), name_of("source.sync")), ("source.sync", "source.sync"));
    }

    #[test]
    fn a_word_is_one_of_jobbers_or_one_of_ours() {
        assert_eq!(states_of("COMPLETED").unwrap(), [RunState::Succeeded]);
        assert_eq!(states_of("partial").unwrap(), [RunState::Partial]);
        assert_eq!(states_of("FAILED").unwrap().len() + states_of("IN_PROGRESS").unwrap().len() + 1, 9);
        assert!(states_of("DONE").is_err());
    }
}
