//! What one request may ask for.

use async_graphql::SchemaBuilder;

/// Fields within fields. The question for a whole schema that tools ask nests 15 deep.
const DEPTH: usize = 20;
/// Fields in all, those of lists counted as often as rows are asked for.
const COMPLEXITY: usize = 20_000;
/// Fragments within fragments, and selections within selections, that are parsed at all.
const RECURSION: usize = 32;
/// Directives on one field.
const DIRECTIVES: usize = 8;

/// The complexity of what may come once in a request and not again, such as guessing a password.
pub const COSTLY: usize = COMPLEXITY / 2 + 1;

/// The same schema with the limits that hold everywhere.
#[must_use]
pub fn limited<Q, M, S>(schema: SchemaBuilder<Q, M, S>) -> SchemaBuilder<Q, M, S> {
    schema
        .limit_depth(DEPTH)
        .limit_complexity(COMPLEXITY)
        .limit_recursive_depth(RECURSION)
        .limit_directives(DIRECTIVES)
        .disable_suggestions()
}
