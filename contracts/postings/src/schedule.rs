//! The schedule of a source's syncs: one name and one form, whoever makes it.

use serde_json::{Value, json};

/// What the names of these schedules begin with.
pub const PREFIX: &str = "sync-";

/// The name of a source's schedule.
pub fn name(source: &str) -> String {
    format!("{PREFIX}{source}")
}

/// The schedule but for its name, in the form in which the scheduler's REST side takes it.
///
/// A sync that would overlap the one before is left out, and those that were missed are made up for by one.
pub fn definition(source: &str, trigger: Value) -> Value {
    json!({
        "description": format!("Syncs the source {source}"),
        "start": { "kind": "source.sync", "parameters": { "source": source } },
        "trigger": trigger,
        "missed": "one",
        "overlap": "skip",
    })
}

/// At clock times of a zone.
pub fn cron(expression: &str, zone: &str) -> Value {
    json!({ "type": "cron", "expression": expression, "zone": zone })
}

/// Again and again, such as `6h`.
pub fn every(interval: &str) -> Value {
    json!({ "type": "every", "interval": interval })
}
