//! Stored sightings that may be the same as one at hand: those that share a key with it.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use metier_db::{Column, Rows, Tx, sql};
use sea_orm::{DbErr, FromQueryResult};
use uuid::Uuid;

use crate::{
    domain::{
        dedupe::{BlockingKey, Candidate},
        posting::{PostingId, SightingKey},
    },
    store::broken,
};

/// Most sightings looked at under one key: one that many share tells nothing apart.
const MOST_UNDER_ONE_KEY: i64 = 50;

/// Stored sightings by the keys they share with these. One that shares several is read once.
///
/// # Errors
/// When the database fails.
pub async fn candidates(tx: &Tx, keys: BTreeSet<BlockingKey>) -> Result<HashMap<i64, Vec<Candidate>>, DbErr> {
    let under = under_keys(tx, keys).await?;
    let named: BTreeSet<&SightingKey> = under.iter().map(|(_, sighting)| sighting).collect();
    let read = read(tx, &named).await?;
    let mut candidates: HashMap<i64, Vec<Candidate>> = HashMap::new();
    for (key, sighting) in &under {
        if let Some(candidate) = read.get(sighting) {
            candidates.entry(*key).or_default().push(candidate.clone());
        }
    }
    Ok(candidates)
}

/// The sightings under each key, those seen last first.
async fn under_keys(tx: &Tx, keys: BTreeSet<BlockingKey>) -> Result<Vec<(i64, SightingKey)>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        key: i64,
        source: String,
        original_id: String,
    }
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let stored = Column::Int(keys.into_iter().map(BlockingKey::stored).collect());
    let (rows, mut values) = Rows::new().with("k", stored).source(tx.backend(), 1);
    values.push(MOST_UNDER_ONE_KEY.into());
    let query = format!(
        "SELECT key, source, original_id FROM (\
           SELECT sighting_keys.key, sightings.source, sightings.original_id, \
             row_number() OVER (PARTITION BY sighting_keys.key ORDER BY sightings.last_seen_at DESC) AS place \
           FROM sighting_keys JOIN sightings ON sightings.source = sighting_keys.source \
             AND sightings.original_id = sighting_keys.original_id \
           WHERE sighting_keys.key IN (SELECT k FROM {rows})) AS found WHERE place <= ${}",
        values.len()
    );
    let pair = |row: Row| (row.key, SightingKey::new(row.source, row.original_id));
    Ok(sql::list::<Row>(tx, &query, values).await?.into_iter().map(pair).collect())
}

async fn read(tx: &Tx, named: &BTreeSet<&SightingKey>) -> Result<HashMap<SightingKey, Candidate>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        source: String,
        original_id: String,
        posting: Uuid,
        fingerprint: String,
    }
    if named.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = Rows::new()
        .with("s", Column::Text(named.iter().map(|key| key.source.clone()).collect()))
        .with("i", Column::Text(named.iter().map(|key| key.original_id.clone()).collect()));
    let (source, values) = rows.source(tx.backend(), 1);
    let query = format!(
        "SELECT source, original_id, posting, fingerprint FROM sightings \
         WHERE (source, original_id) IN (SELECT s, i FROM {source})"
    );
    let candidate = |row: Row| {
        let fingerprint =
            serde_json::from_str(&row.fingerprint).map_err(|error| broken("fingerprint", error))?;
        let candidate =
            Candidate { posting: PostingId::from_uuid(row.posting), fingerprint: Arc::new(fingerprint) };
        Ok((SightingKey::new(row.source, row.original_id), candidate))
    };
    sql::list::<Row>(tx, &query, values).await?.into_iter().map(candidate).collect()
}
