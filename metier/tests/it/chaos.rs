//! `metier chaos verify` on a running installation: what it kills, what it tells, and what it leaves behind.

use serde_json::{Value, json};

use crate::{
    cli_shell::Shell,
    platform::{EMAIL, PASSWORD, Platform, Process, Topology, free_port, system_tests},
};

const SMALL: [&str; 8] = ["--tasks", "150", "--runs", "20", "--seed", "7", "--milliseconds", "10"];
const SHORT_LEASES: (&str, &str) = ("METIER_JOBS__LEASE_SECONDS", "2");

system_tests!(heavy_workers_and_connections_die_and_nothing_is_lost);

async fn heavy_workers_and_connections_die_and_nothing_is_lost(topology: Topology) {
    let platform = Platform::start_with(topology, &[SHORT_LEASES]).await;
    let mut shell = Shell::of_admin(&platform);
    if let Some(url) = platform.database_url() {
        shell = shell.with("METIER_DATABASE__URL", url);
    }
    let account = shell.json(&[&["chaos", "verify", "--deaths", "4"], &SMALL[..]].concat());
    println!("{topology:?}: {account}");
    holds(&account, 4);
    let connections = deaths(&account, "connections");
    assert_eq!(connections.is_empty(), platform.database_url().is_none(), "{account}");
    assert!(!deaths(&account, "worker").is_empty(), "{account}");
    left_behind(&shell);
    platform.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: cargo xtask chaos"]
async fn heavy_nothing_is_lost_in_full() {
    for topology in Topology::ALL {
        let platform = Platform::start(topology).await;
        let mut shell = Shell::of_admin(&platform);
        if let Some(url) = platform.database_url() {
            shell = shell.with("METIER_DATABASE__URL", url);
        }
        println!("\n{topology:?}");
        let full = ["--tasks", "20000", "--runs", "2000", "--workers", "4", "--deaths", "30"];
        println!("{}", shell.prints(&[&["chaos", "verify"], &full[..]].concat()));
        platform.stop().await;
    }
}

/// Nothing lost, counters right, and every death was felt no longer than a few leases.
fn holds(account: &Value, deaths: usize) {
    let figure = |name: &str| account[name].as_u64().unwrap();
    assert_eq!((figure("tasks"), figure("runs")), (170, 21), "{account}");
    assert_eq!((figure("lost"), figure("duplicated"), figure("disagreements")), (0, 0, 0), "{account}");
    let all = account["deaths"].as_array().unwrap();
    assert_eq!(all.len(), deaths, "{account}");
    assert!(all.iter().any(|death| death["recovery_ms"].is_u64()), "{account}");
}

fn deaths(account: &Value, victim: &str) -> Vec<Value> {
    account["deaths"].as_array().unwrap().iter().filter(|death| death["victim"] == victim).cloned().collect()
}

/// No open run, no living key, no worker.
fn left_behind(shell: &Shell) {
    let open =
        shell.json(&["runs", "list", "--kind", "chaos.verify", "--state", "queued,running,cancelling"]);
    assert_eq!(open["items"], json!([]));
    let keys = shell.json(&["api-keys", "list"]);
    let keys = keys["items"].as_array().unwrap();
    assert!(!keys.is_empty() && keys.iter().all(|key| key["revoked_at"].is_string()), "{keys:?}");
}

#[tokio::test]
async fn heavy_services_that_it_starts_die_and_come_up_again() {
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port().to_string());
    let settings = [
        SHORT_LEASES,
        ("METIER_IDENTITY__SETUP__EMAIL", EMAIL),
        ("METIER_IDENTITY__SETUP__PASSWORD", PASSWORD),
    ];
    let mut shell = Shell::at(&format!("http://127.0.0.1:{port}"));
    for (name, value) in settings {
        shell = shell.with(name, value);
    }
    let up = ["up", "--port", &port, "--data-dir", folder.path().to_str().unwrap()];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut server = Process::start(&up, &["up".to_owned()], &settings);
    server.says("ready in").await;
    assert_eq!(shell.sign_in(EMAIL, PASSWORD).code, Some(0));
    server.signal("TERM");
    assert_eq!(server.ended().await, Some(0));
    let wish = ["chaos", "verify", "--json", "--deaths", "4", "--services"];
    let said = shell.metier(&[&wish, &SMALL[..], &["--"], &up].concat());
    assert_eq!(said.code, Some(0), "{said:?}");
    let account: Value = serde_json::from_str(&said.out).unwrap();
    println!("services: {account}");
    holds(&account, 4);
    assert!(deaths(&account, "services").len() >= 2, "{account}");
    assert_eq!(shell.metier(&["whoami"]).code, Some(3), "what it started has ended");
}

#[tokio::test]
async fn heavy_what_somebody_cancels_meanwhile_is_told_as_lost() {
    let platform = Platform::start_with(Topology::AllInOneSqlite, &[SHORT_LEASES]).await;
    let shell = Shell::of_admin(&platform);
    let wish = ["chaos", "verify", "--json", "--tasks", "400", "--runs", "0", "--deaths", "0"];
    let verify = shell.command(&wish).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let run = loop {
        let runs = shell.json(&["runs", "list", "--kind", "chaos.verify", "--state", "running"]);
        if let Some(run) = runs["items"].as_array().unwrap().first() {
            break run["number"].to_string();
        }
    };
    shell.prints(&["runs", "cancel", &run]);
    let output = verify.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let account: Value = serde_json::from_slice(&output.stdout).unwrap();
    let lost = account["lost"].as_u64().unwrap();
    assert!(lost > 0 && !account["lost_tasks"].as_array().unwrap().is_empty(), "{account}");
    assert!(lost + u64::try_from(results(&shell, &run)).unwrap() == 400, "{account}");
    platform.stop().await;
}

fn results(shell: &Shell, run: &str) -> usize {
    shell.json(&["runs", "results", run, "--all"])["items"].as_array().unwrap().len()
}

#[test]
fn services_are_killed_only_where_it_is_said_which() {
    let shell = Shell::at("http://127.0.0.1:9");
    assert!(shell.refuses(2, &["chaos", "verify", "--services"]).contains("--pid"));
    assert!(shell.refuses(2, &["chaos", "verify", "--pid", "1"]).contains("--services"));
    assert!(shell.refuses(2, &["chaos", "verify", "--", "up"]).contains("--services"));
}
