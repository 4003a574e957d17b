//! What a database's schema looks like, in terms both databases share, to prove that they are equal.

use std::collections::BTreeMap;

use sea_orm::{DbErr, FromQueryResult};

use crate::{Backend, Database, sql};

/// The class of a column: the two databases store the same thing under different type names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnClass {
    /// `INTEGER`; `bigint`, `integer`, `boolean`.
    Integer,
    /// `TEXT`; `text`.
    Text,
    /// `BLOB`; `uuid`, `bytea`.
    Bytes,
    /// `REAL`; `double precision`.
    Real,
    /// Anything else: not allowed in a schema that lives on both.
    Other,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// What it stores.
    pub class: ColumnClass,
    /// Whether it may be NULL.
    pub nullable: bool,
}

/// Tables by name, each with its columns by name.
pub type Tables = BTreeMap<String, BTreeMap<String, Column>>;

#[derive(FromQueryResult)]
struct Row {
    table_name: String,
    column_name: String,
    type_name: String,
    nullable: i64,
}

const SQLITE: &str = "SELECT m.name AS table_name, c.name AS column_name, c.type AS type_name, \
    CASE WHEN c.\"notnull\" = 1 OR c.pk > 0 THEN 0 ELSE 1 END AS nullable \
    FROM sqlite_master m JOIN pragma_table_info(m.name) c \
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '\\_%' ESCAPE '\\'";

const POSTGRES: &str = "SELECT table_name::text, column_name::text, data_type::text AS type_name, \
    CASE WHEN is_nullable = 'YES' THEN 1::bigint ELSE 0::bigint END AS nullable \
    FROM information_schema.columns \
    WHERE table_schema = current_schema() AND table_name NOT LIKE '\\_%'";

/// Reads the schema of a database, migration bookkeeping left out.
///
/// # Errors
/// When the catalogue cannot be read.
pub async fn tables(database: &Database) -> Result<Tables, DbErr> {
    let query = match database.backend() {
        Backend::Sqlite => SQLITE,
        Backend::Postgres => POSTGRES,
    };
    let mut tables = Tables::new();
    for row in sql::list::<Row>(database.reader(), query, vec![]).await? {
        let column = Column { class: class(&row.type_name), nullable: row.nullable == 1 };
        tables.entry(row.table_name).or_default().insert(row.column_name, column);
    }
    Ok(tables)
}

fn class(type_name: &str) -> ColumnClass {
    match type_name.to_ascii_lowercase().as_str() {
        "integer" | "bigint" | "boolean" => ColumnClass::Integer,
        "text" => ColumnClass::Text,
        "blob" | "uuid" | "bytea" => ColumnClass::Bytes,
        "real" | "double precision" => ColumnClass::Real,
        _ => ColumnClass::Other,
    }
}
