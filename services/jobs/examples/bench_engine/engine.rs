//! The engine under measurement: one submitter, and workers without handlers.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use metier_blob::BlobStore;
use metier_bus::Outbox;
use metier_core::{Actor, Clock, CorrelationId, Ctx, Grants, Random, Timestamp, UserId, WorkspaceId};
use metier_db::{Backend, Database};
use metier_jobs::{
    Config,
    domain::{bad_items::OnBadItem, conditions::Conditions, kind::KindName, outcome::Outcome},
    ops::{
        Engine, Tools,
        declare::{Declared, declare},
        submit::{self, Submission},
        work::{self, ClaimWish, Reported},
    },
    store::batch::ClaimedTask,
};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::per_second;

/// An engine with its database, and who uses it.
pub struct Bench {
    pub engine: Engine,
    pub owner: Ctx,
    clock: Clock,
    worker: Ctx,
}

/// Starts one on `database`.
pub async fn bench(database: Database, place: &Path) -> Bench {
    let (clock, random) = (Clock::system(), Random::system());
    let tools = Tools {
        database,
        outbox: Outbox::new(clock.clone(), random.clone()),
        blobs: BlobStore::folder(&place.join("blobs")).unwrap(),
        clock: clock.clone(),
        random,
        identity: None,
        stop: CancellationToken::new(),
    };
    let engine = Engine::start(tools, Config::default()).await.unwrap();
    let ctx = |grants: &[&str]| Ctx {
        actor: Actor::User { id: UserId::from_uuid(Uuid::from_u128(1)) },
        workspace: WorkspaceId::DEFAULT,
        grants: Arc::new(Grants::parse(grants.iter().copied()).unwrap()),
        correlation: "bench".parse::<CorrelationId>().unwrap(),
        deadline: None,
    };
    let bench = Bench { engine, clock, owner: ctx(&["runs:*"]), worker: ctx(&["tasks:claim"]) };
    let kinds = ["noop", "rare"].map(|name| declare(bench.engine.config(), declared(name)).unwrap());
    work::register(&bench.engine, &bench.worker, ("bench", &[]), kinds.into()).await.unwrap();
    bench
}

fn declared(name: &str) -> Declared {
    Declared {
        name: KindName { name: name.into(), version: 1 },
        description: "does nothing".into(),
        parameter_schema: json!(true),
        permissions: vec![],
        timeout: Duration::ZERO,
        max_attempts: 0,
        backoff: (Duration::ZERO, Duration::ZERO),
    }
}

fn kind() -> KindName {
    KindName { name: "noop".into(), version: 1 }
}

impl Bench {
    async fn submit(&self, items: usize) {
        self.submit_of("noop", items).await;
    }

    async fn submit_of(&self, kind: &str, items: usize) {
        let submission = Submission {
            kind: kind.into(),
            kind_version: None,
            items: vec![json!({"n": 1}); items],
            on_bad_item: OnBadItem::Refuse,
            queue: None,
            priority: 0,
            conditions: Conditions::default(),
            run_at: None,
            max_attempts: None,
            timeout: None,
            key: None,
            source: "api",
            job: None,
        };
        submit::submit(&self.engine, &self.owner, submission).await.unwrap();
    }

    /// Enqueues runs that no worker here takes.
    pub async fn enqueue_rare(&self, runs: usize) {
        for _ in 0..runs {
            self.submit_of("rare", 1).await;
        }
    }

    /// The engine's time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Enqueues runs of one task: each caller awaits each.
    pub async fn enqueue(&self, runs: usize, callers: usize) -> f64 {
        let start = Instant::now();
        let each = (0..callers).map(|_| async {
            for _ in 0..runs / callers {
                self.submit(1).await;
            }
        });
        futures::future::join_all(each).await;
        per_second(runs, start)
    }

    /// Enqueues `tasks` in runs of so many each.
    pub async fn bulk(&self, tasks: usize, each: usize) -> f64 {
        let each = each.min(tasks).max(1);
        let start = Instant::now();
        for _ in 0..tasks / each {
            self.submit(each).await;
        }
        per_second(tasks / each * each, start)
    }

    fn wish(&self, limit: i64, wait: Duration) -> ClaimWish {
        let (worker, kinds) = ("bench".into(), vec![kind()]);
        ClaimWish { worker, kinds, queues: vec![], capabilities: vec![], limit, wait }
    }

    /// Tasks a second until none is left, by so many workers at once.
    pub async fn drain(&self, batch: i64, workers: usize) -> f64 {
        let start = Instant::now();
        let each = (0..workers).map(|_| self.drain_until_empty(batch));
        let done: usize = futures::future::join_all(each).await.into_iter().sum();
        per_second(done, start)
    }

    /// Drains until nothing is ready, and tells how many tasks that were.
    pub async fn drain_until_empty(&self, batch: i64) -> usize {
        self.drain_at_most(batch, usize::MAX).await
    }

    /// Each call reports the last batch and claims the next one.
    pub async fn drain_at_most(&self, batch: i64, most: usize) -> usize {
        let (mut done, mut reported) = (0, Vec::new());
        while done < most {
            let wish = self.wish(batch, Duration::ZERO);
            let claimed = work::claim(&self.engine, &self.worker, wish, reported).await.unwrap();
            done += claimed.tasks.len();
            reported = claimed.tasks.iter().map(succeeded).collect();
            if reported.is_empty() {
                return done;
            }
        }
        work::complete(&self.engine, &self.worker, reported).await.unwrap();
        done
    }

    /// What the tasks lie in.
    pub fn backend(&self) -> Backend {
        self.engine.database().backend()
    }

    /// From the call that submits to the handler's start, at a steady 100 a second.
    pub async fn pickup(&self, count: usize) -> (f64, f64) {
        let (sent, mut waits) = (Arc::new(std::sync::Mutex::new(Vec::new())), Vec::new());
        let submitting = async {
            let mut tick = tokio::time::interval(Duration::from_millis(10));
            for _ in 0..count {
                tick.tick().await;
                sent.lock().unwrap().push(Instant::now());
                self.submit(1).await;
            }
        };
        let working = async {
            let mut reported = Vec::new();
            while waits.len() < count {
                let wish = self.wish(1, Duration::from_secs(10));
                let claimed = work::claim(&self.engine, &self.worker, wish, std::mem::take(&mut reported))
                    .await
                    .unwrap();
                for task in &claimed.tasks {
                    let begun = sent.lock().unwrap()[waits.len()];
                    waits.push(begun.elapsed().as_secs_f64() * 1_000.0);
                    reported.push(succeeded(task));
                }
            }
            work::complete(&self.engine, &self.worker, reported).await.unwrap();
        };
        tokio::join!(submitting, working);
        waits.sort_by(f64::total_cmp);
        (waits[waits.len() / 2], waits[waits.len() * 99 / 100])
    }
}

fn succeeded((task, _): &(ClaimedTask, String)) -> Reported {
    Reported { lease: task.lease, task: task.task.task, outcome: Outcome::Succeeded("null".into()) }
}
