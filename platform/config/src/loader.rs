//! Gathers the sources, hands out sections, and knows in the end whether anything was left over.

use std::{collections::BTreeMap, ffi::OsString, path::Path as FilePath};

use figment::Figment;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    ConfigError, Effective, Finding, Severity,
    environment::Variable,
    finding::nearest,
    section::{Reader, Section},
    source::Layer,
};

/// The settings of a process. Add sources from the weakest to the strongest, then take the sections.
#[derive(Default)]
pub struct Loader {
    figment: Figment,
    variables: Vec<Variable>,
    findings: Vec<Finding>,
    sections: BTreeMap<String, Section>,
}

impl Loader {
    /// No source yet: everything is at its default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file that somebody asked for: it must exist.
    #[must_use]
    pub fn file(mut self, path: &FilePath) -> Self {
        match Layer::file(path) {
            Ok(Some(layer)) => self.add(Ok(layer)),
            Ok(None) => self.add(Err(Finding::error(
                String::new(),
                format!("file {}", path.display()),
                "does not exist",
            ))),
            Err(finding) => self.add(Err(finding)),
        }
        self
    }

    /// Adds a file if it exists.
    #[must_use]
    pub fn file_if_exists(mut self, path: &FilePath) -> Self {
        if let Some(layer) = Layer::file(path).transpose() {
            self.add(layer);
        }
        self
    }

    /// Adds `METIER_<SECTION>__<KEY>` variables, of a process: `std::env::vars_os()`. Names in
    /// `read_by_others` (`METIER_LOG`, or `METIER_TEST_*` for all that begin so) are left alone.
    #[must_use]
    pub fn environment(
        mut self,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
        read_by_others: &[&str],
    ) -> Self {
        for (name, value) in variables {
            match Variable::parse(name, value, read_by_others) {
                Ok(None) => {}
                Ok(Some(variable)) => {
                    self.add(variable.layer());
                    self.variables.push(variable);
                }
                Err(finding) => self.findings.push(finding),
            }
        }
        self
    }

    /// Adds flags of the command line, as a tree of sections; absent ones must not be in it.
    #[must_use]
    pub fn flags(mut self, flags: &impl Serialize) -> Self {
        self.add(Layer::new("the command line".to_owned(), flags));
        self
    }

    fn add(&mut self, layer: Result<Layer, Finding>) {
        match layer {
            Ok(layer) => self.figment = std::mem::take(&mut self.figment).merge(layer),
            Err(finding) => self.findings.push(finding),
        }
    }

    /// A section as the type its service declares; a lone value at the top is a section too.
    ///
    /// # Errors
    /// Everything that is wrong with a source or with this section.
    pub fn section<T: DeserializeOwned + Serialize + Default>(
        &mut self,
        name: &str,
    ) -> Result<T, ConfigError> {
        let reader = Reader { name, figment: &self.figment, variables: &self.variables };
        let (value, section) = reader.read::<T>();
        let findings: Vec<_> =
            self.findings.iter().chain(&section.findings).filter(is_error).cloned().collect();
        self.sections.insert(name.to_owned(), section);
        match value {
            Some(value) if findings.is_empty() => Ok(value),
            _ => Err(ConfigError { findings }),
        }
    }

    /// Everything that is wrong, sections that nobody asked for included, warnings included.
    pub fn check(&self) -> Vec<Finding> {
        let sections = self.sections.values().flat_map(|section| section.findings.iter().cloned());
        self.findings.iter().cloned().chain(sections).chain(self.unclaimed()).collect()
    }

    /// The settings in force, once every section was taken.
    ///
    /// # Errors
    /// Everything that is wrong, sections that nobody asked for included.
    pub fn finish(self) -> Result<Effective, ConfigError> {
        let findings: Vec<_> = self.check().into_iter().filter(|finding| is_error(&finding)).collect();
        if !findings.is_empty() {
            return Err(ConfigError { findings });
        }
        Ok(self.effective())
    }

    /// The settings as far as they can be read, right or wrong.
    pub fn effective(self) -> Effective {
        Effective::new(
            self.sections.into_iter().map(|(name, section)| (name, section.shown, section.origins)),
        )
    }

    fn unclaimed(&self) -> Vec<Finding> {
        match self.figment.extract::<BTreeMap<String, Value>>() {
            Ok(given) => {
                let names = given.into_keys().filter(|name| !self.sections.contains_key(name));
                names.map(|name| self.unknown_section(name)).collect()
            }
            Err(error) => vec![Finding::error(String::new(), "the settings".to_owned(), error.to_string())],
        }
    }

    fn unknown_section(&self, name: String) -> Finding {
        let origin = self.figment.find_metadata(&name).map(|metadata| metadata.name.to_string());
        let suggestion = nearest(&name, self.sections.keys().map(String::as_str)).map(str::to_owned);
        Finding::unknown(name, origin.unwrap_or_default(), suggestion)
    }
}

impl std::fmt::Debug for Loader {
    /// Without the values, which may be secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loader").field("sections", &self.sections.keys()).finish_non_exhaustive()
    }
}

fn is_error(finding: &&Finding) -> bool {
    finding.severity == Severity::Error
}
