//! From whatever markup a source sends to plain text. Nothing of it can run anywhere afterwards.

use html5gum::{State, Token, Tokenizer};

/// Sources encode HTML inside HTML; decoding is repeated this often before what is left counts as text.
const PASSES: usize = 4;

/// Elements whose content is no text for people.
const HIDDEN: [&[u8]; 6] = [b"script", b"style", b"template", b"iframe", b"svg", b"noscript"];

/// Elements set apart by an empty line.
const PARAGRAPHS: [&[u8]; 15] = [
    b"p",
    b"ul",
    b"ol",
    b"dl",
    b"table",
    b"section",
    b"article",
    b"blockquote",
    b"h1",
    b"h2",
    b"h3",
    b"h4",
    b"h5",
    b"h6",
    b"hr",
];

/// Elements on a line of their own.
const LINES: [&[u8]; 8] = [b"br", b"div", b"li", b"tr", b"dt", b"dd", b"header", b"footer"];

/// Text without tags, entities, control or direction-changing characters; lines kept, spaces collapsed, and
/// never more than one empty line.
pub fn plain_text(markup: &str) -> String {
    let mut text = tidy(markup);
    for _ in 0..PASSES {
        if !text.contains(['<', '&']) {
            break;
        }
        let next = tidy(&strip(&text));
        if next == text {
            break;
        }
        text = next;
    }
    text
}

/// One line of plain text, for titles and names.
pub(super) fn plain_line(markup: &str) -> String {
    plain_text(markup).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn strip(markup: &str) -> String {
    let mut text = String::with_capacity(markup.len());
    let mut hidden: Option<Vec<u8>> = None;
    let mut tokens = Tokenizer::new(markup);
    while let Some(Ok(token)) = tokens.next() {
        match token {
            Token::StartTag(tag) if hidden.is_none() => {
                let name = tag.name.as_slice();
                if HIDDEN.contains(&name) && !tag.self_closing {
                    hidden = Some(name.to_vec());
                    if matches!(name, b"script" | b"style") {
                        tokens.set_state(State::RawText);
                    }
                }
                open(&mut text, name);
            }
            Token::EndTag(tag) => match &hidden {
                Some(name) if *name == tag.name.as_slice() => hidden = None,
                Some(_) => {}
                None => close(&mut text, tag.name.as_slice()),
            },
            Token::String(part) if hidden.is_none() => text.push_str(&String::from_utf8_lossy(&part)),
            _ => {}
        }
    }
    text
}

fn open(text: &mut String, element: &[u8]) {
    close(text, element);
    if element == b"li" {
        text.push_str("- ");
    }
}

fn close(text: &mut String, element: &[u8]) {
    if PARAGRAPHS.contains(&element) {
        end_line(text, 2);
    } else if LINES.contains(&element) {
        end_line(text, 1);
    }
}

/// Makes the text end with at least so many line ends.
fn end_line(text: &mut String, wanted: usize) {
    let ends = text
        .bytes()
        .rev()
        .take_while(|byte| byte.is_ascii_whitespace())
        .filter(|byte| *byte == b'\n')
        .count();
    text.extend(std::iter::repeat_n('\n', wanted.saturating_sub(ends)));
}

/// Collapses spaces, drops characters that are invisible or turn the reading direction, limits empty lines.
pub(super) fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    let mut after_empty = false;
    for line in text.lines() {
        let visible: String = line.chars().filter(|c| c.is_whitespace() || !is_invisible(*c)).collect();
        let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.is_empty() || line == "-" {
            after_empty = true;
            continue;
        }
        if !tidied.is_empty() {
            tidied.push_str(if after_empty { "\n\n" } else { "\n" });
        }
        after_empty = false;
        tidied.push_str(&line);
    }
    tidied
}

fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{00ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn markup_becomes_lines_of_text() {
        let html = "<h1>Nurse</h1><p>Work &amp; care</p><ul><li>Days</li><li>Nights</li></ul>";
        assert_eq!(plain_text(html), "Nurse\n\nWork & care\n\n- Days\n- Nights");
    }

    #[test]
    fn scripts_and_styles_leave_nothing_behind() {
        let html = "a<script>if (1<2) alert('x')</script>b<style>p{}</style>c<svg><text>no</text></svg>d";
        assert_eq!(plain_text(html), "abcd");
    }

    #[test]
    fn markup_hidden_in_entities_is_markup_too() {
        assert_eq!(
            plain_text("&lt;p&gt;Hello&lt;/p&gt;&amp;lt;script&amp;gt;evil()&amp;lt;/script&amp;gt;"),
            "Hello"
        );
    }

    #[test]
    fn plain_text_stays_as_it_is() {
        assert_eq!(plain_text("Salary < 100 & free\r\nlunch"), "Salary < 100 & free\nlunch");
    }

    #[test]
    fn direction_marks_cannot_disguise_text() {
        assert_eq!(plain_text("safe\u{202e}gpj.exe\u{200b}"), "safegpj.exe");
    }

    proptest! {
        #[test]
        fn no_tag_survives_and_nothing_panics(text in "[<>&;/a-z \"'!#-]{0,80}") {
            let _ = plain_text(&text);
        }

        #[test]
        fn tidying_twice_changes_nothing(text in "\\PC{0,40}[\n\r ]{0,4}\\PC{0,40}") {
            let once = tidy(&text);
            prop_assert_eq!(tidy(&once), once);
        }
    }
}
