//! `metier sources`: where postings come from.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use metier_core::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::runs::watch;
use crate::client::{
    Api, Call, Client, ClientError, Done,
    error::FAILED,
    input,
    pages::Page,
    screen::{Cell, Screen, Table, text},
};

/// Syncs shown with a source.
const SYNCS_SHOWN: u16 = 10;

/// What to do with sources.
#[derive(Debug, Subcommand)]
pub enum SourcesCommand {
    /// List the sources and how they are.
    List,
    /// Show a source and its latest syncs.
    Show {
        /// Its name.
        source: String,
    },
    /// Fetch what sources have on offer now.
    Sync(Sync),
    /// Register a source by the address of its plugin.
    Add(Add),
    /// Remove a source with everything only it showed.
    Remove(Remove),
    /// Ask a source how it is, now.
    Check {
        /// Its name.
        source: String,
    },
}

/// `metier sources sync`.
#[derive(Debug, Args)]
pub struct Sync {
    /// Their names.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    sources: Vec<String>,
    /// All of them.
    #[arg(long)]
    all: bool,
    /// Watch each until it ends; the exit code is 0 only if all succeeded.
    #[arg(long)]
    wait: bool,
}

/// `metier sources add`.
#[derive(Debug, Args)]
pub struct Add {
    /// What to call it: letters, digits and -.
    name: String,
    /// Where its plugin answers.
    address: Url,
}

/// `metier sources remove`.
#[derive(Debug, Args)]
pub struct Remove {
    /// Its name.
    source: String,
    /// Do not ask whether it is meant.
    #[arg(long, short)]
    yes: bool,
}

/// A source as the API gives it, as far as it is shown.
#[derive(Debug, Deserialize)]
pub struct Source {
    /// Its name.
    pub name: String,
    url: String,
    title: String,
    contract: i64,
    /// Whether its postings are invented.
    pub demo: bool,
    origin: String,
    condition: String,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    checked_at: Option<Timestamp>,
    created_at: Timestamp,
}

/// One pass over a source.
#[derive(Debug, Deserialize)]
struct Pass {
    state: String,
    #[serde(default)]
    complete: bool,
    fetched: i64,
    new: i64,
    updated: i64,
    duplicate: i64,
    rejected: i64,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    report: Value,
    started_at: Timestamp,
    #[serde(default)]
    ended_at: Option<Timestamp>,
}

/// The run that syncs.
#[derive(Debug, Deserialize)]
struct SyncRun {
    run: String,
    number: i64,
}

/// Does it.
pub async fn run(client: &mut Client, command: SourcesCommand) -> Done {
    match command {
        SourcesCommand::List => list(client).await,
        SourcesCommand::Show { source } => show(client, &source).await,
        SourcesCommand::Sync(asked) => sync(client, asked).await,
        SourcesCommand::Add(asked) => add(client, asked).await,
        SourcesCommand::Remove(asked) => remove(client, asked).await,
        SourcesCommand::Check { source } => check(client, &source).await,
    }
}

/// The sources there are.
pub async fn all(api: &Api) -> Result<Vec<Source>, ClientError> {
    api.fetch(&Call::get(&["sources"])).await
}

async fn list(client: &mut Client) -> Done {
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

async fn show(client: &mut Client, name: &str) -> Done {
    let answer = client.api.send(&Call::get(&["sources", name])).await?;
    if client.screen.is_json() {
        client.screen.json(&answer)?;
        return Ok(ExitCode::SUCCESS);
    }
    let source: Source = client.api.read(answer)?;
    show_source(&mut client.screen, &source)?;
    let passes = passes(&client.api, name, SYNCS_SHOWN).await?;
    show_passes(&mut client.screen, &passes)?;
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

async fn passes(api: &Api, name: &str, limit: u16) -> Result<Vec<Pass>, ClientError> {
    let page: Page = api.fetch(&Call::get(&["sources", name, "syncs"]).query("limit", Some(limit))).await?;
    page.items.into_iter().map(|item| api.read(item)).collect()
}

fn show_passes(screen: &mut Screen, passes: &[Pass]) -> Result<(), ClientError> {
    let Some(last) = passes.first() else {
        screen.note("never synced");
        return Ok(());
    };
    let mut table = Table::new(&["SYNC", "STATE", "FETCHED", "NEW", "UPDATED", "SAME", "REJECTED", "TOOK"]);
    passes.iter().for_each(|pass| table.row(pass.row()));
    screen.line("")?;
    screen.table(&table)?;
    let remark = last.remark();
    if !remark.is_empty() {
        screen.line("")?;
        screen.fields(vec![("the last", Cell::text(remark))])?;
    }
    let rejections = last.rejections();
    if rejections.is_empty() { Ok(()) } else { show_rejections(screen, &rejections) }
}

fn show_rejections(screen: &mut Screen, rejections: &[&Value]) -> Result<(), ClientError> {
    let mut table = Table::new(&["REJECTED LAST", "FIELD", "REASON"]);
    for rejection in rejections {
        let part = |name: &str| Cell::text(rejection.get(name).and_then(Value::as_str).unwrap_or_default());
        table.row([part("original_id"), part("field"), part("reason")]);
    }
    screen.line("")?;
    screen.table(&table)
}

impl Pass {
    fn row(&self) -> [Cell; 8] {
        let took = self.ended_at.map(|ended_at| text::duration(ended_at.since(self.started_at)));
        [
            Cell::text(text::moment(self.started_at)),
            Cell::state(&self.state),
            Cell::number(self.fetched),
            Cell::number(self.new),
            Cell::number(self.updated),
            Cell::number(self.duplicate),
            Cell::number(self.rejected),
            Cell::maybe(took),
        ]
    }

    /// Why it failed, or what deserves a look.
    fn remark(&self) -> String {
        let list = |name: &str| self.report.get(name).and_then(Value::as_array).map_or(0, Vec::len);
        match (&self.error, list("warnings"), self.complete) {
            (Some(error), ..) => error.clone(),
            (None, 0, true) => "complete: everything on offer was in it".to_owned(),
            (None, 0, false) => String::new(),
            (None, warnings, _) => format!("{warnings} warnings"),
        }
    }

    fn rejections(&self) -> Vec<&Value> {
        self.report.get("rejections").and_then(Value::as_array).into_iter().flatten().take(5).collect()
    }
}

async fn sync(client: &mut Client, asked: Sync) -> Done {
    let names = match asked.all {
        true => all(&client.api).await?.into_iter().map(|source| source.name).collect(),
        false => asked.sources,
    };
    if names.is_empty() {
        client.screen.note("no sources; `metier sources add NAME URL` registers one");
    }
    let mut started = Vec::new();
    for name in &names {
        started.push(client.api.send(&Call::post(&["sources", name, "sync"])).await?);
    }
    if asked.wait { wait_for(client, &names, started).await } else { tell_started(client, &names, &started) }
}

fn tell_started(client: &mut Client, names: &[String], started: &[Value]) -> Done {
    if client.screen.is_json() {
        client.screen.json(&started)?;
        return Ok(ExitCode::SUCCESS);
    }
    for (name, answer) in names.iter().zip(started) {
        let run: SyncRun = client.api.read(answer.clone())?;
        client.screen.line(&format!("run {} syncs {}", run.number, text::clean(name)))?;
    }
    client.screen.note("watch with `metier runs watch NUMBER`; what came of it: `metier sources show NAME`");
    Ok(ExitCode::SUCCESS)
}

/// They run at the same time; they are told in order. Programs get the runs as one array.
async fn wait_for(client: &mut Client, names: &[String], started: Vec<Value>) -> Done {
    let (mut ended, mut code) = (Vec::new(), ExitCode::SUCCESS);
    for (name, answer) in names.iter().zip(started) {
        let started: SyncRun = client.api.read(answer)?;
        let (run, answer) = watch::follow(client, started.run, watch::Output::None).await?;
        if !run.has_succeeded() {
            code = ExitCode::from(FAILED);
        }
        if !client.screen.is_json() {
            watch::tell_end(client, &run, &answer).await?;
            tell_pass(client, name).await?;
        }
        ended.push(answer);
    }
    if client.screen.is_json() {
        client.screen.json(&ended)?;
    }
    Ok(code)
}

/// What the sync that just ended brought.
async fn tell_pass(client: &mut Client, name: &str) -> Result<(), ClientError> {
    let Some(pass) = passes(&client.api, name, 1).await?.into_iter().next() else { return Ok(()) };
    client.screen.line(&format!(
        "{}: {} fetched, {} new, {} updated, {} same, {} rejected",
        text::clean(name),
        pass.fetched,
        pass.new,
        pass.updated,
        pass.duplicate,
        pass.rejected
    ))
}

async fn add(client: &mut Client, asked: Add) -> Done {
    let body = json!({ "name": asked.name, "url": asked.address });
    let answer = client.api.send(&Call::post(&["sources"]).json(body)).await?;
    let source: Source = client.api.read(answer.clone())?;
    let line = format!("registered {} at {}", text::clean(&source.name), text::clean(&source.url));
    client.screen.answer(&answer, |screen| screen.line(&line))?;
    client.screen.note(&format!("fetch from it with `metier sources sync {}`", text::clean(&source.name)));
    Ok(ExitCode::SUCCESS)
}

async fn remove(client: &mut Client, asked: Remove) -> Done {
    let name = text::clean(&asked.source);
    if !asked.yes && !input::confirm(&format!("Remove {name} with every posting only it shows?"))? {
        client.screen.note("nothing was done");
        return Ok(ExitCode::SUCCESS);
    }
    let answer = client.api.send(&Call::delete(&["sources", &asked.source])).await?;
    let line = removed(&name, &answer);
    client.screen.answer(&answer, |screen| screen.line(&line))?;
    Ok(ExitCode::SUCCESS)
}

/// What a removal took along, in words.
pub fn removed(name: &str, answer: &Value) -> String {
    let sightings = answer.get("sightings").and_then(Value::as_i64).unwrap_or_default();
    format!("removed {name} with the {sightings} postings as it showed them")
}

async fn check(client: &mut Client, name: &str) -> Done {
    let answer = client.api.send(&Call::post(&["sources", name, "check"])).await?;
    let source: Source = client.api.read(answer.clone())?;
    client.screen.answer(&answer, |screen| show_source(screen, &source))?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(more: Value) -> Pass {
        let mut pass = json!({
            "state": "succeeded", "complete": true, "fetched": 3, "new": 1, "updated": 1, "duplicate": 0,
            "rejected": 1, "started_at": "2026-01-31T08:00:00Z",
        });
        pass.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(pass).unwrap()
    }

    #[test]
    fn the_remark_tells_the_worst_first() {
        assert_eq!(pass(json!({})).remark(), "complete: everything on offer was in it");
        assert_eq!(pass(json!({ "complete": false })).remark(), "");
        assert_eq!(pass(json!({ "report": { "warnings": ["a", "b"] } })).remark(), "2 warnings");
        assert_eq!(pass(json!({ "error": "gone", "report": { "warnings": ["a"] } })).remark(), "gone");
    }
}
