//! Jobs: named, versioned definitions.

use metier_core::{Fault, PageRequest, Role};
use metier_jobs::ops::{
    jobs::{self, Definition, Execution},
    runs,
};
use serde_json::json;

use crate::bed::{beds, user};

pub fn definition(n: i64) -> Definition {
    let parameters = json!({ "n": n });
    Definition {
        description: "counts".into(),
        kind: "count".into(),
        parameters: parameters.as_object().unwrap().clone(),
        queue: "nightly".into(),
        conditions: Default::default(),
        priority: 3,
        max_attempts: Some(2),
        timeout_ms: Some(5_000),
        keep_days: None,
        keep_runs: None,
        document: None,
    }
}

#[tokio::test]
async fn a_change_is_a_new_version_and_a_stale_one_is_refused() {
    for bed in beds().await {
        let (engine, maria) = (&bed.engine, user(3, Role::Operator));
        let first = jobs::create(engine, &maria, "nightly", definition(1)).await.unwrap();
        let second = jobs::update(engine, &maria, ("nightly", Some(1)), definition(2)).await.unwrap();
        assert_eq!((first.version, second.version), (1, 2));
        let stale = jobs::update(engine, &maria, ("nightly", Some(1)), definition(3)).await.unwrap_err();
        assert_eq!(Fault::from(stale).code, "stale_version");
        let taken = jobs::create(engine, &maria, "nightly", definition(1)).await.unwrap_err();
        assert_eq!(Fault::from(taken).code, "name_taken");
        let listed = jobs::list(engine, &maria, &PageRequest::default()).await.unwrap();
        assert_eq!(listed.items.iter().map(|job| job.version).collect::<Vec<_>>(), [2]);
    }
}

#[tokio::test]
async fn a_run_of_a_job_lays_its_items_over_the_jobs_parameters() {
    for bed in beds().await {
        let (engine, maria) = (&bed.engine, user(3, Role::Operator));
        jobs::create(engine, &maria, "nightly", definition(1)).await.unwrap();
        let execution = Execution { items: Some(vec![json!({}), json!({"n": 9})]), ..Execution::default() };
        let submitted = jobs::execute(engine, &maria, "nightly", execution).await.unwrap();
        let id = runs::named(engine, &maria, &submitted.number.to_string()).await.unwrap();
        let run = runs::get(engine, &maria, id).await.unwrap().row;
        assert_eq!(
            (run.queue.as_str(), run.priority, run.max_attempts, run.timeout_ms),
            ("nightly", 3, 2, 5_000)
        );
        let parameters: Vec<_> =
            bed.claim(9).await.tasks.into_iter().map(|(task, _)| task.parameters).collect();
        assert_eq!(parameters, ["{\"n\":1}", "{\"n\":9}"]);
    }
}

#[tokio::test]
async fn an_ended_jobs_name_is_free_again_and_its_versions_go_on() {
    for bed in beds().await {
        let (engine, maria) = (&bed.engine, user(3, Role::Operator));
        jobs::create(engine, &maria, "nightly", definition(1)).await.unwrap();
        jobs::delete(engine, &maria, "nightly").await.unwrap();
        let gone = jobs::get(engine, &maria, "nightly").await.unwrap_err();
        assert_eq!(Fault::from(gone).code, "not_found");
        assert_eq!(jobs::create(engine, &maria, "nightly", definition(1)).await.unwrap().version, 2);
        let refused = jobs::create(engine, &bed.maria, "mine", definition(1)).await.unwrap_err();
        assert_eq!(Fault::from(refused).code, "permission_denied");
    }
}
