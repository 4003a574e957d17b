//! How long a page of the list of runs takes when there are many runs.

use std::{path::Path, time::Instant};

use metier_core::PageRequest;
use metier_db::Database;
use metier_jobs::{domain::state::RunState, ops::runs, store::run_pages::Filter};

use crate::{
    engine::{Bench, bench},
    report::Cells,
};

/// Runs on one page, as the console asks for them.
const PAGE: u32 = 50;
const SAMPLES: usize = 200;
/// Runs of a kind that nobody used since: the hardest to find.
const RARE: usize = 20;

/// Fills the history with `total` runs of one task each, half of them ended, and turns pages.
pub async fn measure(database: Database, place: &Path, total: usize, cells: &mut Cells<'_>) {
    let bench = bench(database, place).await;
    bench.enqueue_rare(RARE).await;
    bench.enqueue(total / 2, 64).await;
    bench.drain(1_000, 1).await;
    let half = bench.now();
    bench.enqueue(total - total / 2, 64).await;
    let state = |state| Filter { states: vec![state], ..Filter::default() };
    let filters = [
        ("all", Filter::default()),
        ("succeeded", state(RunState::Succeeded)),
        ("failed, of which there are none", state(RunState::Failed)),
        ("of a kind long unused", Filter { kind: Some("rare".into()), ..Filter::default() }),
        ("of a kind that has none", Filter { kind: Some("none".into()), ..Filter::default() }),
        ("in a queue that has none", Filter { queue: Some("none".into()), ..Filter::default() }),
        ("created in the first half", Filter { created_before: Some(half), ..Filter::default() }),
    ];
    for (name, filter) in &filters {
        let (half, most) = turn(&bench, filter).await;
        cells.add(format!("page of runs, {total} in all, {name}, p50"), half, "ms");
        cells.add(format!("page of runs, {total} in all, {name}, p95"), most, "ms");
    }
    let start = Instant::now();
    runs::counts(&bench.engine, &bench.owner).await.unwrap();
    cells.add(format!("runs by state, {total} in all"), start.elapsed().as_secs_f64() * 1_000.0, "ms");
}

/// Turns pages one after the other, from the newest on; starts over at the end.
async fn turn(bench: &Bench, filter: &Filter) -> (f64, f64) {
    let mut page = PageRequest { limit: PAGE, after: None };
    let mut times = Vec::new();
    for _ in 0..SAMPLES {
        let start = Instant::now();
        let found = runs::list(&bench.engine, &bench.owner, filter, &page).await.unwrap();
        times.push(start.elapsed().as_secs_f64() * 1_000.0);
        page.after = found.next;
    }
    times.sort_by(f64::total_cmp);
    (times[SAMPLES / 2], times[SAMPLES * 95 / 100])
}
