//! `metier sources list`, `show` and `check`.

use std::process::ExitCode;

use super::{Source, pass};
use crate::client::{
    Call, Client, ClientError, Done,
    screen::{Cell, Screen, Table, text},
};

/// Syncs shown with a source.
const SYNCS_SHOWN: u16 = 10;

/// Lists the sources and how they are.
pub async fn list(client: &mut Client) -> Done {
    let answer = client.api.send(&Call::get(&["sources"])).await?;
    let sources: Vec<Source> = client.api.read(answer.clone())?;
    let mut table = Table::new(&["SOURCE", "STATE", "ADDRESS", "REMARK"]);
    for source in sources {
        table.row([
            Cell::text(source.name),
            Cell::state(&source.condition),
            Cell::text(source.url),
            Cell::text(source.message.unwrap_or_else(|| invented(source.demo).to_owned())),
        ]);
    }
    if table.is_empty() {
        client.screen.note("no sources; `metier sources add NAME URL` registers one");
    }
    client.screen.answer(&answer, |screen| screen.table(&table))?;
    Ok(ExitCode::SUCCESS)
}

/// Shows a source and its latest syncs.
pub async fn show(client: &mut Client, name: &str) -> Done {
    let answer = client.api.send(&Call::get(&["sources", name])).await?;
    if client.screen.is_json() {
        client.screen.json(&answer)?;
        return Ok(ExitCode::SUCCESS);
    }
    let source: Source = client.api.read(answer)?;
    show_source(&mut client.screen, &source)?;
    let passes = pass::latest(&client.api, name, SYNCS_SHOWN).await?;
    pass::show(&mut client.screen, &passes)?;
    Ok(ExitCode::SUCCESS)
}

fn show_source(screen: &mut Screen, source: &Source) -> Result<(), ClientError> {
    screen.fields(vec![
        ("source", Cell::text(&source.name)),
        ("plugin", Cell::text(format!("{}, contract {}", source.title, source.contract))),
        ("address", Cell::text(&source.url)),
        ("state", Cell::state(&source.condition)),
        ("message", Cell::maybe(source.message.as_ref())),
        ("checked", Cell::maybe(source.checked_at.map(text::moment))),
        ("remark", Cell::text(invented(source.demo))),
        ("registered", Cell::text(format!("{} by {}", text::moment(source.created_at), source.origin))),
    ])
}

fn invented(demo: bool) -> &'static str {
    if demo { "its postings are invented" } else { "" }
}

/// Asks a source how it is.
pub async fn check(client: &mut Client, name: &str) -> Done {
    let answer = client.api.send(&Call::post(&["sources", name, "check"])).await?;
    let source: Source = client.api.read(answer.clone())?;
    client.screen.answer(&answer, |screen| show_source(screen, &source))?;
    Ok(ExitCode::SUCCESS)
}
