//! Where the settings of a command come from: file < environment < flags.

use std::{net::SocketAddr, path::Path};

use metier_config::Loader;
use metier_harness::ServerSettings;
use metier_telemetry::LogSettings;
use serde_json::{Map, Value, json};

use crate::cli::{Place, SettingsArgs};

const DEFAULT_FILE: &str = "metier.toml";
/// Variables that begin like ours and are read elsewhere.
const READ_ELSEWHERE: &[&str] = &[
    "METIER_CONFIG",
    // By the build, which `cargo run` does before it starts us.
    "METIER_CONSOLE",
    "METIER_TEST_*",
    "METIER_URL",
    "METIER_CA",
    "METIER_API_KEY",
    "METIER_PASSWORD",
    // By workers in other languages.
    "METIER_CAPABILITIES",
];

/// Everything but the flags.
pub fn loader(given: &SettingsArgs) -> Loader {
    let loader = match &given.config {
        Some(path) => Loader::new().file(path),
        None => Loader::new().file_if_exists(Path::new(DEFAULT_FILE)),
    };
    loader.environment(std::env::vars_os(), READ_ELSEWHERE)
}

/// The settings of logging; section `log`.
pub fn log(loader: &mut Loader) -> Result<LogSettings, metier_config::ConfigError> {
    loader.section("log")
}

/// The data folder as a setting, when it was given.
pub fn data_flag(folder: Option<&Path>) -> Value {
    folder.map_or_else(|| json!({}), |folder| json!({ "data": { "folder": folder } }))
}

/// The flags as settings; those that were not given are not in it.
pub fn flags(place: &Place, port: Option<u16>) -> Value {
    let mut flags = Map::new();
    if let Some(folder) = &place.data_dir {
        flags.insert("data".into(), json!({ "folder": folder }));
    }
    let mut server = Map::new();
    server.extend(place.listen.map(|address| ("listen".into(), json!(address))));
    server.extend(port.map(|port| ("port".into(), json!(port))));
    flags.insert("server".into(), server.into());
    if let Some(url) = &place.database_url {
        flags.insert("database".into(), json!({ "url": url }));
    }
    Value::Object(flags)
}

/// The loader, with OpenJobs' door at a port of the address that the others listen on.
pub fn with_openjobs(mut loader: Loader, port: Option<u16>) -> Loader {
    let Some(port) = port else { return loader };
    // What is wrong with the section is told when all of them are read.
    let server: ServerSettings = loader.section("server").unwrap_or_default();
    let address = SocketAddr::new(server.listen, port);
    loader.flags(&json!({ "gateway": { "openjobs_listen": address } }))
}
