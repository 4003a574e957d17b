//! Postings that turned out to be one: each merge is an edge from the absorbed posting to the one that survived.

use metier_core::Timestamp;
use metier_db::{Column, Rows, Tx, sql};
use sea_orm::DbErr;

use super::json;
use crate::domain::{dedupe::Link, posting::PostingId};

/// A merge to be written.
#[derive(Clone, Debug)]
pub struct Merge {
    /// The posting that becomes an alias.
    pub absorbed: PostingId,
    /// What it becomes an alias of.
    pub survivor: PostingId,
    /// Where its sightings go: the survivor, or what absorbed that one in turn.
    pub home: PostingId,
    /// Why.
    pub because: Vec<Link>,
}

/// Makes each absorbed posting an alias: its sightings move, the edge says why.
///
/// # Errors
/// When the database fails.
pub async fn record(tx: &Tx, merges: &[Merge], now: Timestamp) -> Result<(), DbErr> {
    if merges.is_empty() {
        return Ok(());
    }
    let ids =
        |id: fn(&Merge) -> PostingId| Column::Uuid(merges.iter().map(|merge| id(merge).uuid()).collect());
    let because = merges.iter().map(|merge| json(&merge.because)).collect::<Result<_, _>>()?;
    let rows = Rows::new()
        .with("a", ids(|merge| merge.absorbed))
        .with("s", ids(|merge| merge.survivor))
        .with("b", Column::Text(because));
    let (source, mut values) = rows.source(tx.backend(), 1);
    values.push(now.micros().into());
    let statement = format!(
        "INSERT INTO merges (absorbed, survivor, because, merged_at) SELECT a, s, b, ${} FROM {source} WHERE true \
         ON CONFLICT (absorbed) DO NOTHING",
        values.len()
    );
    sql::execute(tx, &statement, values).await?;
    let rows = Rows::new().with("a", ids(|merge| merge.absorbed)).with("h", ids(|merge| merge.home));
    let (source, values) = rows.source(tx.backend(), 1);
    let statement = format!("UPDATE sightings SET posting = h FROM {source} WHERE sightings.posting = a");
    sql::execute(tx, &statement, values).await.map(drop)
}
