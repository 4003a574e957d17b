//! Several engines on one database.

use metier_core::Role;
use metier_jobs::ops::{Engine, limits, work};

use crate::{
    bed::{Bed, beds, reports, success, user, worker},
    keys::{at_a_time, submit},
};

const ALLOWED: i64 = 5;
const TASKS: usize = 300;

/// Claims, looks how many are in use while it holds what it got, and reports with the next claim.
async fn work_off(engine: Engine, bed: &Bed, name: &str) -> (usize, i64) {
    let (mut done, mut most, mut reported) = (0, 0, Vec::new());
    loop {
        let wish = work::ClaimWish { worker: name.into(), ..bed.wish(4) };
        let claimed = work::claim(&engine, &worker(), wish, std::mem::take(&mut reported)).await.unwrap();
        let held = limits::get(&engine, &user(2, Role::Operator), "shared").await.unwrap();
        most = most.max(held.in_use);
        if claimed.tasks.is_empty() && held.ready == 0 {
            return (done, most);
        }
        done += claimed.tasks.len();
        reported = reports(&claimed, &success());
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn two_replicas_with_many_workers_never_exceed_a_limit() {
    for bed in beds().await {
        let other = Engine::start(bed.tools.clone(), bed.engine.config().clone()).await.unwrap();
        let run = submit(&bed, TASKS, "shared", at_a_time(ALLOWED)).await;
        let (one, two) = (bed.engine.clone(), other.clone());
        let outcomes = tokio::join!(
            work_off(one.clone(), &bed, "a"),
            work_off(two.clone(), &bed, "b"),
            work_off(one, &bed, "c"),
            work_off(two, &bed, "d"),
        );
        let outcomes = [outcomes.0, outcomes.1, outcomes.2, outcomes.3];
        assert_eq!(outcomes.iter().map(|(done, _)| done).sum::<usize>(), TASKS);
        assert!(outcomes.iter().all(|(_, most)| (1..=ALLOWED).contains(most)), "{outcomes:?}");
        assert!(bed.state(run).await.has_ended());
        bed.recount().await;
    }
}
