//! Collects everything that is wrong with an input, so that it can be mended in one go.

use std::ops::RangeInclusive;

use metier_core::{Fault, Violation};

use super::decimal::DecimalError;

/// The rules broken so far.
#[derive(Default)]
pub(super) struct Violations(Vec<Violation>);

impl Violations {
    /// A text without surrounding spaces, of a length in characters, and without control characters other
    /// than line breaks and tabs.
    pub(super) fn text(&mut self, field: &str, text: &str, length: RangeInclusive<usize>) -> String {
        let text = text.trim();
        if !length.contains(&text.chars().count()) {
            self.add(field, format!("must have {} to {} characters", length.start(), length.end()));
        }
        if text.chars().any(|char| char.is_control() && !"\n\r\t".contains(char)) {
            self.add(field, "must not have control characters".to_owned());
        }
        text.to_owned()
    }

    /// A decimal number within these units; 0 when it is none.
    pub(super) fn units(
        &mut self,
        field: &str,
        units: Result<i64, DecimalError>,
        (range, shown): (RangeInclusive<i64>, &str),
    ) -> i64 {
        match units {
            Ok(units) if range.contains(&units) => return units,
            Ok(_) => self.add(field, format!("must be {shown}")),
            Err(error) => self.add(field, error.to_string()),
        }
        0
    }

    /// A whole number within a range.
    pub(super) fn whole(&mut self, field: &str, number: i64, range: RangeInclusive<i64>) -> i64 {
        if !range.contains(&number) {
            self.add(field, format!("must be {} to {}", range.start(), range.end()));
        }
        number
    }

    fn add(&mut self, field: &str, message: String) {
        self.0.push(Violation { field: field.to_owned(), message });
    }

    /// The value, when nothing was wrong.
    pub(super) fn or<T>(self, value: T) -> Result<T, Fault> {
        if self.0.is_empty() { Ok(value) } else { Err(Fault::violations(self.0)) }
    }
}
