//! Text as it may go to a terminal, and moments and durations as people read them.

use std::{ops::Range, time::Duration};

use metier_core::Timestamp;

/// One line without anything that could steer a terminal or turn the reading direction: what servers, sources
/// and job ads send is not to be trusted with that.
pub fn clean(text: &str) -> String {
    let harmless = |character: char| if steers(character) { ' ' } else { character };
    let line: String = text.chars().map(harmless).collect();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// As [`clean`], with the lines kept.
pub fn clean_lines(text: &str) -> String {
    text.chars().filter(|character| matches!(character, '\n' | '\t') || !steers(*character)).collect()
}

fn steers(character: char) -> bool {
    let turns =
        matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    character.is_control() || turns
}

/// A moment, to the second.
pub fn moment(moment: Timestamp) -> String {
    let text = Timestamp::from_seconds(moment.seconds()).to_string();
    text.replacen('T', " ", 1)
}

/// A duration in its two largest units.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 if duration.as_millis() < 1_000 => format!("{} ms", duration.as_millis()),
        0..60 => format!("{:.1} s", duration.as_secs_f64()),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

/// A text on one line with the marked byte ranges in bold, when `color` is wanted. Ranges that do not fit the
/// text are left out.
pub fn marked(text: &str, marks: &[Range<usize>], color: bool) -> String {
    let mut line = String::new();
    let mut done = 0;
    for mark in marks.iter().filter(|_| color) {
        let (Some(before), Some(hit)) = (text.get(done..mark.start), text.get(mark.clone())) else {
            continue;
        };
        line.push_str(&flat(before));
        line.push_str(&console::style(flat(hit)).bold().force_styling(true).to_string());
        done = mark.end;
    }
    line.push_str(&flat(text.get(done..).unwrap_or_default()));
    line.trim().to_owned()
}

/// Every run of white space and steering characters as one blank, at the ends too.
fn flat(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        let blank = steers(character) || character.is_whitespace();
        if !blank {
            line.push(character);
        } else if !line.ends_with(' ') {
            line.push(' ');
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn moments_are_read_to_the_second() {
        let text = moment(Timestamp::parse("2026-01-31T08:00:12.345678+01:00").unwrap());
        assert_eq!(text, "2026-01-31 07:00:12Z");
    }

    #[test]
    fn durations_have_two_units() {
        let shown = |millis| duration(Duration::from_millis(millis));
        assert_eq!(shown(0), "0 ms");
        assert_eq!(shown(999), "999 ms");
        assert_eq!(shown(1_240), "1.2 s");
        assert_eq!(shown(184_000), "3 min 4 s");
        assert_eq!(shown(7_500_000), "2 h 5 min");
        assert_eq!(shown(180_000_000), "2 d 2 h");
    }

    #[test]
    fn marks_are_bold_only_with_colors() {
        let text = "Psykiatri\nsköterska sökes";
        let marks = [text.find("sköterska").map(|start| start.."Psykiatri\nsköterska".len()).unwrap()];
        assert_eq!(marked(text, &marks, false), "Psykiatri sköterska sökes");
        assert_eq!(marked(text, &marks, true), "Psykiatri \u{1b}[1msköterska\u{1b}[0m sökes");
    }

    proptest! {
        #[test]
        fn nothing_that_is_shown_can_steer_the_terminal(text in "\\PC{0,20}[\\x00-\\x1f\\x7f-\\u{9f}]{0,5}\\PC{0,20}") {
            prop_assert!(!clean(&text).chars().any(steers));
            prop_assert!(!clean_lines(&text).chars().any(|it| steers(it) && it != '\n' && it != '\t'));
        }

        #[test]
        fn no_marks_break_the_text(text in "\\PC{0,40}", ends in proptest::collection::vec((0usize..60, 0usize..60), 0..5)) {
            let marks: Vec<Range<usize>> = ends.into_iter().map(|(start, end)| start..end).collect();
            let shown = console::strip_ansi_codes(&marked(&text, &marks, true)).into_owned();
            let letters = |text: &str| text.chars().filter(|it| !it.is_whitespace() && !steers(*it)).collect::<String>();
            prop_assert_eq!(letters(&shown), letters(&text));
        }
    }
}
