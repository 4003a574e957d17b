//! How large and how deep a request is, told before anything walks over it.
//!
//! Fragments that name others twice grow by powers of two: a request of a kilobyte could keep a processor for hours.
//! Each fragment is measured once here, however often it stands. And what parses a request goes one call deeper with each
//! bracket: a kilobyte of them would overflow its stack, which ends the process.

use std::collections::HashMap;

use async_graphql::{
    Name, Request,
    parser::types::{ExecutableDocument, Selection, SelectionSet},
};
use metier_core::{Fault, FaultKind};

/// Selections in all, those of a fragment counted as often as it stands.
const SELECTIONS: u64 = 20_000;
/// Selections within selections and fragments within fragments: more than any schema allows.
const DEEPEST: usize = 64;

/// Refuses what is too large. What cannot be read is told by the schema.
///
/// # Errors
/// `graphql_invalid`.
pub(crate) fn check(request: &mut Request) -> Result<(), Fault> {
    if deepest(&request.query) > DEEPEST {
        return Err(refused(format!("has brackets more than {DEEPEST} deep")));
    }
    let Ok(document) = request.parsed_query() else { return Ok(()) };
    let mut sizes = Sizes { document, known: HashMap::new() };
    let operations = document.operations.iter().map(|(_, operation)| &operation.node.selection_set.node);
    let fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set.node);
    let largest = operations.chain(fragments).map(|set| sizes.of(set, 0)).max().unwrap_or(0);
    if largest <= SELECTIONS {
        return Ok(());
    }
    Err(refused(format!(
        "has more than {SELECTIONS} selections with its fragments written out, or a fragment that comes back to itself"
    )))
}

fn refused(message: String) -> Fault {
    Fault::new(FaultKind::Invalid, "graphql_invalid", message)
}

/// How deep the brackets of a document stand within each other, those in texts and comments aside.
fn deepest(query: &str) -> usize {
    let (mut rest, mut depth, mut most) = (query, 0_usize, 0);
    while let Some(at) = rest.find(['[', '{', '(', ']', '}', ')', '"', '#']) {
        let (sign, after) = rest[at..].split_at(1);
        rest = match sign {
            "[" | "{" | "(" => {
                depth += 1;
                most = most.max(depth);
                after
            }
            "#" => after.split_once(['\n', '\r']).map_or("", |(_, next)| next),
            "\"" => after_text(after),
            _ => {
                depth = depth.saturating_sub(1);
                after
            }
        };
    }
    most
}

/// What follows a text whose first quotation mark is behind us. One in single marks ends with its line, at the latest.
fn after_text(text: &str) -> &str {
    if let Some(block) = text.strip_prefix("\"\"") {
        let mut ends = block.match_indices("\"\"\"");
        let end = ends.find(|(at, _)| !block[..*at].ends_with('\\'));
        return end.map_or("", |(at, mark)| &block[at + mark.len()..]);
    }
    let mut escaped = false;
    let end = text.find(|letter| {
        let ends = !escaped && (letter == '"' || letter == '\n' || letter == '\r');
        escaped = letter == '\\' && !escaped;
        ends
    });
    end.map_or("", |at| &text[at + 1..])
}

struct Sizes<'a> {
    document: &'a ExecutableDocument,
    /// A fragment that is being measured is without end until it has been.
    known: HashMap<&'a Name, u64>,
}

impl<'a> Sizes<'a> {
    fn of(&mut self, set: &'a SelectionSet, depth: usize) -> u64 {
        if depth > DEEPEST {
            return u64::MAX;
        }
        let mut sum = 0_u64;
        for item in &set.items {
            let within = match &item.node {
                Selection::Field(field) => self.of(&field.node.selection_set.node, depth + 1),
                Selection::InlineFragment(inline) => self.of(&inline.node.selection_set.node, depth + 1),
                Selection::FragmentSpread(spread) => {
                    self.of_fragment(&spread.node.fragment_name.node, depth + 1)
                }
            };
            sum = sum.saturating_add(1).saturating_add(within);
        }
        sum
    }

    fn of_fragment(&mut self, name: &'a Name, depth: usize) -> u64 {
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        let Some(fragment) = self.document.fragments.get(name) else { return 0 };
        self.known.insert(name, u64::MAX);
        let size = self.of(&fragment.node.selection_set.node, depth);
        self.known.insert(name, size);
        size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_refused(query: &str) -> bool {
        check(&mut Request::new(query)).is_err()
    }

    /// Fragments each of which stands twice in the next.
    fn doublings(count: usize) -> String {
        let fragment = |number| format!("fragment F{number} on Query {{ a ...F{0} ...F{0} }} ", number - 1);
        let fragments: String = (1..=count).map(fragment).collect();
        format!("{{ ...F{count} }} fragment F0 on Query {{ a }} {fragments}")
    }

    #[test]
    fn fragments_that_grow_by_powers_of_two_are_refused_at_once() {
        assert!(!is_refused(&doublings(5)));
        assert!(is_refused(&doublings(24)));
        assert!(is_refused(&doublings(60)));
    }

    #[test]
    fn fragments_that_come_back_to_themselves_or_never_end_are_refused() {
        assert!(is_refused("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"));
        let chain: String =
            (0..5_000).map(|n| format!("fragment F{n} on Query {{ ...F{} }} ", n + 1)).collect();
        assert!(is_refused(&format!("{{ ...F0 }} {chain}")));
    }

    #[test]
    fn brackets_that_would_overflow_a_stack_are_refused_unread() {
        for bracket in ["[", "{", "(", "{a(b:[", "query($a:["] {
            assert!(is_refused(&format!("{{a(b: {}", bracket.repeat(100_000))));
        }
        let list = |depth: usize| format!("{{ a(b: {}1{}) }}", "[".repeat(depth), "]".repeat(depth));
        assert!(is_refused(&list(DEEPEST)));
        assert!(!is_refused(&list(DEEPEST - 2)));
    }

    #[test]
    fn brackets_in_texts_and_comments_are_not_counted() {
        let many = "[{(".repeat(100);
        assert_eq!(deepest(&format!("{{ a(b: \"{many} \\\" {many}\") # {many}\n b(c: [1]) }}")), 3);
        assert_eq!(deepest(&format!("{{ a(b: \"\"\"{many} \\\"\"\" {many}\"\"\") }} {{")), 2);
        assert_eq!(deepest("\"never ended\n{ \"\" ["), 2);
        assert_eq!(deepest("\"\"\"never ended {{{"), 0);
        assert_eq!(deepest("\"never ended \\"), 0);
    }

    #[test]
    fn what_clients_ask_is_not_refused() {
        assert!(!is_refused(
            "query A($n: Int) { jobs(first: $n) { id ...S } } fragment S on Job { name status }"
        ));
        assert!(!is_refused("this is no document"));
    }
}
