//! Items that are wrong: whether the others run without them, and what is kept of them.

use metier_core::{Fault, Violation};
use serde::Deserialize;

use super::kind::MAX_VIOLATIONS;

/// Most bad items of a run that are kept by position and reason; all of them are counted.
pub const MAX_KEPT: usize = 1_000;
/// Most characters that are kept of a reason.
const MAX_REASON: usize = 300;

/// What becomes of a run when an item of it is wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnBadItem {
    /// It is refused, whole.
    #[default]
    Refuse,
    /// The others run.
    Skip,
}

/// An item that was wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadItem {
    /// Its position among all items that came, from 0.
    pub position: i64,
    /// What is wrong with it.
    pub reason: String,
}

/// The items of a run that were wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BadItems {
    count: i64,
    kept: Vec<BadItem>,
}

impl BadItems {
    /// Counts one, and keeps it when it is among the first.
    pub fn add(&mut self, position: usize, reason: &str) {
        self.count += 1;
        if self.kept.len() < MAX_KEPT {
            // A reason quotes what came, which may be anything.
            let plain = reason.chars().filter(|letter| !letter.is_control()).take(MAX_REASON);
            let position = i64::try_from(position).unwrap_or(i64::MAX);
            self.kept.push(BadItem { position, reason: plain.collect() });
        }
    }

    /// How many.
    pub const fn count(&self) -> i64 {
        self.count
    }

    /// The first of them.
    pub fn kept(&self) -> &[BadItem] {
        &self.kept
    }

    /// The answer to who sent nothing else.
    pub fn refused(&self) -> Fault {
        let violation = |item: &BadItem| Violation {
            field: format!("/items/{}", item.position),
            message: item.reason.clone(),
        };
        Fault::violations(self.kept.iter().take(MAX_VIOLATIONS).map(violation).collect())
    }
}

/// What is wrong with the item at a position, told within the item.
pub fn reason(position: usize, violation: &Violation) -> String {
    let whole = format!("/items/{position}");
    let within = violation.field.strip_prefix(&whole).unwrap_or(&violation.field);
    format!("{within} {}", violation.message).trim_start().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_counted_and_the_first_are_kept() {
        let mut bad = BadItems::default();
        for position in 0..2_500 {
            bad.add(position * 2, &"\u{0}é".repeat(1_000));
        }
        assert_eq!((bad.count(), bad.kept().len(), bad.kept()[999].position), (2_500, MAX_KEPT, 1_998));
        assert_eq!(bad.kept()[0].reason, "é".repeat(MAX_REASON));
        assert_eq!(bad.refused().violations.len(), MAX_VIOLATIONS);
    }

    #[test]
    fn a_reason_speaks_of_the_item_alone() {
        let violation = |field: &str| Violation { field: field.into(), message: "is wrong".into() };
        assert_eq!(reason(17, &violation("/items/17/n")), "/n is wrong");
        assert_eq!(reason(17, &violation("/items/17")), "is wrong");
    }
}
