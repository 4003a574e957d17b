//! Source plugins and what they yield, from the command line.

use std::time::{Duration, Instant};

use crate::{
    cli_shell::{Running, Shell},
    platform::{Platform, Topology},
};

const PATIENCE: Duration = Duration::from_secs(30);

/// The demo plugin as a server of its own, and its address.
fn demo(shell: &Shell) -> (Running, String) {
    let (plugin, line) = Running::start(shell.command(&["plugin", "run", "demo", "--port", "0"]));
    let address = line.trim().rsplit(' ').next().unwrap().to_owned();
    assert!(address.starts_with("http://127.0.0.1:"), "{line}");
    (plugin, address)
}

#[test]
fn heavy_a_plugin_runs_alone_and_keeps_the_contract() {
    let shell = Shell::at("http://127.0.0.1:1");
    let (mut plugin, address) = demo(&shell);
    let said = shell.metier(&["plugin", "verify", &address]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("contract 2") && said.out.contains(", 0 failed,"), "{said:?}");
    let report = shell.json(&["plugin", "verify", &address]);
    assert_eq!(report["passed"], true);
    plugin.signal("TERM");
    assert_eq!(plugin.0.wait().unwrap().code(), Some(0));
    let said = shell.metier(&["plugin", "verify", &address]);
    assert_eq!(said.code, Some(1), "nobody answers there any more: {said:?}");
    assert!(said.out.contains("fail"), "{said:?}");
}

#[test]
fn plugins_tell_their_settings_and_refuse_others() {
    let shell = Shell::at("http://127.0.0.1:1");
    assert!(shell.prints(&["plugin", "list"]).contains("arbetsformedlingen"));
    let settings = shell.prints(&["plugin", "run", "arbetsformedlingen", "--", "--help"]);
    assert!(settings.contains("--query") && settings.contains("AF_BASE_URL"), "{settings}");
    let told = shell.refuses(2, &["plugin", "run", "arbetsformedlingen", "--", "--colour"]);
    assert!(told.contains("--colour"), "{told}");
    let told = shell.refuses(2, &["plugin", "run", "monster"]);
    assert!(told.contains("there are arbetsformedlingen"), "{told}");
}

#[tokio::test]
async fn heavy_from_a_source_to_a_search_result_and_away_again() {
    let platform = Platform::start(Topology::AllInOneSqlite).await;
    let shell = Shell::of_admin(&platform);
    shell.until_a_worker_knows("source.sync");
    let (_plugin, address) = demo(&shell);
    shell.prints(&["sources", "add", "invented", &address]);
    assert!(shell.prints(&["sources", "check", "invented"]).contains("healthy"));
    let said = shell.metier(&["sources", "sync", "invented", "--wait"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("invented: 300 fetched, 300 new, 0 updated, 0 same, 0 rejected"), "{said:?}");
    let again = shell.prints(&["sources", "sync", "invented", "--wait"]);
    assert!(again.contains("300 fetched, 0 new"), "{again}");
    let shown = shell.prints(&["sources", "show", "invented"]);
    assert!(shown.contains("invented") && shown.contains("300"), "{shown}");
    let found = until_found(&shell);
    let id = found["items"][0]["posting"]["id"].as_str().unwrap();
    let text = shell.prints(&["postings", "search", "--limit", "3"]);
    assert!(text.contains(id) && text.contains("INVENTED") && text.contains("--country"), "{text}");
    assert!(shell.prints(&["postings", "show", id]).contains("invented, to try things out"));
    shell.refuses(1, &["postings", "show", "01a2017c-e1ce-7755-8162-f6cd27b8e3c9"]);
    assert!(shell.prints(&["demo", "remove"]).contains("removed invented"));
    assert!(shell.prints(&["demo", "remove"]).contains("there is no source"));
    let left = shell.prints(&["sources", "list"]);
    assert!(!left.contains("invented"), "{left}");
    platform.stop().await;
}

/// The index follows a moment behind.
fn until_found(shell: &Shell) -> serde_json::Value {
    let began = Instant::now();
    loop {
        let found = shell.json(&["postings", "search", "--limit", "3"]);
        if found["total"].as_u64() > Some(0) {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "nothing is found: {found}");
    }
}
