//! Sources and how they are.

use metier_core::Timestamp;
use metier_db::{Tx, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::SOURCES_CHANGED;

/// A source.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
#[expect(missing_docs, reason = "columns documented in the migration")]
pub struct SourceRow {
    pub name: String,
    pub url: String,
    pub title: String,
    pub contract: i64,
    pub demo: i64,
    pub origin: String,
    pub checkpoint: Option<String>,
    pub condition: String,
    pub condition_message: Option<String>,
    pub checked_at: Option<i64>,
    pub ever_fetched: i64,
    pub quiet_syncs: i64,
    pub last_fetched: i64,
    pub created_at: i64,
}

const SELECT: &str = "SELECT name, url, title, contract, demo, origin, checkpoint, condition, condition_message, \
    checked_at, ever_fetched, quiet_syncs, last_fetched, created_at FROM sources";

/// Every source, by name.
///
/// # Errors
/// When the database fails.
pub async fn list(connection: &impl ConnectionTrait) -> Result<Vec<SourceRow>, DbErr> {
    sql::list(connection, &format!("{SELECT} ORDER BY name"), vec![]).await
}

/// A source by name.
///
/// # Errors
/// When the database fails.
pub async fn find(connection: &impl ConnectionTrait, name: &str) -> Result<Option<SourceRow>, DbErr> {
    sql::find(connection, &format!("{SELECT} WHERE name = $1"), vec![name.into()]).await
}

/// Registers a source, or moves a known one to another URL. `true` when it is new.
///
/// # Errors
/// When the database fails.
pub async fn register(tx: &Tx, name: &str, url: &str, origin: &str, now: Timestamp) -> Result<bool, DbErr> {
    let statement = "UPDATE sources SET url = $2, origin = $3 WHERE name = $1";
    if sql::execute(tx, statement, vec![name.into(), url.into(), origin.into()]).await? > 0 {
        return Ok(false);
    }
    let statement = "INSERT INTO sources (name, url, title, contract, demo, origin, condition, ever_fetched, \
        quiet_syncs, last_fetched, created_at) VALUES ($1, $2, $1, 1, 0, $3, 'unknown', 0, 0, 0, $4)";
    let values = vec![name.into(), url.into(), origin.into(), now.micros().into()];
    sql::execute(tx, statement, values).await?;
    tx.signal(SOURCES_CHANGED);
    Ok(true)
}

/// What a health check found.
#[derive(Clone, Debug)]
pub struct Found {
    /// `healthy`, `degraded`, `unconfigured` or `unreachable`.
    pub condition: &'static str,
    /// What is wrong, and what to do.
    pub message: Option<String>,
    /// The plugin's own name for itself; the known one when absent.
    pub title: Option<String>,
    /// Which contract it keeps; the known one when absent.
    pub contract: Option<i64>,
    /// Whether its postings are invented; as known when absent.
    pub demo: Option<bool>,
}

/// Keeps what a health check found, and the change if there is one.
///
/// # Errors
/// When the database fails.
pub async fn note_health(tx: &Tx, name: &str, found: Found, now: Timestamp) -> Result<(), DbErr> {
    let Some(known) = find(tx, name).await? else { return Ok(()) };
    let changed = (known.condition.as_str(), &known.condition_message) != (found.condition, &found.message);
    if changed {
        let statement = "INSERT INTO source_health (source, checked_at, condition, message) VALUES ($1, $2, $3, $4) \
                         ON CONFLICT (source, checked_at) DO NOTHING";
        let values =
            vec![name.into(), now.micros().into(), found.condition.into(), found.message.clone().into()];
        sql::execute(tx, statement, values).await?;
    }
    let statement = "UPDATE sources SET condition = $2, condition_message = $3, checked_at = $4, title = $5, \
                     contract = $6, demo = $7 WHERE name = $1";
    let values = vec![
        name.into(),
        found.condition.into(),
        found.message.into(),
        now.micros().into(),
        found.title.unwrap_or(known.title).into(),
        found.contract.unwrap_or(known.contract).into(),
        found.demo.map_or(known.demo, i64::from).into(),
    ];
    sql::execute(tx, statement, values).await.map(drop)
}

/// A change of health.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct HealthRow {
    /// Since when, microseconds.
    pub checked_at: i64,
    /// How the source was from then on.
    pub condition: String,
    /// What was wrong.
    pub message: Option<String>,
}

/// How a source's health changed, newest first.
///
/// # Errors
/// When the database fails.
pub async fn health(
    connection: &impl ConnectionTrait,
    name: &str,
    limit: i64,
) -> Result<Vec<HealthRow>, DbErr> {
    let query = "SELECT checked_at, condition, message FROM source_health WHERE source = $1 \
                 ORDER BY checked_at DESC LIMIT $2";
    sql::list(connection, query, vec![name.into(), limit.into()]).await
}

/// Holds a source in place until the transaction ends; `false` when it was removed.
///
/// # Errors
/// When the database fails.
pub async fn hold(tx: &Tx, name: &str) -> Result<bool, DbErr> {
    let statement = "UPDATE sources SET name = name WHERE name = $1";
    Ok(sql::execute(tx, statement, vec![name.into()]).await? > 0)
}

/// Keeps the plugin's checkpoint, in the transaction of the postings above it.
///
/// # Errors
/// When the database fails.
pub async fn set_checkpoint(tx: &Tx, name: &str, checkpoint: Option<String>) -> Result<(), DbErr> {
    let statement = "UPDATE sources SET checkpoint = $2 WHERE name = $1";
    sql::execute(tx, statement, vec![name.into(), checkpoint.into()]).await.map(drop)
}

/// Keeps what later syncs are compared with.
///
/// # Errors
/// When the database fails.
pub async fn note_sync(tx: &Tx, name: &str, fetched: i64) -> Result<(), DbErr> {
    let statement = match fetched {
        0 => "UPDATE sources SET quiet_syncs = quiet_syncs + 1 WHERE name = $1",
        _ => "UPDATE sources SET quiet_syncs = 0, ever_fetched = 1, last_fetched = $2 WHERE name = $1",
    };
    let mut values = vec![name.into()];
    if fetched > 0 {
        values.push(fetched.into());
    }
    sql::execute(tx, statement, values).await.map(drop)
}

/// Removes a source with its health and syncs; its sightings are the caller's to end first.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &Tx, name: &str) -> Result<(), DbErr> {
    for statement in [
        "DELETE FROM source_health WHERE source = $1",
        "DELETE FROM syncs WHERE source = $1",
        "DELETE FROM sources WHERE name = $1",
    ] {
        sql::execute(tx, statement, vec![name.into()]).await?;
    }
    tx.signal(SOURCES_CHANGED);
    Ok(())
}

/// The names of the sources whose postings are invented.
///
/// # Errors
/// When the database fails.
pub async fn demo_names(
    connection: &impl ConnectionTrait,
) -> Result<std::collections::BTreeSet<String>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        name: String,
    }
    let rows = sql::list::<Row>(connection, "SELECT name FROM sources WHERE demo = 1", vec![]).await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}
