//! `metier schedules list`, `show`, `preview` and `fires`.

use std::process::ExitCode;

use metier_core::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::Schedule;
use crate::client::{
    Call, Client, ClientError, Done, PageOptions,
    pages::{self, Listing},
    screen::{Cell, Table, text},
};

/// Lists schedules.
pub async fn list(client: &mut Client, page: &PageOptions) -> Done {
    let api = &client.api;
    let row = |item: &Value| -> Result<Vec<Cell>, ClientError> {
        let schedule: Schedule = api.read(item.clone())?;
        Ok(vec![
            Cell::text(&schedule.name),
            Cell::state(&schedule.state),
            Cell::text(schedule.starts()),
            Cell::text(schedule.when()),
            Cell::maybe(schedule.next_at.map(text::moment)),
        ])
    };
    let listing = Listing {
        call: Call::get(&["schedules"]),
        headings: &["SCHEDULE", "STATE", "STARTS", "WHEN", "NEXT"],
        row: &row,
        nothing: "no schedules",
    };
    pages::show(api, &mut client.screen, listing, page).await?;
    Ok(ExitCode::SUCCESS)
}

/// Shows a schedule.
pub async fn one(client: &mut Client, name: &str) -> Done {
    let answer = client.api.send(&Call::get(&["schedules", name])).await?;
    let schedule: Schedule = client.api.read(answer.clone())?;
    client.screen.answer(&answer, |screen| {
        screen.fields(vec![
            ("schedule", Cell::text(&schedule.name)),
            ("description", Cell::text(&schedule.description)),
            ("state", Cell::state(&schedule.state)),
            ("starts", Cell::text(schedule.starts())),
            ("when", Cell::text(schedule.when())),
            ("calendars", Cell::text(schedule.calendars.join(", "))),
            ("missed", Cell::text(&schedule.missed)),
            ("overlap", Cell::text(&schedule.overlap)),
            ("runs", Cell::text(schedule.fired.to_string())),
            ("next", Cell::maybe(schedule.next_at.map(text::moment))),
        ])
    })?;
    Ok(ExitCode::SUCCESS)
}

#[derive(Debug, Deserialize)]
struct Foreseen {
    due_at: Timestamp,
    #[serde(default)]
    skipped: Option<String>,
}

/// Foretells the next times of a schedule.
pub async fn preview(client: &mut Client, name: &str, count: u16) -> Done {
    let call = Call::get(&["schedules", name, "preview"]).query("count", Some(count));
    let answer = client.api.send(&call).await?;
    let mut table = Table::new(&["TIME", "STARTS NOTHING BECAUSE"]);
    for foreseen in client.api.read::<Vec<Foreseen>>(answer.clone())? {
        table.row([Cell::text(text::moment(foreseen.due_at)), Cell::maybe(foreseen.skipped)]);
    }
    if table.is_empty() {
        client.screen.note("no time lies ahead");
    }
    client.screen.answer(&answer, |screen| screen.table(&table))?;
    Ok(ExitCode::SUCCESS)
}

#[derive(Debug, Deserialize)]
struct Fire {
    scheduled_for: Timestamp,
    source: String,
    outcome: String,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    run_number: Option<i64>,
}

/// Lists what became of the times of a schedule.
pub async fn fires(client: &mut Client, name: &str, page: &PageOptions) -> Done {
    let api = &client.api;
    let row = |item: &Value| -> Result<Vec<Cell>, ClientError> {
        let fire: Fire = api.read(item.clone())?;
        Ok(vec![
            Cell::text(text::moment(fire.scheduled_for)),
            Cell::text(fire.source),
            Cell::state(&fire.outcome),
            Cell::maybe(fire.run_number),
            Cell::maybe(fire.reason),
        ])
    };
    let listing = Listing {
        call: Call::get(&["schedules", name, "fires"]),
        headings: &["TIME", "BY", "OUTCOME", "RUN", "REASON"],
        row: &row,
        nothing: "none of its times has come yet",
    };
    pages::show(api, &mut client.screen, listing, page).await?;
    Ok(ExitCode::SUCCESS)
}
