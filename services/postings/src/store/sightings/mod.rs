//! Sightings: read by source and id, by posting, and by what is due. Beside it, how they are written, and how those
//! that may be the same are found.

mod candidates;
mod write;

use metier_core::Timestamp;
use metier_db::{Backend, Column, Rows, Tx, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::broken;
use crate::domain::{
    dedupe::Link,
    expiry::Standing,
    posting::{PostingId, Sighting, SightingKey},
};

pub use candidates::candidates;
pub use write::{Stored, delete, set_standing, touch, upsert};

/// What is known of a stored sighting when its source shows it again.
#[derive(Clone, Debug)]
pub struct Known {
    /// Which one.
    pub key: SightingKey,
    /// The posting it belongs to.
    pub posting: PostingId,
    /// Hash of its content.
    pub content_hash: String,
    /// How it stands.
    pub standing: Standing,
}

#[derive(FromQueryResult)]
struct KnownRow {
    source: String,
    original_id: String,
    posting: Uuid,
    content_hash: String,
    standing: String,
}

fn standing(text: &str) -> Result<Standing, DbErr> {
    serde_json::from_str(text).map_err(|error| broken("standing", error))
}

/// The stored sightings of `source` with these ids.
///
/// # Errors
/// When the database fails.
pub async fn known(
    connection: &impl ConnectionTrait,
    source: &str,
    ids: Vec<String>,
) -> Result<Vec<Known>, DbErr> {
    let (rows, mut values) = Rows::new().with("i", Column::Text(ids)).source(Backend::of(connection), 1);
    values.push(source.into());
    let query = format!(
        "SELECT source, original_id, posting, content_hash, standing FROM sightings \
         WHERE source = ${} AND original_id IN (SELECT i FROM {rows})",
        values.len()
    );
    list_known(connection, &query, values).await
}

/// A stored sighting, whole.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its content.
    pub sighting: Sighting,
    /// The posting it belongs to.
    pub posting: PostingId,
    /// Why it joined.
    pub because: Vec<Link>,
    /// How it stands.
    pub standing: Standing,
    /// When it was first shown.
    pub first_seen_at: Timestamp,
    /// When it was last shown.
    pub last_seen_at: Timestamp,
}

#[derive(FromQueryResult)]
struct FoundRow {
    source: String,
    original_id: String,
    posting: Uuid,
    content: String,
    payload: String,
    because: String,
    standing: String,
    first_seen_at: i64,
    last_seen_at: i64,
}

impl TryFrom<FoundRow> for Found {
    type Error = DbErr;
    fn try_from(row: FoundRow) -> Result<Self, DbErr> {
        let key = SightingKey::new(row.source, row.original_id);
        Ok(Self {
            sighting: sighting(key, &row.content, row.payload)?,
            posting: PostingId::from_uuid(row.posting),
            because: serde_json::from_str(&row.because).map_err(|error| broken("reasons", error))?,
            standing: standing(&row.standing)?,
            first_seen_at: Timestamp::from_micros(row.first_seen_at),
            last_seen_at: Timestamp::from_micros(row.last_seen_at),
        })
    }
}

const FOUND: &str = "SELECT source, original_id, posting, content, payload, because, standing, first_seen_at, \
    last_seen_at FROM sightings";

/// The sightings of these postings.
///
/// # Errors
/// When the database fails.
pub async fn of_postings(
    connection: &impl ConnectionTrait,
    postings: Vec<Uuid>,
) -> Result<Vec<Found>, DbErr> {
    let (source, values) = Rows::new().with("p", Column::Uuid(postings)).source(Backend::of(connection), 1);
    let query = format!("{FOUND} WHERE posting IN (SELECT p FROM {source}) ORDER BY source, original_id");
    sql::list::<FoundRow>(connection, &query, values).await?.into_iter().map(Found::try_from).collect()
}

/// A stored sighting as far as its posting is composed of it.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its content, without what the source sent.
    pub sighting: Sighting,
    /// The posting it belongs to.
    pub posting: PostingId,
    /// How it stands.
    pub standing: Standing,
    /// When it was first shown.
    pub first_seen_at: Timestamp,
}

/// What these postings are composed of.
///
/// # Errors
/// When the database fails.
pub async fn members(connection: &impl ConnectionTrait, postings: Vec<Uuid>) -> Result<Vec<Member>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        source: String,
        original_id: String,
        posting: Uuid,
        content: String,
        standing: String,
        first_seen_at: i64,
    }
    let (source, values) = Rows::new().with("p", Column::Uuid(postings)).source(Backend::of(connection), 1);
    let query = format!(
        "SELECT source, original_id, posting, content, standing, first_seen_at FROM sightings \
         WHERE posting IN (SELECT p FROM {source}) ORDER BY source, original_id"
    );
    let member = |row: Row| {
        Ok(Member {
            sighting: sighting(SightingKey::new(row.source, row.original_id), &row.content, String::new())?,
            posting: PostingId::from_uuid(row.posting),
            standing: standing(&row.standing)?,
            first_seen_at: Timestamp::from_micros(row.first_seen_at),
        })
    };
    sql::list::<Row>(connection, &query, values).await?.into_iter().map(member).collect()
}

fn sighting(key: SightingKey, content: &str, payload: String) -> Result<Sighting, DbErr> {
    let posting = serde_json::from_str(content).map_err(|error| broken("content", error))?;
    Ok(Sighting { key, posting, removed: false, payload, doubts: Vec::new() })
}

/// Sightings of `source` on offer that `sync` did not show, after `after` by id, at most `limit`. What another sync has shown
/// since this one began is not missing: one whose lease ran out may still be at it.
///
/// # Errors
/// When the database fails.
pub async fn unseen(
    tx: &Tx,
    source: &str,
    sync: Uuid,
    (after, limit): (&str, i64),
) -> Result<Vec<Known>, DbErr> {
    let query = "SELECT source, original_id, posting, content_hash, standing FROM sightings \
                 WHERE source = $1 AND last_sync <> $2 AND last_seen_at <= (SELECT started_at FROM syncs WHERE id = $2) \
                 AND on_offer = 1 AND original_id > $3 ORDER BY original_id LIMIT $4";
    list_known(tx, query, vec![source.into(), sync.into(), after.into(), limit.into()]).await
}

/// Sightings on offer whose own date has passed, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn expired(tx: &Tx, now: Timestamp, limit: i64) -> Result<Vec<(Known, Timestamp)>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        source: String,
        original_id: String,
        posting: Uuid,
        content_hash: String,
        standing: String,
        expires_at: i64,
    }
    let query = "SELECT source, original_id, posting, content_hash, standing, expires_at FROM sightings \
                 WHERE on_offer = 1 AND expires_at IS NOT NULL AND expires_at <= $1 ORDER BY expires_at LIMIT $2";
    let known = |row: Row| {
        let known = Known {
            key: SightingKey::new(row.source, row.original_id),
            posting: PostingId::from_uuid(row.posting),
            content_hash: row.content_hash,
            standing: standing(&row.standing)?,
        };
        Ok((known, Timestamp::from_micros(row.expires_at)))
    };
    sql::list::<Row>(tx, query, vec![now.micros().into(), limit.into()])
        .await?
        .into_iter()
        .map(known)
        .collect()
}

/// Any sightings of a source, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn of_source(tx: &Tx, source: &str, limit: i64) -> Result<Vec<Known>, DbErr> {
    let query = "SELECT source, original_id, posting, content_hash, standing FROM sightings WHERE source = $1 LIMIT $2";
    list_known(tx, query, vec![source.into(), limit.into()]).await
}

async fn list_known(
    connection: &impl ConnectionTrait,
    query: &str,
    values: Vec<sea_orm::Value>,
) -> Result<Vec<Known>, DbErr> {
    let known = |row: KnownRow| {
        Ok(Known {
            key: SightingKey::new(row.source, row.original_id),
            posting: PostingId::from_uuid(row.posting),
            content_hash: row.content_hash,
            standing: standing(&row.standing)?,
        })
    };
    sql::list::<KnownRow>(connection, query, values).await?.into_iter().map(known).collect()
}
