//! Runs from the command line: submitted, watched, listed, cancelled, run again.

use std::{
    io::{BufRead, BufReader, Read},
    process::Stdio,
};

use crate::{
    cli_shell::{Running, Shell},
    platform::{Platform, Topology},
};

const TEN: &str = "{\"iterations\": 10}";

/// Takes far longer than any test.
const ENDLESS: &str = "{\"iterations\": 1000000}";

async fn world() -> (Platform, Shell) {
    let platform = Platform::start(Topology::AllInOneSqlite).await;
    let shell = Shell::of_admin(&platform);
    shell.until_a_worker_knows("fibonacci");
    (platform, shell)
}

#[tokio::test]
async fn heavy_a_run_is_submitted_watched_and_read() {
    let (platform, shell) = world().await;
    assert!(shell.prints(&["jobs", "list"]).contains("fibonacci"));
    assert!(shell.prints(&["kinds", "show", "fibonacci"]).contains("\"iterations\""));
    let said = shell.metier(&["jobs", "run", "fibonacci", "--parameters", TEN, "--wait"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains(" succeeded in ") && said.out.contains("1 succeeded"), "{said:?}");
    let file = shell.file("items.jsonl", "{\"iterations\": 1}\n{\"iterations\": 2}\n{\"iterations\": 100}\n");
    let items = format!("@{}", file.display());
    let run = shell.json(&["jobs", "run", "fibonacci", "--items", &items, "--queue", "mine", "--wait"]);
    assert_eq!(
        (&run["state"], &run["size"], &run["queue"]),
        (&"succeeded".into(), &3.into(), &"mine".into())
    );
    let number = run["number"].to_string();
    assert!(shell.prints(&["runs", "results", &number]).contains("354224848179261915075"));
    let shown = shell.prints(&["runs", "show", &number]);
    assert!(shown.contains("3: 3 succeeded") && shown.contains(run["id"].as_str().unwrap()), "{shown}");
    assert!(shell.prints(&["runs", "task", &number, "2"]).contains("354224848179261915075"));
    assert!(shell.prints(&["queues", "list"]).contains("mine"));
    assert!(shell.prints(&["workers", "list"]).contains("fibonacci"));
    platform.stop().await;
}

#[tokio::test]
async fn heavy_a_run_that_fails_is_explained_and_can_be_run_again() {
    let (platform, shell) = world().await;
    let line = [
        "jobs",
        "run",
        "fibonacci",
        "--parameters",
        ENDLESS,
        "--timeout",
        "20ms",
        "--max-attempts",
        "1",
        "--wait",
    ];
    let said = shell.metier(&line);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.out.contains("timed out") && said.err.contains("metier runs retry 1"), "{said:?}");
    assert!(shell.prints(&["runs", "show", "1"]).contains("timed_out"));
    let told = shell.refuses(1, &["runs", "cancel", "1"]);
    assert!(told.contains("has ended as"), "{told}");
    assert_eq!(shell.metier(&["runs", "retry", "1", "--wait"]).code, Some(1));
    assert_eq!(shell.json(&["runs", "show", "1"])["epoch"], 2);
    let told = shell.refuses(1, &["runs", "show", "99"]);
    assert!(told.contains("no run 99") && told.contains("not yours to see"), "{told}");
    let told = shell.refuses(1, &["jobs", "run", "fibonaci"]);
    assert!(told.contains("no kind fibonaci") && told.contains("metier jobs list"), "{told}");
    let told = shell.refuses(
        1,
        &["jobs", "run", "fibonacci", "--items", "[{\"iterations\": 1}, {\"iterations\": \"x\"}]"],
    );
    assert!(told.contains("/items/1/iterations") && told.contains("metier kinds show fibonacci"), "{told}");
    platform.stop().await;
}

#[tokio::test]
async fn heavy_lists_are_filtered_and_paged() {
    let (platform, shell) = world().await;
    for _ in 0..5 {
        let once = ["--at", "2999-01-01T00:00:00Z", "--idempotency-key", "same"];
        shell.prints(&[&["jobs", "run", "fibonacci", "--parameters", TEN][..], &once].concat());
        shell.prints(&["jobs", "run", "fibonacci", "--parameters", TEN, "--at", "1h"]);
    }
    let other = ["jobs", "run", "fibonacci", "--parameters", TEN, "--idempotency-key", "same"];
    let told = shell.refuses(1, &other);
    assert!(told.contains("idempotency key was used"), "{told}");
    let all = shell.json(&["runs", "list", "--all"]);
    assert_eq!(all["items"].as_array().unwrap().len(), 6, "one key, one run: {all}");
    let page = shell.json(&["runs", "list", "--limit", "4"]);
    let rest = shell.json(&["runs", "list", "--limit", "4", "--after", page["next"].as_str().unwrap()]);
    let numbers = |page: &serde_json::Value| {
        let items = page["items"].as_array().unwrap();
        items.iter().map(|run| run["number"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!([numbers(&page), numbers(&rest)].concat(), numbers(&all));
    assert!(shell.metier(&["runs", "list", "--limit", "4"]).err.contains("more follow: --all"));
    let first = numbers(&all)[0].to_string();
    assert!(shell.prints(&["runs", "cancel", &first]).contains("cancelled"));
    let cancelled = shell.json(&["runs", "list", "--state", "cancelled,failed", "--since", "1d"]);
    assert_eq!(numbers(&cancelled).len(), 1);
    assert_eq!(numbers(&shell.json(&["runs", "list", "--until", "1h"])).len(), 0);
    let told = shell.refuses(1, &["runs", "list", "--state", "broken"]);
    assert!(told.contains("state"), "{told}");
    platform.stop().await;
}

#[tokio::test]
async fn heavy_leaving_off_watching_leaves_the_run_alone() {
    let (platform, shell) = world().await;
    let run = shell.json(&["jobs", "run", "fibonacci", "--parameters", TEN, "--at", "1h"]);
    let number = run["number"].to_string();
    let mut watching = shell.command(&["runs", "watch", &number]);
    let mut watching = Running(watching.stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap());
    let mut said = BufReader::new(watching.0.stderr.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    assert!(line.starts_with(&format!("run {number} is ")), "{line}");
    watching.signal("INT");
    assert_eq!(watching.0.wait().unwrap().code(), Some(130));
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    assert!(rest.contains(&format!("run {number} goes on")), "{rest}");
    assert_ne!(shell.json(&["runs", "show", &number])["state"], "cancelled");
    platform.stop().await;
}

#[tokio::test]
async fn heavy_a_reader_that_leaves_early_is_no_failure() {
    let (platform, shell) = world().await;
    for _ in 0..3 {
        shell.prints(&["jobs", "run", "fibonacci", "--parameters", TEN]);
    }
    let mut listing = shell.command(&["runs", "list", "--json", "--all"]);
    let mut listing = listing.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(listing.stdout.take());
    let ended = listing.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), String::from_utf8(ended.stderr).unwrap()), (Some(0), String::new()));
    platform.stop().await;
}

#[tokio::test]
async fn heavy_jobs_are_defined_and_run_by_name() {
    let (platform, shell) = world().await;
    let define =
        ["jobs", "define", "nightly", "--kind", "fibonacci", "--parameters", TEN, "--description", "ten"];
    assert_eq!(shell.json(&define)["version"], 1);
    assert_eq!(shell.json(&define)["version"], 2);
    assert!(shell.prints(&["jobs", "list"]).contains("job of fibonacci"));
    assert_eq!(shell.json(&["jobs", "run", "nightly", "--wait"])["state"], "succeeded");
    let told = shell.refuses(2, &["jobs", "run", "nightly", "--queue", "slow"]);
    assert!(told.contains("metier jobs define"), "{told}");
    shell.prints(&["jobs", "remove", "nightly"]);
    shell.refuses(1, &["jobs", "show", "nightly"]);
    platform.stop().await;
}

#[tokio::test]
async fn heavy_a_paused_queue_hands_out_nothing_until_it_is_resumed() {
    let (platform, shell) = world().await;
    shell.prints(&["jobs", "run", "fibonacci", "--parameters", TEN, "--queue", "slow", "--wait"]);
    shell.prints(&["queues", "pause", "slow"]);
    assert!(shell.prints(&["queues", "list"]).contains("paused"));
    let run = shell.json(&["jobs", "run", "fibonacci", "--parameters", TEN, "--queue", "slow"]);
    let number = run["number"].to_string();
    let reason = shell.prints(&["runs", "show", &number]);
    assert!(reason.contains("paused"), "it says why it waits: {reason}");
    shell.prints(&["queues", "resume", "slow"]);
    assert_eq!(shell.metier(&["runs", "watch", &number]).code, Some(0));
    platform.stop().await;
}

#[tokio::test]
async fn heavy_a_file_is_uploaded_and_run_without_its_bad_items() {
    let (platform, shell) = world().await;
    let file =
        shell.file("counts.json", "[{\"iterations\": 1}, {\"iterations\": \"many\"}, {\"iterations\": 3}]");
    let file = file.to_str().unwrap();
    let told = shell.refuses(1, &["jobs", "run", "fibonacci", "--upload", file]);
    assert!(told.contains("/items/1/iterations"), "{told}");
    let name = shell.json(&["uploads", "list"])["items"][0]["name"].as_str().unwrap().to_owned();
    let line = ["jobs", "run", "fibonacci", "--upload", &name, "--on-bad-item", "skip"];
    let said = shell.metier(&line);
    assert!(said.err.contains("1 items were wrong and left out") && said.code == Some(0), "{said:?}");
    let run = shell.json(&["jobs", "run", "fibonacci", "--upload", file, "--on-bad-item", "skip", "--wait"]);
    assert_eq!((&run["state"], &run["size"], &run["bad_items"]), (&"succeeded".into(), &2.into(), &1.into()));
    let number = run["number"].to_string();
    let bad = shell.prints(&["runs", "bad-items", &number]);
    assert!(bad.contains("1  ") && bad.contains("/iterations \"many\" is not of type"), "{bad}");
    assert!(shell.prints(&["runs", "show", &number]).contains("1 bad items"));
    shell.prints(&["uploads", "delete", &name]);
    assert_eq!(shell.json(&["uploads", "list"])["items"].as_array().unwrap().len(), 1);
    assert!(shell.prints(&["uploads", "add", file]).contains("holds 3 items"));
    platform.stop().await;
}
