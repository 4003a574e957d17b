//! What PostgreSQL's own catalog says of a service's schema, to copy it out and in.
//!
//! The tables of migrations are left out everywhere: a schema is made by migrating.

use std::collections::BTreeMap;

use sqlx::PgConnection;

const TABLES: &str = "SELECT c.relname::text, array_agg(a.attname::text ORDER BY a.attnum) \
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
    WHERE c.relnamespace = to_regnamespace($1) AND c.relkind = 'r' AND c.relname NOT LIKE '\\_%' \
      AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' \
    GROUP BY c.relname";
/// A sequence that nobody has taken from has no last value.
const SEQUENCES: &str = "SELECT sequencename::text, last_value FROM pg_sequences \
    WHERE schemaname = $1 AND last_value IS NOT NULL";
const FOREIGN_KEYS: &str = "SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid) \
    FROM pg_constraint WHERE contype = 'f' AND connamespace = to_regnamespace($1)";

/// A name as a statement has to write it.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A table as a statement has to write it, whatever the search path.
pub fn qualified(service: &str, table: &str) -> String {
    format!("{}.{}", quoted(service), quoted(table))
}

/// The statement that copies a table out, or in.
pub fn copy(service: &str, table: &str, columns: &[String], way: &str) -> String {
    let columns: Vec<_> = columns.iter().map(|column| quoted(column)).collect();
    format!("COPY {} ({}) {way}", qualified(service, table), columns.join(", "))
}

/// The tables of a service with their columns; none when there is no such schema.
pub async fn tables(
    connection: &mut PgConnection,
    service: &str,
) -> Result<BTreeMap<String, Vec<String>>, sqlx::Error> {
    let tables = sqlx::query_as(TABLES).bind(quoted(service)).fetch_all(connection).await?;
    Ok(tables.into_iter().collect())
}

/// The last value that was taken from each sequence of a service.
pub async fn sequences(
    connection: &mut PgConnection,
    service: &str,
) -> Result<BTreeMap<String, i64>, sqlx::Error> {
    let sequences = sqlx::query_as(SEQUENCES).bind(service).fetch_all(connection).await?;
    Ok(sequences.into_iter().collect())
}

/// A reference between two tables, with the statements that take it away and put it back.
pub struct ForeignKey {
    table: String,
    name: String,
    definition: String,
}

impl ForeignKey {
    pub fn drop_statement(&self) -> String {
        format!("ALTER TABLE {} DROP CONSTRAINT {}", self.table, quoted(&self.name))
    }

    /// Checks every row.
    pub fn add_statement(&self) -> String {
        format!("ALTER TABLE {} ADD CONSTRAINT {} {}", self.table, quoted(&self.name), self.definition)
    }
}

/// The references of a service, whose schema has to be the search path.
pub async fn foreign_keys(
    connection: &mut PgConnection,
    service: &str,
) -> Result<Vec<ForeignKey>, sqlx::Error> {
    let keys: Vec<(String, String, String)> =
        sqlx::query_as(FOREIGN_KEYS).bind(quoted(service)).fetch_all(connection).await?;
    Ok(keys.into_iter().map(|(table, name, definition)| ForeignKey { table, name, definition }).collect())
}
