//! How the engine's speed changes as things grow: a long queue, a long history, more workers, more replicas.

use std::{path::Path, time::Instant};

use metier_db::{Backend, Database, DatabaseSettings};
use metier_jobs::MIGRATIONS;

use crate::{
    engine::{Bench, bench},
    per_second,
    report::Cells,
};

/// Tasks drained for one figure.
const SAMPLE: usize = 20_000;
/// Tasks that wait, or lie in history, for the longer figures.
const SIZES: &[usize] = &[0, 10_000, 100_000, 1_000_000];
const BATCH: i64 = 256;

/// Measures all of it; `most` bounds the queue and the history.
pub async fn measure(
    settings: &DatabaseSettings,
    database: Database,
    place: &Path,
    most: usize,
    cells: &mut Cells<'_>,
) {
    let one = bench(database, place).await;
    one.bulk(SAMPLE, 1_000).await;
    one.drain(BATCH, 1).await;
    let sizes = || SIZES.iter().copied().filter(|size| *size <= most);
    let mut waiting = 0;
    for size in sizes() {
        one.bulk(size - waiting, 10_000).await;
        waiting = size;
        cells.add(format!("enqueue, one caller, {size} ready"), one.enqueue(500, 1).await, "runs/s");
        one.bulk(SAMPLE, 1_000).await;
        let rate = part(&one, SAMPLE + 500).await;
        cells.add(format!("drain, one worker, {size} ready behind"), rate, "tasks/s");
    }
    let rate = one.drain(BATCH, 1).await;
    cells.add(format!("drain, one worker, all of {waiting}"), rate, "tasks/s");
    cells.add(format!("enqueue, one caller, {waiting} ended"), one.enqueue(500, 1).await, "runs/s");
    for workers in [1, 2, 4] {
        one.bulk(SAMPLE * 2, 1_000).await;
        let rate = one.drain(BATCH, workers).await;
        cells.add(format!("drain, {workers} workers, {waiting} ended"), rate, "tasks/s");
    }
    if one.backend() == Backend::Postgres {
        replicas(settings, place, one, cells).await;
    }
}

/// Drains a part of a longer queue.
async fn part(bench: &Bench, tasks: usize) -> f64 {
    let start = Instant::now();
    let done = bench.drain_at_most(BATCH, tasks).await;
    per_second(done, start)
}

/// Engines in this process, each with its own connections, on the same database.
async fn replicas(settings: &DatabaseSettings, place: &Path, first: Bench, cells: &mut Cells<'_>) {
    let mut engines = vec![first];
    for count in 1..=3 {
        if count > engines.len() {
            let database = Database::open(settings, "jobs", &MIGRATIONS).await.unwrap();
            engines.push(bench(database, place).await);
        }
        engines[0].bulk(SAMPLE * 2, 1_000).await;
        let start = Instant::now();
        let each = engines.iter().map(|engine| engine.drain_until_empty(BATCH));
        let done = futures::future::join_all(each).await.into_iter().sum();
        cells.add(
            format!("drain, one worker on each of {count} replicas"),
            per_second(done, start),
            "tasks/s",
        );
    }
}
