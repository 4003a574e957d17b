//! Sightings: looked up by source and id, and by the keys under which equals find each other.

use metier_core::Timestamp;
use metier_db::{Backend, Column, Rows, Tx, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::{broken, json};
use crate::domain::{
    dedupe::{BlockingKey, Candidate, Fingerprint, Link},
    expiry::Standing,
    posting::{Posting, PostingId, Sighting, SightingKey},
};

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
pub async fn known(tx: &Tx, source: &str, ids: Vec<String>) -> Result<Vec<Known>, DbErr> {
    let (rows, mut values) = Rows::new().with("i", Column::Text(ids)).source(tx.backend(), 1);
    values.push(source.into());
    let query = format!(
        "SELECT source, original_id, posting, content_hash, standing FROM sightings \
         WHERE source = ${} AND original_id IN (SELECT i FROM {rows})",
        values.len()
    );
    list_known(tx, &query, values).await
}

#[derive(FromQueryResult)]
struct CandidateRow {
    key: i64,
    posting: Uuid,
    fingerprint: String,
}

/// Most sightings looked at under one key: one that many share tells nothing apart.
const MOST_UNDER_ONE_KEY: i64 = 50;

/// Stored sightings that share one of these keys, each with that key.
///
/// # Errors
/// When the database fails.
pub async fn candidates(tx: &Tx, keys: Vec<BlockingKey>) -> Result<Vec<(i64, Candidate)>, DbErr> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let stored = Column::Int(keys.into_iter().map(BlockingKey::stored).collect());
    let (rows, mut values) = Rows::new().with("k", stored).source(tx.backend(), 1);
    values.push(MOST_UNDER_ONE_KEY.into());
    let query = format!(
        "SELECT key, posting, fingerprint FROM (\
           SELECT sighting_keys.key, sightings.posting, sightings.fingerprint, \
             row_number() OVER (PARTITION BY sighting_keys.key ORDER BY sightings.last_seen_at DESC) AS place \
           FROM sighting_keys JOIN sightings ON sightings.source = sighting_keys.source \
             AND sightings.original_id = sighting_keys.original_id \
           WHERE sighting_keys.key IN (SELECT k FROM {rows})) AS found WHERE place <= ${}",
        values.len()
    );
    let candidate = |row: CandidateRow| {
        let fingerprint =
            serde_json::from_str(&row.fingerprint).map_err(|error| broken("fingerprint", error))?;
        Ok((row.key, Candidate { posting: PostingId::from_uuid(row.posting), fingerprint }))
    };
    sql::list::<CandidateRow>(tx, &query, values).await?.into_iter().map(candidate).collect()
}

/// A sighting to be stored.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its content.
    pub sighting: Sighting,
    /// Hash of its content.
    pub content_hash: String,
    /// What tells it from others.
    pub fingerprint: Fingerprint,
    /// The keys it is found under.
    pub keys: Vec<BlockingKey>,
    /// The posting it belongs to.
    pub posting: PostingId,
    /// Why it joined that posting.
    pub because: Vec<Link>,
    /// How it stands.
    pub standing: Standing,
}

/// Stores sightings, new or changed; a known one keeps the posting it first joined.
///
/// # Errors
/// When the database fails.
pub async fn upsert(tx: &Tx, stored: &[Stored], sync: Uuid, now: Timestamp) -> Result<(), DbErr> {
    if stored.is_empty() {
        return Ok(());
    }
    let texts = |value: &dyn Fn(&Stored) -> Result<String, DbErr>| {
        stored.iter().map(value).collect::<Result<Vec<_>, _>>().map(Column::Text)
    };
    let expires = |stored: &Stored| stored.sighting.posting.expires_at.map(Timestamp::micros);
    let rows = Rows::new()
        .with("s", texts(&|stored| Ok(stored.sighting.key.source.clone()))?)
        .with("i", texts(&|stored| Ok(stored.sighting.key.original_id.clone()))?)
        .with("p", Column::Uuid(stored.iter().map(|stored| stored.posting.uuid()).collect()))
        .with("c", texts(&|stored| json(&stored.sighting.posting))?)
        .with("h", texts(&|stored| Ok(stored.content_hash.clone()))?)
        .with("f", texts(&|stored| json(&stored.fingerprint))?)
        .with("y", texts(&|stored| Ok(stored.sighting.payload.replace('\0', "\u{fffd}")))?)
        .with("b", texts(&|stored| json(&stored.because))?)
        .with("st", texts(&|stored| json(&stored.standing))?)
        .with(
            "oo",
            Column::Int(stored.iter().map(|stored| i64::from(stored.standing.is_on_offer())).collect()),
        )
        .with("e", Column::OptionalInt(stored.iter().map(expires).collect()));
    let (source, mut values) = rows.source(tx.backend(), 1);
    values.extend([sync.into(), now.micros().into()]);
    let (sync, at) = (values.len() - 1, values.len());
    let statement = format!(
        "INSERT INTO sightings (source, original_id, posting, joined, content, content_hash, fingerprint, payload, \
         because, standing, on_offer, expires_at, last_sync, first_seen_at, last_seen_at) \
         SELECT s, i, p, p, c, h, f, y, b, st, oo, e, ${sync}, ${at}, ${at} FROM {source} WHERE true \
         ON CONFLICT (source, original_id) DO UPDATE SET posting = excluded.posting, content = excluded.content, \
         content_hash = excluded.content_hash, fingerprint = excluded.fingerprint, payload = excluded.payload, \
         standing = excluded.standing, on_offer = excluded.on_offer, expires_at = excluded.expires_at, \
         last_sync = excluded.last_sync, last_seen_at = excluded.last_seen_at"
    );
    sql::execute(tx, &statement, values).await?;
    replace_keys(tx, stored).await
}

async fn replace_keys(tx: &Tx, stored: &[Stored]) -> Result<(), DbErr> {
    let sources =
        |stored: &[Stored]| stored.iter().map(|stored| stored.sighting.key.source.clone()).collect();
    let ids =
        |stored: &[Stored]| stored.iter().map(|stored| stored.sighting.key.original_id.clone()).collect();
    let rows = Rows::new().with("s", Column::Text(sources(stored))).with("i", Column::Text(ids(stored)));
    let (source, values) = rows.source(tx.backend(), 1);
    let statement =
        format!("DELETE FROM sighting_keys WHERE (source, original_id) IN (SELECT s, i FROM {source})");
    sql::execute(tx, &statement, values).await?;
    let pairs: Vec<(i64, &SightingKey)> = stored
        .iter()
        .flat_map(|stored| stored.keys.iter().map(|key| (key.stored(), &stored.sighting.key)))
        .collect();
    let rows = Rows::new()
        .with("k", Column::Int(pairs.iter().map(|(key, _)| *key).collect()))
        .with("s", Column::Text(pairs.iter().map(|(_, key)| key.source.clone()).collect()))
        .with("i", Column::Text(pairs.iter().map(|(_, key)| key.original_id.clone()).collect()));
    let (source, values) = rows.source(tx.backend(), 1);
    let statement = format!(
        "INSERT INTO sighting_keys (key, source, original_id) SELECT k, s, i FROM {source} WHERE true ON CONFLICT DO NOTHING"
    );
    sql::execute(tx, &statement, values).await.map(drop)
}

/// Notes that known, unchanged sightings were shown again.
///
/// # Errors
/// When the database fails.
pub async fn touch(tx: &Tx, source: &str, ids: Vec<String>, sync: Uuid, now: Timestamp) -> Result<(), DbErr> {
    if ids.is_empty() {
        return Ok(());
    }
    let (rows, mut values) = Rows::new().with("i", Column::Text(ids)).source(tx.backend(), 1);
    values.extend([source.into(), sync.into(), now.micros().into()]);
    let last = values.len();
    let statement = format!(
        "UPDATE sightings SET last_sync = ${}, last_seen_at = ${last} WHERE source = ${} \
         AND original_id IN (SELECT i FROM {rows})",
        last - 1,
        last - 2
    );
    sql::execute(tx, &statement, values).await.map(drop)
}

/// Sets how sightings stand.
///
/// # Errors
/// When the database fails.
pub async fn set_standing(tx: &Tx, changed: &[(SightingKey, Standing)]) -> Result<(), DbErr> {
    if changed.is_empty() {
        return Ok(());
    }
    let standings = changed.iter().map(|(_, standing)| json(standing)).collect::<Result<_, _>>()?;
    let rows = Rows::new()
        .with("s", Column::Text(changed.iter().map(|(key, _)| key.source.clone()).collect()))
        .with("i", Column::Text(changed.iter().map(|(key, _)| key.original_id.clone()).collect()))
        .with("st", Column::Text(standings))
        .with(
            "oo",
            Column::Int(changed.iter().map(|(_, standing)| i64::from(standing.is_on_offer())).collect()),
        );
    let (source, values) = rows.source(tx.backend(), 1);
    let statement = format!(
        "UPDATE sightings SET standing = st, on_offer = oo FROM {source} WHERE sightings.source = s AND original_id = i"
    );
    sql::execute(tx, &statement, values).await.map(drop)
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
        let posting: Posting =
            serde_json::from_str(&row.content).map_err(|error| broken("content", error))?;
        let key = SightingKey::new(row.source, row.original_id);
        Ok(Self {
            sighting: Sighting { key, posting, removed: false, payload: row.payload, doubts: Vec::new() },
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

/// Sightings of `source` on offer that `sync` did not show, after `after` by id, at most `limit`.
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
                 WHERE source = $1 AND last_sync <> $2 AND on_offer = 1 AND original_id > $3 ORDER BY original_id LIMIT $4";
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

async fn list_known(tx: &Tx, query: &str, values: Vec<sea_orm::Value>) -> Result<Vec<Known>, DbErr> {
    let known = |row: KnownRow| {
        Ok(Known {
            key: SightingKey::new(row.source, row.original_id),
            posting: PostingId::from_uuid(row.posting),
            content_hash: row.content_hash,
            standing: standing(&row.standing)?,
        })
    };
    sql::list::<KnownRow>(tx, query, values).await?.into_iter().map(known).collect()
}

/// Deletes sightings and their keys.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &Tx, keys: &[SightingKey]) -> Result<(), DbErr> {
    for table in ["sighting_keys", "sightings"] {
        let rows = Rows::new()
            .with("s", Column::Text(keys.iter().map(|key| key.source.clone()).collect()))
            .with("i", Column::Text(keys.iter().map(|key| key.original_id.clone()).collect()));
        let (source, values) = rows.source(tx.backend(), 1);
        let statement =
            format!("DELETE FROM {table} WHERE (source, original_id) IN (SELECT s, i FROM {source})");
        sql::execute(tx, &statement, values).await?;
    }
    Ok(())
}
