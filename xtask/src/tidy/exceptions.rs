//! The exceptions to the rules: each with a reason, and gone as soon as it is not needed.

use anyhow::{Context, Result};
use serde::Deserialize;
use toml::Spanned;

use super::{Finding, Violation};

/// Where the exceptions are listed.
pub const PATH: &str = "xtask/tidy-exceptions.toml";

/// What the repository is allowed to break for now.
#[derive(Default)]
pub struct Exceptions {
    entries: Vec<Exception>,
}

struct Exception {
    rule: String,
    path: String,
    line: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    exception: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: String,
    path: Spanned<String>,
    /// For the reader; an entry without one is refused.
    #[expect(dead_code, reason = "its presence is what is checked")]
    reason: String,
}

impl Exceptions {
    /// Reads `[[exception]]` entries of a rule, a path and a reason.
    pub fn parse(text: &str) -> Result<Self> {
        let document: Document =
            toml::from_str(text).with_context(|| format!("{PATH} is not as it should be"))?;
        let exception = |entry: Entry| Exception {
            line: 1 + text[..entry.path.span().start].matches('\n').count(),
            rule: entry.rule,
            path: entry.path.into_inner(),
        };
        Ok(Self { entries: document.exception.into_iter().map(exception).collect() })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Drops what is excepted and adds a finding for each exception that excepts nothing.
    pub fn apply(&self, findings: Vec<Finding>) -> Vec<Finding> {
        let unneeded =
            self.entries.iter().filter(|entry| !findings.iter().any(|finding| entry.covers(finding)));
        let mut left: Vec<Finding> = unneeded.map(Exception::unneeded).collect();
        left.extend(
            findings.into_iter().filter(|finding| !self.entries.iter().any(|entry| entry.covers(finding))),
        );
        left
    }
}

impl Exception {
    fn covers(&self, finding: &Finding) -> bool {
        self.rule == finding.rule && self.path == finding.violation.path
    }

    fn unneeded(&self) -> Finding {
        let advice = format!("remove the entry: {} breaks {} no longer", self.path, self.rule);
        Finding { rule: "exceptions", violation: Violation::new(PATH, self.line, advice) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "# header\n\n[[exception]]\nrule = \"words\"\npath = \"a.rs\"\nreason = \"old\"\n";

    fn finding(rule: &'static str, path: &str) -> Finding {
        Finding { rule, violation: Violation::new(path, 1, "mend it") }
    }

    #[test]
    fn an_exception_covers_one_rule_in_one_file() {
        let exceptions = Exceptions::parse(ONE).unwrap();
        let left = exceptions.apply(vec![
            finding("words", "a.rs"),
            finding("words", "b.rs"),
            finding("size", "a.rs"),
        ]);
        assert_eq!(left, [finding("words", "b.rs"), finding("size", "a.rs")]);
    }

    #[test]
    fn an_exception_no_longer_needed_is_a_finding_at_its_line() {
        let left = Exceptions::parse(ONE).unwrap().apply(Vec::new());
        let expected =
            "xtask/tidy-exceptions.toml:5: exceptions: remove the entry: a.rs breaks words no longer";
        assert_eq!(left.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected]);
    }

    #[test]
    fn an_exception_needs_a_reason_and_nothing_unknown() {
        assert!(Exceptions::parse("[[exception]]\nrule = \"words\"\npath = \"a.rs\"\n").is_err());
        assert!(Exceptions::parse(&format!("{ONE}lines = 3\n")).is_err());
        assert_eq!(Exceptions::parse("").unwrap().len(), 0);
    }
}
