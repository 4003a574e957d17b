//! Short files: a file that grows long has got a second subject.
//!
//! Only lines before the tests count, so that nobody saves on tests.

use super::Violation;
use super::repository::{File, Repository};

const LONG: usize = 350;
const TOO_LONG: usize = 500;
const LANGUAGES: &[&str] = &[".rs", ".py", ".ts", ".tsx", ".proto", ".sh"];

/// Finds code files that are long (a warning) or too long.
pub fn check(repository: &Repository) -> Vec<Violation> {
    let code = repository.files.iter().filter(|file| LANGUAGES.iter().any(|end| file.path.ends_with(end)));
    code.filter(|file| !is_test(&file.path) && !is_generated(&file.path)).filter_map(judge).collect()
}

fn judge(file: &File) -> Option<Violation> {
    let lines = lines_before_tests(&file.text);
    let advice = format!(
        "{lines} lines without tests: give its second subject a file (limit {TOO_LONG}, aim for 250)"
    );
    let violation = Violation::new(&file.path, 1, advice);
    if lines > TOO_LONG {
        return Some(violation);
    }
    (lines > LONG).then(|| violation.warning())
}

fn is_test(path: &str) -> bool {
    let ends = ["/tests.rs", ".test.ts", ".test.tsx"];
    path.contains("/tests/") || ends.iter().any(|end| path.ends_with(end))
}

/// Declarations without code; tools make them.
fn is_generated(path: &str) -> bool {
    path.ends_with(".d.ts")
}

/// Tests come last in a file, in a module for tests only.
fn lines_before_tests(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let is_test_module =
        |pair: &[&str]| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{');
    lines.windows(2).position(is_test_module).unwrap_or(lines.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::Severity;
    use crate::tidy::repository::fixture;

    fn judged(path: &str, lines: usize, tests: usize) -> Option<Severity> {
        let text = format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", "a\n".repeat(lines), "b\n".repeat(tests));
        check(&fixture::files(&[(path, &text)])).pop().map(|violation| violation.severity)
    }

    #[test]
    fn long_files_warn_and_too_long_files_fail() {
        assert_eq!(judged("a.rs", 350, 0), None);
        assert_eq!(judged("a.rs", 351, 0), Some(Severity::Warning));
        assert_eq!(judged("a.rs", 500, 0), Some(Severity::Warning));
        assert_eq!(judged("a.rs", 501, 0), Some(Severity::Failure));
    }

    #[test]
    fn tests_prose_and_what_tools_made_do_not_count() {
        assert_eq!(judged("a.rs", 350, 1_000), None);
        assert_eq!(judged("services/jobs/tests/it/runs.rs", 1_000, 0), None);
        assert_eq!(judged("web/src/app/app.test.tsx", 1_000, 0), None);
        assert_eq!(judged("web/src/api/schema.d.ts", 1_000, 0), None);
        assert_eq!(judged("README.md", 1_000, 0), None);
    }
}
