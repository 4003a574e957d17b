//! `metier postings show`.

use std::process::ExitCode;

use serde::Deserialize;

use super::view::{Posting, Sighting};
use crate::client::{
    Call, Client, ClientError, Done,
    screen::{Cell, Screen, Table, text},
};

/// A posting with what it is made of.
#[derive(Debug, Deserialize)]
struct Detail {
    #[serde(flatten)]
    posting: Posting,
    #[serde(default)]
    sightings: Vec<Sighting>,
    #[serde(default)]
    aliases: Vec<String>,
}

/// Shows a posting.
pub async fn run(client: &mut Client, posting: &str) -> Done {
    let answer = client.api.send(&Call::get(&["postings", posting])).await?;
    let detail: Detail = client.api.read(answer.clone())?;
    client.screen.answer(&answer, |screen| show(screen, &detail))?;
    Ok(ExitCode::SUCCESS)
}

fn show(screen: &mut Screen, detail: &Detail) -> Result<(), ClientError> {
    let posting = &detail.posting;
    let words = |text: &Option<String>| Cell::maybe(text.as_ref().map(|text| text.replace('_', " ")));
    screen.fields(vec![
        ("title", Cell::text(&posting.title)),
        ("company", Cell::maybe(posting.company.as_ref())),
        ("place", Cell::maybe(posting.place())),
        ("country", Cell::maybe(posting.country.as_ref())),
        ("remote", Cell::maybe(posting.remote.as_ref())),
        ("employment", words(&posting.employment_type)),
        ("experience", words(&posting.experience_level)),
        ("salary", Cell::maybe(posting.salary_text.as_ref())),
        ("published", Cell::maybe(posting.published_at.map(text::moment))),
        ("expires", Cell::maybe(posting.expires_at.map(text::moment))),
        ("state", Cell::state(&posting.state)),
        ("address", Cell::maybe(posting.url.as_ref())),
        ("id", Cell::text(&posting.id)),
        ("also known as", Cell::text(detail.aliases.join(", "))),
        ("note", Cell::text(if posting.demo { "invented, to try things out" } else { "" })),
    ])?;
    screen.line("")?;
    screen.line(text::clean_lines(&posting.description).trim())?;
    show_sightings(screen, &detail.sightings)
}

fn show_sightings(screen: &mut Screen, sightings: &[Sighting]) -> Result<(), ClientError> {
    let mut table = Table::new(&["SHOWN BY", "AS", "LAST SEEN", "TAKEN FOR THIS BECAUSE"]);
    for sighting in sightings {
        let because = match &sighting.because {
            serde_json::Value::Null => String::new(),
            serde_json::Value::Array(none) if none.is_empty() => String::new(),
            because => because.to_string(),
        };
        table.row([
            Cell::text(&sighting.source),
            Cell::text(&sighting.original_id),
            Cell::text(text::moment(sighting.last_seen_at)),
            Cell::text(because),
        ]);
    }
    screen.line("")?;
    screen.table(&table)
}
