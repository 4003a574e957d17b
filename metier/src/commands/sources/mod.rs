//! `metier sources`: where postings come from.

mod change;
mod pass;
mod schedule;
mod show;
mod sync;

use clap::Subcommand;
use metier_core::Timestamp;
use serde::Deserialize;

pub use change::removed;

use crate::client::{Api, Call, Client, ClientError, Done};

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
    Sync(sync::Sync),
    /// Say when a source is synced by itself, or show it.
    Schedule(schedule::Schedule),
    /// Register a source by the address of its plugin.
    Add(change::Add),
    /// Remove a source with everything only it showed.
    Remove(change::Remove),
    /// Ask a source how it is, now.
    Check {
        /// Its name.
        source: String,
    },
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

/// Does it.
pub async fn run(client: &mut Client, command: SourcesCommand) -> Done {
    match command {
        SourcesCommand::List => show::list(client).await,
        SourcesCommand::Show { source } => show::show(client, &source).await,
        SourcesCommand::Sync(asked) => sync::sync(client, asked).await,
        SourcesCommand::Schedule(asked) => schedule::schedule(client, asked).await,
        SourcesCommand::Add(asked) => change::add(client, asked).await,
        SourcesCommand::Remove(asked) => change::remove(client, asked).await,
        SourcesCommand::Check { source } => show::check(client, &source).await,
    }
}

/// The sources there are.
pub async fn all(api: &Api) -> Result<Vec<Source>, ClientError> {
    api.fetch(&Call::get(&["sources"])).await
}
