//! What became of every task, and how that is told.

use std::{collections::BTreeSet, time::Duration};

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    load::Given,
    trouble::{Struck, Victim},
};
use crate::client::{
    ClientError,
    screen::{Cell, Screen, Table},
};

/// Tasks that are named when they are lost.
const NAMED: usize = 20;

/// What is known of each task that was accepted.
#[derive(Debug, Default)]
pub struct Findings {
    /// Accepted tasks.
    pub tasks: usize,
    /// Run and index of those without their result.
    pub lost: Vec<String>,
    /// Results beyond one of each task, and runs that nobody submitted.
    pub duplicated: usize,
}

impl Findings {
    /// Holds the results of a run against its items.
    pub fn add(&mut self, run: &str, items: &[u64], results: &[Given]) {
        self.tasks += items.len();
        let mut seen = BTreeSet::new();
        for Given { index, result } in results {
            let right = items.get(*index).is_some_and(|n| *result == json!({ "n": n, "square": n * n }));
            if right && !seen.insert(*index) {
                self.duplicated += 1;
            }
        }
        let missing = (0..items.len()).filter(|index| !seen.contains(index));
        self.lost.extend(missing.map(|index| format!("{run}/{index}")));
    }
}

/// One death and how long it was felt.
#[derive(Debug, Serialize)]
pub struct Death {
    victim: Victim,
    what: String,
    after_ms: u64,
    /// Absent when nothing had to recover.
    recovery_ms: Option<u64>,
}

impl Death {
    pub fn new(struck: &Struck, after: Duration, recovery: Option<Duration>) -> Self {
        let (victim, what) = (struck.victim, struck.what.clone());
        Self { victim, what, after_ms: millis(after), recovery_ms: recovery.map(millis) }
    }
}

/// The whole account.
#[derive(Debug, Serialize)]
pub struct Account {
    pub seed: u64,
    pub tasks: usize,
    pub runs: usize,
    pub workers: usize,
    /// Accepted, and without their result. Must be 0.
    pub lost: usize,
    /// The first of them, as run and index.
    pub lost_tasks: Vec<String>,
    /// Recorded more than once. Must be 0.
    pub duplicated: usize,
    /// Executions beyond the first: what a worker had begun when it died runs again.
    pub repeated: usize,
    /// Outcomes refused because their lease had ended.
    pub late: usize,
    /// Requests turned away while something was down, and repeated.
    pub refused: usize,
    /// Runs whose counters disagree with their tasks; absent when that may not be asked.
    pub disagreements: Option<usize>,
    pub deaths: Vec<Death>,
    pub seconds: f64,
}

impl Account {
    /// The first of the lost, by name.
    pub fn named(findings: &Findings) -> Vec<String> {
        findings.lost.iter().take(NAMED).cloned().collect()
    }

    /// What is wrong, if anything is.
    pub fn verdict(&self) -> Result<(), ClientError> {
        if (self.lost, self.duplicated, self.disagreements.unwrap_or_default()) == (0, 0, 0) {
            return Ok(());
        }
        let disagreements = self.disagreements.unwrap_or_default();
        let Self { lost, duplicated, .. } = self;
        Err(ClientError::Failed(format!(
            "{lost} tasks are lost, {duplicated} duplicated, {disagreements} runs miscounted"
        )))
    }

    /// Shows it.
    pub fn show(&self, screen: &mut Screen) -> Result<(), ClientError> {
        if screen.is_json() {
            return screen.json(self);
        }
        let number = |name: &'static str, value: usize| (name, Cell::text(value.to_string()));
        let recount = match self.disagreements {
            Some(0) => "agrees".to_owned(),
            Some(wrong) => format!("{wrong} runs disagree"),
            None => "not allowed to ask".to_owned(),
        };
        screen.fields(vec![
            number("tasks", self.tasks),
            number("runs", self.runs),
            number("lost", self.lost),
            number("duplicated", self.duplicated),
            number("repeated", self.repeated),
            number("late", self.late),
            number("refused", self.refused),
            ("recount", Cell::text(recount)),
            ("took", Cell::text(format!("{:.1} s", self.seconds))),
            ("seed", Cell::text(self.seed.to_string())),
        ])?;
        for task in &self.lost_tasks {
            screen.line(&format!("lost: {task}"))?;
        }
        screen.table(&self.table())
    }

    fn table(&self) -> Table {
        let mut table = Table::new(&["DIED", "AFTER", "RECOVERED IN"]);
        let seconds = |millis: u64| format!("{}.{} s", millis / 1_000, millis % 1_000 / 100);
        for death in &self.deaths {
            table.row([
                Cell::text(&death.what),
                Cell::number(seconds(death.after_ms)),
                Cell::maybe(death.recovery_ms.map(seconds)),
            ]);
        }
        table
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The result that a task must give.
#[cfg(test)]
fn given(index: usize, n: u64) -> Given {
    Given { index, result: json!({ "n": n, "square": n * n }) }
}

/// How many runs disagree, as the recount tells it.
pub fn disagreements(recount: &Value) -> usize {
    recount.get("disagreements").and_then(Value::as_array).map_or(0, Vec::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_without_its_result_is_lost_and_named() {
        let mut findings = Findings::default();
        findings.add("r1", &[4, 5, 6], &[given(0, 4), given(2, 6)]);
        assert_eq!((findings.tasks, findings.lost.as_slice()), (3, ["r1/1".to_owned()].as_slice()));
    }

    #[test]
    fn a_wrong_result_counts_as_lost_and_a_second_one_as_duplicated() {
        let mut findings = Findings::default();
        findings.add("r1", &[4, 5], &[given(0, 5), given(1, 5), given(1, 5)]);
        assert_eq!((findings.lost.len(), findings.duplicated), (1, 1));
    }

    #[test]
    fn whatever_is_lost_duplicated_or_miscounted_fails() {
        let account = |lost, duplicated, disagreements| Account {
            seed: 1,
            tasks: 1,
            runs: 1,
            workers: 1,
            lost,
            lost_tasks: Vec::new(),
            duplicated,
            repeated: 5,
            late: 5,
            refused: 5,
            disagreements,
            deaths: Vec::new(),
            seconds: 1.0,
        };
        assert!(account(0, 0, None).verdict().is_ok() && account(0, 0, Some(0)).verdict().is_ok());
        for wrong in [account(1, 0, None), account(0, 1, Some(0)), account(0, 0, Some(1))] {
            assert!(wrong.verdict().is_err(), "{wrong:?}");
        }
    }
}
