//! The commands by name, and the one place where each of them ends.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{Client, Done, ServerOptions, open_api, screen::Screen};
use crate::commands::{
    api_keys, approvals, demo, events, jobs, kinds, limits, login, plugin, postings, queues, runs, schedules,
    setup, sources, uploads, users, webhooks,
};

/// What can be asked of a running Metier.
#[derive(Debug, Subcommand)]
pub enum ClientCommand {
    /// Make the first administrator, once, and sign in.
    Setup(Single<setup::Setup>),
    /// Sign in at a server.
    Login(Single<login::Login>),
    /// Sign out of a server.
    Logout(Single<login::Logout>),
    /// Say who is signed in and what they may do.
    Whoami(Single<login::Whoami>),
    /// What can be run, and running it.
    Jobs(Group<jobs::JobsCommand>),
    /// What tasks can do.
    Kinds(Group<kinds::KindsCommand>),
    /// What is run, was run, and what came of it.
    Runs(Group<runs::RunsCommand>),
    /// What waits for a decision of yours.
    Approvals(Group<approvals::ApprovalsCommand>),
    /// What starts runs in time.
    Schedules(Group<schedules::SchedulesCommand>),
    /// Where runs wait for workers.
    Queues(Group<queues::QueuesCommand>),
    /// How many tasks of a key run at a time, or begin in a while.
    Limits(Group<limits::LimitsCommand>),
    /// Files of items: upload, list, delete.
    Uploads(Group<uploads::UploadsCommand>),
    /// Who works.
    Workers(Group<queues::WorkersCommand>),
    /// What happens, as it happens.
    Events(Group<events::EventsCommand>),
    /// Where what happens is told to programs elsewhere.
    Webhooks(Group<webhooks::WebhooksCommand>),
    /// Where postings come from.
    Sources(Group<sources::SourcesCommand>),
    /// What was found.
    Postings(Group<postings::PostingsCommand>),
    /// The invented postings of `metier up --demo`.
    Demo(Group<demo::DemoCommand>),
    /// The people of the workspace.
    Users(Group<users::UsersCommand>),
    /// Keys for scripts and workers.
    ApiKeys(Group<api_keys::ApiKeysCommand>),
    /// Run a source plugin, or try one.
    Plugin(plugin::Plugin),
}

/// A command of several verbs.
#[derive(Debug, Args)]
pub struct Group<C: Subcommand> {
    #[command(subcommand)]
    command: C,
    #[command(flatten)]
    server: ServerOptions,
}

/// A command that is its own verb.
#[derive(Debug, Args)]
pub struct Single<A: Args> {
    #[command(flatten)]
    asked: A,
    #[command(flatten)]
    server: ServerOptions,
}

/// Does it, and tells how it went.
pub fn run(command: ClientCommand) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(dispatch(command)))
}

async fn dispatch(command: ClientCommand) -> ExitCode {
    match command {
        ClientCommand::Setup(Single { asked, server }) => {
            on(&server, async |client| setup::run(client, asked).await).await
        }
        ClientCommand::Login(Single { asked, server }) => {
            on(&server, async |client| login::login(client, asked).await).await
        }
        ClientCommand::Logout(Single { server, .. }) => {
            on(&server, async |client| login::logout(client).await).await
        }
        ClientCommand::Whoami(Single { server, .. }) => {
            on(&server, async |client| login::whoami(client).await).await
        }
        ClientCommand::Jobs(Group { command, server }) => {
            on(&server, async |client| jobs::run(client, command).await).await
        }
        ClientCommand::Kinds(Group { command, server }) => {
            on(&server, async |client| kinds::run(client, command).await).await
        }
        ClientCommand::Runs(Group { command, server }) => {
            on(&server, async |client| runs::run(client, command).await).await
        }
        ClientCommand::Schedules(Group { command, server }) => {
            on(&server, async |client| schedules::run(client, command).await).await
        }
        ClientCommand::Queues(Group { command, server }) => {
            on(&server, async |client| queues::run(client, command).await).await
        }
        ClientCommand::Uploads(Group { command, server }) => {
            on(&server, async |client| uploads::run(client, command).await).await
        }
        ClientCommand::Approvals(Group { command, server }) => {
            on(&server, async |client| approvals::run(client, command).await).await
        }
        ClientCommand::Limits(Group { command, server }) => {
            on(&server, async |client| limits::run(client, command).await).await
        }
        ClientCommand::Workers(Group { command, server }) => {
            on(&server, async |client| queues::workers(client, command).await).await
        }
        ClientCommand::Events(Group { command, server }) => {
            on(&server, async |client| events::run(client, command).await).await
        }
        ClientCommand::Webhooks(Group { command, server }) => {
            on(&server, async |client| webhooks::run(client, command).await).await
        }
        ClientCommand::Sources(Group { command, server }) => {
            on(&server, async |client| sources::run(client, command).await).await
        }
        ClientCommand::Postings(Group { command, server }) => {
            on(&server, async |client| postings::run(client, command).await).await
        }
        ClientCommand::Demo(Group { command, server }) => {
            on(&server, async |client| demo::run(client, command).await).await
        }
        ClientCommand::Users(Group { command, server }) => {
            on(&server, async |client| users::run(client, command).await).await
        }
        ClientCommand::ApiKeys(Group { command, server }) => {
            on(&server, async |client| api_keys::run(client, command).await).await
        }
        ClientCommand::Plugin(plugin) => {
            let mut screen = Screen::standard(plugin.output);
            let done = plugin::run(&mut screen, plugin.command).await;
            end(&mut screen, done)
        }
    }
}

/// Works with a server and shows how it went.
pub async fn on(options: &ServerOptions, work: impl AsyncFnOnce(&mut Client) -> Done) -> ExitCode {
    let mut screen = Screen::standard(options.output);
    match open_api(options) {
        Ok(api) => {
            let mut client = Client { api, screen };
            let done = work(&mut client).await;
            end(&mut client.screen, done)
        }
        Err(error) => end(&mut screen, Err(error)),
    }
}

fn end(screen: &mut Screen, done: Done) -> ExitCode {
    let done = done.and_then(|code| screen.flush().map(|()| code));
    match done {
        Ok(code) => code,
        // `metier runs list | head` is no failure.
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            screen.fail(&error);
            error.exit_code()
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(subcommand)]
        command: ClientCommand,
    }

    /// Every command that does something, by its words.
    fn leaves(command: &clap::Command, words: &str) -> Vec<(String, clap::Command)> {
        let words = format!("{words} {}", command.get_name());
        if !command.has_subcommands() {
            return vec![(words, command.clone())];
        }
        let below = command.get_subcommands().filter(|below| below.get_name() != "help");
        below.flat_map(|below| leaves(below, &words)).collect()
    }

    #[test]
    fn the_command_line_is_sound() {
        Line::command().debug_assert();
    }

    #[test]
    fn every_command_and_every_argument_says_what_it_is_for() {
        for (words, command) in leaves(&Line::command(), "") {
            assert!(command.get_about().is_some(), "{words} says nothing");
            for argument in command.get_arguments().filter(|argument| argument.get_id() != "help") {
                assert!(argument.get_help().is_some(), "{words}: {} says nothing", argument.get_id());
            }
        }
    }

    #[test]
    fn every_command_prints_json_and_can_be_quiet() {
        let mut line = Line::command();
        line.build();
        for (words, command) in leaves(&line, "") {
            let knows =
                |name: &str| command.get_arguments().any(|argument| argument.get_long() == Some(name));
            assert!(knows("json") && knows("quiet"), "{words}");
        }
    }

    #[test]
    fn no_secret_is_an_argument() {
        for (words, command) in leaves(&Line::command(), "") {
            let takes =
                |name: &str| command.get_arguments().any(|argument| argument.get_long() == Some(name));
            assert!(!takes("password") && !takes("api-key"), "{words}");
        }
    }
}
