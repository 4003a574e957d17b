//! Canonical postings, the way back from merges, and the separations among them.

use std::collections::BTreeSet;

use metier_core::Timestamp;
use metier_db::{Backend, Column, Rows, Tx, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::{POSTINGS_CHANGED, broken, json};
use crate::domain::{
    dedupe::Separations,
    posting::{Posting, PostingId},
};

/// A canonical posting to be written.
#[derive(Clone, Debug)]
pub struct Canonical {
    /// Its id.
    pub id: PostingId,
    /// What it shows.
    pub content: Posting,
    /// The sources that show it, each once.
    pub sources: Vec<String>,
    /// Whether it is invented.
    pub demo: bool,
    /// `live`, `missing`, `ended` or `absorbed`.
    pub state: &'static str,
    /// When one of its sightings was first seen.
    pub first_seen_at: Timestamp,
}

impl Canonical {
    fn published_at(&self) -> Option<i64> {
        self.content.published_at.map(Timestamp::micros)
    }
}

/// Writes canonical postings, each at a new place of the change log, and wakes the indexes.
///
/// # Errors
/// When the database fails.
pub async fn upsert(tx: &Tx, postings: &[Canonical], now: Timestamp) -> Result<(), DbErr> {
    if postings.is_empty() {
        return Ok(());
    }
    let count = i64::try_from(postings.len()).unwrap_or(i64::MAX);
    let advance = "UPDATE posting_positions SET position = position + $1 WHERE id = 1 RETURNING position";
    let last = sql::scalar::<i64>(tx, advance, vec![count.into()]).await?;
    let first = last.ok_or_else(|| DbErr::RecordNotFound("the position row".into()))? - count + 1;
    let texts = |value: fn(&Canonical) -> Result<String, DbErr>| {
        postings.iter().map(value).collect::<Result<Vec<_>, _>>().map(Column::Text)
    };
    let rows = Rows::new()
        .with("i", Column::Uuid(postings.iter().map(|posting| posting.id.uuid()).collect()))
        .with("c", texts(|posting| json(&posting.content))?)
        .with("s", texts(|posting| json(&posting.sources))?)
        .with("d", Column::Int(postings.iter().map(|posting| i64::from(posting.demo)).collect()))
        .with("st", texts(|posting| Ok(posting.state.to_owned()))?)
        .with("p", Column::Int((first..first + count).collect()))
        .with("pu", Column::OptionalInt(postings.iter().map(Canonical::published_at).collect()))
        .with("f", Column::Int(postings.iter().map(|posting| posting.first_seen_at.micros()).collect()));
    let (source, mut values) = rows.source(tx.backend(), 1);
    values.push(now.micros().into());
    let statement = format!(
        "INSERT INTO postings (id, content, sources, demo, state, position, published_at, first_seen_at, updated_at) \
         SELECT i, c, s, d, st, p, pu, f, ${} FROM {source} WHERE true \
         ON CONFLICT (id) DO UPDATE SET content = excluded.content, sources = excluded.sources, demo = excluded.demo, \
         state = excluded.state, position = excluded.position, published_at = excluded.published_at, \
         updated_at = excluded.updated_at",
        values.len()
    );
    sql::execute(tx, &statement, values).await?;
    tx.signal(POSTINGS_CHANGED);
    Ok(())
}

/// A canonical posting as read.
#[derive(Clone, Debug)]
pub struct PostingView {
    /// Its id.
    pub id: PostingId,
    /// What it shows.
    pub content: Posting,
    /// The sources that show it.
    pub sources: Vec<String>,
    /// Whether it is invented.
    pub demo: bool,
    /// `live`, `missing`, `ended` or `absorbed`.
    pub state: String,
    /// Its place in the change log.
    pub position: i64,
    /// When it was first seen.
    pub first_seen_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    content: String,
    sources: String,
    demo: i64,
    state: String,
    position: i64,
    first_seen_at: i64,
    updated_at: i64,
}

impl TryFrom<Row> for PostingView {
    type Error = DbErr;
    fn try_from(row: Row) -> Result<Self, DbErr> {
        Ok(Self {
            id: PostingId::from_uuid(row.id),
            content: serde_json::from_str(&row.content).map_err(|error| broken("content", error))?,
            sources: serde_json::from_str(&row.sources).map_err(|error| broken("sources", error))?,
            demo: row.demo == 1,
            state: row.state,
            position: row.position,
            first_seen_at: Timestamp::from_micros(row.first_seen_at),
            updated_at: Timestamp::from_micros(row.updated_at),
        })
    }
}

const SELECT: &str =
    "SELECT id, content, sources, demo, state, position, first_seen_at, updated_at FROM postings";

/// A posting by its id; an alias finds the posting it became.
///
/// # Errors
/// When the database fails.
pub async fn find(connection: &impl ConnectionTrait, id: PostingId) -> Result<Option<PostingView>, DbErr> {
    let id = resolve(connection, id).await?;
    let row =
        sql::find::<Row>(connection, &format!("{SELECT} WHERE id = $1"), vec![id.uuid().into()]).await?;
    row.map(PostingView::try_from).transpose()
}

/// The posting that `id` names now. A survivor is always older, so the walk ends.
async fn resolve(connection: &impl ConnectionTrait, id: PostingId) -> Result<PostingId, DbErr> {
    let mut at = id.uuid();
    while let Some(survivor) =
        sql::scalar::<Uuid>(connection, "SELECT survivor FROM merges WHERE absorbed = $1", vec![at.into()])
            .await?
    {
        at = survivor;
    }
    Ok(PostingId::from_uuid(at))
}

/// These postings, those that exist.
///
/// # Errors
/// When the database fails.
pub async fn list(connection: &impl ConnectionTrait, ids: Vec<Uuid>) -> Result<Vec<PostingView>, DbErr> {
    let (source, values) = Rows::new().with("i", Column::Uuid(ids)).source(Backend::of(connection), 1);
    let query = format!("{SELECT} WHERE id IN (SELECT i FROM {source})");
    sql::list::<Row>(connection, &query, values).await?.into_iter().map(PostingView::try_from).collect()
}

/// Postings that changed after a position, in order, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn changed_after(
    connection: &impl ConnectionTrait,
    position: i64,
    limit: i64,
) -> Result<Vec<PostingView>, DbErr> {
    let query = format!("{SELECT} WHERE position > $1 ORDER BY position LIMIT $2");
    let rows = sql::list::<Row>(connection, &query, vec![position.into(), limit.into()]).await?;
    rows.into_iter().map(PostingView::try_from).collect()
}

/// The last position of the change log.
///
/// # Errors
/// When the database fails.
pub async fn last_position(connection: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let query = "SELECT position FROM posting_positions WHERE id = 1";
    Ok(sql::scalar(connection, query, vec![]).await?.unwrap_or(0))
}

/// Undoes the merge of `absorbed`: what it brought goes back to it. Answers the survivor, or `None` when it was
/// not merged.
///
/// # Errors
/// When the database fails.
pub async fn split(tx: &Tx, absorbed: PostingId, now: Timestamp) -> Result<Option<PostingId>, DbErr> {
    let statement = "DELETE FROM merges WHERE absorbed = $1 RETURNING survivor";
    let survivor = sql::scalar::<Uuid>(tx, statement, vec![absorbed.uuid().into()]).await?;
    let Some(survivor) = survivor.map(PostingId::from_uuid) else { return Ok(None) };
    let survivor_now = resolve(tx, survivor).await?;
    for id in descendants(tx, absorbed).await? {
        let statement = "UPDATE sightings SET posting = $2 WHERE joined = $1";
        sql::execute(tx, statement, vec![id.into(), absorbed.uuid().into()]).await?;
    }
    let (one, other) = (absorbed.min(survivor_now), absorbed.max(survivor_now));
    let statement = "INSERT INTO separations (one, other, separated_at) VALUES ($1, $2, $3) ON CONFLICT (one, other) DO NOTHING";
    sql::execute(tx, statement, vec![one.uuid().into(), other.uuid().into(), now.micros().into()]).await?;
    Ok(Some(survivor_now))
}

#[derive(FromQueryResult)]
struct IdRow {
    id: Uuid,
}

/// The posting itself and every id that was absorbed into it, directly or not.
///
/// # Errors
/// When the database fails.
pub async fn descendants(connection: &impl ConnectionTrait, id: PostingId) -> Result<Vec<Uuid>, DbErr> {
    let query = "WITH RECURSIVE tree(id) AS (SELECT CAST($1 AS uuid_type) UNION \
                 SELECT merges.absorbed FROM merges JOIN tree ON merges.survivor = tree.id) SELECT id FROM tree";
    let uuid_type = match Backend::of(connection) {
        Backend::Sqlite => "blob",
        Backend::Postgres => "uuid",
    };
    let query = query.replace("uuid_type", uuid_type);
    let rows = sql::list::<IdRow>(connection, &query, vec![id.uuid().into()]).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

#[derive(FromQueryResult)]
struct PairRow {
    one: Uuid,
    other: Uuid,
}

/// The pairs that were taken apart and touch these postings.
///
/// # Errors
/// When the database fails.
pub async fn separations(tx: &Tx, postings: &BTreeSet<PostingId>) -> Result<Separations, DbErr> {
    let mut apart = Separations::default();
    if postings.is_empty() {
        return Ok(apart);
    }
    let ids = Column::Uuid(postings.iter().map(|id| id.uuid()).collect());
    let (source, values) = Rows::new().with("i", ids).source(tx.backend(), 1);
    let query = format!("SELECT one, other FROM separations WHERE one IN (SELECT i FROM {source})");
    for pair in sql::list::<PairRow>(tx, &query, values).await? {
        apart.add(PostingId::from_uuid(pair.one), PostingId::from_uuid(pair.other));
    }
    Ok(apart)
}
