//! A worker at work, and handlers that do what a test asks of them.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    time::Duration,
};

use metier_core::{Clock, Random, Timestamp};
use metier_worker::{
    BlockingHandler, Done, Handler, Handlers, KindSpec, Permanent, Retryable, Stream, TaskContext, TaskError,
    Worker, WorkerOptions,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::engine::Engine;

pub const NO_LIMIT: Duration = Duration::ZERO;

/// Counts how many handlers run.
#[derive(Clone, Default)]
pub struct Running {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Running {
    fn enter(&self) -> Entered {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        Entered(self.clone())
    }

    pub fn now(&self) -> usize {
        self.now.load(Ordering::SeqCst)
    }

    pub fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }
}

struct Entered(Running);

impl Drop for Entered {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::SeqCst);
    }
}

/// What one task is to do.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Order {
    Sleep { ms: u64 },
    Hang,
    Fail { after_ms: Option<u64> },
    FailForGood,
    Panic,
    Skip,
    Talk,
    Huge,
}

/// Does as ordered, without blocking.
struct Obedient(Running);

impl Handler for Obedient {
    type Parameters = Order;

    async fn run(&self, task: TaskContext, order: Order) -> Result<Done, TaskError> {
        let _entered = self.0.enter();
        match order {
            Order::Sleep { ms } => {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                Done::with(json!({ "slept": ms }))
            }
            Order::Hang => std::future::pending().await,
            Order::Fail { after_ms } => {
                let error = Retryable::new("peer_away", "the peer was away");
                Err(after_ms.map_or(error.clone(), |ms| error.after(Duration::from_millis(ms))).into())
            }
            Order::FailForGood => Err(Permanent::new("no_such_thing", "there is no such thing").into()),
            Order::Panic => panic!("the handler had a bad day"),
            Order::Skip => Ok(Done::Skipped("nothing had changed".to_owned())),
            Order::Talk => talk(&task).await,
            Order::Huge => Done::with("x".repeat(2 * 1024 * 1024)),
        }
    }
}

async fn talk(task: &TaskContext) -> Result<Done, TaskError> {
    task.progress(250, "a quarter");
    task.output(Stream::Stdout, "first\n");
    tokio::time::sleep(Duration::from_secs(2)).await;
    task.progress(500, "half");
    tokio::time::sleep(Duration::from_secs(2)).await;
    task.output(Stream::Stderr, "last\n");
    Done::with(())
}

/// Keeps its thread until told to stop, or, when stubborn, until the test lets go.
struct Busy {
    running: Running,
    let_go: Mutex<mpsc::Receiver<()>>,
}

impl BlockingHandler for Busy {
    type Parameters = Value;

    fn run(&self, task: &TaskContext, parameters: Value) -> Result<Done, TaskError> {
        let _entered = self.running.enter();
        match parameters["do"].as_str() {
            Some("stubborn") => {
                let _ = self.let_go.lock().unwrap().recv();
                Done::with("let go")
            }
            Some("panic") => panic!("the thread had a bad day"),
            Some("compute") => Done::with(42),
            _ => loop {
                task.check()?;
                std::thread::yield_now();
            },
        }
    }
}

/// A running worker with kinds `obedient` and `busy`.
pub struct Workshop {
    pub engine: Engine,
    pub running: Running,
    pub stop: CancellationToken,
    pub worker: JoinHandle<()>,
    pub let_go: mpsc::Sender<()>,
}

impl Workshop {
    pub fn open(engine: Engine, concurrency: usize) -> Self {
        let (clock, random) = (Clock::manual(Timestamp::from_seconds(1_000)), Random::seeded(7));
        let (running, stop) = (Running::default(), CancellationToken::new());
        let (let_go, receiver) = mpsc::channel();
        let busy = Busy { running: running.clone(), let_go: Mutex::new(receiver) };
        let handlers = Handlers::new()
            .with(KindSpec::new("obedient", 1, "Does as ordered"), Obedient(running.clone()))
            .with_blocking(KindSpec::new("busy", 1, "Keeps a core busy"), busy);
        let options = WorkerOptions {
            concurrency,
            drain: Duration::from_secs(5),
            ..WorkerOptions::new("test", &clock, &random)
        };
        let worker = Worker::new(engine.link(), handlers, options, clock, random);
        let token = stop.clone();
        let worker = tokio::spawn(async move { worker.run(token).await });
        Self { engine, running, stop, worker, let_go }
    }

    pub fn submit(&self, order: Value) -> i64 {
        self.engine.submit("obedient", order, NO_LIMIT)
    }

    /// Waits until so many handlers run.
    pub async fn until_running(&self, count: usize) {
        self.advance_until(|| self.running.now() == count).await;
    }

    /// Moves time on in small steps until `holds`; needed while a thread works, for time then stands still.
    pub async fn advance_until(&self, holds: impl Fn() -> bool) -> Duration {
        let step = Duration::from_millis(1);
        for count in 0..20_000 {
            if holds() {
                return step * count;
            }
            tokio::time::advance(step).await;
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
        }
        panic!("it never came");
    }

    pub async fn close(self) -> Engine {
        self.stop.cancel();
        self.worker.await.unwrap();
        assert_eq!(self.running.now(), 0, "a handler outlived its worker");
        self.engine
    }
}
