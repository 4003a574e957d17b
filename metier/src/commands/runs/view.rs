//! Runs and tasks as the API gives them, as far as they are shown. States are text: a newer server may know more.

use std::fmt;

use metier_core::Timestamp;
use serde::Deserialize;

use crate::client::screen::text;

/// A run.
#[derive(Clone, Debug, Deserialize)]
pub struct Run {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub number: i64,
    /// `queued`, `running` ...
    pub state: String,
    /// Why it waits or why it failed.
    #[serde(default)]
    pub reason: Option<String>,
    /// What its tasks do.
    pub kind: KindRef,
    /// Where it waits.
    pub queue: String,
    /// Higher goes first.
    pub priority: i64,
    /// What started it.
    #[serde(default)]
    pub trigger: String,
    /// One id through every log line.
    #[serde(default)]
    pub correlation_id: String,
    /// Counts replays, from 1.
    #[serde(default)]
    pub epoch: i64,
    /// How many tasks it has.
    pub size: i64,
    /// Its tasks by state.
    pub tasks: TaskCounts,
    /// Items that were wrong and left out.
    #[serde(default)]
    pub bad_items: i64,
    /// It starts no earlier.
    #[serde(default)]
    pub run_at: Option<Timestamp>,
    /// When it was submitted.
    pub created_at: Timestamp,
    /// When its first task was claimed.
    #[serde(default)]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
}

/// A kind by name and version.
#[derive(Clone, Debug, Deserialize)]
pub struct KindRef {
    name: String,
    version: i64,
}

impl fmt::Display for KindRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.version {
            1 => f.write_str(&text::clean(&self.name)),
            version => write!(f, "{} v{version}", text::clean(&self.name)),
        }
    }
}

/// Tasks by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct TaskCounts {
    waiting: i64,
    ready: i64,
    running: i64,
    succeeded: i64,
    failed: i64,
    timed_out: i64,
    cancelled: i64,
    skipped: i64,
}

impl TaskCounts {
    /// How many have ended.
    pub fn ended(&self) -> i64 {
        self.succeeded + self.failed + self.timed_out + self.cancelled + self.skipped
    }

    /// How many ended badly.
    pub fn unsuccessful(&self) -> i64 {
        self.failed + self.timed_out
    }
}

impl fmt::Display for TaskCounts {
    /// The counts that are not zero: `3 succeeded, 1 failed`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.succeeded, "succeeded"),
            (self.failed, "failed"),
            (self.timed_out, "timed out"),
            (self.cancelled, "cancelled"),
            (self.skipped, "skipped"),
            (self.running, "running"),
            (self.ready, "ready"),
            (self.waiting, "waiting"),
        ];
        let some = counts.iter().filter(|(count, _)| *count != 0);
        let words: Vec<String> = some.map(|(count, state)| format!("{count} {state}")).collect();
        f.write_str(if words.is_empty() { "no tasks" } else { "" })?;
        f.write_str(&words.join(", "))
    }
}

impl Run {
    /// Whether nothing more will happen to it by itself.
    pub fn has_ended(&self) -> bool {
        self.ended_at.is_some()
    }

    /// Whether all went well.
    pub fn has_succeeded(&self) -> bool {
        self.state == "succeeded"
    }

    /// How many tasks it has, in words.
    pub fn extent(&self) -> String {
        if self.size == 1 { "1 task".to_owned() } else { format!("{} tasks", self.size) }
    }

    /// How long it took, or has taken by `now`.
    pub fn took(&self, now: Timestamp) -> Option<String> {
        let started = self.started_at?;
        Some(text::duration(self.ended_at.unwrap_or(now).since(started)))
    }

    /// The state in one sentence.
    pub fn summary(&self, now: Timestamp) -> String {
        let took = self.took(now).map(|took| format!(" in {took}")).unwrap_or_default();
        let reason =
            self.reason.as_deref().map(|reason| format!(": {}", text::clean(reason))).unwrap_or_default();
        let state = text::clean(&self.state).replace('_', " ");
        format!("run {} {state}{took}, {}{reason}", self.number, self.tasks)
    }
}

/// A task of a run.
#[derive(Clone, Debug, Deserialize)]
pub struct Task {
    /// Position in the run, from 0.
    pub index: i64,
    /// `ready`, `running` ...
    pub state: String,
    /// Its current or latest attempt, from 1.
    pub attempt: i64,
    /// Its item.
    #[serde(default)]
    pub parameters: serde_json::Value,
    /// A retry or a delayed start happens no earlier.
    #[serde(default)]
    pub run_at: Option<Timestamp>,
    /// Who works on it, or worked on it last.
    #[serde(default)]
    pub worker: Option<String>,
    /// Why its latest attempt did not succeed.
    #[serde(default)]
    pub error: Option<TaskError>,
    /// How far the running attempt is.
    #[serde(default)]
    pub progress: Option<TaskProgress>,
    /// When its latest attempt ended.
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
}

/// Why an attempt did not succeed.
#[derive(Clone, Debug, Deserialize)]
pub struct TaskError {
    code: String,
    message: String,
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&*self.code, &*self.message) {
            (code, "") => f.write_str(code),
            (code, message) => write!(f, "{message} ({code})"),
        }
    }
}

/// How far an attempt is.
#[derive(Clone, Debug, Deserialize)]
pub struct TaskProgress {
    thousandths: i64,
    message: String,
}

impl fmt::Display for TaskProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} %", self.thousandths / 10, self.thousandths % 10)?;
        if self.message.is_empty() { Ok(()) } else { write!(f, " {}", self.message) }
    }
}

impl Task {
    /// Whether its latest attempt is over and none will follow by itself.
    pub fn has_ended(&self) -> bool {
        !matches!(&*self.state, "waiting" | "ready" | "running")
    }

    /// Why it is as it is, or how far.
    pub fn remark(&self) -> String {
        match (&self.progress, &self.error) {
            (Some(progress), _) => progress.to_string(),
            (None, Some(error)) => error.to_string(),
            (None, None) => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run(tasks: serde_json::Value) -> Run {
        serde_json::from_value(json!({
            "id": "01a5c0ff-4f6d-7c3a-9c11-8a2b1c3d4e5f", "number": 12, "state": "timed_out", "size": 4,
            "reason": "task 3 took longer than 30 s", "kind": { "name": "fibonacci", "version": 2 },
            "queue": "default", "priority": 0, "tasks": tasks, "created_at": "2026-01-31T08:00:00Z",
            "started_at": "2026-01-31T08:00:01Z", "ended_at": "2026-01-31T08:00:32.5Z", "a_new_field": true,
        }))
        .unwrap()
    }

    #[test]
    fn a_run_is_summed_up_in_one_sentence() {
        let run = run(json!({ "succeeded": 3, "timed_out": 1, "a_new_state": 0 }));
        let sentence = "run 12 timed out in 31.5 s, 3 succeeded, 1 timed out: task 3 took longer than 30 s";
        assert_eq!(run.summary(Timestamp::EPOCH), sentence);
        assert_eq!(run.kind.to_string(), "fibonacci v2");
        assert_eq!((run.tasks.ended(), run.tasks.unsuccessful()), (4, 1));
    }

    #[test]
    fn a_run_of_nothing_says_so() {
        assert_eq!(run(json!({})).tasks.to_string(), "no tasks");
    }

    #[test]
    fn progress_is_read_in_percent() {
        let progress = TaskProgress { thousandths: 425, message: "page 3".into() };
        assert_eq!(progress.to_string(), "42.5 % page 3");
    }
}
