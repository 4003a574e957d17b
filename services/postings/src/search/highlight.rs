//! The part of a text worth showing, and where in it the search matched.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Serialize;
use tantivy::snippet::{SnippetGenerator, collapse_overlapped_ranges};
use tantivy::tokenizer::TextAnalyzer;

use super::analyzer::StemAnalyzer;
use super::schema::Fields;

/// Bytes of a text's part that is shown.
const SNIPPET_BYTES: usize = 220;
/// Bytes at the start of a text in which that part is looked for.
const SEARCHED_BYTES: usize = 12_000;
/// Bytes of a title.
const TITLE_BYTES: usize = 2_000;

/// Text with marked places. Plain text: whoever shows it escapes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Marked {
    /// The text.
    pub text: String,
    /// Byte ranges of `text` that matched, in order, not overlapping.
    pub marks: Vec<Range<usize>>,
}

/// Marks what one search matched.
pub(super) struct Highlighter {
    snippets: SnippetGenerator,
    titles: SnippetGenerator,
}

impl Highlighter {
    pub fn new(marks: &BTreeMap<String, f32>, fields: &Fields) -> Self {
        let analyzer = || TextAnalyzer::from(StemAnalyzer::default());
        let generator = |field, bytes| SnippetGenerator::new(marks.clone(), analyzer(), field, bytes);
        Self {
            snippets: generator(fields.description, SNIPPET_BYTES),
            titles: generator(fields.title, TITLE_BYTES),
        }
    }

    /// The whole title with its marks.
    pub fn title(&self, title: &str) -> Marked {
        let found = self.titles.snippet(title);
        let start = found.fragment_range().start;
        let marks = collapse_overlapped_ranges(found.highlighted());
        let marks = marks.into_iter().map(|mark| mark.start + start..mark.end + start).collect();
        Marked { text: title.to_owned(), marks }
    }

    /// The best part of a text, or its beginning when nothing in it matched.
    pub fn snippet(&self, text: &str) -> Marked {
        let searched = &text[..text.floor_char_boundary(SEARCHED_BYTES)];
        let found = self.snippets.snippet(searched);
        if found.is_empty() {
            let start = &text[..text.floor_char_boundary(SNIPPET_BYTES)];
            return Marked { text: start.to_owned(), marks: Vec::new() };
        }
        let marks = collapse_overlapped_ranges(found.highlighted());
        Marked { text: found.fragment().to_owned(), marks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::schema;

    fn highlighter(stems: &[&str]) -> Highlighter {
        let marks = stems.iter().map(|stem| ((*stem).to_owned(), 1.0)).collect();
        Highlighter::new(&marks, &schema::build().1)
    }

    fn marked(of: &Marked) -> Vec<&str> {
        of.marks.iter().map(|mark| &of.text[mark.clone()]).collect()
    }

    #[test]
    fn inflections_are_marked_where_they_stand() {
        let highlighter = highlighter(&["sjukskotersk"]);
        let title = highlighter.title("Vi söker sjuksköterskor och en sjuksköterska");
        assert_eq!(marked(&title), ["sjuksköterskor", "sjuksköterska"]);
    }

    #[test]
    fn the_part_that_matches_is_shown_and_else_the_beginning() {
        let text = format!("{} nurse at the end", "word ".repeat(300));
        let found = highlighter(&["nurs"]).snippet(&text);
        assert_eq!(marked(&found), ["nurse"]);
        let nothing = highlighter(&["cook"]).snippet(&text);
        assert!(nothing.text.starts_with("word") && nothing.marks.is_empty());
    }
}
