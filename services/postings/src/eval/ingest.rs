//! How fast a sync takes postings in, measured from the plugin's first line until a search finds the last.
//!
//! A plugin on a loopback port streams invented postings; the sync reads, validates, de-duplicates and stores
//! them with full durability while the index follows, as in a running service. One posting in ten is the text of
//! an earlier one under an id of its own. Beside the speed stands what a figure means nothing without: how long
//! the disk takes to keep one page, and how busy the machine was.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, atomic::AtomicU64, atomic::Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::{get, post};
use metier_bus::Outbox;
use metier_core::{Clock, Random};
use metier_db::{Database, DatabaseSettings};
use serde::Serialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::invented::{Dice, posting};
use crate::domain::posting::Posting;
use crate::error::Error;
use crate::ops::{Desk, index::IndexHandle, sync};
use crate::{Config, MIGRATIONS, fetch::Fetcher, store, workers};

const SOURCE: &str = "measured";
/// One in so many repeats an earlier text.
const REPEAT: u64 = 10;
/// Lines between two checkpoints.
const PAGE: u64 = 200;
/// Bytes sent at once.
const CHUNK: usize = 64 << 10;
/// Pages kept on disk to learn what that takes.
const PROBES: usize = 50;

/// What was measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IngestMetrics {
    /// Sightings stored.
    pub sightings: u64,
    /// Sightings that joined a posting of another.
    pub merged: u64,
    /// Seconds until all were stored.
    pub stored_seconds: f64,
    /// Seconds until all could be found.
    pub found_seconds: f64,
    /// Sightings a second, until all could be found.
    pub per_second: f64,
    /// Memory in use when a quarter was stored, and at the end, in megabytes; 0 where the system does not tell.
    pub resident_megabytes: [f64; 2],
    /// Milliseconds to keep one page on disk: half took at most this long.
    pub page_kept_milliseconds: f64,
    /// Processes that wanted to run, on average of the last minute, before and after; 0 where the system does not tell.
    pub load: [f64; 2],
}

/// Why nothing could be measured.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// The folder or the loopback port cannot be used.
    #[error("cannot prepare the measurement")]
    Prepare(#[from] std::io::Error),
    /// The plugin cannot be read.
    #[error("cannot make an HTTP client")]
    Client(#[from] reqwest::Error),
    /// The service failed.
    #[error("the sync failed")]
    Sync(#[from] Error),
    /// A part of the service panicked.
    #[error("a part of the measurement broke off")]
    BrokeOff(#[from] tokio::task::JoinError),
}

/// Syncs so many invented postings into a new database and index in `folder`.
///
/// # Errors
/// When the folder cannot be used, or the sync fails.
pub async fn run(postings: u64, folder: &Path) -> Result<IngestMetrics, EvalError> {
    let (page_kept_milliseconds, load) = (probe(folder)?, load());
    let desk = desk(folder).await?;
    let url = serve(stream(postings)).await?;
    register(&desk, url).await?;
    let stop = CancellationToken::new();
    let follower = tokio::spawn(workers::follow(desk.clone(), stop.clone()));
    let at_quarter = Arc::new(AtomicU64::new(0));
    let noted = at_quarter.clone();
    let watcher = Arc::new(move |fetched| {
        if fetched >= postings / 4 && noted.load(Ordering::Relaxed) == 0 {
            noted.store(resident_kilobytes(), Ordering::Relaxed);
        }
    });
    let started = Instant::now();
    let account = sync::run(&desk, SOURCE, "measurement", watcher).await?;
    let stored = started.elapsed();
    desk.index.catch_up(&desk.database).await?;
    let found = started.elapsed();
    stop.cancel();
    let _stopped_with_us = follower.await?;
    Ok(IngestMetrics {
        sightings: account.new,
        merged: account.merged,
        stored_seconds: stored.as_secs_f64(),
        found_seconds: found.as_secs_f64(),
        per_second: account.new as f64 / found.as_secs_f64(),
        resident_megabytes: [at_quarter.load(Ordering::Relaxed), resident_kilobytes()]
            .map(|kilobytes| kilobytes as f64 / 1e3),
        page_kept_milliseconds,
        load: [load, self::load()],
    })
}

async fn desk(folder: &Path) -> Result<Desk, EvalError> {
    let (clock, random) = (Clock::system(), Random::system());
    let settings = DatabaseSettings::Sqlite { folder: folder.to_owned() };
    let database = Database::open(&settings, "postings", &MIGRATIONS).await.map_err(Error::from)?;
    Ok(Desk {
        database,
        outbox: Outbox::new(clock.clone(), random.clone()),
        clock,
        random,
        fetcher: Fetcher::new()?,
        index: IndexHandle::open(&folder.join("index")).map_err(Error::from)?,
        config: Arc::new(Config::default()),
    })
}

async fn register(desk: &Desk, url: String) -> Result<(), Error> {
    let now = desk.clock.now();
    let write = desk.database.write(move |tx| {
        Box::pin(async move {
            Ok::<_, Error>(store::sources::register(tx, SOURCE, &url, "api", now).await.map(drop)?)
        })
    });
    write.await
}

/// The whole stream, in the pieces it is sent in.
fn stream(postings: u64) -> Vec<Bytes> {
    let mut dice = Dice(postings);
    let mut text = Vec::new();
    let mut earlier = posting(&mut dice);
    for number in 0..postings {
        if number % REPEAT != REPEAT - 1 {
            earlier = posting(&mut dice);
        }
        push(&mut text, &line(number, &earlier));
        if number % PAGE == PAGE - 1 {
            push(&mut text, &json!({"type": "checkpoint", "checkpoint": number}));
        }
    }
    push(&mut text, &json!({"type": "end", "complete": true, "more": false, "fetched": postings}));
    let text = Bytes::from(text);
    (0..text.len()).step_by(CHUNK).map(|at| text.slice(at..text.len().min(at + CHUNK))).collect()
}

fn push(text: &mut Vec<u8>, line: &Value) {
    text.extend_from_slice(line.to_string().as_bytes());
    text.push(b'\n');
}

fn line(number: u64, posting: &Posting) -> Value {
    json!({"type": "posting", "posting": {
        "original_id": number.to_string(),
        "title": posting.title,
        "company": posting.company,
        "url": format!("https://jobs.example/ad/{number}"),
        "description": {"format": "text", "content": posting.description},
        "location": {
            "text": posting.location(), "region": posting.region,
            "country": posting.country.map(|country| country.code().to_owned()),
        },
        "employment_type": posting.employment_type.map(|kind| kind.as_str()),
        "published_at": posting.published_at.map(|moment| moment.to_string()),
    }})
}

async fn serve(chunks: Vec<Bytes>) -> Result<String, EvalError> {
    let health = json!({"status": "healthy", "plugin": SOURCE, "plugin_id": SOURCE, "contract": 2});
    let chunks = move || futures::stream::iter(chunks.clone().into_iter().map(Ok::<_, std::io::Error>));
    let router = Router::new()
        .route("/health", get(move || async move { axum::Json(health) }))
        .route("/v2/sync", post(move || async move { Body::from_stream(chunks()) }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(url)
}

/// Milliseconds that half of some pages took to be kept.
fn probe(folder: &Path) -> Result<f64, std::io::Error> {
    let path = folder.join("probe");
    let mut file = std::fs::File::create(&path)?;
    let mut times = Vec::with_capacity(PROBES);
    for _ in 0..PROBES {
        let started = Instant::now();
        file.write_all(&[0; 4_096])?;
        file.sync_data()?;
        times.push(started.elapsed());
    }
    std::fs::remove_file(path)?;
    times.sort_unstable();
    Ok(times.get(PROBES / 2).map_or(0.0, Duration::as_secs_f64) * 1e3)
}

fn resident_kilobytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn load() -> f64 {
    let told = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    told.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(0.0)
}
