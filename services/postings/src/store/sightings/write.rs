//! Writing sightings: each batch is one statement for each table.

use std::sync::Arc;

use metier_core::Timestamp;
use metier_db::{Column, Rows, Tx, sql};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::{
    domain::{
        dedupe::{BlockingKey, Fingerprint, Link},
        expiry::Standing,
        posting::{PostingId, Sighting, SightingKey},
    },
    store::json,
};

/// A sighting to be stored.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its content.
    pub sighting: Sighting,
    /// Hash of its content.
    pub content_hash: String,
    /// What tells it from others.
    pub fingerprint: Arc<Fingerprint>,
    /// The keys it is found under.
    pub keys: Vec<BlockingKey>,
    /// The posting it belongs to.
    pub posting: PostingId,
    /// Why it joined that posting.
    pub because: Vec<Link>,
    /// How it stands.
    pub standing: Standing,
    /// Whether an earlier form of it is stored.
    pub known: bool,
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
        .with("f", texts(&|stored| json(&*stored.fingerprint))?)
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

/// Only a known sighting has keys to take away.
async fn replace_keys(tx: &Tx, stored: &[Stored]) -> Result<(), DbErr> {
    let known = stored.iter().filter(|stored| stored.known).map(|stored| &stored.sighting.key);
    delete_from(tx, "sighting_keys", &known.collect::<Vec<_>>()).await?;
    let pairs: Vec<(i64, &SightingKey)> = stored
        .iter()
        .flat_map(|stored| stored.keys.iter().map(|key| (key.stored(), &stored.sighting.key)))
        .collect();
    let rows = Rows::new()
        .with("k", Column::Int(pairs.iter().map(|(key, _)| *key).collect()))
        .with("s", Column::Text(pairs.iter().map(|(_, key)| key.source.clone()).collect()))
        .with("i", Column::Text(pairs.iter().map(|(_, key)| key.original_id.clone()).collect()));
    let (source, values) = rows.source(tx.backend(), 1);
    // In the order of the keys: neighbors lie on one page of the file.
    let statement = format!(
        "INSERT INTO sighting_keys (key, source, original_id) SELECT k, s, i FROM {source} WHERE true \
         ORDER BY k ON CONFLICT DO NOTHING"
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

/// Deletes sightings and their keys.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &Tx, keys: &[SightingKey]) -> Result<(), DbErr> {
    let keys: Vec<&SightingKey> = keys.iter().collect();
    delete_from(tx, "sighting_keys", &keys).await?;
    delete_from(tx, "sightings", &keys).await
}

async fn delete_from(tx: &Tx, table: &str, keys: &[&SightingKey]) -> Result<(), DbErr> {
    if keys.is_empty() {
        return Ok(());
    }
    let rows = Rows::new()
        .with("s", Column::Text(keys.iter().map(|key| key.source.clone()).collect()))
        .with("i", Column::Text(keys.iter().map(|key| key.original_id.clone()).collect()));
    let (source, values) = rows.source(tx.backend(), 1);
    let statement = format!("DELETE FROM {table} WHERE (source, original_id) IN (SELECT s, i FROM {source})");
    sql::execute(tx, &statement, values).await.map(drop)
}
