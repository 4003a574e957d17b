//! graphile_worker, the Rust implementation, with its local queue of 500. It deletes the row of a finished job.

use graphile_worker::{
    IntoTaskHandlerResult, JobSpec, LocalQueueConfig, TaskHandler, Worker, WorkerContext, WorkerOptions,
};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};

use crate::measure::{Queue, handled};

struct Graphile {
    worker: Arc<Worker>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Noop {
    sent: f64,
}

impl TaskHandler for Noop {
    const IDENTIFIER: &'static str = "noop";

    async fn run(self, _: WorkerContext) -> impl IntoTaskHandlerResult {
        handled(self.sent);
        Ok::<(), String>(())
    }
}

/// The queue, with its tables.
pub async fn queue() -> impl Queue {
    let options = WorkerOptions::default()
        .database_url(&crate::fresh_database("graphile_worker").await)
        .concurrency(24)
        .schema("graphile_worker")
        .define_job::<Noop>()
        .local_queue(LocalQueueConfig::builder().size(500).build())
        .complete_job_batch_delay(Duration::ZERO);
    Graphile { worker: Arc::new(options.init().await.expect("tables")) }
}

impl Queue for Graphile {
    async fn one(&mut self, sent: f64) {
        let utilities = self.worker.create_utils();
        utilities.add_job(Noop { sent }, JobSpec::default()).await.expect("enqueued");
    }

    async fn many(&mut self, sent: Vec<f64>) {
        let specification = JobSpec::default();
        let jobs: Vec<_> = sent.into_iter().map(|sent| (Noop { sent }, &specification)).collect();
        self.worker.create_utils().add_jobs(&jobs).await.expect("enqueued");
    }

    fn work(&self) {
        let worker = Arc::clone(&self.worker);
        tokio::spawn(async move { worker.run().await });
    }
}
