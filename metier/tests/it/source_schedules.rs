//! The schedules of sources: as settings and OpenJobs' variables say, and as people make them with the command line.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::{
    cli_shell::Shell,
    platform::{EMAIL, PASSWORD, Person, Platform, Topology, system_tests},
};

const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(50);
const DEMO: &str = "METIER_POSTINGS__SOURCES__DEMO__SCHEDULE";

system_tests!(heavy_settings_schedule_sources_and_never_touch_what_a_person_made);

async fn heavy_settings_schedule_sources_and_never_touch_what_a_person_made(topology: Topology) {
    let settings = [("CRON_SCHEDULE", "0 6 * * *"), ("TZ", "Europe/Stockholm"), (DEMO, "every 6h")];
    let mut platform = Platform::start_as(topology, &["--demo"], &settings).await;
    let bed = Bed::of(&platform).await;
    let cron =
        |expression: &str| json!({ "type": "cron", "expression": expression, "zone": "Europe/Stockholm" });
    bed.becomes("sync-arbetsformedlingen", |schedule| schedule["trigger"] == cron("0 6 * * *")).await;
    bed.becomes("sync-eures", |schedule| schedule["trigger"] == cron("0 6 * * *")).await;
    let demo = bed.becomes("sync-demo", |schedule| schedule["trigger"]["interval"] == "6h").await;
    assert_eq!(demo["start"], json!({ "kind": "source.sync", "parameters": { "source": "demo" } }));
    bed.a_sync_began("demo").await;

    let shell = Shell::at(&bed.door);
    assert_eq!(shell.sign_in(EMAIL, PASSWORD).code, Some(0));
    // A source that comes is scheduled as the others are; one that goes takes its schedule along.
    let added = json!({ "name": "added", "url": "http://127.0.0.1:9/" });
    bed.person.create(format!("{}/api/v1/sources", bed.door), &added).await;
    bed.becomes("sync-added", |schedule| schedule["trigger"] == cron("0 6 * * *")).await;
    shell.prints(&["sources", "remove", "added", "--yes"]);
    bed.goes("sync-added").await;

    let said = shell.prints(&["sources", "schedule", "eures", "--every", "1h"]);
    assert!(said.starts_with("eures is synced every 1h, next at"), "{said}");
    assert!(shell.prints(&["sources", "schedule", "demo", "--off"]).contains("no longer synced by itself"));
    assert!(shell.prints(&["sources", "schedule", "demo"]).contains("when somebody asks for it"));
    assert_eq!(shell.json(&["sources", "schedule", "eures"])["trigger"]["interval"], "1h");
    shell.refuses(1, &["sources", "schedule", "nothing", "--every", "1h"]);
    shell.refuses(1, &["sources", "schedule", "eures", "--cron", "61 * * * *"]);
    let before = bed.changes().await;

    // The same settings change nothing, not even a version.
    platform.up_again(&["--demo"]).await;
    let bed = Bed::of(&platform).await;
    all_are_declared(&mut platform).await;
    assert_eq!(bed.changes().await, before);

    platform.set("CRON_SCHEDULE", Some("30 7 * * *"));
    platform.up_again(&["--demo"]).await;
    let bed = Bed::of(&platform).await;
    bed.becomes("sync-arbetsformedlingen", |schedule| schedule["trigger"] == cron("30 7 * * *")).await;
    all_are_declared(&mut platform).await;
    assert_eq!(bed.schedules().await.len(), 2, "what a person deleted stays so");
    assert_eq!(bed.named("sync-eures").await["trigger"]["interval"], "1h");

    platform.set("CRON_SCHEDULE", None);
    platform.up_again(&["--demo"]).await;
    let bed = Bed::of(&platform).await;
    bed.until(|schedules| schedules.len() == 1).await;
    assert_eq!(bed.named("sync-eures").await["trigger"]["interval"], "1h");
    platform.stop().await;
}

struct Bed {
    person: Person,
    door: String,
}

impl Bed {
    async fn of(platform: &Platform) -> Self {
        let door = platform.api("gateway");
        Self { person: Person::sign_in(&door).await, door }
    }

    async fn schedules(&self) -> Vec<Value> {
        let page = self.person.find(format!("{}/api/v1/schedules?limit=500", self.door)).await.unwrap();
        page["items"].as_array().unwrap().clone()
    }

    /// The schedules, once they are as wanted.
    async fn until(&self, wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let began = Instant::now();
        loop {
            let schedules = self.schedules().await;
            if wanted(&schedules) {
                return schedules;
            }
            assert!(began.elapsed() < PATIENCE, "the schedules never came to that: {schedules:?}");
            sleep(LOOK_EVERY).await;
        }
    }

    /// One schedule, once it is as wanted.
    async fn becomes(&self, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let is_it = |schedule: &Value| schedule["name"] == name && wanted(schedule);
        let schedules = self.until(|schedules| schedules.iter().any(is_it)).await;
        schedules.into_iter().find(is_it).unwrap()
    }

    async fn named(&self, name: &str) -> Value {
        self.becomes(name, |_| true).await
    }

    async fn goes(&self, name: &str) {
        self.until(|schedules| schedules.iter().all(|schedule| schedule["name"] != name)).await;
    }

    /// What a change would change.
    async fn changes(&self) -> Vec<(Value, Value)> {
        let shown = |schedule: Value| (schedule["name"].clone(), schedule["updated_at"].clone());
        self.schedules().await.into_iter().map(shown).collect()
    }

    /// An interval begins with a sync.
    async fn a_sync_began(&self, source: &str) {
        let began = Instant::now();
        let url = format!("{}/api/v1/schedules/{}/fires", self.door, format_args!("sync-{source}"));
        while self
            .person
            .find(url.clone())
            .await
            .is_none_or(|page| page["items"][0]["outcome"] != "submitted")
        {
            assert!(began.elapsed() < PATIENCE, "no sync of {source} began");
            sleep(LOOK_EVERY).await;
        }
    }
}

/// Until the service that has the sources has declared all of them; they are declared in the order of their names.
async fn all_are_declared(platform: &mut Platform) {
    platform.process("postings").says("name=\"sync-eures\" outcome=").await;
}
