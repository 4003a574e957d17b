//! `metier postings search`.

use std::{collections::BTreeMap, ops::Range, process::ExitCode};

use clap::Args;
use serde::Deserialize;

use super::view::Posting;
use crate::client::{
    Call, Client, ClientError, Done,
    input::When,
    screen::{Screen, text},
};

/// Values shown of each facet.
const VALUES_SHOWN: usize = 6;

/// `metier postings search`.
#[derive(Debug, Args)]
pub struct Search {
    /// Words; none for the newest. Words within one argument are looked for as they stand: '"a phrase"'.
    #[arg(value_name = "WORDS")]
    words: Vec<String>,
    /// A word that must not be in it; again for more.
    #[arg(long, value_name = "WORD")]
    without: Vec<String>,
    /// Only from these sources, commas between them.
    #[arg(long, value_delimiter = ',')]
    source: Vec<String>,
    /// Only in these countries, such as SE or DE.
    #[arg(long, value_delimiter = ',')]
    country: Vec<String>,
    /// Only in these regions, as the facets write them.
    #[arg(long, value_delimiter = ',')]
    region: Vec<String>,
    /// Only these: full_time, part_time, contract, internship, temporary.
    #[arg(long, value_name = "TYPE", value_delimiter = ',')]
    employment_type: Vec<String>,
    /// Only these: yes, no, unknown.
    #[arg(long, value_name = "REMOTE", value_delimiter = ',', num_args = 0..=1, default_missing_value = "yes")]
    remote: Vec<String>,
    /// Only published since: 2026-01-31T08:00:00Z, or a distance such as 7d.
    #[arg(long, value_name = "WHEN", value_parser = When::parse)]
    since: Option<When>,
    /// Newest first, not best first.
    #[arg(long)]
    newest: bool,
    /// Results at most, 1 to 100; 20 when not said.
    #[arg(long, value_name = "RESULTS", value_parser = clap::value_parser!(u16).range(1..=100))]
    limit: Option<u16>,
    /// Go on behind this place, which the results before named.
    #[arg(long, value_name = "PLACE")]
    after: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Results {
    items: Vec<Hit>,
    #[serde(default)]
    facets: BTreeMap<String, Vec<FacetValue>>,
    total: u64,
    #[serde(default)]
    respelled: bool,
    #[serde(default)]
    next: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Hit {
    title: Marked,
    snippet: Marked,
    posting: Posting,
}

#[derive(Debug, Deserialize)]
struct Marked {
    text: String,
    marks: Vec<[usize; 2]>,
}

#[derive(Debug, Deserialize)]
struct FacetValue {
    value: String,
    count: u64,
}

impl Search {
    /// What is looked for, as the API reads it.
    fn text(&self) -> Option<String> {
        let without = self.without.iter().map(|word| format!("-{word}"));
        let words: Vec<String> = self.words.iter().cloned().chain(without).collect();
        (!words.is_empty()).then(|| words.join(" "))
    }
}

/// Searches and shows what was found, and what it can be narrowed to.
pub async fn run(client: &mut Client, asked: Search) -> Done {
    let now = client.api.now();
    let call = Call::get(&["postings"])
        .query("q", asked.text())
        .filter("source", &asked.source)
        .filter("country", &asked.country)
        .filter("region", &asked.region)
        .filter("employment_type", &asked.employment_type)
        .filter("remote", &asked.remote)
        .query("published_from", asked.since.map(|since| since.before(now)))
        .query("sort", asked.newest.then_some("newest"))
        .query("limit", asked.limit)
        .query("after", asked.after);
    let answer = client.api.send(&call).await?;
    let results: Results = client.api.read(answer.clone())?;
    client.screen.answer(&answer, |screen| show(screen, &results))?;
    Ok(ExitCode::SUCCESS)
}

fn show(screen: &mut Screen, results: &Results) -> Result<(), ClientError> {
    if results.respelled {
        screen.note("few match as typed; near spellings are among these");
    }
    for hit in &results.items {
        show_hit(screen, hit)?;
    }
    if screen.is_quiet() {
        return Ok(());
    }
    screen.line(&match results.total {
        0 => "nothing found; try fewer words, or `metier sources sync --all` for new postings".to_owned(),
        1 => "1 posting".to_owned(),
        total => format!("{} of {total} postings", results.items.len()),
    })?;
    for (facet, values) in &results.facets {
        show_facet(screen, facet, values)?;
    }
    if let Some(next) = &results.next {
        screen.note(&format!("more follow: --after {next}"));
    }
    Ok(())
}

fn show_hit(screen: &mut Screen, hit: &Hit) -> Result<(), ClientError> {
    let color = screen.look().color;
    screen.line(&format!("{}  {}", hit.title.shown(color), dim(&hit.posting.id, color)))?;
    screen.paragraph(&text::clean(&hit.posting.about()))?;
    let snippet = hit.snippet.shown(color);
    if !snippet.is_empty() {
        screen.paragraph(&snippet)?;
    }
    screen.line("")
}

fn dim(text: &str, color: bool) -> String {
    let text = text::clean(text);
    if color { console::style(text).dim().force_styling(true).to_string() } else { text }
}

fn show_facet(screen: &mut Screen, facet: &str, values: &[FacetValue]) -> Result<(), ClientError> {
    if values.is_empty() {
        return Ok(());
    }
    let told = values.iter().take(VALUES_SHOWN).map(|it| format!("{} {}", text::clean(&it.value), it.count));
    let more = if values.len() > VALUES_SHOWN { ", ..." } else { "" };
    let name = text::clean(facet).replace('_', "-");
    screen.paragraph(&format!("--{name:<16} {}{more}", told.collect::<Vec<_>>().join(", ")))
}

impl Marked {
    fn shown(&self, color: bool) -> String {
        let marks: Vec<Range<usize>> = self.marks.iter().map(|[start, end]| *start..*end).collect();
        text::marked(&self.text, &marks, color)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        search: Search,
    }

    fn asked(line: &[&str]) -> Search {
        Line::try_parse_from(["search"].iter().chain(line)).unwrap().search
    }

    #[test]
    fn words_and_filters_are_told_apart() {
        let search = asked(&["barnmorska", "natt", "--country", "SE,NO", "--remote", "--since", "7d"]);
        assert_eq!(search.words, ["barnmorska", "natt"]);
        assert_eq!((search.country, search.remote), (vec!["SE".into(), "NO".into()], vec!["yes".to_owned()]));
        assert!(search.since.is_some());
    }

    #[test]
    fn words_that_must_not_occur_are_marked_as_the_api_reads_them() {
        let search = asked(&["sköterska", "\"hel tid\"", "--without", "natt", "--without", "jour"]);
        assert_eq!(search.text().unwrap(), "sköterska \"hel tid\" -natt -jour");
        assert_eq!(asked(&["--limit", "5"]).text(), None);
    }
}
