//! Items that were wrong and left out of a run: the first of them, with the reason.

use metier_db::{Column, Rows, Tx, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::domain::bad_items::{BadItem, BadItems, MAX_KEPT};

/// Writes those of runs that are named by their numbers.
pub fn insert<'a>(tx: &Tx, runs: impl Iterator<Item = (i64, &'a BadItems)>) {
    let items: Vec<(i64, &BadItem)> =
        runs.flat_map(|(run, bad)| bad.kept().iter().map(move |item| (run, item))).collect();
    if items.is_empty() {
        return;
    }
    let rows = Rows::new()
        .with("r", Column::Int(items.iter().map(|(run, _)| *run).collect()))
        .with("p", Column::Int(items.iter().map(|(_, item)| item.position).collect()))
        .with("t", Column::Text(items.iter().map(|(_, item)| item.reason.clone()).collect()));
    let (source, values) = rows.source(tx.backend(), 1);
    tx.append(
        "bad_items",
        format!("INSERT INTO bad_items (run, position, reason) SELECT r, p, t FROM {source}"),
        values,
    );
}

#[derive(FromQueryResult)]
struct Row {
    position: i64,
    reason: String,
}

/// Those of a run, in order.
///
/// # Errors
/// When the database fails.
pub async fn list(connection: &impl ConnectionTrait, run: i64) -> Result<Vec<BadItem>, DbErr> {
    let query =
        format!("SELECT position, reason FROM bad_items WHERE run = $1 ORDER BY position LIMIT {MAX_KEPT}");
    let rows = sql::list::<Row>(connection, &query, vec![run.into()]).await?;
    Ok(rows.into_iter().map(|Row { position, reason }| BadItem { position, reason }).collect())
}
