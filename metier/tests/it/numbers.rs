//! The engine's numbers at the public door, under the names the operations guide gives them.

use serde_json::json;

use crate::platform::{Person, Platform, Topology, client};

/// Every one of them, and what the guide says of it is held to be there.
const NAMES: [&str; 10] = [
    "metier_jobs_tasks",
    "metier_jobs_oldest_ready_seconds",
    "metier_jobs_attempts_total",
    "metier_jobs_completions_refused_total",
    "metier_jobs_claims_total",
    "metier_jobs_claim_size",
    "metier_jobs_completions_size",
    "metier_jobs_runs_submitted_total",
    "metier_jobs_submissions_size",
    "metier_build_info",
];
const GUIDE: &str = include_str!("../../../docs/operations/monitoring.md");
const HEALTH_GUIDE: &str = include_str!("../../../docs/operations/health.md");

/// Of one process: in several, each shows its own numbers at its own port.
#[tokio::test]
async fn heavy_a_scrape_shows_the_engine_under_the_names_of_the_guide() {
    let platform = Platform::start(Topology::AllInOneSqlite).await;
    let door = platform.api("gateway");
    let person = Person::sign_in(&door).await;
    let items = vec![json!({ "iterations": 1 }); 3];
    let run = person.submit(&platform, &json!({ "kind": "fibonacci", "items": items })).await;
    person.ended(&door, &run).await;
    let later = json!({ "kind": "fibonacci", "items": items, "run_at": "2100-01-01T00:00:00Z" });
    person.submit(&platform, &later).await;
    let request = client().get(format!("{door}/metrics")).bearer_auth(person.token());
    let text = request.send().await.unwrap().text().await.unwrap();
    for name in NAMES {
        assert!(text.contains(&format!("# TYPE {name} ")), "{name} is not shown:\n{text}");
        assert!(GUIDE.contains(name) || HEALTH_GUIDE.contains(name), "{name} is not in the guide");
    }
    let shown = |wanted: &str| text.lines().any(|line| line == wanted);
    assert!(shown(r#"metier_jobs_tasks{queue="default",state="delayed"} 3"#), "{text}");
    assert!(shown(r#"metier_jobs_tasks{queue="default",state="ready"} 0"#), "{text}");
    assert!(shown(r#"metier_jobs_attempts_total{outcome="succeeded"} 3"#), "{text}");
    assert!(shown(r#"metier_jobs_attempts_total{outcome="lost"} 0"#), "{text}");
    assert!(shown("metier_jobs_completions_refused_total 0"), "{text}");
    let open = client().get(format!("{door}/metrics")).send().await.unwrap();
    assert_eq!(open.status(), 401, "at the public door numbers are for who may read them");
    platform.stop().await;
}
