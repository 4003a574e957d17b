//! A worker as the simulation plays it: neither honest nor quick, and at times deaf.

use std::time::Duration;

use metier_jobs::{domain::outcome::Outcome, ops::work::Stop};
use metier_testkit::simulation::Choices;
use uuid::Uuid;

use super::network::{Answer, Life, Report, Request};
use crate::bed::failure;

/// A result too large to lie in its row.
const LARGE: usize = 9_000;

/// A task it works on.
struct Held {
    lease: Uuid,
    task: i64,
    attempt: i64,
    stop: Option<&'static str>,
}

pub struct Worker {
    pub life: Life,
    held: Vec<Held>,
    /// Outcomes that the engine has not answered yet: told again until it has.
    untold: Vec<Report>,
}

impl Worker {
    pub fn new(worker: usize) -> Self {
        Self { life: Life { worker, number: 0 }, held: Vec::new(), untold: Vec::new() }
    }

    /// Dies and comes up again.
    pub fn die(&mut self) {
        let life = Life { number: self.life.number + 1, ..self.life };
        *self = Self { life, ..Self::new(life.worker) };
    }

    /// Does the next thing; what it sends, if that sends something.
    pub fn act(&mut self, choices: &mut Choices) -> Option<Request> {
        let from = self.life;
        match (choices.below(10), self.held.is_empty(), self.untold.is_empty()) {
            (0 | 1, ..) | (_, true, true) => Some(self.claim(choices)),
            (2 | 3, false, _) => {
                Some(Request::Heartbeat { from, lease: self.held[choices.below(self.held.len())].lease })
            }
            (4 | 5, _, false) | (_, true, false) => {
                Some(Request::Complete { from, reports: self.untold.clone() })
            }
            _ => {
                self.end_one(choices);
                None
            }
        }
    }

    fn claim(&self, choices: &mut Choices) -> Request {
        let reports = if choices.once_in(2) { self.untold.clone() } else { Vec::new() };
        Request::Claim { from: self.life, limit: 1 + choices.below(4), reports }
    }

    fn end_one(&mut self, choices: &mut Choices) {
        if self.held.is_empty() {
            return;
        }
        let Held { lease, task, attempt, stop } = self.held.swap_remove(choices.below(self.held.len()));
        let outcome = match stop {
            Some("timed_out") => Outcome::TimedOut,
            Some(_) => Outcome::Cancelled,
            None => outcome(choices, (task, attempt)),
        };
        self.untold.push(Report { lease, task, outcome });
    }

    /// Hears an answer, unless it was meant for a former life.
    pub fn hear(&mut self, life: Life, answer: Answer) {
        if life != self.life {
            return;
        }
        match answer {
            Answer::Claimed { tasks, reported } => {
                self.forget(&reported);
                self.held.extend(tasks.into_iter().map(|(lease, task)| Held {
                    lease,
                    task: task.task,
                    attempt: task.attempt,
                    stop: None,
                }));
            }
            Answer::Completed { reported } => self.forget(&reported),
            Answer::Heard { lease, stops: Some(stops) } => self.stop(lease, &stops),
            // Every other worker goes on with what it has lost, and reports it.
            Answer::Heard { lease, stops: None } if self.life.worker.is_multiple_of(2) => {
                self.held.retain(|held| held.lease != lease);
            }
            Answer::Heard { .. } => {}
        }
    }

    fn forget(&mut self, reported: &[Report]) {
        self.untold.retain(|report| !reported.contains(report));
    }

    fn stop(&mut self, lease: Uuid, stops: &[Stop]) {
        for held in self.held.iter_mut().filter(|held| held.lease == lease) {
            held.stop = stops.iter().find(|stop| stop.task == held.task).map(|stop| stop.reason);
        }
    }
}

fn outcome(choices: &mut Choices, (task, attempt): (i64, i64)) -> Outcome {
    match choices.below(16) {
        0 | 1 => Outcome::Retryable(failure(), None),
        2 => Outcome::Retryable(failure(), Some(Duration::from_secs(30))),
        3 => Outcome::Retryable(failure(), Some(Duration::ZERO)),
        4 => Outcome::Permanent(failure()),
        5 => Outcome::TimedOut,
        6 => Outcome::Cancelled,
        7 => Outcome::Skipped,
        8 => Outcome::Released,
        9 => Outcome::Succeeded(format!("\"{}\"", "x".repeat(LARGE))),
        _ => Outcome::Succeeded(format!("[{task},{attempt}]")),
    }
}
