//! `metier runs bad-items`.

use std::process::ExitCode;

use serde::Deserialize;

use crate::client::{
    Call, Client, Done,
    screen::{Cell, Table},
};

#[derive(Deserialize)]
struct BadItems {
    count: usize,
    items: Vec<BadItem>,
}

#[derive(Deserialize)]
struct BadItem {
    position: i64,
    reason: String,
}

/// Lists the items that were wrong and left out.
pub async fn list(client: &mut Client, run: &str) -> Done {
    let answer = client.api.send(&Call::get(&["runs", run, "bad-items"])).await?;
    let bad: BadItems = client.api.read(answer.clone())?;
    let (count, shown) = (bad.count, bad.items.len());
    let mut table = Table::new(&["POSITION", "WRONG"]);
    for item in bad.items {
        table.row([Cell::number(item.position), Cell::text(item.reason)]);
    }
    client.screen.answer(&answer, |screen| match shown {
        0 => screen.line("no item was left out"),
        _ => screen.table(&table),
    })?;
    if count > shown {
        client.screen.note(&format!("these are the first {shown} of {count}"));
    }
    Ok(ExitCode::SUCCESS)
}
