//! The domain computes: it knows no database, no protocol and no runtime.
//!
//! That keeps the rules of a service testable without any of them, and readable without knowing them.

use super::Violation;
use super::repository::{File, Repository};

/// Crates whose paths may not be written in a domain.
const IMPURE: &[&str] = &["axum", "hyper", "reqwest", "sea_orm", "sqlx", "tokio", "tonic"];

/// Finds uses of impure crates below `services/*/src/domain`.
pub fn check(repository: &Repository) -> Vec<Violation> {
    repository.ending_with(".rs").filter(|file| is_domain(&file.path)).flat_map(impure_lines).collect()
}

fn is_domain(path: &str) -> bool {
    let mut parts = path.splitn(4, '/');
    parts.next() == Some("services")
        && parts.next().is_some()
        && parts.next() == Some("src")
        && parts.next().is_some_and(|rest| rest == "domain.rs" || rest.starts_with("domain/"))
}

fn impure_lines(file: &File) -> impl Iterator<Item = Violation> {
    file.lines().filter_map(|(number, line)| {
        let name = IMPURE.iter().find(|name| uses(line, name))?;
        let advice =
            format!("move what needs {name} to store, http, rpc or workers; the domain only computes");
        Some(Violation::new(&file.path, number, advice))
    })
}

/// Whether a line of code has `name` as the start of a path (`name::x`, `use name;`), comments aside.
fn uses(line: &str, name: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    code.match_indices(name).any(|(start, _)| {
        let before = code[..start].trim_end();
        let after = code[start + name.len()..].trim_start();
        let is_word_start = !code[..start].ends_with(|last: char| last.is_alphanumeric() || last == '_');
        let is_use = before.ends_with("use") || before.ends_with("extern crate");
        let starts_a_path = after.starts_with("::") && !before.ends_with("::");
        is_word_start
            && (starts_a_path || (is_use && after.starts_with([';', ' '])) || aliased(before, after))
    })
}

/// `use sqlx as database;`
fn aliased(before: &str, after: &str) -> bool {
    before.ends_with("use") && after.starts_with("as ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::repository::fixture;

    fn found(path: &str, text: &str) -> Vec<usize> {
        check(&fixture::files(&[(path, text)])).into_iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn a_domain_may_not_name_databases_protocols_or_the_runtime() {
        for line in [
            "use sqlx::Row;",
            "use tokio as runtime;",
            "use tonic;",
            "fn f() -> axum::Response {}",
            "#[tokio::test]",
        ] {
            assert_eq!(
                found("services/jobs/src/domain/run.rs", &format!("//! Runs.\n{line}\n")),
                [2],
                "{line}"
            );
            assert_eq!(found("services/jobs/src/domain.rs", line), [1], "{line}");
        }
    }

    #[test]
    fn words_that_only_look_alike_are_fine() {
        for line in [
            "// sqlx::Row is for the store",
            "let tokio = 1;",
            "use crate::my_sqlx::Row;",
            "use time::Duration;",
        ] {
            assert_eq!(found("services/jobs/src/domain/run.rs", line), [0; 0], "{line}");
        }
    }

    #[test]
    fn other_layers_may_use_them() {
        assert_eq!(found("services/jobs/src/store/runs.rs", "use sqlx::Row;"), [0; 0]);
        assert_eq!(found("services/jobs/src/domains.rs", "use sqlx::Row;"), [0; 0]);
        assert_eq!(found("platform/db/src/domain/x.rs", "use sqlx::Row;"), [0; 0]);
    }
}
