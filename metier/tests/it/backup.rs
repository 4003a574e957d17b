//! A backup taken from a running installation under load, and what comes of it elsewhere.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::platform::{
    EMAIL, PASSWORD, Person, Process, client, free_port, metier, metier_with, ready, services,
};

/// Its result is too large to lie in the database.
const LARGE: u32 = 60_000;
const SUBMITTERS: usize = 4;

/// `metier up` on a folder.
struct Installation {
    process: Process,
    url: String,
}

impl Installation {
    async fn start(folder: &Path) -> Self {
        let port = free_port();
        let settings: Vec<(String, String)> = [
            ("METIER_DATA__FOLDER", folder.display().to_string()),
            ("METIER_LOG__FORMAT", "text".to_owned()),
            ("METIER_IDENTITY__SETUP__EMAIL", EMAIL.to_owned()),
            ("METIER_IDENTITY__SETUP__PASSWORD", PASSWORD.to_owned()),
            ("METIER_JOBS__LEASE_SECONDS", "2".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        let names: Vec<_> = services().into_iter().map(|row| row.name).collect();
        let process = Process::start(&["up", "--port", &port.to_string()], &names, &settings);
        let url = format!("http://127.0.0.1:{port}");
        let mut processes = [process];
        ready(&url, &mut processes).await;
        let [process] = processes;
        Self { process, url }
    }

    async fn stop(mut self) {
        self.process.signal("TERM");
        assert_eq!(self.process.ended().await, Some(0), "{}", self.process.said());
    }
}

fn some_work() -> Value {
    let items = [10, 200, LARGE].map(|iterations| json!({ "iterations": iterations }));
    json!({ "kind": "fibonacci", "items": items, "max_attempts": 20 })
}

/// Submits runs one after the other until told to stop; answers those that were acknowledged.
fn submit_on(url: &str, stop: &Arc<AtomicBool>) -> JoinHandle<Vec<String>> {
    let (url, stop) = (url.to_owned(), Arc::clone(stop));
    tokio::spawn(async move {
        let person = Person::sign_in(&url).await;
        let mut acknowledged = Vec::new();
        while !stop.load(Ordering::SeqCst) {
            acknowledged.push(person.submit_at(&url, &some_work()).await);
        }
        acknowledged
    })
}

/// A run, if there is one.
async fn get(person: &Person, url: &str, id: &str) -> Option<Value> {
    let url = format!("{url}/api/v1/runs/{id}");
    let answer = client().get(url).bearer_auth(person.token()).send().await.unwrap();
    match answer.status().as_u16() {
        404 => None,
        200 => Some(answer.json().await.unwrap()),
        status => panic!("{status} {}", answer.text().await.unwrap()),
    }
}

/// The runs that have ended.
async fn ended(person: &Person, url: &str, ids: &[String]) -> BTreeMap<String, Value> {
    let mut ended = BTreeMap::new();
    for id in ids {
        let run = get(person, url, id).await.unwrap();
        if run["ended_at"].is_string() {
            ended.insert(id.clone(), run);
        }
    }
    ended
}

fn told(arguments: &[&str]) -> Value {
    let output = metier(arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn refused(arguments: &[&str]) -> String {
    let output = metier(arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?} was not refused");
    String::from_utf8(output.stderr).unwrap()
}

/// Runs `work`, which blocks, beside the test.
async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn heavy_a_backup_under_load_restores_elsewhere_with_nothing_lost_or_repeated() {
    let outer = tempfile::tempdir().unwrap();
    let (folder, to, elsewhere) =
        (outer.path().join("data"), outer.path().join("backup"), outer.path().join("elsewhere"));
    let first = Installation::start(&folder).await;
    let person = Person::sign_in(&first.url).await;
    let mut before = Vec::new();
    for _ in 0..10 {
        before.push(person.submit_at(&first.url, &some_work()).await);
    }
    person.ended(&first.url, &before[0]).await;
    let stop = Arc::new(AtomicBool::new(false));
    let submitters: Vec<_> = (0..SUBMITTERS).map(|_| submit_on(&first.url, &stop)).collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let done_before = ended(&person, &first.url, &before).await;
    let (from, target) = (folder.display().to_string(), to.display().to_string());
    let made = beside(move || told(&["backup", "--data-dir", &from, "--to", &target, "--json"])).await;
    stop.store(true, Ordering::SeqCst);
    let mut acknowledged = before.clone();
    for submitter in submitters {
        acknowledged.extend(submitter.await.unwrap());
    }
    assert_eq!(made["services"].as_object().unwrap().len(), 4, "{made}");
    assert_positions_agree(&made);
    for id in &acknowledged {
        person.ended(&first.url, id).await;
    }
    first.stop().await;

    let (from, target) = (to.display().to_string(), elsewhere.display().to_string());
    told(&["restore", "--from", &from, "--data-dir", &target, "--json"]);
    let second = Installation::start(&elsewhere).await;
    let person = Person::sign_in(&second.url).await;
    let mut kept = 0;
    for id in &acknowledged {
        // What was acknowledged after the moment of the backup is not in it.
        if get(&person, &second.url, id).await.is_some() {
            kept += 1;
            let run = person.ended(&second.url, id).await;
            assert_eq!(
                (&run["state"], &run["tasks"]["succeeded"]),
                (&json!("succeeded"), &json!(3)),
                "{run}"
            );
        } else {
            assert!(!before.contains(id), "{id} was acknowledged before the backup and is lost");
        }
    }
    assert!(kept >= before.len());
    assert!(!done_before.is_empty());
    for (id, run) in &done_before {
        let again = get(&person, &second.url, id).await.unwrap();
        assert_eq!(&again, run, "a run that had ended changed after the restore");
        let task = person.find(format!("{}/api/v1/runs/{id}/tasks/2", second.url)).await.unwrap();
        assert!(task["result"]["value"].as_str().unwrap().len() > 8 * 1024, "the large result is gone");
    }
    let recount = person.post(format!("{}/api/v1/system/recount", second.url)).await;
    assert_eq!(recount["disagreements"], json!([]), "{recount}");
    second.stop().await;
}

/// Nobody has read an event that was not yet published at the moment of the backup.
fn assert_positions_agree(made: &Value) {
    for (service, state) in made["services"].as_object().unwrap() {
        for (reader, position) in state["consumed"].as_object().unwrap() {
            let publisher = reader.split('/').next().unwrap();
            let published = &made["services"][publisher]["published"];
            assert!(position.as_i64() <= published.as_i64(), "{service} is ahead of {publisher}: {made}");
        }
    }
}

/// A stopped installation and a backup of it.
async fn backed_up(outer: &Path) -> (String, String) {
    let (folder, to) = (outer.join("data"), outer.join("backup"));
    Installation::start(&folder).await.stop().await;
    let (folder, to) = (folder.display().to_string(), to.display().to_string());
    told(&["backup", "--data-dir", &folder, "--to", &to, "--json"]);
    (folder, to)
}

#[tokio::test]
async fn heavy_a_backup_is_its_owners_alone_and_a_damaged_one_is_refused() {
    let outer = tempfile::tempdir().unwrap();
    let (folder, backup) = backed_up(outer.path()).await;
    let mode = |path: &str| fs::metadata(Path::new(&backup).join(path)).unwrap().permissions().mode() & 0o777;
    let modes = [
        mode(""),
        mode("keys"),
        mode("keys/join-secret"),
        mode("keys/signing-keys.json"),
        mode("db/jobs.db"),
    ];
    assert_eq!(modes, [0o700, 0o700, 0o600, 0o600, 0o600]);

    let new = outer.path().join("new").display().to_string();
    assert!(refused(&["backup", "--data-dir", &folder, "--to", &backup]).contains("is there already"));
    assert!(refused(&["restore", "--from", &backup, "--data-dir", &folder]).contains("is there already"));
    let inside = format!("{folder}/backup");
    assert!(
        refused(&["backup", "--data-dir", &folder, "--to", &inside]).contains("in the data folder itself")
    );

    let secret = Path::new(&backup).join("keys/join-secret");
    fs::write(&secret, "another secret, just as long as the first was").unwrap();
    assert!(refused(&["restore", "--from", &backup, "--data-dir", &new]).contains("keys/join-secret"));
    fs::remove_file(&secret).unwrap();
    assert!(refused(&["restore", "--from", &backup, "--data-dir", &new]).contains("keys/join-secret"));
    assert!(refused(&["restore", "--from", &folder, "--data-dir", &new]).contains("is not a backup"));
    let names: Vec<_> = fs::read_dir(outer.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "something was left behind: {names:?}");
}

#[test]
fn a_database_elsewhere_is_not_passed_over_in_silence() {
    let outer = tempfile::tempdir().unwrap();
    let to = outer.path().join("backup").display().to_string();
    let url = [("METIER_DATABASE__URL", "postgres://metier:hunter2@127.0.0.1:1/metier")];
    let output = metier_with(&["backup", "--to", &to], &url);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(1) && said.contains("pg_dump") && !said.contains("hunter2"),
        "{said}"
    );
}
