//! What is measured, the same for every queue and in every language.
//!
//! 1. `one`: so many single enqueues by one caller who awaits each.
//! 2. `bulk`: so many tasks in calls of 1,000.
//! 3. `drain`: the worker is started and all of that is handled; from the first handler to the last.
//! 4. `pickup`: single enqueues at 100 a second, from before the call to the handler's start.

use std::{
    fs,
    sync::Mutex,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};

/// Calls of the handler: when, and how long after the task was enqueued, in seconds.
static HANDLED: Mutex<Vec<(f64, f64)>> = Mutex::new(Vec::new());

/// A queue that can be measured. A task's only content is the moment it was enqueued at.
pub trait Queue {
    /// Enqueues one task and waits until the queue has it for good.
    async fn one(&mut self, sent: f64);
    /// Enqueues many with one call.
    async fn many(&mut self, sent: Vec<f64>);
    /// Starts a worker in the background that calls [`handled`] for each task.
    fn work(&self);
}

/// Seconds since 1970.
pub fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_secs_f64()
}

/// What every handler does, and all it does.
pub fn handled(sent: f64) {
    let now = now();
    HANDLED.lock().expect("no handler panics").push((now, now - sent));
}

/// Measures `queue` and tells its figures.
pub async fn measure(mut queue: impl Queue, runs: usize, tasks: usize) -> Value {
    let start = Instant::now();
    for _ in 0..runs {
        queue.one(now()).await;
    }
    let one = runs as f64 / start.elapsed().as_secs_f64();
    let start = Instant::now();
    for _ in 0..tasks / 1_000 {
        queue.many(vec![now(); 1_000]).await;
    }
    let bulk = (tasks / 1_000 * 1_000) as f64 / start.elapsed().as_secs_f64();
    queue.work();
    let drain = drain(runs + tasks / 1_000 * 1_000).await;
    let (half, most) = pickup(&mut queue).await;
    json!({ "one": one, "bulk": bulk, "drain": drain, "pickup_p50": half, "pickup_p99": most, "memory": resident() })
}

async fn drain(expected: usize) -> f64 {
    handled_by_now(expected).await;
    let handled = HANDLED.lock().expect("no handler panics");
    let first = handled.iter().map(|(when, _)| *when).fold(f64::MAX, f64::min);
    let last = handled.iter().map(|(when, _)| *when).fold(0.0, f64::max);
    handled.len() as f64 / (last - first)
}

/// Milliseconds from enqueue to handler: half of them, and 99 of 100, are at most this.
async fn pickup(queue: &mut impl Queue) -> (f64, f64) {
    const COUNT: usize = 300;
    HANDLED.lock().expect("no handler panics").clear();
    let mut tick = tokio::time::interval(Duration::from_millis(10));
    for _ in 0..COUNT {
        tick.tick().await;
        queue.one(now()).await;
    }
    handled_by_now(COUNT).await;
    let mut waits: Vec<f64> =
        HANDLED.lock().expect("no handler panics").iter().map(|(_, wait)| wait * 1_000.0).collect();
    waits.sort_by(f64::total_cmp);
    (waits[waits.len() / 2], waits[waits.len() * 99 / 100])
}

async fn handled_by_now(expected: usize) {
    let patience = Instant::now() + Duration::from_secs(120);
    while HANDLED.lock().expect("no handler panics").len() < expected {
        assert!(Instant::now() < patience, "two minutes were not enough for {expected} tasks");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Memory of this process, MB.
fn resident() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    kilobytes.unwrap_or(0.0) / 1_024.0
}
