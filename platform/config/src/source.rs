//! One source of settings as figment takes it: a tree and the name that every value in it remembers.

use std::{fs, io, path::Path};

use figment::{
    Error, Metadata, Profile, Provider,
    value::{Dict, Map, Value},
};
use serde::Serialize;

use crate::Finding;

/// Largest settings file that is read.
const MAX_FILE_SIZE: u64 = 1024 * 1024;

/// A tree of settings with its origin.
pub(crate) struct Layer {
    origin: String,
    tree: Dict,
}

impl Layer {
    pub(crate) fn new(origin: String, tree: &impl Serialize) -> Result<Self, Finding> {
        match Value::serialize(tree) {
            Ok(Value::Dict(_, tree)) => Ok(Self { origin, tree }),
            Ok(_) => Err(Finding::error(String::new(), origin, "must be a table of settings")),
            Err(error) => Err(Finding::error(String::new(), origin, error.to_string())),
        }
    }

    /// Reads a file. `Ok(None)` when it does not exist.
    pub(crate) fn file(path: &Path) -> Result<Option<Self>, Finding> {
        let origin = format!("file {}", path.display());
        let failed = |message: String| Finding::error(String::new(), origin.clone(), message);
        let text = match read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| failed(format!("cannot be read: {error}")))?,
        };
        let table: toml::Table = toml::from_str(&text)
            .map_err(|error| failed(format!("is not TOML: {}", place(&text, &error))))?;
        Self::new(origin.clone(), &plain_table(table)).map(Some)
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.origin.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        Ok(Profile::Default.collect(self.tree.clone()))
    }
}

fn read(path: &Path) -> io::Result<String> {
    if fs::metadata(path)?.len() > MAX_FILE_SIZE {
        return Err(io::Error::other("it is larger than 1 MiB"));
    }
    fs::read_to_string(path)
}

/// Names the place without quoting the line, which may hold a secret.
fn place(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("line {line}, column {column}: {}", error.message())
}

/// The same values without TOML's own date type, which becomes text.
fn plain_table(table: toml::Table) -> toml::Table {
    table.into_iter().map(|(key, value)| (key, plain(value))).collect()
}

pub(crate) fn plain(value: toml::Value) -> toml::Value {
    match value {
        toml::Value::Datetime(moment) => toml::Value::String(moment.to_string()),
        toml::Value::Array(items) => toml::Value::Array(items.into_iter().map(plain).collect()),
        toml::Value::Table(table) => toml::Value::Table(plain_table(table)),
        other => other,
    }
}
