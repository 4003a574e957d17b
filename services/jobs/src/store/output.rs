//! Captured output and progress: bounded, beside history.

use std::collections::BTreeMap;

use metier_core::Timestamp;
use metier_db::{Column, Rows, Tx, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

/// Chunks kept per attempt; what is over is dropped.
pub const MAX_CHUNKS: i64 = 1_000;
/// Longest chunk, bytes.
pub const MAX_CHUNK_BYTES: usize = 16 * 1024;

/// A piece of output.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Chunk {
    /// Its place within the attempt.
    pub position: i64,
    /// `stdout`, `stderr` or `log`.
    pub stream: String,
    /// The text.
    pub text: String,
    /// When it was written, microseconds.
    pub written_at: i64,
}

/// Output of one attempt, to be appended.
#[derive(Clone, Debug)]
pub struct NewOutput {
    /// Task id.
    pub task: i64,
    /// Attempt number.
    pub attempt: i64,
    /// Stream, text and moment of each piece.
    pub pieces: Vec<(String, String, Timestamp)>,
}

/// Appends output up to the bound. Answers how many pieces were dropped.
///
/// # Errors
/// When the database fails.
pub async fn append(tx: &Tx, output: NewOutput) -> Result<usize, DbErr> {
    let query = "SELECT coalesce(max(position) + 1, 0) FROM output WHERE task = $1 AND attempt = $2";
    let key = vec![output.task.into(), output.attempt.into()];
    let next = sql::scalar::<i64>(tx, query, key).await?.unwrap_or(0);
    let room = usize::try_from(MAX_CHUNKS - next).unwrap_or(0);
    let dropped = output.pieces.len().saturating_sub(room);
    let kept: Vec<_> = output.pieces.into_iter().take(room).zip(next..).collect();
    if kept.is_empty() {
        return Ok(dropped);
    }
    let rows = Rows::new()
        .with("p", Column::Int(kept.iter().map(|(_, position)| *position).collect()))
        .with("s", Column::Text(kept.iter().map(|((stream, _, _), _)| stream.clone()).collect()))
        .with("x", Column::Text(kept.iter().map(|((_, text, _), _)| bounded(text)).collect()))
        .with("w", Column::Int(kept.iter().map(|((_, _, at), _)| at.micros()).collect()));
    let (source, mut values) = rows.source(tx.backend(), 1);
    values.extend([output.task.into(), output.attempt.into()]);
    let (task, attempt) = (values.len() - 1, values.len());
    let statement = format!(
        "INSERT INTO output (task, attempt, position, stream, text, written_at) \
         SELECT ${task}, ${attempt}, p, s, x, w FROM {source}"
    );
    sql::execute(tx, &statement, values).await?;
    Ok(dropped)
}

/// NUL cannot be stored in PostgreSQL text; a chunk over the bound is cut and says so.
fn bounded(text: &str) -> String {
    let clean = text.replace('\0', "\u{fffd}");
    if clean.len() <= MAX_CHUNK_BYTES {
        return clean;
    }
    let end = (0..=MAX_CHUNK_BYTES).rev().find(|end| clean.is_char_boundary(*end)).unwrap_or(0);
    format!("{}… ({} bytes cut)", &clean[..end], clean.len() - end)
}

/// An attempt's output after a position.
///
/// # Errors
/// When the database fails.
pub async fn list(
    connection: &impl ConnectionTrait,
    (task, attempt): (i64, i64),
    (after, limit): (i64, i64),
) -> Result<Vec<Chunk>, DbErr> {
    let query = "SELECT position, stream, text, written_at FROM output \
                 WHERE task = $1 AND attempt = $2 AND position > $3 ORDER BY position LIMIT $4";
    sql::list(connection, query, vec![task.into(), attempt.into(), after.into(), limit.into()]).await
}

/// Progress of a running task.
#[derive(Clone, Debug)]
pub struct NewProgress {
    /// Task id.
    pub task: i64,
    /// Attempt number.
    pub attempt: i64,
    /// 0 to 1000.
    pub thousandths: i64,
    /// What it is doing.
    pub message: String,
}

/// Keeps the latest progress of each task.
///
/// # Errors
/// When the database fails.
pub async fn set_progress(tx: &Tx, progress: &[NewProgress], now: Timestamp) -> Result<(), DbErr> {
    // One statement may touch a row once: of several steps of a task the last one counts.
    let latest: BTreeMap<i64, &NewProgress> = progress.iter().map(|step| (step.task, step)).collect();
    if latest.is_empty() {
        return Ok(());
    }
    let ints =
        |value: fn(&NewProgress) -> i64| Column::Int(latest.values().map(|step| value(step)).collect());
    let rows = Rows::new()
        .with("t", ints(|step| step.task))
        .with("a", ints(|step| step.attempt))
        .with("h", ints(|step| step.thousandths.clamp(0, 1000)))
        .with("m", Column::Text(latest.values().map(|step| bounded(&step.message)).collect()));
    let (source, mut values) = rows.source(tx.backend(), 1);
    values.push(now.micros().into());
    // SQLite cannot tell an upsert's ON from a join's without the WHERE.
    let statement = format!(
        "INSERT INTO progress (task, attempt, thousandths, message, updated_at) \
         SELECT t, a, h, m, ${} FROM {source} WHERE true ORDER BY t \
         ON CONFLICT (task) DO UPDATE SET attempt = excluded.attempt, thousandths = excluded.thousandths, \
         message = excluded.message, updated_at = excluded.updated_at",
        values.len()
    );
    sql::execute(tx, &statement, values).await.map(drop)
}
