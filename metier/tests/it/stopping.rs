//! Cancel and timeout stop the work itself within two seconds, whether it computes or hangs on a socket.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::{net::TcpListener, time::Instant};

use crate::platform::{Person, Platform, Topology, system_tests};

/// What the product promises.
const PROMISED: Duration = Duration::from_secs(2);
/// What a timeout of half a second may take in all.
const TIMEOUT_MS: u64 = 500;

struct Bed {
    platform: Platform,
    person: Person,
    jobs: String,
}

impl Bed {
    async fn start(topology: Topology) -> Self {
        let settings = [("METIER_EXECUTOR__HTTP__ALLOW_PRIVATE_ADDRESSES", "true")];
        let platform = Platform::start_with(topology, &settings).await;
        let (jobs, identity) = (platform.api("jobs"), platform.api("identity"));
        Self { person: Person::sign_in(&identity).await, platform, jobs }
    }

    async fn cancelled_in_time(&self, run: &Value) {
        let id = self.person.submit(&self.platform, run).await;
        self.person.reaches(&self.jobs, &id, |run| run["tasks"]["running"] == 1).await;
        let began = Instant::now();
        self.person.post(format!("{}/api/v1/runs/{id}/cancel", self.jobs)).await;
        let ended = self.person.ended(&self.jobs, &id).await;
        assert_eq!(ended["state"], "cancelled", "{ended}");
        assert!(began.elapsed() < PROMISED, "stopped after {:?}", began.elapsed());
    }

    async fn timed_out_in_time(&self, mut run: Value) {
        run["timeout_ms"] = json!(TIMEOUT_MS);
        run["max_attempts"] = json!(1);
        let id = self.person.submit(&self.platform, &run).await;
        self.person.reaches(&self.jobs, &id, |run| run["started_at"].is_string()).await;
        let began = Instant::now();
        let ended = self.person.ended(&self.jobs, &id).await;
        assert_eq!(ended["state"], "timed_out", "{ended}");
        assert!(
            began.elapsed() < PROMISED + Duration::from_millis(TIMEOUT_MS),
            "stopped after {:?}",
            began.elapsed()
        );
    }
}

/// Computes for minutes.
fn computing() -> Value {
    json!({ "kind": "fibonacci", "parameters": { "iterations": 1_000_000 } })
}

/// Waits on a server that accepts and never answers.
fn hanging(server: &TcpListener) -> Value {
    json!({ "kind": "http.get", "parameters": { "url": format!("http://{}/", server.local_addr().unwrap()) } })
}

system_tests!(heavy_cancel_and_timeout_stop_a_task_that_computes_and_one_that_hangs);

async fn heavy_cancel_and_timeout_stop_a_task_that_computes_and_one_that_hangs(topology: Topology) {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let bed = Bed::start(topology).await;
    bed.cancelled_in_time(&computing()).await;
    bed.cancelled_in_time(&hanging(&server)).await;
    bed.timed_out_in_time(computing()).await;
    bed.timed_out_in_time(hanging(&server)).await;
    bed.platform.stop().await;
}
