//! `cargo xtask bench engine`: the engine's speed on this machine, beside the raw limit of the same disk and
//! database, with the fsync probe that gives the figures their meaning.
//!
//! A no-op kind; history is kept, completions are fenced, counters and events are on. SQLite runs with
//! `synchronous=FULL`. PostgreSQL is the server named by `METIER_TEST_POSTGRES_URL`; its `fsync` setting is printed.
//!
//! `--growth` measures instead how the figures change with a long queue, a long history, more workers, and more
//! replicas; `--pages` how long a page of the list of runs takes when there are `--runs` of them.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark ends at the first surprise and prints"
)]

mod engine;
mod growth;
mod machine;
mod pages;
mod report;

use std::{fs, path::Path, time::Instant};

use metier_core::Secret;
use metier_db::{Backend, Database, DatabaseSettings, sql};
use metier_jobs::MIGRATIONS;

use report::{Cell, Cells};

/// What the command line asks for.
struct Options {
    runs: usize,
    tasks: usize,
    rounds: usize,
    only: Option<String>,
    growth: bool,
    pages: bool,
    json: bool,
}

#[tokio::main]
async fn main() {
    let options = options();
    let folder = tempfile::tempdir_in(std::env::current_dir().unwrap()).unwrap();
    let mut cells = Vec::new();
    for round in 0..options.rounds {
        let place = folder.path().join(format!("sqlite-{round}"));
        fs::create_dir_all(&place).unwrap();
        if options.wants("sqlite") {
            let settings = DatabaseSettings::Sqlite { folder: place.clone() };
            measure("sqlite", &settings, &place, &options, &mut cells).await;
        }
        if options.wants("postgresql") && std::env::var("METIER_TEST_POSTGRES_URL").is_ok() {
            let server = metier_testkit::postgres::database().await;
            let settings =
                DatabaseSettings::Postgres { url: Secret::new(server.url.clone()), max_connections: 16 };
            measure("postgresql", &settings, &place, &options, &mut cells).await;
        }
    }
    report::print(&cells, options.json);
}

fn options() -> Options {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name);
        place.and_then(|place| arguments.get(place + 1))
    };
    let number =
        |name: &str, default: usize| after(name).and_then(|text| text.parse().ok()).unwrap_or(default);
    let given = |name: &str| arguments.iter().any(|argument| argument == name);
    Options {
        runs: number("--runs", 2_000),
        tasks: number("--tasks", 50_000),
        rounds: number("--rounds", 3),
        only: after("--only").cloned(),
        growth: given("--growth"),
        pages: given("--pages"),
        json: given("--json"),
    }
}

impl Options {
    fn wants(&self, database: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == database)
    }
}

async fn measure(
    name: &'static str,
    settings: &DatabaseSettings,
    place: &Path,
    options: &Options,
    cells: &mut Vec<Cell>,
) {
    let mut cells = Cells { database: name, cells };
    cells.add("fdatasync probe", machine::probe(place), "ms");
    let database = Database::open(settings, "jobs", &MIGRATIONS).await.unwrap();
    if database.backend() == Backend::Postgres {
        let query = "SELECT current_setting('fsync')";
        let fsync = sql::scalar::<String>(database.reader(), query, vec![]).await.unwrap();
        eprintln!("postgresql: fsync = {}", fsync.unwrap_or_default());
    }
    if options.growth {
        growth::measure(settings, database, place, options.tasks, &mut cells).await;
    } else if options.pages {
        pages::measure(database, place, options.runs, &mut cells).await;
    } else {
        speed(database, place, options, &mut cells).await;
    }
}

async fn speed(database: Database, place: &Path, options: &Options, cells: &mut Cells<'_>) {
    cells.add("raw insert, 1 per transaction", machine::inserts(&database, options.runs, 1).await, "rows/s");
    cells.add(
        "raw insert, 100 per transaction",
        machine::inserts(&database, options.runs, 100).await,
        "rows/s",
    );
    let bench = engine::bench(database, place).await;
    cells.add("enqueue, one caller", bench.enqueue(options.runs, 1).await, "runs/s");
    cells.add("enqueue, 64 callers", bench.enqueue(options.runs * 8, 64).await, "runs/s");
    cells.add("drain of those runs of one, batch 256", bench.drain(256, 1).await, "tasks/s");
    cells.add("bulk, 1,000 a call", bench.bulk(options.tasks, 1_000).await, "tasks/s");
    cells.add("drain, one worker, batch 256", bench.drain(256, 1).await, "tasks/s");
    cells.add("bulk, 10,000 a call", bench.bulk(options.tasks, 10_000).await, "tasks/s");
    cells.add("drain, one worker, batch 1000", bench.drain(1_000, 1).await, "tasks/s");
    let (half, most) = bench.pickup(300).await;
    cells.add("pickup at 100/s, p50", half, "ms");
    cells.add("pickup at 100/s, p99", most, "ms");
    cells.add("memory of this process", machine::resident(), "MB");
}

/// How many a second since `start`.
fn per_second(count: usize, start: Instant) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let rate = count as f64 / start.elapsed().as_secs_f64();
    rate
}
