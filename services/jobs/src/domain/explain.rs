//! Why a run waits, or why it failed, in one sentence, from data.

use metier_core::Timestamp;

use super::{
    counts::Counts,
    state::{RunState, TaskState},
};

/// What is known about a run that has not started.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Its queue's name.
    pub queue: String,
    /// Its kind's name.
    pub kind: String,
    /// Capabilities its tasks need.
    pub requires: Vec<String>,
    /// Since when its queue is paused.
    pub paused_at: Option<Timestamp>,
    /// When its first task becomes ready.
    pub run_at: Option<Timestamp>,
    /// Workers seen lately that handle its kind.
    pub workers: i64,
    /// Ready tasks of its lane that go first, counted up to a limit.
    pub ahead: i64,
}

/// One sentence on a run that is not done, or did not go well; `None` when there is nothing to explain.
pub fn explain(state: RunState, counts: &Counts, facts: &Facts, now: Timestamp) -> Option<String> {
    match state {
        RunState::Queued => Some(why_queued(facts, now)),
        RunState::Waiting => {
            Some(format!("{} tasks wait for a dependency, timer or approval", counts.of(TaskState::Waiting)))
        }
        RunState::Cancelling => {
            Some(format!("{} running tasks are being stopped", counts.of(TaskState::Running)))
        }
        RunState::Running if counts.of(TaskState::Running) == 0 => Some(why_queued(facts, now)),
        _ => None,
    }
}

fn why_queued(facts: &Facts, now: Timestamp) -> String {
    if let Some(since) = facts.paused_at {
        return format!("queue {} is paused since {since}; resume it to start", facts.queue);
    }
    if let Some(at) = facts.run_at.filter(|at| *at > now) {
        return format!("starts at {at}");
    }
    match (facts.workers, facts.ahead) {
        (0, _) => format!(
            "no worker that handles {}{} has been seen in the last two minutes; start one",
            facts.kind,
            able(&facts.requires)
        ),
        (_, 0) => "next in line: a worker will take it within moments".to_owned(),
        (workers, ahead) => format!("{ahead} tasks go first; {workers} workers handle {}", facts.kind),
    }
}

fn able(requires: &[String]) -> String {
    match requires {
        [] => String::new(),
        words => format!(" and has {}", words.join(", ")),
    }
}

/// Why a run ended as it did, for its record: the counts that matter and the first error.
pub fn ending(state: RunState, counts: &Counts, first_error: Option<&str>) -> Option<String> {
    let bad = counts.of(TaskState::Failed) + counts.of(TaskState::TimedOut);
    let error = first_error.map(|error| format!("; first error: {error}")).unwrap_or_default();
    match state {
        RunState::Failed | RunState::TimedOut | RunState::Partial => {
            Some(format!("{bad} of {} tasks did not succeed{error}", counts.size()))
        }
        RunState::Cancelled => Some(format!(
            "cancelled; {} of {} tasks were stopped",
            counts.of(TaskState::Cancelled),
            counts.size()
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_thing_in_the_way_is_named() {
        let (counts, now) = (Counts::all(TaskState::Ready, 1), Timestamp::EPOCH);
        let say = |facts: &Facts| explain(RunState::Queued, &counts, facts, now).unwrap();
        let mut facts = Facts { kind: "sync".into(), queue: "slow".into(), ..Facts::default() };
        assert!(say(&facts).starts_with("no worker that handles sync"));
        facts.workers = 2;
        facts.ahead = 9;
        assert_eq!(say(&facts), "9 tasks go first; 2 workers handle sync");
        facts.run_at = Some(Timestamp::from_seconds(60));
        assert_eq!(say(&facts), "starts at 1970-01-01T00:01:00Z");
        facts.paused_at = Some(now);
        assert!(say(&facts).starts_with("queue slow is paused"));
    }
}
