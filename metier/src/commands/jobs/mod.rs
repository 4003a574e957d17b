//! `metier jobs`: what can be run, and running it.
//!
//! A kind can be run as it is; a job is a kind with a name, parameters and a queue of its own. Whoever runs
//! something need not care which of the two it is.

mod definition;
mod demands;
mod list;
mod submit;
mod workflow;

use clap::Subcommand;

use crate::client::{Client, Done};
pub use workflow::GraphFormat;

/// What to do with jobs.
#[derive(Debug, Subcommand)]
pub enum JobsCommand {
    /// List what can be run: jobs, and the kinds themselves.
    List,
    /// Show a job.
    Show {
        /// Its name.
        job: String,
    },
    /// Run a job or a kind.
    Run(submit::Run),
    /// Define a job, or the next version of one: a kind with parameters of its own, or steps in a file.
    Define(definition::Define),
    /// Say what is wrong with a workflow, a job made of steps, before it is defined.
    Validate(workflow::Validate),
    /// Show the steps of a job.
    Graph(workflow::JobGraph),
    /// End a job; its runs stay.
    Remove {
        /// Its name.
        job: String,
    },
}

/// Does it.
pub async fn run(client: &mut Client, command: JobsCommand) -> Done {
    match command {
        JobsCommand::List => list::all(client).await,
        JobsCommand::Show { job } => definition::show(client, &job).await,
        JobsCommand::Run(asked) => submit::run(client, asked).await,
        JobsCommand::Define(asked) => definition::define(client, asked).await,
        JobsCommand::Validate(asked) => workflow::validate(client, asked).await,
        JobsCommand::Graph(asked) => workflow::graph(client, asked).await,
        JobsCommand::Remove { job } => definition::remove(client, &job).await,
    }
}
