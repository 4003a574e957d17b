//! Every module opens by saying why it exists.

use super::Violation;
use super::repository::{File, Repository};

const ADVICE: &str =
    "open the file with `//!`: why it exists, what always holds in it, what is absent on purpose";

/// Finds Rust files that do not begin with a module comment.
pub fn check(repository: &Repository) -> Vec<Violation> {
    repository.ending_with(".rs").filter(|file| !opens_with_purpose(file)).map(violation).collect()
}

fn opens_with_purpose(file: &File) -> bool {
    let opening = file.text.lines().next().and_then(|line| line.strip_prefix("//!"));
    opening.is_some_and(|purpose| !purpose.trim().is_empty())
}

fn violation(file: &File) -> Violation {
    Violation::new(&file.path, 1, ADVICE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::repository::fixture;

    fn is_fine(text: &str) -> bool {
        check(&fixture::files(&[("a.rs", text)])).is_empty()
    }

    #[test]
    fn the_first_line_says_why() {
        assert!(is_fine("//! Runs: one execution of a job.\n\nuse x;\n"));
        assert!(!is_fine("use x;\n//! Runs.\n"));
        assert!(!is_fine("//!\n"));
        assert!(!is_fine("// Runs.\n"));
        assert!(!is_fine(""));
    }
}
