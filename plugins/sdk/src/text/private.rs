//! Takes people's mail addresses, telephone numbers and names out of a source's raw answer.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

#[expect(clippy::expect_used, reason = "the pattern is a constant, and the tests below compile it")]
static MAIL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)[\p{L}0-9._%+'-]+\s?(?:@|\(at\)|\[at\])\s?[\p{L}0-9.-]+\.[\p{L}]{2,}")
        .expect("a constant pattern")
});

/// A plus or a nought, then at least six more digits, with the separators people write between them. It takes some
/// dates for telephones; in a raw answer that is the better mistake.
#[expect(clippy::expect_used, reason = "the pattern is a constant, and the tests below compile it")]
static TELEPHONE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:\+|\b00|\b0)[1-9](?:[\s\u{a0}()/.\u{2010}-\u{2015}-]{0,3}[0-9]){5,13}\b")
        .expect("a constant pattern")
});

/// Masks what identifies people in a text, given the names a source lists as contacts.
#[derive(Debug, Clone, Default)]
pub struct Masker {
    names: Vec<String>,
}

impl Masker {
    /// A masker that also knows these names. Names of fewer than four letters would hit ordinary words and are left out.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let names = names.into_iter().map(str::trim).filter(|name| name.chars().count() > 3);
        Self { names: names.map(str::to_owned).collect() }
    }

    /// The text with people masked.
    pub fn text(&self, text: &str) -> String {
        let text = MAIL.replace_all(text, "[mail]");
        let mut text = TELEPHONE.replace_all(&text, "[telephone]").into_owned();
        for name in &self.names {
            text = text.replace(name.as_str(), "[name]");
        }
        text
    }

    /// The value with people masked in every text it holds.
    pub fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(entries) => entries.values_mut().for_each(|item| self.value(item)),
            _ => {}
        }
    }

    /// Whether the text names someone or says how to reach them.
    pub fn finds_in(&self, text: &str) -> bool {
        self.text(text) != text
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn mail_addresses_telephones_and_known_names_are_masked() {
        let masker = Masker::new(["Eva Exempel", "Bo"]);
        let masked = masker.text(
            "Ring Eva Exempel, 070-123 45 67 eller +46 (0)8 123 456 78, eva.exempel@foretag.example. Bo bra.",
        );
        assert_eq!(masked, "Ring [name], [telephone] eller [telephone], [mail]. Bo bra.");
        assert_eq!(masker.text("eva (at) foretag.example"), "[mail]");
    }

    #[test]
    fn wages_years_and_percentages_are_left_alone() {
        let text = "Lön 30 000 - 35 000 kr, tillträde 2025-10-01, 100 %, 40 timmar, ref 2025/1234";
        assert_eq!(Masker::default().text(text), text);
        assert!(!Masker::default().finds_in(text));
    }

    #[test]
    fn every_text_inside_a_value_is_masked() {
        let mut value = json!({"a": ["x@y.example", 5], "b": {"c": "0701234567"}});
        Masker::default().value(&mut value);
        assert_eq!(value, json!({"a": ["[mail]", 5], "b": {"c": "[telephone]"}}));
    }
}
