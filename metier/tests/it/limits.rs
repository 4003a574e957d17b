//! Limits in the running product.

use serde_json::json;

use crate::{
    cli_shell::Shell,
    platform::{Person, Platform, Topology, system_tests},
};

/// Takes far longer than any test.
const ENDLESS: &str = "{\"iterations\": 1000000}";

system_tests!(heavy_a_worker_that_is_killed_gives_its_slots_back_with_its_lease);

async fn heavy_a_worker_that_is_killed_gives_its_slots_back_with_its_lease(topology: Topology) {
    let mut platform = Platform::start(topology).await;
    let door = platform.api("gateway");
    let person = Person::sign_in(&door).await;
    person.submit_at(&door, &json!({ "kind": "fibonacci", "items": [] })).await;
    let limits = json!([{ "key": "narrow", "concurrency": 1 }]);
    let endless = json!({ "kind": "fibonacci", "parameters": { "iterations": 1_000_000 }, "limits": limits, "max_attempts": 1 });
    let holder = person.submit_at(&door, &endless).await;
    person.reaches(&door, &holder, |run| run["tasks"]["running"] == 1).await;
    let short =
        json!({ "kind": "fibonacci", "parameters": { "iterations": 1 }, "limits": [{ "key": "narrow" }] });
    let waiting = person.submit_at(&door, &short).await;
    let held_back = person.reaches(&door, &waiting, |run| run["waits"]["cause"] == "limit_full").await;
    assert_eq!(held_back["state"], "queued");
    platform.kill("executor").await;
    platform.start_again("executor").await;
    assert_eq!(person.ended(&door, &holder).await["state"], "failed", "its worker was lost");
    assert_eq!(person.ended(&door, &waiting).await["state"], "succeeded", "and its slot was free");
    let recount = person.post(format!("{door}/api/v1/system/recount")).await;
    assert_eq!((&recount["disagreements"], &recount["limits"]), (&json!([]), &json!([])));
    platform.stop().await;
}

#[tokio::test]
async fn heavy_a_key_is_limited_from_the_command_line_and_says_why_a_run_waits() {
    let platform = Platform::start(Topology::AllInOneSqlite).await;
    let shell = Shell::of_admin(&platform);
    shell.until_a_worker_knows("fibonacci");
    let set = shell.prints(&[
        "limits",
        "set",
        "site:example",
        "--concurrency",
        "1",
        "--rate",
        "60/1m",
        "--burst",
        "9",
    ]);
    assert!(set.contains("site:example") && set.contains("60 in 1m, 9 at once"), "{set}");
    let refused = shell.metier(&["limits", "set", "site:example", "--rate", "0/1m"]);
    assert!(refused.code != Some(0) && refused.err.contains("must be between 1 and"), "{refused:?}");
    let run = |parameters: &str| {
        let line = ["jobs", "run", "fibonacci", "--parameters", parameters, "--limit", "site:example"];
        shell.json(&line)["number"].to_string()
    };
    let first = run(ENDLESS);
    let second = run("{\"iterations\": 1}");
    let reason = format!("1 of 1 in use by runs {first}");
    shell.until(&["runs", "show", &second], |said| said.contains(&reason));
    assert!(shell.prints(&["limits", "list"]).contains("site:example"));
    let held_back = shell.json(&["queues", "list"]);
    assert_eq!(held_back[0]["held_back"], 1, "{held_back}");
    shell.prints(&["limits", "delete", "site:example"]);
    shell.until(&["runs", "show", &second], |said| said.contains("succeeded"));
    shell.prints(&["runs", "cancel", &first]);
    platform.stop().await;
}
