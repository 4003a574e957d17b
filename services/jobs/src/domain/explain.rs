//! Why a run waits, when it would start, or why it failed: in one sentence, from data.

use std::time::Duration;

use metier_core::Timestamp;

use super::{
    counts::Counts,
    limit::Rate,
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
    /// Workers seen lately that handle its kind and can do what it requires.
    pub workers: i64,
    /// Ready tasks of its lane that go first, counted up to a limit.
    pub ahead: i64,
    /// Other owners with ready tasks in the same queue and kind.
    pub others: i64,
    /// Tasks of its queue and kind that end in a second, as far as that is known.
    pub per_second: f64,
    /// The key its tasks carry.
    pub key: Option<KeyFacts>,
}

/// What is known about a key.
#[derive(Clone, Debug, Default)]
pub struct KeyFacts {
    /// The key.
    pub key: String,
    /// Tasks at a time.
    pub concurrency: Option<i64>,
    /// Tasks under a lease.
    pub in_use: i64,
    /// Since when the oldest of them runs.
    pub since: Option<Timestamp>,
    /// Numbers of the runs of the same owner that have them, a few at most.
    pub runs: Vec<i64>,
    /// Attempts begun in a while, and the moment of the next token.
    pub rate: Option<(Rate, Timestamp)>,
}

/// Why a run waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waits {
    /// `paused`, `delayed`, `no_worker`, `limit_full`, `rate`, `line`, `dependency` or `stopping`.
    pub cause: &'static str,
    /// One sentence.
    pub sentence: String,
    /// When it would start, as far as that can be told.
    pub starts_at: Option<Timestamp>,
    /// What would start it now.
    pub starts_now_if: Option<String>,
}

impl Waits {
    /// It waits for this, and nobody knows until when.
    pub fn new(cause: &'static str, sentence: String) -> Self {
        Self { cause, sentence, starts_at: None, starts_now_if: None }
    }

    fn at(self, moment: Option<Timestamp>) -> Self {
        Self { starts_at: moment, ..self }
    }

    fn unless(self, change: String) -> Self {
        Self { starts_now_if: Some(change), ..self }
    }
}

/// Why a run that is open does not run; `None` when there is nothing to explain.
pub fn explain(state: RunState, counts: &Counts, facts: &Facts, now: Timestamp) -> Option<Waits> {
    match state {
        RunState::Queued => Some(why_queued(facts, now)),
        RunState::Waiting => {
            let waiting = counts.of(TaskState::Waiting);
            Some(Waits::new(
                "dependency",
                format!("{waiting} tasks wait for a dependency, timer or approval"),
            ))
        }
        RunState::Cancelling => {
            let running = counts.of(TaskState::Running);
            Some(Waits::new("stopping", format!("{running} running tasks are being stopped")))
        }
        RunState::Running if counts.of(TaskState::Running) == 0 => Some(why_queued(facts, now)),
        _ => None,
    }
}

/// The first thing in the way.
fn why_queued(facts: &Facts, now: Timestamp) -> Waits {
    let (queue, kind) = (&facts.queue, &facts.kind);
    if let Some(since) = facts.paused_at {
        let sentence = format!("queue {queue} is paused since {since}; resume it to start");
        return Waits::new("paused", sentence).unless(format!("queue {queue} is resumed"));
    }
    if let Some(at) = facts.run_at.filter(|at| *at > now) {
        return Waits::new("delayed", format!("starts at {at}")).at(Some(at));
    }
    if facts.workers == 0 {
        let able = able(&facts.requires);
        let sentence =
            format!("no worker that handles {kind}{able} has been seen in the last two minutes; start one");
        return Waits::new("no_worker", sentence)
            .unless(format!("a worker that handles {kind}{able} is started"));
    }
    let held_back =
        facts.key.as_ref().and_then(|key| full(key).or_else(|| out_of_tokens(key, facts.ahead, now)));
    held_back.unwrap_or_else(|| in_line(facts, now))
}

fn able(requires: &[String]) -> String {
    match requires {
        [] => String::new(),
        words => format!(" and has {}", words.join(", ")),
    }
}

fn full(key: &KeyFacts) -> Option<Waits> {
    let most = key.concurrency.filter(|most| key.in_use >= *most)?;
    let KeyFacts { key, in_use, since, runs, .. } = key;
    let since = since.map(|since| format!(", the oldest since {since}")).unwrap_or_default();
    let runs = match runs.as_slice() {
        [] => String::new(),
        runs => format!(" by runs {}", runs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
    };
    let change = format!("the limit of key {key} is raised to {}", in_use + 1);
    let sentence = format!(
        "key {key} is full: {in_use} of {most} in use{runs}{since}; starts when one ends, or now if {change}"
    );
    Some(Waits::new("limit_full", sentence).unless(change))
}

fn out_of_tokens(key: &KeyFacts, ahead: i64, now: Timestamp) -> Option<Waits> {
    let (rate, next) = key.rate.filter(|(_, next)| *next > now)?;
    let behind = u64::try_from(ahead.saturating_mul(rate.interval())).unwrap_or(u64::MAX);
    let at = next.plus(Duration::from_micros(behind));
    let Rate { count, per_seconds, .. } = rate;
    let sentence = format!(
        "key {} lets {count} begin in {per_seconds} s: the next may at {next}, and {ahead} tasks go first, so it starts at about {at}",
        key.key
    );
    Some(Waits::new("rate", sentence).at(Some(at)))
}

fn in_line(facts: &Facts, now: Timestamp) -> Waits {
    let shared = match facts.others {
        0 => String::new(),
        others => format!("; the line is shared with {others} other owners"),
    };
    if facts.ahead == 0 {
        let sentence = format!("next in line: a worker will take it within moments{shared}");
        return Waits::new("line", sentence).at(Some(now));
    }
    let at = expected(facts, now);
    let about = at.map(|at| format!("; at the present rate it starts at about {at}")).unwrap_or_default();
    let (ahead, workers, kind) = (facts.ahead, facts.workers, &facts.kind);
    Waits::new("line", format!("{ahead} tasks go first; {workers} workers handle {kind}{shared}{about}"))
        .at(at)
}

/// When those ahead have been worked off, if things go on as they do and every owner gets the same share.
fn expected(facts: &Facts, now: Timestamp) -> Option<Timestamp> {
    let exact = |number: i64| f64::from(i32::try_from(number).unwrap_or(i32::MAX));
    let seconds = exact(facts.ahead) * exact(facts.others + 1) / facts.per_second;
    let wait = Duration::try_from_secs_f64(seconds).ok().filter(|wait| *wait < FORESEEABLE)?;
    Some(now.plus(Duration::from_secs(wait.as_secs())))
}

/// Nothing is foretold beyond a year.
const FORESEEABLE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

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

    fn say(facts: &Facts, now: Timestamp) -> Waits {
        explain(RunState::Queued, &Counts::all(TaskState::Ready, 1), facts, now).unwrap()
    }

    #[test]
    fn the_first_thing_in_the_way_is_named() {
        let now = Timestamp::EPOCH;
        let mut facts = Facts { kind: "sync".into(), queue: "slow".into(), ..Facts::default() };
        assert!(say(&facts, now).sentence.starts_with("no worker that handles sync"));
        facts.workers = 2;
        facts.ahead = 9;
        assert_eq!(say(&facts, now).sentence, "9 tasks go first; 2 workers handle sync");
        facts.run_at = Some(Timestamp::from_seconds(60));
        assert_eq!(say(&facts, now).sentence, "starts at 1970-01-01T00:01:00Z");
        facts.paused_at = Some(now);
        assert!(say(&facts, now).sentence.starts_with("queue slow is paused"));
    }

    #[test]
    fn a_full_key_says_who_has_it_and_what_would_help() {
        let key = KeyFacts {
            key: "board".into(),
            concurrency: Some(2),
            in_use: 2,
            since: Some(Timestamp::from_seconds(30)),
            runs: vec![7, 9],
            rate: None,
        };
        let mut facts = Facts { workers: 1, key: Some(key), ..Facts::default() };
        let told = say(&facts, Timestamp::from_seconds(60));
        assert_eq!(
            told.sentence,
            "key board is full: 2 of 2 in use by runs 7, 9, the oldest since 1970-01-01T00:00:30Z; starts when one ends, \
             or now if the limit of key board is raised to 3"
        );
        assert_eq!(told.starts_now_if.unwrap(), "the limit of key board is raised to 3");
        facts.key.as_mut().unwrap().concurrency = Some(3);
        assert_eq!(say(&facts, Timestamp::from_seconds(60)).cause, "line");
    }

    #[test]
    fn a_rate_says_when_the_turn_comes() {
        let rate = Rate { count: 6, per_seconds: 60, burst: 1 };
        let key = KeyFacts {
            key: "api".into(),
            rate: Some((rate, Timestamp::from_seconds(70))),
            ..KeyFacts::default()
        };
        let facts = Facts { workers: 1, ahead: 2, key: Some(key), ..Facts::default() };
        let told = say(&facts, Timestamp::from_seconds(60));
        assert_eq!((told.cause, told.starts_at), ("rate", Some(Timestamp::from_seconds(90))));
    }

    #[test]
    fn the_line_is_foretold_from_the_present_rate_and_the_owners_who_share_it() {
        let facts = Facts {
            workers: 1,
            ahead: 100,
            others: 1,
            per_second: 10.0,
            kind: "sync".into(),
            ..Facts::default()
        };
        let told = say(&facts, Timestamp::EPOCH);
        assert_eq!(
            told.sentence,
            "100 tasks go first; 1 workers handle sync; the line is shared with 1 other owners; \
             at the present rate it starts at about 1970-01-01T00:00:20Z"
        );
        assert_eq!(say(&Facts { per_second: 0.0, ..facts }, Timestamp::EPOCH).starts_at, None);
    }
}
