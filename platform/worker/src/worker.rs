//! A worker: handlers, and a link to the engine that has tasks for them.

use std::{sync::Arc, thread, time::Duration};

use metier_core::{Clock, Random};
use metier_rpc::Link;
use tokio_util::sync::CancellationToken;

use crate::{Handlers, calls::Calls, dispatcher::Dispatcher};

/// How a worker works.
#[derive(Clone, Debug)]
pub struct WorkerOptions {
    /// Names this worker among all that run: host, process, start.
    pub name: String,
    /// Queues to take from; empty for all that its key may.
    pub queues: Vec<String>,
    /// What this worker can do, for tasks that require it.
    pub capabilities: Vec<String>,
    /// Tasks that run at a time; at least one.
    pub concurrency: usize,
    /// How long running tasks may go on after a stop was asked for.
    pub drain: Duration,
    /// How long a claim waits for a task before it asks again.
    pub long_poll: Duration,
}

impl WorkerOptions {
    /// Two tasks per core, 10 s to drain, which leaves the process of its 20 s some to tell how they ended. The name is `label` made unique for this start.
    pub fn new(label: &str, clock: &Clock, random: &Random) -> Self {
        let cores = thread::available_parallelism().map_or(2, usize::from);
        Self {
            name: format!("{label}-{}-{}", std::process::id(), random.uuid(clock.now()).simple()),
            queues: Vec::new(),
            capabilities: Vec::new(),
            concurrency: 2 * cores,
            drain: Duration::from_secs(10),
            long_poll: Duration::from_secs(30),
        }
    }
}

/// Claims tasks of its kinds and runs their handlers, until told to stop. Clones are the same worker, for a
/// loop that is started again.
#[derive(Clone)]
pub struct Worker(Arc<Setup>);

/// What the parts of a worker share.
pub(crate) struct Setup {
    pub(crate) calls: Calls,
    pub(crate) handlers: Handlers,
    pub(crate) options: WorkerOptions,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
}

impl Worker {
    /// A worker with these handlers for the engine behind `link`.
    pub fn new(link: Link, handlers: Handlers, options: WorkerOptions, clock: Clock, random: Random) -> Self {
        let calls = Calls::new(link, random.clone());
        Self(Arc::new(Setup { calls, handlers, options, clock, random }))
    }

    /// Works until `stop`, then gives back what has not begun, lets what runs come to its end within the
    /// time to drain, reports it, and returns.
    ///
    /// An engine that is away is waited for; nothing ends the loop but `stop`. Dropping the future stops at
    /// once: what was claimed goes to other workers when the leases end.
    pub async fn run(&self, stop: CancellationToken) {
        Dispatcher::new(Arc::clone(&self.0)).run(stop).await;
    }
}
