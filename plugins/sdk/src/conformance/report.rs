//! What the kit found.

use std::fmt;

use serde::Serialize;
use url::Url;

use super::rules::{ALL, NO_REDIRECT, Rule};
use crate::wire::Health;

/// All that was checked about one plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The plugin's address.
    pub url: Url,
    /// Its name, when it told it.
    pub plugin: Option<String>,
    /// The contract it keeps: 2, or 1 for the older one of OpenJobs, for which there are fewer checks.
    pub contract: Option<u32>,
    /// The checks, in the order of the contract.
    pub checks: Vec<Check>,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// A stable name (`sync.end`).
    pub id: &'static str,
    /// What is asked of the plugin, one sentence.
    pub what: &'static str,
    /// How it went.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// How a check went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// The plugin does it.
    Pass,
    /// It does not.
    Fail {
        /// What was seen.
        why: String,
        /// What the author should change.
        what_to_do: &'static str,
    },
    /// It could not be, or need not be, checked.
    Skip {
        /// Why not.
        why: String,
    },
}

impl Report {
    /// Whether no check failed.
    pub fn passed(&self) -> bool {
        !self.checks.iter().any(|check| matches!(check.verdict, Verdict::Fail { .. }))
    }

    /// How many checks passed, failed and were skipped.
    pub fn counts(&self) -> (usize, usize, usize) {
        let count =
            |wanted: fn(&Verdict) -> bool| self.checks.iter().filter(|check| wanted(&check.verdict)).count();
        (
            count(|verdict| matches!(verdict, Verdict::Pass)),
            count(|verdict| matches!(verdict, Verdict::Fail { .. })),
            count(|verdict| matches!(verdict, Verdict::Skip { .. })),
        )
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plugin = self.plugin.as_deref().unwrap_or("unknown plugin");
        let contract = self.contract.map_or("no contract".to_owned(), |it| format!("contract {it}"));
        writeln!(out, "{plugin} at {} ({contract})", self.url)?;
        for check in &self.checks {
            write!(out, "{check}")?;
        }
        let (passed, failed, skipped) = self.counts();
        write!(out, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

impl fmt::Display for Check {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.verdict {
            Verdict::Pass => writeln!(out, "  pass  {:<20} {}", self.id, self.what),
            Verdict::Skip { why } => writeln!(out, "  skip  {:<20} {why}", self.id),
            Verdict::Fail { why, what_to_do } => {
                writeln!(out, "  FAIL  {:<20} {}", self.id, self.what)?;
                writeln!(out, "        {why}")?;
                writeln!(out, "        {what_to_do}")
            }
        }
    }
}

/// The findings so far, at most one for each rule.
#[derive(Default)]
pub(super) struct Findings {
    checks: Vec<Check>,
}

impl Findings {
    pub(super) fn pass(&mut self, rule: &'static Rule) {
        self.note(rule, Verdict::Pass);
    }

    pub(super) fn fail(&mut self, rule: &'static Rule, why: impl Into<String>) {
        self.note(rule, Verdict::Fail { why: why.into(), what_to_do: rule.what_to_do });
    }

    pub(super) fn skip(&mut self, rule: &'static Rule, why: impl Into<String>) {
        self.note(rule, Verdict::Skip { why: why.into() });
    }

    pub(super) fn skip_all(&mut self, rules: &[&'static Rule], why: &str) {
        for rule in rules {
            self.skip(rule, why);
        }
    }

    /// Passes when nothing is wrong, else fails with what is.
    pub(super) fn settle(&mut self, rule: &'static Rule, wrong: Option<String>) {
        match wrong {
            None => self.pass(rule),
            Some(why) => self.fail(rule, why),
        }
    }

    pub(super) fn settle_redirects(&mut self, redirects: Vec<String>) {
        self.settle(&NO_REDIRECT, redirects.into_iter().next());
    }

    fn note(&mut self, rule: &'static Rule, verdict: Verdict) {
        if !self.checks.iter().any(|check| check.id == rule.id) {
            self.checks.push(Check { id: rule.id, what: rule.what, verdict });
        }
    }

    /// The report, with every rule in it: what was never reached says so.
    pub(super) fn into_report(mut self, url: &Url, health: Option<&Health>) -> Report {
        for rule in ALL {
            self.skip(rule, "not reached");
        }
        let place = |check: &Check| ALL.iter().position(|rule| rule.id == check.id);
        self.checks.sort_by_key(place);
        Report {
            url: url.clone(),
            plugin: health.map(|health| health.plugin.clone()),
            contract: health.map(Health::contract),
            checks: self.checks,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::rules;

    #[test]
    fn a_report_names_every_rule_and_what_to_do_about_a_failed_one() {
        let mut findings = Findings::default();
        findings.fail(&rules::STREAM_END, "the stream stopped without an end line");
        let report = findings.into_report(&"http://plugin/".parse().unwrap(), None);
        assert!(!report.passed());
        assert_eq!(report.checks.len(), ALL.len());
        let text = report.to_string();
        assert!(text.contains("FAIL  sync.end"), "{text}");
        assert!(text.contains(rules::STREAM_END.what_to_do), "{text}");
        assert!(text.ends_with(&format!("0 passed, 1 failed, {} skipped", ALL.len() - 1)), "{text}");
    }

    #[test]
    fn no_two_rules_share_an_id() {
        let mut ids: Vec<&str> = ALL.iter().map(|rule| rule.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), ALL.len());
    }
}
