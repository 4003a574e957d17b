//! The rules a posting keeps beyond its shape, each told by field and reason.

use std::fmt;

use serde_json::Value;
use url::Url;

use super::{Posting, Salary, limits};

/// One rule that a posting breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The field, dotted (`salary.currency`).
    pub field: &'static str,
    /// Why it is refused.
    pub reason: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.field, self.reason)
    }
}

impl Posting {
    /// Every rule that this posting breaks; none when it is good.
    pub fn violations(&self) -> Vec<Violation> {
        let mut rules = Rules::default();
        self.check_identity(&mut rules);
        self.check_text(&mut rules);
        self.check_place(&mut rules);
        self.check_rest(&mut rules);
        if let Some(salary) = &self.salary {
            salary.check(&mut rules);
        }
        rules.broken
    }

    fn check_identity(&self, rules: &mut Rules) {
        rules.line("original_id", &self.original_id, limits::MAX_ID_CHARS);
        rules.line("title", &self.title, limits::MAX_LINE_CHARS);
        if let Some(url) = &self.url {
            rules.require("url", is_web_address(url), "is not an http or https address");
            rules.require("url", url.len() <= limits::MAX_URL_CHARS, "is longer than 2000 characters");
        }
    }

    fn check_text(&self, rules: &mut Rules) {
        rules.optional_line("company", self.company.as_deref());
        rules.optional_line("occupation.label", self.occupation.as_ref().map(|it| it.label.as_str()));
        if let Some(description) = &self.description {
            let fits = description.content.chars().count() <= limits::MAX_DESCRIPTION_CHARS;
            rules.require("description", fits, "is longer than 200000 characters");
        }
        if let Some(language) = &self.language {
            rules.require(
                "language",
                is_code(language, 2, u8::is_ascii_lowercase),
                "is not an ISO 639-1 code",
            );
        }
    }

    fn check_place(&self, rules: &mut Rules) {
        let Some(place) = &self.location else { return };
        if let Some(country) = &place.country {
            let good = is_code(country, 2, u8::is_ascii_uppercase);
            rules.require("location.country", good, "is not an ISO 3166-1 code of two capitals");
        }
        rules.optional_line("location.region", place.region.as_deref());
        rules.optional_line("location.municipality", place.municipality.as_deref());
        rules.optional_line("location.text", place.text.as_deref());
    }

    fn check_rest(&self, rules: &mut Rules) {
        let lists = [("skills.must", &self.skills.must), ("skills.nice", &self.skills.nice)];
        for (field, skills) in lists {
            rules.require(field, skills.len() <= limits::MAX_SKILLS, "has more than 200 entries");
            for skill in skills {
                rules.line(field, skill, limits::MAX_LINE_CHARS);
            }
        }
        rules.require("fields", self.fields.len() <= limits::MAX_FIELDS, "has more than 100 keys");
        let shaped = self.raw.as_ref().is_none_or(|raw| !matches!(raw, Value::Null));
        rules.require("raw", shaped, "is null; leave it out");
        if let (Some(published), Some(expires)) = (self.published_at, self.expires_at) {
            rules.require("expires_at", expires >= published, "is before published_at");
        }
    }
}

impl Salary {
    fn check(&self, rules: &mut Rules) {
        let has_amount = self.min.is_some() || self.max.is_some();
        rules.require(
            "salary.currency",
            !has_amount || self.currency.is_some(),
            "is missing beside an amount",
        );
        if let Some(currency) = &self.currency {
            let good = is_code(currency, 3, u8::is_ascii_uppercase);
            rules.require("salary.currency", good, "is not an ISO 4217 code of three capitals");
        }
        let amounts = [self.min, self.max].into_iter().flatten();
        rules.require("salary", amounts.into_iter().all(|amount| amount >= 0), "holds a negative amount");
        if let (Some(min), Some(max)) = (self.min, self.max) {
            rules.require("salary.max", min <= max, "is less than the minimum");
        }
        rules.optional_line("salary.text", self.text.as_deref());
    }
}

/// The rules broken so far.
#[derive(Default)]
struct Rules {
    broken: Vec<Violation>,
}

impl Rules {
    fn require(&mut self, field: &'static str, kept: bool, reason: &str) {
        if !kept {
            self.broken.push(Violation { field, reason: reason.to_owned() });
        }
    }

    fn line(&mut self, field: &'static str, text: &str, most: usize) {
        self.require(field, !text.trim().is_empty(), "is empty");
        let long = format!("is longer than {most} characters");
        self.require(field, text.chars().count() <= most, &long);
        let printable = !text.chars().any(char::is_control);
        self.require(field, printable, "holds a control character");
    }

    fn optional_line(&mut self, field: &'static str, text: Option<&str>) {
        if let Some(text) = text {
            self.line(field, text, limits::MAX_LINE_CHARS);
        }
    }
}

fn is_web_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

fn is_code(text: &str, length: usize, letter: impl Fn(&u8) -> bool) -> bool {
    text.len() == length && text.as_bytes().iter().all(letter)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::wire::Location;

    fn broken(change: impl FnOnce(&mut Posting)) -> Vec<String> {
        let mut posting = Posting::new("1", "Barnmorska");
        change(&mut posting);
        posting.violations().iter().map(Violation::to_string).collect()
    }

    #[test]
    fn a_posting_of_which_only_id_and_title_are_known_is_good() {
        assert_eq!(broken(|_| {}), [""; 0]);
    }

    #[test]
    fn each_broken_rule_is_told_by_field_and_reason() {
        assert_eq!(broken(|it| it.title = "  ".into()), ["title: is empty"]);
        assert_eq!(
            broken(|it| it.original_id = "x".repeat(201)),
            ["original_id: is longer than 200 characters"]
        );
        assert_eq!(broken(|it| it.title = "a\nb".into()), ["title: holds a control character"]);
        assert_eq!(
            broken(|it| it.url = Some("javascript:alert(1)".into())),
            ["url: is not an http or https address"]
        );
        assert_eq!(broken(|it| it.language = Some("SV".into())), ["language: is not an ISO 639-1 code"]);
        assert_eq!(
            broken(
                |it| it.location = Some(Location { country: Some("Sverige".into()), ..Location::default() })
            ),
            ["location.country: is not an ISO 3166-1 code of two capitals"]
        );
    }

    #[test]
    fn an_amount_needs_its_currency_and_an_order() {
        let pay = Salary { min: Some(5), max: Some(4), ..Salary::default() };
        assert_eq!(
            broken(|it| it.salary = Some(pay)),
            ["salary.currency: is missing beside an amount", "salary.max: is less than the minimum"]
        );
    }

    #[test]
    fn an_ad_cannot_end_before_it_begins() {
        let told = broken(|it| {
            it.published_at = Some(datetime!(2025-09-11 11:00 UTC));
            it.expires_at = Some(datetime!(2025-09-10 11:00 UTC));
        });
        assert_eq!(told, ["expires_at: is before published_at"]);
    }
}
