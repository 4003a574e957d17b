//! Settings from every source, through the loader's public door.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod human;
mod loading;
mod printing;
mod refusing;
mod secrets;

use std::{collections::BTreeMap, ffi::OsString, time::Duration};

use metier_config::{Listen, Loader, Size};
use metier_core::Secret;
use serde::{Deserialize, Serialize};

/// Settings with everything a service's settings may hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Jobs {
    #[serde(with = "metier_config::duration")]
    lease: Duration,
    body_limit: Size,
    listen: Listen,
    workers: u16,
    kinds: Vec<String>,
    title: String,
    join_secret: Secret<String>,
    api_token: Option<Secret<String>>,
    store: Store,
    sources: BTreeMap<String, Source>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "driver", rename_all = "snake_case")]
enum Store {
    Sqlite { folder: String },
    Postgres { url: Secret<String> },
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Source {
    url: String,
    api_key: Option<Secret<String>>,
}

impl Default for Jobs {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(30),
            body_limit: Size::from_bytes(20_000_000),
            listen: Listen::loopback(8_080),
            workers: 2,
            kinds: Vec::new(),
            title: "jobs".to_owned(),
            join_secret: Secret::new(String::new()),
            api_token: None,
            store: Store::Sqlite { folder: "data".to_owned() },
            sources: BTreeMap::new(),
        }
    }
}

fn variables(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
}

fn from_environment(pairs: &[(&str, &str)]) -> Loader {
    Loader::new().environment(variables(pairs), &["METIER_LOG", "METIER_TEST_*"])
}

fn from_file(text: &str) -> (Loader, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metier.toml");
    std::fs::write(&path, text).unwrap();
    (Loader::new().file(&path), folder)
}

/// What is wrong with the section `jobs` and the sources, as a person reads it.
fn complaints(mut loader: Loader) -> Vec<String> {
    let _ = loader.section::<Jobs>("jobs");
    loader.check().iter().map(ToString::to_string).collect()
}
