//! Kinds: what a task's handler is called, what parameters it takes, how it is retried.

use std::{collections::HashMap, sync::Arc, time::Duration};

use jsonschema::Validator;
use metier_core::{Fault, Grants, Violation};
use serde_json::Value;

use super::retry::Backoff;

/// A kind's name and version.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KindName {
    /// Such as `fibonacci` or `source.sync`.
    pub name: String,
    /// From 1; a change of parameters that is not backward compatible takes a new one.
    pub version: i64,
}

/// A registered kind.
#[derive(Clone, Debug)]
pub struct Kind {
    /// Row id, narrow enough for hot tables.
    pub id: i64,
    /// Its name and version.
    pub name: KindName,
    /// What it does, for people.
    pub description: String,
    /// JSON Schema of one item.
    pub parameter_schema: Value,
    /// Rights that its handler uses for the run's actor.
    pub grants: Grants,
    /// Longest attempt.
    pub timeout: Duration,
    /// Attempts in all.
    pub max_attempts: i64,
    /// Between attempts.
    pub backoff: Backoff,
    pub(crate) validator: Arc<Validator>,
}

/// The kind of runs whose tasks are the steps of a workflow. No worker has it: the engine does them itself.
pub const WORKFLOW: &str = "workflow";

/// Violations reported in one answer; a list of 100,000 bad items stays readable.
pub const MAX_VIOLATIONS: usize = 20;

impl Kind {
    /// A kind around its compiled schema.
    ///
    /// # Errors
    /// `invalid_schema` when the text is not a JSON Schema.
    pub fn with_schema(mut self, schema: Value) -> Result<Self, Fault> {
        self.validator = Arc::new(compile(&schema)?);
        self.parameter_schema = schema;
        Ok(self)
    }

    /// A kind that accepts anything, to be given a schema.
    pub fn unvalidated(id: i64, name: KindName) -> Self {
        Self {
            id,
            name,
            description: String::new(),
            parameter_schema: Value::Bool(true),
            grants: Grants::default(),
            timeout: Duration::from_secs(60),
            max_attempts: 1,
            backoff: Backoff { first: Duration::from_secs(1), most: Duration::from_secs(60) },
            validator: Arc::new(
                jsonschema::Validator::new(&Value::Bool(true)).unwrap_or_else(|_| unreachable!()),
            ),
        }
    }

    /// Checks every item against the schema.
    ///
    /// # Errors
    /// `invalid_parameters`, naming each item by its position and the field within it.
    pub fn check(&self, items: &[Value]) -> Result<(), Fault> {
        let violations: Vec<_> = items
            .iter()
            .enumerate()
            .flat_map(|(position, item)| self.violations(position, item))
            .take(MAX_VIOLATIONS)
            .collect();
        if violations.is_empty() { Ok(()) } else { Err(Fault::violations(violations)) }
    }

    /// What is wrong with one item.
    pub fn violations<'a>(
        &'a self,
        position: usize,
        item: &'a Value,
    ) -> impl Iterator<Item = Violation> + 'a {
        self.validator.iter_errors(item).map(move |error| Violation {
            field: format!("/items/{position}{}", error.instance_path()),
            message: error.to_string(),
        })
    }
}

/// Compiles a schema without following references to files or the network.
fn compile(schema: &Value) -> Result<Validator, Fault> {
    jsonschema::options().build(schema).map_err(|error| {
        Fault::new(
            metier_core::FaultKind::Invalid,
            "invalid_schema",
            format!("the parameter schema is not valid: {error}"),
        )
    })
}

/// The kinds this installation knows, by name and version.
#[derive(Clone, Debug, Default)]
pub struct Catalogue(HashMap<KindName, Kind>);

impl Catalogue {
    /// From registered kinds.
    pub fn new(kinds: Vec<Kind>) -> Self {
        Self(kinds.into_iter().map(|kind| (kind.name.clone(), kind)).collect())
    }

    /// The kind of this name: of this version, or the newest.
    ///
    /// # Errors
    /// `unknown_kind`, naming what is known.
    pub fn get(&self, name: &str, version: Option<i64>) -> Result<&Kind, Fault> {
        let named = self.0.values().filter(|kind| kind.name.name == name);
        let wanted = named.filter(|kind| version.is_none_or(|version| kind.name.version == version));
        wanted.max_by_key(|kind| kind.name.version).ok_or_else(|| self.unknown(name, version))
    }

    /// Every kind that workers handle, in the order of its name.
    pub fn list(&self) -> Vec<&Kind> {
        let mut kinds: Vec<_> = self.0.values().filter(|kind| kind.name.name != WORKFLOW).collect();
        kinds.sort_by(|left, right| left.name.cmp(&right.name));
        kinds
    }

    /// The kind with this row id.
    pub fn by_id(&self, id: i64) -> Option<&Kind> {
        self.0.values().find(|kind| kind.id == id)
    }

    fn unknown(&self, name: &str, version: Option<i64>) -> Fault {
        let known: Vec<_> = self.list().iter().map(|kind| kind.name.name.as_str()).collect();
        let version = version.map(|version| format!(" version {version}")).unwrap_or_default();
        let message =
            format!("no worker has registered a kind {name:?}{version}; known are: {}", known.join(", "));
        Fault::new(metier_core::FaultKind::Invalid, "unknown_kind", message)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kind() -> Kind {
        let schema = json!({"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}});
        Kind::unvalidated(1, KindName { name: "count".into(), version: 1 }).with_schema(schema).unwrap()
    }

    #[test]
    fn a_bad_item_is_named_by_position_and_field() {
        let fault = kind().check(&[json!({"n": 1}), json!({"n": "x"}), json!({})]).unwrap_err();
        let fields: Vec<_> = fault.violations.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(fields, ["/items/1/n", "/items/2"]);
    }

    #[test]
    fn an_unknown_kind_names_the_known_ones() {
        let fault = Catalogue::new(vec![kind()]).get("sum", None).unwrap_err();
        assert!(fault.message.contains("count"), "{fault}");
    }

    #[test]
    fn the_newest_version_is_the_default() {
        let newer = Kind { name: KindName { name: "count".into(), version: 2 }, ..kind() };
        assert_eq!(Catalogue::new(vec![kind(), newer]).get("count", None).unwrap().name.version, 2);
    }
}
