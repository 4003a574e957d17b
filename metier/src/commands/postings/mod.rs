//! `metier postings`: what was found.

mod search;
mod show;
mod view;

use clap::Subcommand;

use crate::client::{Client, Done};

/// What to do with postings.
#[derive(Debug, Subcommand)]
pub enum PostingsCommand {
    /// Search postings by words, in Swedish or English.
    Search(search::Search),
    /// Show a posting and the sources that show it.
    Show {
        /// Its id; a search shows it.
        posting: String,
    },
}

/// Does it.
pub async fn run(client: &mut Client, command: PostingsCommand) -> Done {
    match command {
        PostingsCommand::Search(asked) => search::run(client, asked).await,
        PostingsCommand::Show { posting } => show::run(client, &posting).await,
    }
}
