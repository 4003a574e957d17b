//! A request at the engine's door: answered by the engine and by the model, which must agree.

use std::time::Duration;

use metier_core::{Ctx, Fault, Grants, Role, RunId};
use metier_jobs::{
    domain::{
        bad_items::OnBadItem, conditions::Conditions, kind::KindName, limit::KeyLimit, state::RunState,
    },
    ops::{
        Engine, queues, runs,
        submit::{self, Submission},
        work::{self, ClaimWish, Reported},
    },
};
use metier_testkit::{ensure, simulation::Held};
use serde_json::json;
use uuid::Uuid;

use super::{
    model::Run,
    network::{Answer, Life, Report, Request, Wanted},
    world::World,
};
use crate::bed::user;

/// What a worker may need to have.
const SPECIAL: &str = "special";
/// The worker that does not have it.
const PLAIN: usize = 2;

type Answered = Held<Option<(Life, Answer)>>;

fn worker(life: Life) -> Ctx {
    let grants = Grants::parse(["tasks:claim"]).unwrap_or_default();
    Ctx { grants: grants.into(), ..user(90 + life.worker as u128, Role::Viewer) }
}

fn code(error: metier_jobs::Error) -> String {
    Fault::from(error).code.to_string()
}

fn reported(reports: &[Report]) -> Vec<Reported> {
    let report = |Report { lease, task, outcome }: &Report| Reported {
        lease: *lease,
        task: *task,
        outcome: outcome.clone(),
    };
    reports.iter().map(report).collect()
}

impl World {
    pub async fn answer(&mut self, engine: &Engine, request: Request) -> Answered {
        match request {
            Request::Submit(wanted) => self.submit(engine, wanted).await.map(|()| None),
            Request::Cancel(run) => self.cancel(engine, run).await.map(|()| None),
            Request::Replay(run) => self.replay(engine, run).await.map(|()| None),
            Request::Pause(queue) => self.pause(engine, queue).await.map(|()| None),
            Request::Resume(queue) => self.resume(engine, queue).await.map(|()| None),
            Request::Claim { from, limit, reports } => self.claim(engine, from, (limit, reports)).await,
            Request::Complete { from, reports } => self.complete(engine, from, reports).await,
            Request::Heartbeat { from, lease } => self.heartbeat(engine, from, lease).await,
        }
    }

    async fn submit(&mut self, engine: &Engine, wanted: Wanted) -> Held {
        let now = self.now();
        let ctx = user(1 + wanted.owner as u128, Role::Admin);
        let submission = submission(&wanted, now);
        let answer = submit::submit(engine, &ctx, submission).await.map_err(code);
        if let Some((number, earlier)) = self.model.by_key(wanted.key) {
            let expected =
                if earlier.wanted == wanted { Ok(number) } else { Err("idempotency_key_reused".into()) };
            let found = answer.map(|submitted| submitted.number);
            ensure!(found == expected, "a second submission under a key: {found:?}, not {expected:?}");
            self.tell(format!("  a second submission under a key: {found:?}"));
            return Ok(());
        }
        let number = answer?.number;
        let row = runs::submitted(engine, &ctx, number).await.map_err(code)?.row;
        let (id, first) = (RunId::from_uuid(row.id), row.first_task);
        let run = Run { id, wanted, epoch: 1, state: RunState::Queued };
        self.model.submit((number, first), run, now)
    }

    async fn cancel(&mut self, engine: &Engine, id: RunId) -> Held {
        let answer = runs::cancel(engine, &self.maria(), id).await.map(drop).map_err(code);
        let number = self.model.by_id(id)?;
        let expected = if self.model.cancel(number)? { Ok(()) } else { Err("run_ended".to_owned()) };
        ensure!(answer == expected, "cancelling run {number}: {answer:?}, not {expected:?}");
        Ok(())
    }

    async fn replay(&mut self, engine: &Engine, id: RunId) -> Held {
        let answer = runs::retry(engine, &self.maria(), id, None).await.map(|(_, tasks)| tasks).map_err(code);
        let number = self.model.by_id(id)?;
        let expected = match self.model.replay(number) {
            None => Err("run_open".to_owned()),
            Some(0) => Err("nothing_to_replay".to_owned()),
            Some(tasks) => Ok(tasks),
        };
        ensure!(answer == expected, "replaying run {number}: {answer:?}, not {expected:?}");
        Ok(())
    }

    async fn pause(&mut self, engine: &Engine, queue: &'static str) -> Held {
        let answer = queues::pause(engine, &self.maria(), queue).await;
        self.model.paused.extend(self.model.queues.get(queue));
        self.check_queue(queue, answer.map(drop))
    }

    async fn resume(&mut self, engine: &Engine, queue: &'static str) -> Held {
        let answer = queues::resume(engine, &self.maria(), queue).await;
        self.model.paused.remove(queue);
        self.check_queue(queue, answer.map(drop))
    }

    fn check_queue(&self, queue: &str, answer: Result<(), metier_jobs::Error>) -> Held {
        let (known, answer) = (self.model.queues.contains(queue), answer.map_err(code));
        let expected = if known { Ok(()) } else { Err("not_found".to_owned()) };
        ensure!(answer == expected, "queue {queue}: {answer:?}, not {expected:?}");
        Ok(())
    }

    async fn claim(
        &mut self,
        engine: &Engine,
        from: Life,
        (limit, reports): (usize, Vec<Report>),
    ) -> Answered {
        let now = self.now();
        let special = from.worker != PLAIN;
        let wish = ClaimWish {
            worker: format!("worker-{}", from.worker),
            kinds: vec![KindName { name: "count".into(), version: 1 }],
            queues: Vec::new(),
            capabilities: if special { vec![SPECIAL.into()] } else { Vec::new() },
            limit: i64::try_from(limit).unwrap_or(1),
            wait: Duration::ZERO,
        };
        let claimed = work::claim(engine, &worker(from), wish, reported(&reports)).await.map_err(code)?;
        // What the reports put back in line is there for this claim only when nothing else was.
        let before = self.model.claimable(special);
        let accepted = self.model.report(from.worker, &reports, now)?;
        ensure!(claimed.accepted == accepted, "accepted {:?}, not {accepted:?}", claimed.accepted);
        let some = self.model.takable(&before, now) > 0;
        let lanes = if some { before } else { self.model.claimable(special) };
        let tasks: Vec<_> = claimed.tasks.iter().map(|(task, _)| task.task).collect();
        self.model.check_order(&lanes, &tasks, (limit, now))?;
        self.model.claim((claimed.lease.unwrap_or_default(), from.worker), &tasks, now)?;
        let tasks: Vec<_> = claimed.tasks.into_iter().map(|(task, _)| (task.lease, task.task)).collect();
        self.tell(format!("  worker {} has got {tasks:?}, accepted {accepted:?}", from.worker));
        Ok(Some((from, Answer::Claimed { tasks, reported: reports })))
    }

    async fn complete(&mut self, engine: &Engine, from: Life, reports: Vec<Report>) -> Answered {
        let found = work::complete(engine, &worker(from), reported(&reports)).await.map_err(code)?;
        let now = self.now();
        let accepted = self.model.report(from.worker, &reports, now)?;
        ensure!(found == accepted, "accepted {found:?}, not {accepted:?}");
        self.tell(format!("  accepted {accepted:?}"));
        Ok(Some((from, Answer::Completed { reported: reports })))
    }

    async fn heartbeat(&mut self, engine: &Engine, from: Life, lease: Uuid) -> Answered {
        let nothing = (Vec::new(), Duration::ZERO);
        let stops = work::heartbeat(engine, &worker(from), lease, nothing).await.map_err(code)?;
        let now = self.now();
        let expected = self.model.heartbeat(from.worker, lease, now);
        let found = stops.as_ref().map(|stops| stops.iter().map(|stop| (stop.task, stop.reason)).collect());
        ensure!(found == expected, "a heartbeat is answered {found:?}, not {expected:?}");
        self.tell(format!("  heard {stops:?}"));
        Ok(Some((from, Answer::Heard { lease, stops })))
    }
}

fn submission(wanted: &Wanted, now: metier_core::Timestamp) -> Submission {
    Submission {
        kind: "count".into(),
        kind_version: None,
        items: (0..wanted.items).map(|n| json!({ "n": n })).collect(),
        on_bad_item: OnBadItem::Refuse,
        queue: Some(wanted.queue.into()),
        priority: wanted.priority,
        conditions: conditions(wanted),
        run_at: wanted.delay.map(|delay| now.plus(delay)),
        max_attempts: Some(wanted.max_attempts),
        timeout: Some(wanted.timeout),
        key: Some((wanted.key.to_string(), format!("{wanted:?}"))),
        source: "api",
        job: None,
    }
}

fn conditions(wanted: &Wanted) -> Conditions {
    Conditions {
        requires: wanted.special.then(|| SPECIAL.to_owned()).into_iter().collect(),
        limits: wanted
            .key_limit
            .map(|key| KeyLimit { key: key.name().into(), limit: key.limit() })
            .into_iter()
            .collect(),
    }
}
