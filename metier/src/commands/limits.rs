//! `metier limits`: what keys allow of the tasks that carry them.

use std::{process::ExitCode, time::Duration};

use clap::{Args, Subcommand};
use metier_core::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::{
    Call, Client, ClientError, Done, PageOptions,
    pages::{self, Listing},
    screen::{Cell, Table, text},
};

/// What to do with limits.
#[derive(Debug, Subcommand)]
pub enum LimitsCommand {
    /// List the keys that have a limit, with how they stand.
    List(PageOptions),
    /// Say what a key allows from now on; what runs goes on.
    Set(Set),
    /// Lift a limit.
    Delete {
        /// The key.
        key: String,
    },
}

/// `metier limits set`.
#[derive(Debug, Args)]
pub struct Set {
    /// The key, such as `board:eures`.
    key: String,
    /// Tasks at a time.
    #[arg(long, value_name = "TASKS", required_unless_present = "rate")]
    concurrency: Option<u32>,
    /// Attempts begun in a while, such as 30/1m.
    #[arg(long, value_name = "COUNT/WHILE", value_parser = parse_rate)]
    rate: Option<(u32, u64)>,
    /// Most that begin at once after a pause.
    #[arg(long, value_name = "TASKS", default_value_t = 1, requires = "rate")]
    burst: u32,
}

fn parse_rate(text: &str) -> Result<(u32, u64), String> {
    let wrong = || format!("{text:?} is no rate: write how many in how long, such as 30/1m");
    let (count, per) = text.split_once('/').ok_or_else(wrong)?;
    let count = count.trim().parse().map_err(|_| wrong())?;
    let per: Duration = humantime::parse_duration(per.trim()).map_err(|_| wrong())?;
    match per.subsec_nanos() == 0 && !per.is_zero() {
        true => Ok((count, per.as_secs())),
        false => Err(format!("{text:?} is no rate: the while is in whole seconds")),
    }
}

#[derive(Debug, Deserialize)]
struct Limit {
    key: String,
    #[serde(default)]
    concurrency: Option<i64>,
    #[serde(default)]
    rate: Option<Rate>,
    in_use: i64,
    ready: i64,
    #[serde(default)]
    more: bool,
    #[serde(default)]
    next_token_at: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
struct Rate {
    count: i64,
    per_seconds: u64,
    burst: i64,
}

impl Rate {
    fn shown(&self) -> String {
        let per = humantime::format_duration(Duration::from_secs(self.per_seconds));
        format!("{} in {per}, {} at once", self.count, self.burst)
    }
}

const HEADINGS: &[&str] = &["KEY", "AT A TIME", "IN USE", "RATE", "WAITING", "NEXT TOKEN"];

impl Limit {
    fn cells(self) -> Vec<Cell> {
        let waiting = format!("{}{}", self.ready, if self.more { "+" } else { "" });
        vec![
            Cell::text(self.key),
            Cell::maybe(self.concurrency),
            Cell::number(self.in_use),
            Cell::maybe(self.rate.as_ref().map(Rate::shown)),
            Cell::number(waiting),
            Cell::maybe(self.next_token_at.map(text::moment)),
        ]
    }
}

/// Lists, sets or lifts.
pub async fn run(client: &mut Client, command: LimitsCommand) -> Done {
    match command {
        LimitsCommand::List(page) => list(client, &page).await,
        LimitsCommand::Set(wish) => set(client, wish).await,
        LimitsCommand::Delete { key } => delete(client, &key).await,
    }
}

async fn list(client: &mut Client, page: &PageOptions) -> Done {
    let api = &client.api;
    let row =
        |item: &Value| -> Result<Vec<Cell>, ClientError> { Ok(api.read::<Limit>(item.clone())?.cells()) };
    let listing = Listing {
        call: Call::get(&["limits"]),
        headings: HEADINGS,
        row: &row,
        nothing: "no key has a limit",
    };
    pages::show(api, &mut client.screen, listing, page).await?;
    Ok(ExitCode::SUCCESS)
}

async fn set(client: &mut Client, wish: Set) -> Done {
    let rate =
        wish.rate.map(|(count, per)| json!({ "count": count, "per_seconds": per, "burst": wish.burst }));
    let fields = [("concurrency", wish.concurrency.map(Value::from)), ("rate", rate)];
    let body: serde_json::Map<String, Value> =
        fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    let answer = client.api.send(&Call::put(&["limits", &wish.key]).json(Value::Object(body))).await?;
    let limit: Limit = client.api.read(answer.clone())?;
    let mut table = Table::new(HEADINGS);
    table.row(limit.cells());
    client.screen.answer(&answer, |screen| screen.table(&table))?;
    Ok(ExitCode::SUCCESS)
}

async fn delete(client: &mut Client, key: &str) -> Done {
    client.api.send(&Call::delete(&["limits", key])).await?;
    let line = format!("key {} allows everything", text::clean(key));
    client.screen.answer(&json!({ "key": key, "deleted": true }), |screen| screen.line(&line))?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_written_as_how_many_in_how_long() {
        assert_eq!(parse_rate("30/1m"), Ok((30, 60)));
        assert_eq!(parse_rate("2 / 10s"), Ok((2, 10)));
        for wrong in ["30", "30/", "/1m", "x/1m", "3/soon", "3/500ms"] {
            assert!(parse_rate(wrong).is_err(), "{wrong}");
        }
    }
}
