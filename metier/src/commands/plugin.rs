//! `metier plugin`: run one of the source plugins that come with Metier, or try any plugin against the contract.

use std::{ffi::OsString, io, net::IpAddr, process::ExitCode, time::Duration};

use clap::{Args, Subcommand};
use metier_plugin_sdk::{
    CancellationToken, SettingsError,
    conformance::{Check, Patience, Report, Verdict, verify},
};
use serde_json::json;
use tokio::net::TcpListener;
use url::Url;

use crate::{
    built_in::{BUILT_IN, BuiltIn},
    client::{
        ClientError, Done, OutputOptions,
        error::FAILED,
        screen::{Cell, Screen, Table, text},
    },
    signals::Signals,
};

/// `metier plugin`.
#[derive(Debug, Args)]
pub struct Plugin {
    #[command(subcommand)]
    pub command: PluginCommand,
    #[command(flatten)]
    pub output: OutputOptions,
}

/// What to do with plugins.
#[derive(Debug, Subcommand)]
pub enum PluginCommand {
    /// List the plugins that come with Metier.
    List,
    /// Run one of them as a server of its own, until it is stopped.
    Run(Run),
    /// Try whether a plugin, in whatever language, keeps the contract.
    Verify(Verify),
}

/// `metier plugin run`.
#[derive(Debug, Args)]
pub struct Run {
    /// Its name; `metier plugin list` has them.
    name: String,
    /// Port to listen on; the plugin's own when not given, 0 for a free one.
    #[arg(long)]
    port: Option<u16>,
    /// Address to listen on; loopback unless other machines are to reach it.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    listen: IpAddr,
    /// Settings of the plugin, behind `--`; `-- --help` lists them. Variables do as well.
    #[arg(last = true, value_name = "SETTINGS")]
    settings: Vec<OsString>,
}

/// `metier plugin verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// Where the plugin listens.
    plugin: Url,
    /// Longest wait for one stream of postings, such as 2m.
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    timeout: Option<Duration>,
}

/// Lists, runs or verifies.
pub async fn run(screen: &mut Screen, command: PluginCommand) -> Done {
    match command {
        PluginCommand::List => list(screen),
        PluginCommand::Run(asked) => start(screen, asked).await,
        PluginCommand::Verify(asked) => check(screen, asked).await,
    }
}

fn list(screen: &mut Screen) -> Done {
    let mut table = Table::new(&["PLUGIN", "PORT", "WHAT IT YIELDS"]);
    for plugin in BUILT_IN {
        table.row([Cell::text(plugin.name), Cell::number(plugin.port), Cell::text(plugin.about)]);
    }
    let json = |plugin: &BuiltIn| json!({ "name": plugin.name, "port": plugin.port, "about": plugin.about });
    let answer = json!(BUILT_IN.iter().map(json).collect::<Vec<_>>());
    screen.answer(&answer, |screen| screen.table(&table))?;
    screen.note("their settings: `metier plugin run NAME -- --help`");
    Ok(ExitCode::SUCCESS)
}

async fn start(screen: &mut Screen, asked: Run) -> Done {
    let Some(plugin) = BUILT_IN.iter().find(|plugin| plugin.name == asked.name) else {
        let names = BUILT_IN.iter().map(|plugin| plugin.name).collect::<Vec<_>>().join(", ");
        return Err(ClientError::usage(format!("there is no plugin {}; there are {names}", asked.name)));
    };
    let ready = match (plugin.start)(asked.settings) {
        Ok(ready) => ready,
        Err(SettingsError::Flags(told)) => return tell_flags(screen, &told),
        Err(error) => return Err(ClientError::usage(error.to_string())),
    };
    let (listener, address) = listen(&asked.listen, asked.port.unwrap_or(plugin.port)).await?;
    let stop = CancellationToken::new();
    let mut signals = Signals::listen()?;
    // Whoever started it, a script too, can read where it listens.
    if screen.is_json() {
        screen.json(&json!({ "name": plugin.name, "url": format!("http://{address}") }))?;
    } else {
        screen.line(&format!("{} listens on http://{address}", plugin.name))?;
    }
    screen.flush()?;
    let serving = ready.serve(listener, stop.clone());
    let ending = async {
        signals.end().await;
        stop.cancel();
        // A second signal does not wait for running syncs.
        signals.end().await;
    };
    tokio::select! {
        served = serving => served.map_err(|error| ClientError::Failed(error.to_string()))?,
        () = ending => {}
    }
    Ok(ExitCode::SUCCESS)
}

async fn listen(address: &IpAddr, port: u16) -> Result<(TcpListener, std::net::SocketAddr), ClientError> {
    let failed = |error: io::Error| {
        let next = match error.kind() {
            io::ErrorKind::AddrInUse => "; something else listens there, choose another with --port",
            _ => "",
        };
        ClientError::Failed(format!("cannot listen on {address} port {port}: {error}{next}"))
    };
    let listener = TcpListener::bind((*address, port)).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// A plugin's own flags are told the way clap tells ours.
fn tell_flags(screen: &mut Screen, told: &clap::Error) -> Done {
    if told.use_stderr() {
        return Err(ClientError::usage(told.render().to_string().trim_start_matches("error: ").trim()));
    }
    screen.raw(&told.render().to_string())?;
    Ok(ExitCode::SUCCESS)
}

async fn check(screen: &mut Screen, asked: Verify) -> Done {
    let patience = Patience::default();
    let patience = Patience { stream: asked.timeout.unwrap_or(patience.stream), ..patience };
    screen.note(&format!("asking {} what Metier would ask; this can take some minutes", asked.plugin));
    let report = verify(&asked.plugin, patience).await;
    if screen.is_json() {
        screen.json(&json!({ "passed": report.passed(), "report": report }))?;
    } else {
        show_report(screen, &report)?;
    }
    Ok(if report.passed() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

fn show_report(screen: &mut Screen, report: &Report) -> Result<(), ClientError> {
    let mut table = Table::new(&["CHECK", "VERDICT", "WHAT"]);
    for check in &report.checks {
        let (verdict, what) = told(check);
        table.row([Cell::text(check.id), Cell::state(verdict), Cell::text(what)]);
    }
    let plugin = report.plugin.as_deref().unwrap_or("unknown plugin");
    let contract = report.contract.map_or("no contract".to_owned(), |number| format!("contract {number}"));
    screen.line(&text::clean(&format!("{plugin} at {}, {contract}", report.url)))?;
    screen.table(&table)?;
    for check in &report.checks {
        if let Verdict::Fail { why, what_to_do } = &check.verdict {
            screen.line(&format!("\n{}: {}\n  {}", check.id, text::clean(why), text::clean(what_to_do)))?;
        }
    }
    let (passed, failed, skipped) = report.counts();
    screen.line(&format!("\n{passed} passed, {failed} failed, {skipped} skipped"))
}

fn told(check: &Check) -> (&'static str, &str) {
    match &check.verdict {
        Verdict::Pass => ("pass", check.what),
        Verdict::Fail { .. } => ("fail", check.what),
        Verdict::Skip { why } => ("skip", why),
    }
}
