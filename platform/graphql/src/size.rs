//! How large a request is when its fragments are written out, told before anything walks over it.
//!
//! Fragments that name others twice grow by powers of two: a request of a kilobyte could keep a processor for hours.
//! Each fragment is measured once here, however often it stands.

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
    let Ok(document) = request.parsed_query() else { return Ok(()) };
    let mut sizes = Sizes { document, known: HashMap::new() };
    let operations = document.operations.iter().map(|(_, operation)| &operation.node.selection_set.node);
    let fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set.node);
    let largest = operations.chain(fragments).map(|set| sizes.of(set, 0)).max().unwrap_or(0);
    if largest <= SELECTIONS {
        return Ok(());
    }
    let message = format!(
        "has more than {SELECTIONS} selections with its fragments written out, or a fragment that comes back to itself"
    );
    Err(Fault::new(FaultKind::Invalid, "graphql_invalid", message))
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
    fn what_clients_ask_is_not_refused() {
        assert!(!is_refused(
            "query A($n: Int) { jobs(first: $n) { id ...S } } fragment S on Job { name status }"
        ));
        assert!(!is_refused("this is no document"));
    }
}
