//! Many rows as one parameter set, so that a batch is one statement on either database.
//!
//! PostgreSQL gets one array per column (`unnest`); SQLite gets one JSON text (`json_each`). Measured: a
//! statement per row costs 17 µs in the driver alone on SQLite, a row in a batch 1 to 2 µs.

use sea_orm::{Value, sea_query::ArrayType};

use crate::Backend;

/// A column of a batch.
#[derive(Clone, Debug)]
pub enum Column {
    /// 64-bit integers.
    Int(Vec<i64>),
    /// 64-bit integers or NULL.
    OptionalInt(Vec<Option<i64>>),
    /// Text.
    Text(Vec<String>),
    /// Text or NULL.
    OptionalText(Vec<Option<String>>),
    /// UUIDs.
    Uuid(Vec<uuid::Uuid>),
    /// UUIDs or NULL.
    OptionalUuid(Vec<Option<uuid::Uuid>>),
}

/// Rows under construction: named columns of equal length.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    columns: Vec<(&'static str, Column)>,
}

impl Rows {
    /// No columns yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a column; all columns must have the same length.
    #[must_use]
    pub fn with(mut self, name: &'static str, column: Column) -> Self {
        self.columns.push((name, column));
        self
    }

    /// A table expression named `rows` whose parameters start at `$first`, and those parameters.
    ///
    /// Use it as `SELECT a, b FROM {source}`.
    pub fn source(self, backend: Backend, first: usize) -> (String, Vec<Value>) {
        match backend {
            Backend::Postgres => self.unnest(first),
            Backend::Sqlite => self.json_each(first),
        }
    }

    fn unnest(self, first: usize) -> (String, Vec<Value>) {
        let columns = || self.columns.iter().enumerate();
        let arrays: Vec<_> = columns()
            .map(|(index, (_, column))| format!("${}::{}", first + index, column.array_type()))
            .collect();
        let raw: Vec<_> = columns().map(|(index, _)| format!("c{index}")).collect();
        let named: Vec<_> = columns()
            .map(|(index, (name, column))| format!("{} AS {name}", column.expression(index)))
            .collect();
        let source = format!(
            "(SELECT {} FROM unnest({}) AS raw({})) AS rows",
            named.join(", "),
            arrays.join(", "),
            raw.join(", ")
        );
        (source, self.columns.into_iter().map(|(_, column)| column.into_array()).collect())
    }

    fn json_each(self, first: usize) -> (String, Vec<Value>) {
        let names = self.columns.iter().enumerate().map(|(index, (name, column))| {
            let value = format!("value->>{index}");
            if column.is_uuid() { format!("unhex({value}) AS {name}") } else { format!("{value} AS {name}") }
        });
        let source =
            format!("(SELECT {} FROM json_each(${first})) AS rows", names.collect::<Vec<_>>().join(", "));
        (source, vec![self.to_json().into()])
    }

    fn to_json(&self) -> String {
        let length = self.columns.first().map_or(0, |(_, column)| column.len());
        let mut json = String::with_capacity(length * 32 + 2);
        json.push('[');
        for row in 0..length {
            json.push_str(if row == 0 { "[" } else { ",[" });
            for (index, (_, column)) in self.columns.iter().enumerate() {
                if index > 0 {
                    json.push(',');
                }
                column.write_json(row, &mut json);
            }
            json.push(']');
        }
        json.push(']');
        json
    }
}

impl Column {
    fn len(&self) -> usize {
        match self {
            Self::Int(values) => values.len(),
            Self::OptionalInt(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::OptionalText(values) => values.len(),
            Self::Uuid(values) => values.len(),
            Self::OptionalUuid(values) => values.len(),
        }
    }

    fn is_uuid(&self) -> bool {
        matches!(self, Self::Uuid(_) | Self::OptionalUuid(_))
    }

    fn array_type(&self) -> &'static str {
        match self {
            Self::Int(_) => "bigint[]",
            Self::Uuid(_) => "uuid[]",
            _ => "text[]",
        }
    }

    /// The driver's arrays hold no NULL: optional values travel as text, marked by a leading `=`.
    fn expression(&self, index: usize) -> String {
        let unmarked = format!("CASE WHEN c{index} = '' THEN NULL ELSE substr(c{index}, 2) END");
        match self {
            Self::Int(_) | Self::Text(_) | Self::Uuid(_) => format!("c{index}"),
            Self::OptionalText(_) => unmarked,
            Self::OptionalInt(_) => format!("({unmarked})::bigint"),
            Self::OptionalUuid(_) => format!("({unmarked})::uuid"),
        }
    }

    fn into_array(self) -> Value {
        fn array<T: Into<Value>>(kind: ArrayType, values: Vec<T>) -> Value {
            Value::Array(kind, Some(Box::new(values.into_iter().map(Into::into).collect())))
        }
        fn marked<T: ToString>(values: Vec<Option<T>>) -> Value {
            let mark =
                |value: Option<T>| value.map_or_else(String::new, |value| format!("={}", value.to_string()));
            array(ArrayType::String, values.into_iter().map(mark).collect())
        }
        match self {
            Self::Int(values) => array(ArrayType::BigInt, values),
            Self::Text(values) => array(ArrayType::String, values),
            Self::Uuid(values) => array(ArrayType::Uuid, values),
            Self::OptionalInt(values) => marked(values),
            Self::OptionalText(values) => marked(values),
            Self::OptionalUuid(values) => marked(values),
        }
    }

    fn write_json(&self, row: usize, json: &mut String) {
        match self {
            Self::Int(values) => json.push_str(&values[row].to_string()),
            Self::OptionalInt(values) => write_or_null(values[row].map(|value| value.to_string()), json),
            Self::Text(values) => write_text(&values[row], json),
            Self::OptionalText(values) => match &values[row] {
                Some(text) => write_text(text, json),
                None => json.push_str("null"),
            },
            Self::Uuid(values) => write_or_null(Some(format!("\"{}\"", values[row].simple())), json),
            Self::OptionalUuid(values) => {
                write_or_null(values[row].map(|value| format!("\"{}\"", value.simple())), json);
            }
        }
    }
}

fn write_or_null(value: Option<String>, json: &mut String) {
    json.push_str(value.as_deref().unwrap_or("null"));
}

fn write_text(text: &str, json: &mut String) {
    json.push_str(&serde_json::Value::from(text).to_string());
}
