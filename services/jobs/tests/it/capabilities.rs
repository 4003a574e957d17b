//! What a run requires of workers.

use std::time::Duration;

use metier_core::Fault;
use metier_jobs::{
    domain::conditions::Conditions,
    ops::work::{self, ClaimWish, Claimed},
};

use crate::bed::{Bed, beds, worker};

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

async fn submit(bed: &Bed, requires: &[&str]) -> metier_core::RunId {
    let mut submission = bed.submission(1);
    submission.conditions = Conditions { requires: words(requires), limits: vec![] };
    bed.submit_as(&bed.maria, submission).await.unwrap()
}

async fn claim(bed: &Bed, capabilities: &[&str]) -> Claimed {
    let wish = ClaimWish { capabilities: words(capabilities), ..bed.wish(9) };
    work::claim(&bed.engine, &worker(), wish, vec![]).await.unwrap()
}

#[tokio::test]
async fn a_worker_gets_the_tasks_that_require_no_more_than_it_can_do() {
    for bed in beds().await {
        let (plain, gpu) = (submit(&bed, &[]).await, submit(&bed, &["gpu"]).await);
        let both = submit(&bed, &["region-eu", "gpu"]).await;
        let ids = |claimed: &Claimed| claimed.tasks.iter().map(|(task, _)| task.run.id).collect::<Vec<_>>();
        assert_eq!(ids(&claim(&bed, &["tape"]).await), [plain]);
        assert_eq!(ids(&claim(&bed, &["gpu"]).await), [gpu]);
        assert!(claim(&bed, &["region-eu"]).await.tasks.is_empty());
        assert_eq!(ids(&claim(&bed, &["gpu", "tape", "region-eu"]).await), [both]);
    }
}

#[tokio::test]
async fn a_run_that_no_worker_is_able_to_do_says_what_is_lacking() {
    for bed in beds().await {
        let run = submit(&bed, &["gpu"]).await;
        claim(&bed, &["tape"]).await;
        let reason = bed.run(run).await.reason.unwrap();
        assert!(reason.starts_with("no worker that handles count and has gpu has been seen"), "{reason}");
        bed.clock.advance(Duration::from_secs(31));
        let wish = ClaimWish { capabilities: words(&["gpu"]), queues: words(&["other"]), ..bed.wish(9) };
        work::claim(&bed.engine, &worker(), wish, vec![]).await.unwrap();
        let reason = bed.run(run).await.reason.unwrap();
        assert!(reason.starts_with("next in line"), "{reason}");
    }
}

#[tokio::test]
async fn words_that_are_no_capabilities_are_refused_by_position() {
    for bed in beds().await {
        let mut submission = bed.submission(1);
        submission.conditions = Conditions { requires: words(&["gpu", "two words"]), limits: vec![] };
        let fault = Fault::from(bed.submit_as(&bed.maria, submission).await.unwrap_err());
        assert_eq!(fault.violations[0].field, "/requires/1");
        let wish = ClaimWish { capabilities: words(&["a\nb"]), ..bed.wish(9) };
        let fault = Fault::from(work::claim(&bed.engine, &worker(), wish, vec![]).await.unwrap_err());
        assert_eq!(fault.violations[0].field, "/capabilities/0");
    }
}
