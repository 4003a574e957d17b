//! Several writes in one round trip.
//!
//! A statement costs 17 µs in the driver on SQLite and 60 to 100 µs on PostgreSQL before it has done anything
//! (measured). What a transaction only writes, and reads no more, is therefore put off and sent together: as one text of
//! several statements on SQLite, as one statement with a `WITH` part for each on PostgreSQL.
//!
//! PostgreSQL runs such parts on one snapshot and in no order, so what one of them writes the others do not see. Rows of one
//! name are therefore either appended to by any number of them or changed by one: what does not fit begins the next round
//! trip.

use sea_orm::{ConnectionTrait, DbErr, Value, sea_query::ArrayType};

use crate::{Backend, sql};

/// A write that was put off.
#[derive(Clone, Debug)]
pub(crate) struct Deferred {
    /// The rows it writes, by name.
    pub(crate) rows: &'static str,
    /// Whether it only adds rows that nobody knows yet.
    pub(crate) appends: bool,
    pub(crate) statement: String,
    pub(crate) values: Vec<Value>,
}

/// Sends the writes in their order, and on PostgreSQL the notifications `signals` with the last of them.
///
/// # Errors
/// When a statement fails; the transaction should then be given up.
pub(crate) async fn send(
    connection: &impl ConnectionTrait,
    writes: Vec<Deferred>,
    signals: Vec<String>,
) -> Result<(), DbErr> {
    let backend = Backend::of(connection);
    let mut trips = trips(writes);
    if trips.is_empty() && !signals.is_empty() {
        trips.push(Vec::new());
    }
    let last = trips.len().saturating_sub(1);
    for (trip, writes) in trips.into_iter().enumerate() {
        let signals = if trip == last { signals.as_slice() } else { &[] };
        let (statement, values) = join(backend, writes, signals);
        sql::execute(connection, &statement, values).await?;
    }
    Ok(())
}

impl Deferred {
    fn goes_with(&self, other: &Self) -> bool {
        self.rows != other.rows || (self.appends && other.appends)
    }
}

/// Cuts the writes where one does not go with those before it.
fn trips(writes: Vec<Deferred>) -> Vec<Vec<Deferred>> {
    let mut trips: Vec<Vec<Deferred>> = Vec::new();
    for write in writes {
        match trips.last_mut() {
            Some(trip) if trip.iter().all(|other| write.goes_with(other)) => trip.push(write),
            _ => trips.push(vec![write]),
        }
    }
    trips
}

fn join(backend: Backend, writes: Vec<Deferred>, signals: &[String]) -> (String, Vec<Value>) {
    let mut values = Vec::new();
    let mut statements = Vec::with_capacity(writes.len());
    for write in writes {
        statements.push(renumbered(&write.statement, values.len()));
        values.extend(write.values);
    }
    let text = match backend {
        Backend::Sqlite => statements.join(";\n"),
        Backend::Postgres => {
            let notify =
                if signals.is_empty() { "SELECT 1".to_owned() } else { notify(signals, &mut values) };
            with(&statements, &notify)
        }
    };
    (text, values)
}

fn with(statements: &[String], last: &str) -> String {
    if statements.is_empty() {
        return last.to_owned();
    }
    let part = |(place, statement): (usize, &String)| format!("write_{place} AS ({statement})");
    let parts: Vec<String> = statements.iter().enumerate().map(part).collect();
    format!("WITH {} {last}", parts.join(",\n"))
}

fn notify(signals: &[String], values: &mut Vec<Value>) -> String {
    let names = signals.iter().map(|name| Value::from(name.as_str())).collect();
    values.push(Value::Array(ArrayType::String, Some(Box::new(names))));
    let names = values.len();
    format!("SELECT pg_notify(current_schema()::text, name) FROM unnest(${names}::text[]) AS signals (name)")
}

/// The statement with its parameters counted on from `offset`.
fn renumbered(statement: &str, offset: usize) -> String {
    if offset == 0 {
        return statement.to_owned();
    }
    let mut parts = statement.split('$');
    let mut text = String::with_capacity(statement.len() + 16);
    text.extend(parts.next());
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = part.split_at(digits);
        text.push('$');
        match number.parse::<usize>() {
            Ok(number) => text.push_str(&(number + offset).to_string()),
            Err(_) => text.push_str(number),
        }
        text.push_str(rest);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(rows: &'static str, statement: &str, values: &[i64]) -> Deferred {
        let values = values.iter().map(|value| (*value).into()).collect();
        Deferred { rows, appends: statement.starts_with("INSERT"), statement: statement.into(), values }
    }

    #[test]
    fn parameters_are_counted_on_and_other_dollars_are_left_alone() {
        assert_eq!(renumbered("VALUES ($1, $12, '$.path', $2)", 3), "VALUES ($4, $15, '$.path', $5)");
        assert_eq!(renumbered("VALUES ($1)", 0), "VALUES ($1)");
    }

    #[test]
    fn rows_are_appended_to_together_and_changed_alone() {
        let writes = [
            ("a", "UPDATE"),
            ("b", "INSERT"),
            ("b", "INSERT"),
            ("a", "INSERT"),
            ("c", "DELETE"),
            ("a", "UPDATE"),
        ];
        let writes = writes.map(|(rows, statement)| write(rows, statement, &[]));
        let trips: Vec<usize> = trips(writes.into()).iter().map(Vec::len).collect();
        assert_eq!(trips, [3, 2, 1]);
    }

    #[test]
    fn each_database_gets_its_form() {
        let writes = || {
            vec![
                write("a", "INSERT INTO a VALUES ($1)", &[7]),
                write("b", "DELETE FROM b WHERE b = $1", &[8]),
            ]
        };
        let (text, values) = join(Backend::Sqlite, writes(), &[]);
        assert_eq!(text, "INSERT INTO a VALUES ($1);\nDELETE FROM b WHERE b = $2");
        assert_eq!(values, [Value::from(7_i64), Value::from(8_i64)]);
        let (text, values) = join(Backend::Postgres, writes(), &["ready:1".to_owned()]);
        assert_eq!(
            text,
            "WITH write_0 AS (INSERT INTO a VALUES ($1)),\nwrite_1 AS (DELETE FROM b WHERE b = $2) \
             SELECT pg_notify(current_schema()::text, name) FROM unnest($3::text[]) AS signals (name)"
        );
        assert_eq!(values.len(), 3);
    }
}
