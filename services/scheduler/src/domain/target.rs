//! What a schedule starts: a job by its name, or a kind with its parameters.

use metier_core::Violation;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::schedule::is_name;

/// Most tasks of one start.
const MAX_ITEMS: usize = 10_000;
/// Largest items, as JSON text.
const MAX_BYTES: usize = 1024 * 1024;

/// A run to be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The job, in its newest version at that time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// The kind, when it is no job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The kind's version; the newest at that time when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind_version: Option<u32>,
    /// Parameters of a single task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Value>,
    /// Parameters of many tasks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<Value>>,
    /// The queue of a kind's run; a job has its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// The priority of a kind's run; a job has its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<i32>,
}

impl Target {
    /// Everything that is wrong with it. Whether there is such a job or kind is the engine's to say.
    pub fn check(&self) -> Vec<Violation> {
        let mut wrong = Vec::new();
        let mut demand = |holds: bool, field: &str, message: &str| {
            if !holds {
                wrong.push(Violation { field: format!("/start/{field}"), message: message.to_owned() });
            }
        };
        demand(self.job.is_some() != self.kind.is_some(), "job", "give either job or kind");
        demand(self.job.as_deref().is_none_or(is_name), "job", "must be 1 to 100 of A-Z a-z 0-9 - _ .");
        demand(self.kind.as_deref().is_none_or(is_name), "kind", "must be 1 to 100 of A-Z a-z 0-9 - _ .");
        demand(self.queue.as_deref().is_none_or(is_name), "queue", "must be 1 to 100 of A-Z a-z 0-9 - _ .");
        let bare = self.queue.is_none() && self.priority.is_none() && self.kind_version.is_none();
        demand(self.job.is_none() || bare, "queue", "and priority and kind_version are those of the job");
        demand(
            self.priority.is_none_or(|it| (-100..=100).contains(&it)),
            "priority",
            "must be between -100 and 100",
        );
        demand(self.parameters.is_none() || self.items.is_none(), "items", "give either parameters or items");
        let count = self.items.as_ref().map_or(0, Vec::len);
        demand(count <= MAX_ITEMS, "items", "must have at most 10000 entries");
        demand(
            json!([self.items, self.parameters]).to_string().len() <= MAX_BYTES,
            "items",
            "must be at most 1 MiB",
        );
        wrong
    }

    /// One task each. A job's own parameters stand below them; a kind without any runs one task with none.
    pub fn items(&self) -> Vec<Value> {
        match (&self.items, &self.parameters) {
            (Some(items), _) => items.clone(),
            (None, Some(parameters)) => vec![parameters.clone()],
            (None, None) => vec![json!({})],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(target: Value) -> Vec<String> {
        let target: Target = serde_json::from_value(target).unwrap();
        target.check().into_iter().map(|wrong| wrong.field).collect()
    }

    #[test]
    fn it_is_a_job_or_a_kind_and_a_job_has_its_own_queue() {
        assert_eq!(fields(json!({ "job": "nightly" })), Vec::<String>::new());
        assert_eq!(
            fields(json!({ "kind": "fibonacci", "queue": "slow", "priority": 5 })),
            Vec::<String>::new()
        );
        assert_eq!(fields(json!({})), ["/start/job"]);
        assert_eq!(fields(json!({ "job": "nightly", "kind": "fibonacci" })), ["/start/job"]);
        assert_eq!(fields(json!({ "job": "nightly", "queue": "slow" })), ["/start/queue"]);
        assert_eq!(fields(json!({ "kind": "no good", "priority": 101 })), ["/start/kind", "/start/priority"]);
        assert_eq!(fields(json!({ "kind": "fibonacci", "priority": i32::MIN })), ["/start/priority"]);
    }
}
