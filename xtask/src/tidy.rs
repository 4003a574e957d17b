//! `cargo xtask tidy`: the rules of the house that no compiler checks.
//!
//! Each rule looks at one picture of the repository and has a file of its own. What a rule finds is
//! either mended or listed, with a reason, in a file of exceptions that can only shrink.

mod dependency_law;
mod doc_paths;
mod domain_purity;
mod exceptions;
mod file_size;
mod manifests;
mod migrations;
mod module_docs;
mod repository;
mod words;

use std::fmt;
use std::process::ExitCode;

use anyhow::Result;

use exceptions::Exceptions;
use repository::Repository;

/// A named check of the whole repository.
struct Rule {
    name: &'static str,
    check: fn(&Repository) -> Vec<Violation>,
}

const RULES: &[Rule] = &[
    Rule { name: "dependency-law", check: dependency_law::check },
    Rule { name: "doc-paths", check: doc_paths::check },
    Rule { name: "domain-purity", check: domain_purity::check },
    Rule { name: "file-size", check: file_size::check },
    Rule { name: "manifests", check: manifests::check },
    Rule { name: "migrations", check: migrations::check },
    Rule { name: "module-docs", check: module_docs::check },
    Rule { name: "words", check: words::check },
];

/// A place that breaks a rule, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Violation {
    path: String,
    line: usize,
    advice: String,
    severity: Severity,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Severity {
    Failure,
    Warning,
}

impl Violation {
    fn new(path: impl Into<String>, line: usize, advice: impl Into<String>) -> Self {
        Self { path: path.into(), line, advice: advice.into(), severity: Severity::Failure }
    }

    fn warning(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }
}

/// A violation with the name of the rule it breaks, as it is printed.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    rule: &'static str,
    violation: Violation,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Violation { path, line, advice, severity } = &self.violation;
        let mark = if *severity == Severity::Warning { "warning: " } else { "" };
        write!(formatter, "{path}:{line}: {mark}{}: {advice}", self.rule)
    }
}

/// Checks every rule and prints what is left after the exceptions.
pub fn run() -> Result<ExitCode> {
    let repository = Repository::read(crate::root())?;
    let exceptions = Exceptions::parse(repository.text(exceptions::PATH).unwrap_or_default())?;
    let findings = exceptions.apply(check(&repository));
    for finding in &findings {
        println!("{finding}");
    }
    let failures = findings.iter().filter(|finding| finding.violation.severity == Severity::Failure).count();
    let warnings = findings.len() - failures;
    eprintln!(
        "tidy: {} files, {} rules, {} exceptions, {warnings} warnings, {failures} failures",
        repository.files.len(),
        RULES.len(),
        exceptions.len(),
    );
    Ok(if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn check(repository: &Repository) -> Vec<Finding> {
    let found = |rule: &'static Rule| {
        let violations = (rule.check)(repository);
        violations.into_iter().map(|violation| Finding { rule: rule.name, violation })
    };
    RULES.iter().flat_map(found).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_names_the_place_the_rule_and_the_cure() {
        let finding = Finding { rule: "words", violation: Violation::new("a.rs", 7, "say why") };
        assert_eq!(finding.to_string(), "a.rs:7: words: say why");
    }

    #[test]
    fn a_warning_is_marked() {
        let finding = Finding { rule: "words", violation: Violation::new("a.rs", 7, "say why").warning() };
        assert_eq!(finding.to_string(), "a.rs:7: warning: words: say why");
    }

    #[test]
    fn rules_have_different_names_in_order() {
        assert!(RULES.windows(2).all(|pair| pair[0].name < pair[1].name));
    }
}
