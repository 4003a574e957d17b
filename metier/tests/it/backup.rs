//! A backup taken from a running installation under load, and what comes of it elsewhere.

mod content;
mod damage;
mod installation;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};

use crate::platform::Person;
use content::{Demo, ended, finds, get, some_work, submit_on};
use installation::{Installation, Place, Shape};

const SUBMITTERS: usize = 4;
/// What the source of invented postings shows.
const POSTINGS: u64 = 300;

/// What was there when the backup was asked for, and what was acknowledged until it was made.
struct Known {
    before: Vec<String>,
    done_before: BTreeMap<String, Value>,
    acknowledged: Vec<String>,
}

/// Backs a running installation up to `to` while runs are submitted and postings synced.
async fn back_up_under_load(here: &Arc<Place>, demo: &Demo, to: &Path) -> Known {
    let first = Installation::start(here).await;
    let person = Person::sign_in(&first.url).await;
    demo.add(&person, &first.url).await;
    demo.sync(&person, &first.url).await;
    finds(&person, &first.url, "", POSTINGS).await;
    let mut before = Vec::new();
    for _ in 0..6 {
        before.push(person.submit_at(&first.url, &some_work()).await);
    }
    person.ended(&first.url, &before[0]).await;
    let stop = Arc::new(AtomicBool::new(false));
    let submitters: Vec<_> = (0..SUBMITTERS).map(|_| submit_on(&first.url, &stop)).collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let done_before = ended(&person, &first.url, &before).await;
    let (place, target) = (Arc::clone(here), to.to_owned());
    let made = tokio::task::spawn_blocking(move || place.back_up(&target)).await.unwrap().unwrap();
    stop.store(true, Ordering::SeqCst);
    let mut acknowledged = before.clone();
    for submitter in submitters {
        acknowledged.extend(submitter.await.unwrap());
    }
    assert_eq!(made["services"].as_object().unwrap().len(), 6, "{made}");
    assert_positions_agree(&made);
    for id in &acknowledged {
        person.ended(&first.url, id).await;
    }
    first.stop().await;
    Known { before, done_before, acknowledged }
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

/// Every run that is there ends with each of its tasks done once; none from before the backup is missing.
async fn assert_runs_are_whole(person: &Person, url: &str, known: &Known) {
    let mut kept = 0;
    for id in &known.acknowledged {
        // What was acknowledged after the moment of the backup is not in it.
        if get(person, url, id).await.is_some() {
            kept += 1;
            let run = person.ended(url, id).await;
            let counts = (&run["state"], &run["tasks"]["succeeded"]);
            assert_eq!(counts, (&json!("succeeded"), &json!(3)), "{run}");
        } else {
            assert!(!known.before.contains(id), "{id} was acknowledged before the backup and is lost");
        }
    }
    println!("{kept} of {} runs were acknowledged before the moment", known.acknowledged.len());
    assert!(kept >= known.before.len() && !known.done_before.is_empty());
}

/// Nothing that had ended was done again, and its large results are there.
async fn assert_nothing_is_repeated(person: &Person, url: &str, known: &Known) {
    for (id, run) in &known.done_before {
        let again = get(person, url, id).await.unwrap();
        assert_eq!(&again, run, "a run that had ended changed after the restore");
        let task = person.find(format!("{url}/api/v1/runs/{id}/tasks/2")).await.unwrap();
        assert!(task["result"]["value"].as_str().unwrap().len() > 8 * 1024, "the large result is gone");
    }
    let recount = person.post(format!("{url}/api/v1/system/recount")).await;
    assert_eq!(recount["disagreements"], json!([]), "{recount}");
}

async fn restores_elsewhere(shape: Shape) {
    let outer = tempfile::tempdir().unwrap();
    let (to, demo) = (outer.path().join("backup"), Demo::start().await);
    let here = Arc::new(Place::new(shape, &outer.path().join("data")).await);
    let known = back_up_under_load(&here, &demo, &to).await;
    let elsewhere = Place::new(shape, &outer.path().join("elsewhere")).await;
    elsewhere.restore(&to).unwrap();

    let second = Installation::start(&elsewhere).await;
    let (person, url) = (Person::sign_in(&second.url).await, second.url.clone());
    assert_runs_are_whole(&person, &url, &known).await;
    assert_nothing_is_repeated(&person, &url, &known).await;
    finds(&person, &url, "", POSTINGS).await;
    let synced = demo.sync(&person, &url).await;
    assert_eq!((&synced["new"], &synced["duplicate"]), (&json!(0), &json!(POSTINGS)), "{synced}");
    let another = person.submit_at(&url, &some_work()).await;
    assert_eq!(person.ended(&url, &another).await["state"], "succeeded");
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn heavy_a_backup_under_load_restores_elsewhere_with_nothing_lost_or_repeated() {
    restores_elsewhere(Shape::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn heavy_a_backup_of_postgres_under_load_restores_elsewhere_with_nothing_lost_or_repeated() {
    restores_elsewhere(Shape::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn heavy_a_backup_of_services_in_processes_of_their_own_restores_elsewhere_with_nothing_lost_or_repeated()
 {
    restores_elsewhere(Shape::SplitPostgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn heavy_a_backup_of_files_and_two_databases_restores_elsewhere_with_nothing_lost_or_repeated() {
    restores_elsewhere(Shape::Mixed).await;
}
