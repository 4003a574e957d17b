//! Large results: each in the blob store as long as a task has it, and no longer.

use std::time::Duration;

use metier_core::PageRequest;
use metier_jobs::{
    domain::outcome::Outcome,
    ops::{results, tasks, upkeep},
};

use crate::bed::{Bed, beds};

fn large(letter: &str) -> String {
    format!("\"{}\"", letter.repeat(100_000))
}

async fn keys(bed: &Bed) -> Vec<String> {
    let page = bed.tools.blobs.list("", &PageRequest::default()).await.unwrap();
    page.items.into_iter().map(|entry| entry.key).collect()
}

#[tokio::test]
async fn a_refused_report_leaves_nothing_behind_and_the_accepted_result_as_it_was() {
    for bed in beds().await {
        let id = bed.submit(1).await;
        let claimed = bed.claim(1).await;
        assert_eq!(bed.report(&claimed, Outcome::Succeeded(large("a"))).await, [true]);
        let kept = keys(&bed).await;
        assert_eq!(bed.report(&claimed, Outcome::Succeeded(large("b"))).await, [false]);
        assert_eq!((keys(&bed).await, kept.len()), (kept.clone(), 1));
        let detail = tasks::get(&bed.engine, &bed.maria, id, 0).await.unwrap();
        assert_eq!(detail.result, Some(large("a")));
    }
}

#[tokio::test]
async fn what_a_crash_left_is_swept_after_a_day_and_nothing_else() {
    for bed in beds().await {
        let id = bed.submit(1).await;
        let claimed = bed.claim(1).await;
        let task = claimed.tasks[0].0.task.task;
        results::store(&bed.tools, task, large("x")).await.unwrap();
        results::store(&bed.tools, task + 20_000, large("y")).await.unwrap();
        bed.report(&claimed, Outcome::Succeeded(large("a"))).await;
        bed.tools.blobs.put_bytes("results/of/others", "z").await.unwrap();
        bed.clock.advance(Duration::from_secs(23 * 60 * 60));
        assert_eq!(upkeep::sweep(&bed.engine).await.unwrap(), 0, "it may still be on its way");
        bed.clock.advance(Duration::from_secs(2 * 60 * 60));
        results::store(&bed.tools, task, large("w")).await.unwrap();
        assert_eq!(upkeep::sweep(&bed.engine).await.unwrap(), 2);
        assert_eq!(keys(&bed).await.len(), 3);
        assert_eq!(tasks::get(&bed.engine, &bed.maria, id, 0).await.unwrap().result, Some(large("a")));
    }
}
