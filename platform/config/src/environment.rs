//! Settings from environment variables: `METIER_JOBS__LEASE=30s` is `lease` of the section `jobs`.
//!
//! A value is read as TOML when it is TOML (`true`, `5`, `["a", "b"]`) and as text otherwise. Where the
//! setting turns out to be text, the text is taken as it stands, so that a password of digits needs no
//! quotes.

use std::ffi::OsString;

use serde_json::Value;

use crate::{
    Finding,
    source::{Layer, plain},
    tree::{self, Path},
};

const PREFIX: &str = "METIER_";

/// A setting from the environment.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub path: Path,
    pub raw: String,
    name: String,
}

impl Variable {
    /// `Ok(None)` when it is none of ours, or one that others read.
    pub(crate) fn parse(
        name: OsString,
        value: OsString,
        read_by_others: &[&str],
    ) -> Result<Option<Self>, Finding> {
        let Ok(name) = name.into_string() else { return Ok(None) };
        let Some(rest) = name.strip_prefix(PREFIX) else { return Ok(None) };
        if read_by_others.iter().any(|pattern| matches(pattern, &name)) {
            return Ok(None);
        }
        let path: Path = rest.to_ascii_lowercase().split("__").map(str::to_owned).collect();
        let failed = |message| Finding::error(String::new(), origin(&name), message);
        if path.iter().any(String::is_empty) {
            return Err(failed("has an empty part: write METIER_<SECTION>__<KEY>"));
        }
        let raw = value.into_string().map_err(|_| failed("is not UTF-8"))?;
        Ok(Some(Self { path, raw, name }))
    }

    pub(crate) fn origin(&self) -> String {
        origin(&self.name)
    }

    pub(crate) fn layer(&self) -> Result<Layer, Finding> {
        let value = as_toml(&self.raw).unwrap_or_else(|| toml::Value::String(self.raw.clone()));
        let nest = |value, key: &String| toml::Value::Table([(key.clone(), value)].into_iter().collect());
        Layer::new(self.origin(), &self.path.iter().rev().fold(value, nest))
    }

    /// Takes the text as it stands. Whether that changed anything.
    pub(crate) fn take_as_text(&self, section: &mut Value) -> bool {
        match tree::get_mut(section, self.path.get(1..).unwrap_or_default()) {
            Some(value) if !value.is_string() => {
                *value = Value::String(self.raw.clone());
                true
            }
            _ => false,
        }
    }
}

fn origin(name: &str) -> String {
    format!("environment variable {name}")
}

/// `METIER_TEST_*` stands for every name that begins so.
fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

fn as_toml(text: &str) -> Option<toml::Value> {
    let mut table: toml::Table = toml::from_str(&format!("value = {text}")).ok()?;
    let value = table.remove("value")?;
    table.is_empty().then(|| plain(value))
}
