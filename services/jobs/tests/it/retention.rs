//! Bounded history.

use std::time::Duration;

use metier_core::Fault;
use metier_db::sql;
use metier_jobs::ops::{runs, upkeep};

use crate::bed::{beds, success};

#[tokio::test]
async fn ended_runs_leave_with_everything_beside_them_and_open_ones_stay() {
    for bed in beds().await {
        let old = bed.submit(2).await;
        bed.report(&bed.claim(2).await, success()).await;
        let open = bed.submit(1).await;
        bed.clock.advance(Duration::from_secs(31 * 24 * 60 * 60));
        assert_eq!(upkeep::forget(&bed.engine).await.unwrap(), 1);
        let gone = runs::get(&bed.engine, &bed.maria, old).await.unwrap_err();
        assert_eq!(Fault::from(gone).code, "not_found");
        runs::get(&bed.engine, &bed.maria, open).await.unwrap();
        for (table, left) in [("attempts", 0), ("results", 0), ("tasks", 1)] {
            let query = format!("SELECT count(*) FROM {table}");
            let count = sql::scalar::<i64>(bed.database().reader(), &query, vec![]).await.unwrap();
            assert_eq!(count, Some(left), "{table}");
        }
        bed.recount().await;
    }
}
