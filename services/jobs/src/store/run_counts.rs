//! How many runs are in each state, kept in step with every change, so that no screen counts history.

use std::collections::BTreeMap;

use metier_core::{UserId, WorkspaceId};
use metier_db::{Column, Rows, Tx};
use uuid::Uuid;

use crate::domain::state::RunState;

type CountKey = (WorkspaceId, Option<UserId>, RunState);

/// Applies changes to the counts of runs by state, in key order.
pub fn count_runs(tx: &Tx, deltas: impl IntoIterator<Item = (CountKey, i64)>) {
    let mut sums: BTreeMap<(Uuid, Uuid, &str), i64> = BTreeMap::new();
    for ((workspace, owner, state), delta) in deltas {
        let owner = owner.map_or(Uuid::nil(), metier_core::Id::uuid);
        *sums.entry((workspace.uuid(), owner, state.name())).or_default() += delta;
    }
    sums.retain(|_, delta| *delta != 0);
    if sums.is_empty() {
        return;
    }
    let rows = Rows::new()
        .with("w", Column::Uuid(sums.keys().map(|key| key.0).collect()))
        .with("o", Column::Uuid(sums.keys().map(|key| key.1).collect()))
        .with("s", Column::Text(sums.keys().map(|key| key.2.to_owned()).collect()))
        .with("d", Column::Int(sums.values().copied().collect()));
    let (source, values) = rows.source(tx.backend(), 1);
    // SQLite cannot tell an upsert's ON from a join's without the WHERE.
    let statement = format!(
        "INSERT INTO run_counts (workspace, owner, state, count) SELECT w, o, s, d FROM {source} WHERE true ORDER BY w, o, s \
         ON CONFLICT (workspace, owner, state) DO UPDATE SET count = run_counts.count + excluded.count"
    );
    tx.defer("run_counts", statement, values);
}
