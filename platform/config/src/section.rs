//! One section of the settings, read into the type its service declares.

use std::collections::BTreeMap;

use figment::Figment;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    Finding, Severity,
    environment::Variable,
    finding::nearest,
    secret_file::{self, Placed},
    tree::{self, Path},
};

/// How a secret writes itself.
const REDACTED: &str = "***";

/// Reads one section.
pub(crate) struct Reader<'a> {
    pub name: &'a str,
    pub figment: &'a Figment,
    pub variables: &'a [Variable],
}

/// A section that was read: its settings as they are in force with secrets redacted, where each leaf comes
/// from, and what is wrong.
#[derive(Default)]
pub(crate) struct Section {
    pub shown: Value,
    pub origins: BTreeMap<Path, String>,
    pub findings: Vec<Finding>,
}

impl Reader<'_> {
    pub(crate) fn read<T: DeserializeOwned + Serialize + Default>(&self) -> (Option<T>, Section) {
        let mut section = Section::default();
        let found = self.figment.find_value(self.name).ok();
        let Some(mut given) = found.and_then(|found| serde_json::to_value(found).ok()) else {
            let value = T::default();
            section.shown = self.shown(&value, &mut section.findings);
            return (Some(value), section);
        };
        let value =
            self.understand(&mut given, &mut section).map_err(|finding| section.findings.push(finding));
        (value.ok(), section)
    }

    /// A secret's file is noticed as an unknown key; then the section is read again with the secret.
    fn understand<T: DeserializeOwned + Serialize>(
        &self,
        given: &mut Value,
        section: &mut Section,
    ) -> Result<T, Finding> {
        let mut value: T = self.deserialize(given)?;
        section.shown = self.shown(&value, &mut section.findings);
        let mut unknown = tree::unknown_keys(given, &section.shown);
        let placed = self.place_secrets(given, &mut unknown, &mut section.findings);
        if !placed.is_empty() {
            value = self.deserialize(given)?;
            section.shown = self.shown(&value, &mut section.findings);
            unknown = tree::unknown_keys(given, &section.shown);
        }
        section.origins = self.origins(given, &placed);
        for secret in &placed {
            section.findings.extend(self.check_placed(secret, &mut unknown, &section.shown));
        }
        section.findings.extend(unknown.iter().map(|path| self.unknown(path, &section.shown)));
        Ok(value)
    }

    /// Deserializes; a variable that was taken for a number or the like and should be text is mended.
    fn deserialize<T: DeserializeOwned>(&self, given: &mut Value) -> Result<T, Finding> {
        loop {
            let error = match serde_path_to_error::deserialize(&*given) {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let path: Path = error.path().iter().map(ToString::to_string).collect();
            let is_at = |variable: &&Variable| {
                variable.path.split_first().is_some_and(|(name, rest)| name == self.name && rest == path)
            };
            let variable = self.variables.iter().find(is_at);
            if !variable.is_some_and(|variable| variable.take_as_text(given)) {
                return Err(self.refused(&path, error.inner()));
            }
        }
    }

    fn shown(&self, value: &impl Serialize, findings: &mut Vec<Finding>) -> Value {
        serde_json::to_value(value).unwrap_or_else(|error| {
            findings.push(Finding::error(self.key(&[]), String::new(), format!("cannot be shown: {error}")));
            Value::Null
        })
    }

    fn place_secrets(
        &self,
        given: &mut Value,
        unknown: &mut Vec<Path>,
        findings: &mut Vec<Finding>,
    ) -> Vec<Placed> {
        let mut placed = Vec::new();
        for path in unknown.extract_if(.., |path| secret_file::is_named_by(path)) {
            match secret_file::place(given, &path) {
                Ok(secret) => placed.push(secret),
                Err(message) => findings.push(Finding::error(self.key(&path), self.origin(&path), message)),
            }
        }
        placed
    }

    /// A file may name a secret and nothing else, and should be out of others' reach.
    fn check_placed(&self, secret: &Placed, unknown: &mut Vec<Path>, shown: &Value) -> Option<Finding> {
        let (key, origin) = (self.key(&secret.named_by), self.origin(&secret.named_by));
        if unknown.extract_if(.., |path| *path == secret.path).count() > 0 {
            return Some(self.unknown(&secret.named_by, shown));
        }
        if tree::get(shown, &secret.path).is_none_or(|value| value != REDACTED) {
            return Some(Finding::error(key, origin, "only secrets are read from files of their own"));
        }
        let message = format!("everybody on this machine can read {}", secret.file);
        let warning = Finding { severity: Severity::Warning, ..Finding::error(key, origin, message) };
        secret.readable_by_all.then_some(warning)
    }

    /// Says what is wrong, without the value where it may be a secret.
    fn refused(&self, path: &[String], error: &serde_json::Error) -> Finding {
        let sounds_secret = |key: &String| {
            ["password", "secret", "token", "key", "credential"].iter().any(|word| key.contains(word))
        };
        let message = match path.last().is_some_and(sounds_secret) {
            true => "has a value of the wrong type, which is not shown because it may be a secret".to_owned(),
            false => with_example(error.to_string()),
        };
        Finding::error(self.key(path), self.origin(path), message)
    }

    fn unknown(&self, path: &Path, shown: &Value) -> Finding {
        let suggestion = path.split_last().and_then(|(key, above)| {
            let known = tree::get(shown, above)?.as_object()?;
            let near = nearest(key, known.keys().map(String::as_str))?;
            Some(self.key(&[above, &[near.to_owned()]].concat()))
        });
        Finding::unknown(self.key(path), self.origin(path), suggestion)
    }

    fn origins(&self, given: &Value, placed: &[Placed]) -> BTreeMap<Path, String> {
        let mut origins: BTreeMap<_, _> =
            tree::leaves(given).into_iter().map(|path| (path.clone(), self.origin(&path))).collect();
        for secret in placed {
            let origin = format!("file {}, named by {}", secret.file, self.origin(&secret.named_by));
            origins.insert(secret.path.clone(), origin);
        }
        origins
    }

    /// Where the setting, or the nearest table around it, was given.
    fn origin(&self, path: &[String]) -> String {
        let around = (0..=path.len()).rev().map(|length| self.key(&path[..length]));
        let mut found = around.filter_map(|key| self.figment.find_metadata(&key));
        found.next().map(|metadata| metadata.name.to_string()).unwrap_or_default()
    }

    fn key(&self, path: &[String]) -> String {
        std::iter::once(self.name).chain(path.iter().map(String::as_str)).collect::<Vec<_>>().join(".")
    }
}

/// The reader of durations says only that it expects one.
fn with_example(message: String) -> String {
    if message.ends_with("expected a duration") { message + " such as 30s or 1h 30m" } else { message }
}
