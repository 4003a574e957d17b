//! `metier runs`: what is run, was run, and what came of it.

mod bad_items;
mod change;
mod list;
mod output;
mod show;
mod view;
pub mod watch;
mod workflow;

use clap::Subcommand;

pub use view::{KindRef, Run};

use crate::client::{Api, Call, Client, ClientError, Done};
use view::Task;

/// What to do with runs.
#[derive(Debug, Subcommand)]
pub enum RunsCommand {
    /// List runs, newest first.
    List(list::List),
    /// Show a run: its state and why, its counts, its tasks that did not succeed.
    Show {
        /// Number or id.
        run: String,
    },
    /// List the tasks of a run.
    Tasks(list::Tasks),
    /// Show one task with its attempts and its result.
    Task {
        /// Number or id of the run.
        run: String,
        /// Position in the run, from 0.
        index: i64,
    },
    /// List the items that were wrong and left out of a run, with the reasons.
    BadItems {
        /// Number or id.
        run: String,
    },
    /// Watch a run until it ends; the exit code is 0 only if it succeeded.
    Watch {
        /// Number or id.
        run: String,
        /// Do not print what its tasks write.
        #[arg(long)]
        no_output: bool,
    },
    /// Cancel runs: what waits ends at once, what runs is told to stop.
    Cancel {
        /// Numbers or ids.
        #[arg(required = true)]
        runs: Vec<String>,
    },
    /// Run again what did not succeed in an ended run.
    Retry(change::Retry),
    /// Show how the steps of a workflow's run stand.
    Graph(workflow::Graph),
    /// Approve a step that waits for it.
    Approve(workflow::Decision),
    /// Reject a step that waits for approval; the step fails.
    Reject(workflow::Decision),
    /// Send a signal that a step waits for.
    Signal(workflow::Signal),
    /// Print what the tasks of a run gave.
    Results(output::Results),
    /// Print what a task wrote.
    Output(output::Output),
}

/// Does it.
pub async fn run(client: &mut Client, command: RunsCommand) -> Done {
    match command {
        RunsCommand::List(asked) => list::runs(client, asked).await,
        RunsCommand::Show { run } => show::run(client, &run).await,
        RunsCommand::Tasks(asked) => list::tasks(client, asked).await,
        RunsCommand::Task { run, index } => show::task(client, &run, index).await,
        RunsCommand::BadItems { run } => bad_items::list(client, &run).await,
        RunsCommand::Watch { run, no_output } => {
            let run = get(&client.api, &run).await?;
            let output = if no_output { watch::Output::None } else { watch::Output::Live };
            watch::until_ended(client, run.id, output).await
        }
        RunsCommand::Cancel { runs } => change::cancel(client, &runs).await,
        RunsCommand::Retry(asked) => change::retry(client, asked).await,
        RunsCommand::Graph(asked) => workflow::graph(client, asked).await,
        RunsCommand::Approve(asked) => workflow::approve(client, asked).await,
        RunsCommand::Reject(asked) => workflow::reject(client, asked).await,
        RunsCommand::Signal(asked) => workflow::signal(client, asked).await,
        RunsCommand::Results(asked) => output::results(client, asked).await,
        RunsCommand::Output(asked) => output::output(client, asked).await,
    }
}

/// The run that a number or an id names. Everything below a run is asked for by its id.
async fn get(api: &Api, run: &str) -> Result<Run, ClientError> {
    api.fetch(&Call::get(&["runs", run])).await
}
