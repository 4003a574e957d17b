//! What people and a worker do to workflows, and what they must be answered.

use std::time::Duration;

use metier_core::{Ctx, Role, RunId};
use metier_jobs::{
    domain::{
        outcome::Outcome,
        state::TaskState,
        workflow::document::{OnTimeout, Work},
    },
    ops::{
        Engine,
        jobs::{self, Execution},
        runs,
        work::{self, ClaimWish, Reported},
        workflows::steer::{self, Verdict},
    },
};
use metier_testkit::{
    ensure,
    simulation::{Choices, Held as Holds},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    documents,
    rows::{Rows, RunRow, signals},
    world::{World, answer},
};
use crate::{
    bed::{failure, user, worker},
    workflows::flow::{definition, operator},
};

/// Jobs that there are at most, apart from those within others.
const JOBS: usize = 3;

/// A task that the worker works on.
pub struct Held {
    lease: Uuid,
    task: i64,
    parameters: String,
    stop: Option<&'static str>,
}

fn admin() -> Ctx {
    user(1, Role::Admin)
}

fn wish(limit: i64) -> ClaimWish {
    ClaimWish {
        worker: "worker-1".into(),
        kinds: vec![metier_jobs::domain::kind::KindName { name: "count".into(), version: 1 }],
        queues: Vec::new(),
        capabilities: Vec::new(),
        limit,
        wait: Duration::ZERO,
    }
}

fn id(run: &RunRow) -> RunId {
    RunId::from_uuid(run.id)
}

impl World {
    pub async fn start(&mut self, engine: &Engine, choices: &mut Choices) -> Holds {
        let name = match choices.of(&self.jobs).cloned() {
            Some(known) if self.jobs.len() >= JOBS || choices.once_in(3) => known,
            _ => self.define(engine, choices).await?,
        };
        let inputs = choices.once_in(2).then(|| json!({"odd": 1}).as_object().cloned()).flatten();
        let execution = Execution { inputs: Some(inputs.unwrap_or_default()), ..Execution::default() };
        let started = answer(jobs::execute(engine, &operator(), &name, execution).await)??;
        self.tell(format!("run {} of {name} is started", started.number));
        Ok(())
    }

    async fn define(&mut self, engine: &Engine, choices: &mut Choices) -> Holds<String> {
        let inner = if choices.once_in(2) { self.jobs.first().cloned() } else { None };
        let name = format!("flow-{}", self.jobs.len());
        let written = documents::write(choices, inner.as_deref());
        self.tell(format!("{name} is {}", written.document));
        answer(jobs::create(engine, &operator(), &name, definition(written.document)).await)??;
        self.jobs.push(name.clone());
        self.gives.insert(name.clone(), written.gives);
        Ok(name)
    }

    /// The worker does the next thing.
    pub async fn work(&mut self, engine: &Engine, choices: &mut Choices) -> Holds {
        match choices.below(12) {
            0 if choices.once_in(3) => {
                self.tell("the worker dies".into());
                self.held.clear();
            }
            0 if !self.told.is_empty() => {
                let again = self.told.clone();
                let accepted = answer(work::complete(engine, &worker(), again).await)??;
                ensure!(accepted.iter().all(|accepted| !accepted), "an outcome is accepted twice");
            }
            1 => self.heartbeat(engine, choices).await?,
            2..=8 if !self.held.is_empty() => {
                let held = self.held.swap_remove(choices.below(self.held.len()));
                let outcome = outcome(choices, &held);
                self.report(engine, held, outcome).await?;
            }
            _ => self.claim(engine, 1 + choices.below(4)).await?,
        }
        Ok(())
    }

    async fn claim(&mut self, engine: &Engine, limit: usize) -> Holds {
        let claimed = answer(work::claim(engine, &worker(), wish(limit as i64), Vec::new()).await)??;
        let tasks: Vec<i64> = claimed.tasks.iter().map(|(task, _)| task.task.task).collect();
        self.held.extend(claimed.tasks.into_iter().map(|(task, _)| Held {
            lease: task.lease,
            task: task.task.task,
            parameters: task.parameters,
            stop: None,
        }));
        self.tell(format!("the worker has got {tasks:?}"));
        Ok(())
    }

    async fn report(&mut self, engine: &Engine, held: Held, outcome: Outcome) -> Holds {
        self.tell(format!("the worker tells of {}: {}", held.task, outcome_name(&outcome)));
        let report = Reported { lease: held.lease, task: held.task, outcome };
        let reported = answer(work::complete(engine, &worker(), vec![report.clone()]).await);
        match reported {
            Ok(_) => self.told.push(report),
            // Who has no answer tells it again.
            Err(_) => self.held.push(held),
        }
        reported?.map(drop)
    }

    async fn heartbeat(&mut self, engine: &Engine, choices: &mut Choices) -> Holds {
        let Some(lease) = choices.of(&self.held).map(|held| held.lease) else { return Ok(()) };
        let nothing = (Vec::new(), Duration::ZERO);
        let stops = answer(work::heartbeat(engine, &worker(), lease, nothing).await)??;
        match stops {
            None => self.held.retain(|held| held.lease != lease),
            Some(stops) => {
                for held in self.held.iter_mut().filter(|held| held.lease == lease) {
                    held.stop = stops.iter().find(|stop| stop.task == held.task).map(|stop| stop.reason);
                }
            }
        }
        Ok(())
    }

    /// Claims what there is and does it well. Whether there was anything.
    pub async fn work_well(&mut self) -> Holds<bool> {
        let engine = self.engines[0].clone();
        let claimed = answer(work::claim(&engine, &worker(), wish(1_000), Vec::new()).await)??;
        let some = !claimed.tasks.is_empty();
        let report = |task: metier_jobs::store::batch::ClaimedTask| Reported {
            lease: task.lease,
            task: task.task.task,
            outcome: Outcome::Succeeded(task.parameters),
        };
        let reports = claimed.tasks.into_iter().map(|(task, _)| report(task)).collect();
        answer(work::complete(&engine, &worker(), reports).await)??;
        Ok(some)
    }

    pub async fn signal(&mut self, engine: &Engine, choices: &mut Choices) -> Holds {
        let rows = Rows::read(self).await?;
        let Some(run) = choices.of(&rows.workflows().collect::<Vec<_>>()).copied() else { return Ok(()) };
        let known = rows.documents[&run.number]
            .steps
            .iter()
            .any(|step| matches!(&step.work, Work::Signal { name, .. } if name == "go"));
        let is_first = signals(self, run.number).await?.is_empty();
        let payload = json!(choices.below(1_000));
        let found = answer(steer::signal(engine, &admin(), id(run), ("go", &payload)).await)?;
        self.tell(format!("run {} is sent go: {found:?}", run.number));
        let expected = match () {
            () if !known => Err("not_found".to_owned()),
            () if run.has_ended() => Err("run_ended".to_owned()),
            () => Ok(is_first),
        };
        ensure!(found == expected, "a signal is answered {found:?}, not {expected:?}");
        Ok(())
    }

    pub async fn judge(&mut self, engine: &Engine, choices: &mut Choices) -> Holds {
        let rows = Rows::read(self).await?;
        let waiting: Vec<_> = rows
            .workflows()
            .flat_map(|run| {
                let steps = rows.documents[&run.number].steps.iter().zip(rows.steps_of(run.number));
                steps
                    .filter(|(step, _)| matches!(step.work, Work::Approval(_)))
                    .map(move |(_, row)| (run, row))
            })
            .collect();
        let Some((run, step)) = choices.of(&waiting).copied() else { return Ok(()) };
        let (approved, may) = (!choices.once_in(3), !choices.once_in(4));
        let verdict = Verdict { approved, comment: String::new() };
        let who = if may { admin() } else { operator() };
        let number = run.number.to_string();
        let found = answer(steer::decide(engine, &who, (&number, &step.name), verdict).await)?.map(drop);
        let does = if approved { "approves" } else { "rejects" };
        self.tell(format!("somebody {does}: {found:?}: {} of run {number}", step.name));
        let is_asked = step.task_state() == TaskState::Waiting && step.begun_at.is_some();
        let expected: &[&str] = match () {
            () if !may => &["not_an_approver"],
            () if run.has_ended() => &["run_ended"],
            () if !is_asked => &["not_waiting"],
            // It may have been decided and not been acted upon.
            () => &["", "not_waiting"],
        };
        let code = found.err().unwrap_or_default();
        ensure!(expected.contains(&code.as_str()), "a verdict is answered {code:?}, not one of {expected:?}");
        Ok(())
    }

    pub async fn cancel(&mut self, engine: &Engine, choices: &mut Choices) -> Holds {
        let rows = Rows::read(self).await?;
        let Some(run) = choices.of(&rows.runs.values().collect::<Vec<_>>()).copied() else { return Ok(()) };
        self.tell(format!("somebody cancels run {}", run.number));
        let found = answer(runs::cancel(engine, &admin(), id(run)).await)?.map(drop);
        if run.state == "cancelling" && run.job.is_some() {
            self.tell("  it stops at once".into());
        }
        let expected = if run.has_ended() { Err("run_ended".to_owned()) } else { Ok(()) };
        ensure!(found == expected, "a cancellation is answered {found:?}, not {expected:?}");
        Ok(())
    }

    pub async fn resume(&mut self, engine: &Engine, choices: &mut Choices) -> Holds {
        let rows = Rows::read(self).await?;
        let ended: Vec<_> = rows.runs.values().filter(|run| run.has_ended() || choices.once_in(5)).collect();
        let Some(run) = choices.of(&ended).copied() else { return Ok(()) };
        // Even if it is killed: nobody knows what was done until then.
        self.by_hand.insert(run.number);
        let found = answer(runs::retry(engine, &admin(), id(run), None).await)?.map(|(_, tasks)| tasks);
        self.tell(format!("somebody resumes run {}: {found:?}", run.number));
        let expected = match () {
            () if !run.has_ended() => found == Err("run_open".into()),
            () if run.state == "succeeded" => found == Err("nothing_to_replay".into()),
            () => found.is_ok(),
        };
        ensure!(expected, "resuming run {} is answered {found:?}", run.number);
        Ok(())
    }

    /// Sends and approves everything that would be waited for for ever.
    pub async fn answer_everything(&mut self, rows: &Rows) -> Holds {
        let engine = self.engines[0].clone();
        for run in rows.workflows().filter(|run| !run.has_ended()) {
            for (step, row) in rows.documents[&run.number].steps.iter().zip(rows.steps_of(run.number)) {
                let is_asked = row.task_state() == TaskState::Waiting && row.begun_at.is_some();
                match &step.work {
                    Work::Signal { name, .. } if is_asked => {
                        answer(steer::signal(&engine, &admin(), id(run), (name, &Value::Null)).await)?.ok();
                    }
                    Work::Approval(approval) if is_asked && approval.on_timeout == OnTimeout::Fail => {
                        let verdict = Verdict { approved: true, comment: String::new() };
                        let place = (&*run.number.to_string(), &*row.name);
                        answer(steer::decide(&engine, &admin(), place, verdict).await)?.ok();
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

fn outcome(choices: &mut Choices, held: &Held) -> Outcome {
    match (held.stop, choices.below(12)) {
        (Some("timed_out"), _) => Outcome::TimedOut,
        (Some(_), _) => Outcome::Cancelled,
        (None, 0) => Outcome::Permanent(failure()),
        (None, 1) => Outcome::Retryable(failure(), Some(Duration::ZERO)),
        (None, 2) => Outcome::Retryable(failure(), None),
        (None, 3) => Outcome::TimedOut,
        _ => Outcome::Succeeded(held.parameters.clone()),
    }
}

fn outcome_name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded(_) => "succeeded",
        Outcome::Retryable(..) => "failed, to be tried again",
        Outcome::Permanent(_) => "failed",
        Outcome::TimedOut => "timed out",
        _ => "cancelled",
    }
}
