//! Texts made plain and tidy, on one line or on several.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// A tag or a comment. A lone `<` ("< 5 years") is not one.
#[expect(clippy::expect_used, reason = "the pattern is a constant, and the tests below compile it")]
static TAG: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)<!--.*?-->|</?([A-Za-z][A-Za-z0-9]*)(?:\s[^<>]*)?/?>").expect("a constant pattern")
});

/// Tags that stand between lines rather than between words.
const BLOCKS: [&str; 12] = ["p", "br", "div", "li", "ul", "ol", "tr", "h1", "h2", "h3", "h4", "hr"];

/// The text without tags and with its entities resolved.
pub fn without_markup(text: &str) -> String {
    let untagged = TAG.replace_all(text, |tag: &Captures<'_>| {
        let name = tag.get(1).map(|name| name.as_str().to_ascii_lowercase());
        if name.is_some_and(|name| BLOCKS.contains(&name.as_str())) { "\n" } else { "" }
    });
    html_escape::decode_html_entities(&untagged).into_owned()
}

/// A plain text of several lines: line ends of one kind, no run of empty lines, no odd control characters.
pub fn paragraphs(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut tidy = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.lines() {
        let line: String = line.chars().filter(|letter| !letter.is_control() || *letter == '\t').collect();
        let line = line.trim();
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            tidy.push_str(line);
            tidy.push('\n');
        }
    }
    tidy.trim().to_owned()
}

/// A plain text as one line of at most `most` characters, white space single. Nothing when nothing is left.
pub fn one_line(text: &str, most: usize) -> Option<String> {
    let line = text.split(|letter: char| letter.is_whitespace() || letter.is_control());
    let line = line.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let line: String = line.chars().take(most).collect();
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tags_go_and_entities_become_letters() {
        assert_eq!(
            without_markup("<strong>Java</strong> d&eacute;veloppeur &amp; co"),
            "Java développeur & co"
        );
        assert_eq!(without_markup("salary < 5 and 4<5 but x > y"), "salary < 5 and 4<5 but x > y");
        assert_eq!(
            paragraphs(&without_markup("<p>One</p><p>Two<br/>Three</p>\r\n\r\n\r\nFour")),
            "One\n\nTwo\nThree\n\nFour"
        );
    }

    #[test]
    fn a_title_becomes_one_line() {
        assert_eq!(one_line(" C++\n <utvecklare> & co ", 500).as_deref(), Some("C++ <utvecklare> & co"));
        assert_eq!(one_line("åäö", 2).as_deref(), Some("åä"));
        assert_eq!(one_line(" \u{0} \n", 500), None);
    }

    proptest! {
        #[test]
        fn any_text_becomes_a_line_without_control_characters(text in ".{0,200}") {
            if let Some(line) = one_line(&text, 50) {
                prop_assert!(!line.chars().any(char::is_control));
                prop_assert!(line.chars().count() <= 50 && line.trim() == line && !line.is_empty());
            }
        }

        #[test]
        fn tidy_paragraphs_stay_as_they_are(text in "[a-z<>&;/ \\r\\n]{0,80}") {
            let once = paragraphs(&text);
            prop_assert_eq!(paragraphs(&once), once);
        }
    }
}
