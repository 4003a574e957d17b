//! `cargo xtask bench engine`: the engine's speed on this machine, beside the raw limit of the same disk and
//! database, with the fsync probe that gives the figures their meaning.
//!
//! A no-op kind; history is kept, completions are fenced, counters and events are on. SQLite runs with
//! `synchronous=FULL`. PostgreSQL is the server named by `METIER_TEST_POSTGRES_URL`; its `fsync` setting is printed.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark ends at the first surprise and prints"
)]

mod machine;
mod report;

use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use metier_blob::BlobStore;
use metier_bus::Outbox;
use metier_core::{Actor, Clock, CorrelationId, Ctx, Grants, Random, Secret, UserId, WorkspaceId};
use metier_db::{Backend, Database, DatabaseSettings, sql};
use metier_jobs::{
    Config, MIGRATIONS,
    domain::{conditions::Conditions, kind::KindName, outcome::Outcome},
    ops::{
        Engine, Tools,
        declare::{Declared, declare},
        submit::{self, Submission},
        work::{self, ClaimWish, Reported},
    },
};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use report::Cell;

struct Options {
    runs: usize,
    tasks: usize,
    rounds: usize,
    json: bool,
}

#[tokio::main]
async fn main() {
    let options = options();
    let folder = tempfile::tempdir().unwrap();
    let mut cells = Vec::new();
    for round in 0..options.rounds {
        let place = folder.path().join(format!("sqlite-{round}"));
        fs::create_dir_all(&place).unwrap();
        let settings = DatabaseSettings::Sqlite { folder: place.clone() };
        measure("sqlite", settings, &place, &options, &mut cells).await;
        if let Ok(url) = std::env::var("METIER_TEST_POSTGRES_URL") {
            let server = metier_testkit::postgres::database().await;
            drop(url);
            let settings =
                DatabaseSettings::Postgres { url: Secret::new(server.url.clone()), max_connections: 16 };
            measure("postgres", settings, &place, &options, &mut cells).await;
        }
    }
    report::print(&cells, options.json);
}

fn options() -> Options {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str, default: usize| {
        let place = arguments.iter().position(|argument| argument == name);
        place.and_then(|place| arguments.get(place + 1)?.parse().ok()).unwrap_or(default)
    };
    Options {
        runs: number("--runs", 2_000),
        tasks: number("--tasks", 50_000),
        rounds: number("--rounds", 3),
        json: arguments.iter().any(|argument| argument == "--json"),
    }
}

struct Bench {
    engine: Engine,
    owner: Ctx,
    worker: Ctx,
}

async fn measure(
    name: &'static str,
    settings: DatabaseSettings,
    place: &Path,
    options: &Options,
    cells: &mut Vec<Cell>,
) {
    let mut cell = |what: &str, value: f64, unit| {
        cells.push(Cell { database: name, name: what.to_owned(), value, unit });
    };
    cell("fdatasync probe", machine::probe(place), "ms");
    let database = Database::open(&settings, "jobs", &MIGRATIONS).await.unwrap();
    if database.backend() == Backend::Postgres {
        let fsync = sql::scalar::<String>(database.reader(), "SELECT current_setting('fsync')", vec![])
            .await
            .unwrap();
        println!("postgres fsync = {}", fsync.unwrap_or_default());
    }
    cell("raw insert, 1 per transaction", machine::inserts(&database, options.runs, 1).await, "rows/s");
    cell("raw insert, 100 per transaction", machine::inserts(&database, options.runs, 100).await, "rows/s");
    let bench = bench(database, place).await;
    cell("enqueue, one caller", bench.enqueue(options.runs, 1).await, "runs/s");
    cell("enqueue, 64 callers", bench.enqueue(options.runs * 8, 64).await, "runs/s");
    cell("drain of those runs of one, batch 256", bench.drain(256).await, "tasks/s");
    cell("bulk, one run of many", bench.bulk(options.tasks).await, "tasks/s");
    cell("drain, one worker, batch 256", bench.drain(256).await, "tasks/s");
    bench.bulk(options.tasks).await;
    cell("drain, one worker, batch 1000", bench.drain(1_000).await, "tasks/s");
    bench.bulk(options.tasks).await;
    cell("drain, two workers, batch 256", bench.drain_by_two(256).await, "tasks/s");
    let (half, most) = bench.pickup(300).await;
    cell("pickup at 100/s, p50", half, "ms");
    cell("pickup at 100/s, p99", most, "ms");
    cell("memory of this process", machine::resident(), "MB");
}

async fn bench(database: Database, place: &Path) -> Bench {
    let (clock, random) = (Clock::system(), Random::system());
    let tools = Tools {
        database,
        outbox: Outbox::new(clock.clone(), random.clone()),
        blobs: BlobStore::folder(&place.join("blobs")).unwrap(),
        clock,
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
    let bench = Bench { engine, owner: ctx(&["runs:*"]), worker: ctx(&["tasks:claim"]) };
    let declared = Declared {
        name: kind(),
        description: "does nothing".into(),
        parameter_schema: json!(true),
        permissions: vec![],
        timeout: Duration::ZERO,
        max_attempts: 0,
        backoff: (Duration::ZERO, Duration::ZERO),
    };
    let noop = declare(bench.engine.config(), declared).unwrap();
    work::register(&bench.engine, &bench.worker, ("bench", &[]), vec![noop]).await.unwrap();
    bench
}

fn kind() -> KindName {
    KindName { name: "noop".into(), version: 1 }
}

impl Bench {
    async fn submit(&self, items: usize) {
        let submission = Submission {
            kind: "noop".into(),
            kind_version: None,
            items: vec![json!({"n": 1}); items],
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

    async fn enqueue(&self, runs: usize, callers: usize) -> f64 {
        let start = Instant::now();
        let each = (0..callers).map(|_| async {
            for _ in 0..runs / callers {
                self.submit(1).await;
            }
        });
        futures::future::join_all(each).await;
        per_second(runs, start)
    }

    async fn bulk(&self, tasks: usize) -> f64 {
        let start = Instant::now();
        for _ in 0..tasks.div_ceil(10_000) {
            self.submit(10_000.min(tasks)).await;
        }
        per_second(tasks, start)
    }

    fn wish(&self, limit: i64, wait: Duration) -> ClaimWish {
        let (worker, kinds) = ("bench".into(), vec![kind()]);
        ClaimWish { worker, kinds, queues: vec![], capabilities: vec![], limit, wait }
    }

    async fn drain(&self, batch: i64) -> f64 {
        let start = Instant::now();
        let done = self.drain_until_empty(batch).await;
        per_second(done, start)
    }

    async fn drain_by_two(&self, batch: i64) -> f64 {
        let start = Instant::now();
        let (left, right) = tokio::join!(self.drain_until_empty(batch), self.drain_until_empty(batch));
        per_second(left + right, start)
    }

    /// Each call reports the last batch and claims the next one.
    async fn drain_until_empty(&self, batch: i64) -> usize {
        let (mut done, mut reported) = (0, Vec::new());
        loop {
            let wish = self.wish(batch, Duration::ZERO);
            let claimed = work::claim(&self.engine, &self.worker, wish, reported).await.unwrap();
            if claimed.tasks.is_empty() {
                return done;
            }
            done += claimed.tasks.len();
            let outcome = |(task, _): &(metier_jobs::store::batch::ClaimedTask, String)| Reported {
                lease: task.lease,
                task: task.task.task,
                outcome: Outcome::Succeeded("null".into()),
            };
            reported = claimed.tasks.iter().map(outcome).collect();
        }
    }

    /// From the call that submits to the handler's start, at a steady 100 a second.
    async fn pickup(&self, count: usize) -> (f64, f64) {
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
                for (task, _) in &claimed.tasks {
                    let begun = sent.lock().unwrap()[waits.len()];
                    waits.push(begun.elapsed().as_secs_f64() * 1_000.0);
                    let (lease, task) = (task.lease, task.task.task);
                    reported.push(Reported { lease, task, outcome: Outcome::Succeeded("null".into()) });
                }
            }
            work::complete(&self.engine, &self.worker, reported).await.unwrap();
        };
        tokio::join!(submitting, working);
        waits.sort_by(f64::total_cmp);
        (waits[waits.len() / 2], waits[waits.len() * 99 / 100])
    }
}

/// How many a second since `start`.
fn per_second(count: usize, start: Instant) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let rate = count as f64 / start.elapsed().as_secs_f64();
    rate
}
