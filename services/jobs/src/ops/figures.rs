//! The engine in numbers: what it counts as it goes, and what is looked up when somebody reads the metrics.
//!
//! Each is described, with an alert, in `docs/operations/monitoring.md`. What is counted here is counted after its
//! commit: a transaction that is tried again counts once.

use std::collections::BTreeMap;

use metier_core::Fault;
use metier_db::DbError;
use metrics::{counter, gauge, histogram};

use super::engine::Engine;
use crate::{
    domain::outcome::Outcome,
    store::{
        batch::{BatchDone, Completion},
        figures::{self, QueueFigure},
    },
};

/// How attempts end.
const OUTCOMES: [&str; 6] = ["succeeded", "failed", "timed_out", "cancelled", "skipped", "lost"];
/// Queues that are told apart, the oldest ones; the rest are counted together, for names are people's to make up.
const QUEUES: usize = 50;
/// The rest.
const OTHER_QUEUES: &str = "other";

const ATTEMPTS: &str = "metier_jobs_attempts_total";
const REFUSED: &str = "metier_jobs_completions_refused_total";
const CLAIMS: &str = "metier_jobs_claims_total";
const SUBMITTED: &str = "metier_jobs_runs_submitted_total";

/// Makes every counter visible from the start, so that an alert can tell zero from missing.
pub fn begin() {
    OUTCOMES.iter().for_each(|outcome| counter!(ATTEMPTS, "outcome" => *outcome).increment(0));
    for name in [REFUSED, CLAIMS, SUBMITTED] {
        counter!(name).increment(0);
    }
}

/// Counts what a committed batch of completions and a claim did.
pub(super) fn batch(completions: &[Completion], done: &BatchDone) {
    for (completion, accepted) in completions.iter().zip(&done.accepted) {
        if *accepted {
            attempt(&completion.outcome, 1);
        } else {
            counter!(REFUSED).increment(1);
        }
    }
    if !completions.is_empty() {
        histogram!("metier_jobs_completions_size").record(size(completions.len()));
    }
    if !done.claimed.is_empty() {
        counter!(CLAIMS).increment(1);
        histogram!("metier_jobs_claim_size").record(size(done.claimed.len()));
    }
}

/// Counts attempts that ended; one that was given back unstarted is none.
pub(super) fn attempt(outcome: &Outcome, count: usize) {
    if let Some(outcome) = outcome.recorded() {
        counter!(ATTEMPTS, "outcome" => outcome).increment(u64::try_from(count).unwrap_or(u64::MAX));
    }
}

/// Counts a commit of submissions.
pub(super) fn submitted(together: usize, fresh: usize) {
    counter!(SUBMITTED).increment(u64::try_from(fresh).unwrap_or(u64::MAX));
    histogram!("metier_jobs_submissions_size").record(size(together));
}

fn size(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// The lines at a moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lines {
    /// Tasks ready, delayed and running, by queue.
    pub queues: BTreeMap<String, [i64; 3]>,
    /// How long the oldest ready task has been due, in seconds; 0 when there is none.
    pub oldest_ready_seconds: f64,
}

/// Looks up how long the lines are, from the short tables alone.
///
/// # Errors
/// A database failure.
pub async fn lines(engine: &Engine) -> Result<Lines, Fault> {
    let reader = engine.database().reader();
    let ready = figures::ready(reader).await.map_err(DbError::from)?;
    let told: Vec<String> = ready.iter().take(QUEUES).map(|figure| figure.queue.clone()).collect();
    let delayed = figures::delayed(reader).await.map_err(DbError::from)?;
    let running = figures::running(reader).await.map_err(DbError::from)?;
    let oldest = figures::oldest_ready(reader).await.map_err(DbError::from)?;
    let now = engine.clock().now();
    let oldest_ready_seconds = oldest.map_or(0.0, |since| now.since(since).as_secs_f64());
    Ok(Lines { queues: by_queue(&told, [ready, delayed, running]), oldest_ready_seconds })
}

fn by_queue(told: &[String], states: [Vec<QueueFigure>; 3]) -> BTreeMap<String, [i64; 3]> {
    let mut queues = BTreeMap::<String, [i64; 3]>::new();
    for (state, figures) in states.into_iter().enumerate() {
        for QueueFigure { queue, tasks } in figures {
            let queue = if told.contains(&queue) { queue } else { OTHER_QUEUES.to_owned() };
            queues.entry(queue).or_default()[state] += tasks;
        }
    }
    queues
}

/// Shows the lines as gauges.
///
/// # Errors
/// As [`lines`].
pub async fn look_up(engine: Engine) -> Result<(), Fault> {
    let lines = lines(&engine).await?;
    for (queue, counts) in lines.queues {
        for (state, count) in ["ready", "delayed", "running"].into_iter().zip(counts) {
            let count = size(usize::try_from(count).unwrap_or_default());
            gauge!("metier_jobs_tasks", "queue" => queue.clone(), "state" => state).set(count);
        }
    }
    gauge!("metier_jobs_oldest_ready_seconds").set(lines.oldest_ready_seconds);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queues_beyond_those_told_apart_are_counted_together() {
        let figure = |queue: &str, tasks| QueueFigure { queue: queue.into(), tasks };
        let ready = vec![figure("default", 3), figure("mail", 1), figure("night", 2)];
        let queues = by_queue(&["default".into()], [ready, vec![figure("mail", 5)], vec![]]);
        let expected = [("default".to_owned(), [3, 0, 0]), ("other".to_owned(), [3, 5, 0])];
        assert_eq!(queues, BTreeMap::from(expected));
    }
}
