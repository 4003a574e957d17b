//! Postings counted, listed by age and found by what their source calls them, straight from the database: for
//! answers that must agree with it at once.

use metier_core::Timestamp;
use metier_db::{Backend, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use crate::domain::posting::{PostingId, SightingKey};

/// A member of the column `content` as text.
fn member(backend: Backend, name: &str) -> String {
    match backend {
        Backend::Sqlite => format!("json_extract(content, '$.{name}')"),
        Backend::Postgres => format!("(content::json ->> '{name}')"),
    }
}

#[derive(FromQueryResult)]
struct IdRow {
    id: Uuid,
}

/// A part of what is on offer, in the order of the index `postings_newest`: limit, then offset.
pub const NEWEST: &str = "SELECT id FROM postings WHERE state IN ('live', 'missing') \
                          ORDER BY published_at DESC NULLS LAST, id DESC LIMIT $1 OFFSET $2";

/// The ids of postings on offer, the last published first; those without a date come last.
///
/// # Errors
/// When the database fails.
pub async fn newest(
    connection: &impl ConnectionTrait,
    (limit, offset): (i64, i64),
) -> Result<Vec<Uuid>, DbErr> {
    let rows = sql::list::<IdRow>(connection, NEWEST, vec![limit.into(), offset.into()]).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// The posting that a sighting belongs to.
///
/// # Errors
/// When the database fails.
pub async fn posting_of(
    connection: &impl ConnectionTrait,
    key: &SightingKey,
) -> Result<Option<PostingId>, DbErr> {
    let query = "SELECT posting FROM sightings WHERE source = $1 AND original_id = $2";
    let values = vec![key.source.clone().into(), key.original_id.clone().into()];
    Ok(sql::scalar::<Uuid>(connection, query, values).await?.map(PostingId::from_uuid))
}

/// How many are alike in these respects.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Group {
    /// The source; `None` where postings are counted, whatever their sources.
    pub source: Option<String>,
    /// Country code, where known.
    pub country: Option<String>,
    /// `yes`, `no` or `unknown`.
    pub remote: String,
    /// How many.
    pub count: i64,
}

/// Postings on offer by country and remoteness.
///
/// # Errors
/// When the database fails.
pub async fn postings(connection: &impl ConnectionTrait) -> Result<Vec<Group>, DbErr> {
    groups(connection, "CAST(NULL AS TEXT)", "postings WHERE state IN ('live', 'missing')").await
}

/// Sightings on offer by source, country and remoteness.
///
/// # Errors
/// When the database fails.
pub async fn sightings(connection: &impl ConnectionTrait) -> Result<Vec<Group>, DbErr> {
    groups(connection, "source", "sightings WHERE on_offer = 1").await
}

async fn groups(connection: &impl ConnectionTrait, source: &str, of: &str) -> Result<Vec<Group>, DbErr> {
    let backend = Backend::of(connection);
    let (country, remote) = (member(backend, "country"), member(backend, "remote"));
    let query = format!(
        "SELECT {source} AS source, {country} AS country, {remote} AS remote, count(*) AS count FROM {of} \
         GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    );
    sql::list(connection, &query, vec![]).await
}

const DAY: i64 = 86_400_000_000;

/// What first came on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Day {
    /// Days since 1970-01-01, UTC.
    pub day: i64,
    /// Postings first seen on it.
    pub count: i64,
}

/// The day of a moment, as [`Day::day`].
pub fn day_of(moment: Timestamp) -> i64 {
    moment.micros().div_euclid(DAY)
}

/// When a day begins.
pub fn start_of(day: i64) -> Timestamp {
    Timestamp::from_micros(day.saturating_mul(DAY))
}

/// Postings by the day on which they were first seen, from a day on; days without any are left out.
///
/// # Errors
/// When the database fails.
pub async fn days(connection: &impl ConnectionTrait, from: i64) -> Result<Vec<Day>, DbErr> {
    let query = format!(
        "SELECT first_seen_at / {DAY} AS day, count(*) AS count FROM postings \
         WHERE state <> 'absorbed' AND first_seen_at >= $1 GROUP BY 1 ORDER BY 1"
    );
    sql::list(connection, &query, vec![start_of(from).micros().into()]).await
}
