//! A worker in another language, over plain HTTP and JSON, with a key that names its kind.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::json;

use crate::platform::{Person, Platform, Topology, system_tests};

/// Ends with the test, however it ends.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}

impl Worker {
    fn start(url: &str, key: &str) -> Self {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/python-worker/worker.py");
        let mut command = Command::new("python3");
        command.arg(program).env("METIER_URL", url).env("METIER_API_KEY", key).stdout(Stdio::null());
        Self(command.spawn().expect("python3 is installed: run cargo xtask test"))
    }
}

system_tests!(heavy_a_worker_in_python_works_off_a_run_with_a_key_for_its_kind);

async fn heavy_a_worker_in_python_works_off_a_run_with_a_key_for_its_kind(topology: Topology) {
    let platform = Platform::start(topology).await;
    let door = platform.api("gateway");
    let person = Person::sign_in(&door).await;
    let wish =
        json!({ "name": "python", "grants": ["tasks:claim"], "kinds": ["text.statistics"], "queues": ["*"] });
    let key = person.create(format!("{door}/api/v1/api-keys"), &wish).await;
    let _worker = Worker::start(&door, key["key"].as_str().unwrap());
    let items: Vec<_> = (1..=20).map(|count| json!({ "text": "ett två två ".repeat(count) })).collect();
    let id = person.submit(&platform, &json!({ "kind": "text.statistics", "items": items })).await;
    let run = person.ended(&door, &id).await;
    assert_eq!((&run["state"], &run["tasks"]["succeeded"]), (&json!("succeeded"), &json!(20)), "{run}");
    let task = person.find(format!("{door}/api/v1/runs/{id}/tasks/2")).await.unwrap();
    assert_eq!(task["result"]["words"], 9, "{task}");
    assert_eq!(task["result"]["top"][0], json!({ "word": "två", "count": 6 }), "{task}");
    platform.stop().await;
}
