//! The settings in force as TOML, each with its origin, secrets redacted.

use std::{collections::BTreeMap, fmt::Write};

use serde_json::{Map, Value};

use crate::tree::Path;

/// The settings in force.
#[derive(Clone, Debug, Default)]
pub struct Effective {
    tree: Map<String, Value>,
    origins: BTreeMap<Path, String>,
}

impl Effective {
    pub(crate) fn new(sections: impl Iterator<Item = (String, Value, BTreeMap<Path, String>)>) -> Self {
        let mut effective = Self::default();
        for (name, shown, origins) in sections {
            for (path, origin) in origins {
                effective.origins.insert([std::slice::from_ref(&name), &path].concat(), origin);
            }
            effective.tree.insert(name, shown);
        }
        effective
    }

    /// As TOML that can be read back, secrets aside, with the origin of each value as a comment.
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        self.table(&mut text, &mut Path::new(), &self.tree);
        text.trim_start().to_owned()
    }

    /// The settings as a tree, secrets redacted.
    pub const fn tree(&self) -> &Map<String, Value> {
        &self.tree
    }

    /// A table's own values come first, as TOML demands.
    fn table(&self, text: &mut String, path: &mut Path, table: &Map<String, Value>) {
        let values = || table.iter().filter(|(_, value)| !value.is_object());
        if !path.is_empty() && (values().next().is_some() || table.is_empty()) {
            let name = path.iter().map(|key| quoted(key)).collect::<Vec<_>>().join(".");
            _ = writeln!(text, "\n[{name}]");
        }
        for (key, value) in values() {
            path.push(key.clone());
            self.line(text, path, key, value);
            path.pop();
        }
        for (key, value) in table {
            if let Value::Object(below) = value {
                path.push(key.clone());
                self.table(text, path, below);
                path.pop();
            }
        }
    }

    fn line(&self, text: &mut String, path: &Path, key: &str, value: &Value) {
        let origin = self.origins.get(path).map_or("default", String::as_str);
        let key = quoted(key);
        _ = match as_toml(value) {
            Some(value) => writeln!(text, "{key} = {value} # {origin}"),
            None => writeln!(text, "# {key} is not set"),
        };
    }
}

fn quoted(key: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !key.is_empty() && key.bytes().all(is_bare) { key.to_owned() } else { Value::from(key).to_string() }
}

/// TOML has no null: absent keys of inline tables are left out.
fn as_toml(value: &Value) -> Option<toml::Value> {
    Some(match value {
        Value::Null => return None,
        Value::Array(items) => toml::Value::Array(items.iter().filter_map(as_toml).collect()),
        Value::Object(table) => toml::Value::Table(
            table.iter().filter_map(|(key, value)| Some((key.clone(), as_toml(value)?))).collect(),
        ),
        plain => toml::Value::try_from(plain).ok()?,
    })
}
