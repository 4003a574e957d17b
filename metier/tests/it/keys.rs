//! An installation over several machines: what they have to share, and what they need not.

use metier_testkit::postgres;
use serde_json::json;

use crate::platform::{EMAIL, PASSWORD, Person, Process, free_port, ready};

const JOIN_SECRET: &str = "a join secret that is long enough to be one";

/// A machine of its own: its data folder, and what all machines are told.
struct Machine {
    folder: tempfile::TempDir,
    settings: Vec<(String, String)>,
}

impl Machine {
    fn new(shared: &[(&str, String)], own: &[(&str, &str)]) -> Self {
        let own = own.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let shared = shared.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let folder = tempfile::tempdir().unwrap();
        let mut settings: Vec<_> = shared.chain(own).collect();
        settings.push(("METIER_DATA__FOLDER".to_owned(), folder.path().display().to_string()));
        Self { folder, settings }
    }

    fn serve(&self, names: &[&str]) -> Process {
        let arguments: Vec<&str> = std::iter::once(&"serve").chain(names).copied().collect();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Process::start(&arguments, &names, &self.settings)
    }
}

#[tokio::test]
async fn heavy_machines_that_share_only_a_secret_trust_whom_identity_signed_in() {
    let database = postgres::database().await;
    let (identity, jobs, executor) = (free_port(), free_port(), free_port());
    let shared = [
        ("METIER_DATABASE__URL", database.url.clone()),
        ("METIER_DATABASE__MAX_CONNECTIONS", "4".to_owned()),
        ("METIER_KEYS__JOIN_SECRET", JOIN_SECRET.to_owned()),
        ("METIER_SERVICES__IDENTITY__ADDRESS", format!("http://127.0.0.1:{identity}")),
        ("METIER_SERVICES__IDENTITY__PORT", identity.to_string()),
        ("METIER_SERVICES__JOBS__PORT", jobs.to_string()),
        ("METIER_SERVICES__EXECUTOR__PORT", executor.to_string()),
    ];
    let first = Machine::new(
        &shared,
        &[("METIER_IDENTITY__SETUP__EMAIL", EMAIL), ("METIER_IDENTITY__SETUP__PASSWORD", PASSWORD)],
    );
    let second = Machine::new(&shared, &[("METIER_KEYS__PUBLISHED_BY", "identity")]);
    let mut processes = [first.serve(&["identity"]), second.serve(&["jobs", "executor"])];
    let (identity, jobs) = (format!("http://127.0.0.1:{identity}"), format!("http://127.0.0.1:{jobs}"));
    ready(&identity, &mut processes).await;
    ready(&jobs, &mut processes).await;
    let person = Person::sign_in(&identity).await;
    let run = json!({ "kind": "fibonacci", "parameters": { "iterations": 10 } });
    let id = person.submit_at(&jobs, &run).await;
    assert_eq!(person.ended(&jobs, &id).await["state"], "succeeded");
    assert!(!second.folder.path().join("keys/signing-keys.json").exists(), "the second machine made keys");
}
