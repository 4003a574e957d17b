//! `metier up` and `metier serve`: services, until somebody says stop.

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use metier_config::Loader;
use metier_core::{Clock, Random};
use metier_harness::{Doors, Effects, Plan, Running, start};
use metier_telemetry::{Metrics, Telemetry};
use tokio_util::task::AbortOnDropHandle;

use crate::{
    cli::{Serve, SettingsArgs, Up},
    hosting::{Hosted, Hosting},
    registry::SERVICES,
    reload::Reload,
    settings,
    signals::{Said, Signals},
};

/// What shells report for a process that an interrupt ended.
const INTERRUPTED: u8 = 130;
const GATEWAY: &str = metier_gateway::SPEC.name;
const UPKEEP_EVERY: Duration = Duration::from_mins(1);

/// Everything in this process; only the public door listens.
pub fn up(given: &SettingsArgs, up: &Up, started: Instant) -> anyhow::Result<ExitCode> {
    let all: Vec<&str> = SERVICES.iter().map(|spec| spec.name).collect();
    let hosting = Hosting::open(up.demo)?;
    let mut flags = settings::flags(&up.place, up.port);
    flags["postings"] = hosting.settings()?;
    let loader = settings::with_openjobs(settings::loader(given).flags(&flags), up.place.openjobs_port);
    run(given, loader, (&all, Doors::Public), Some(hosting), started)
}

/// Some services, each at its own port.
pub fn serve(given: &SettingsArgs, serve: &Serve, started: Instant) -> anyhow::Result<ExitCode> {
    let names: Vec<&str> = serve.names.iter().map(String::as_str).collect();
    let port = serve.place.openjobs_port;
    anyhow::ensure!(
        port.is_none() || names.contains(&GATEWAY),
        "--openjobs-port is for the process that runs the {GATEWAY}"
    );
    let loader = settings::loader(given).flags(&settings::flags(&serve.place, None));
    run(given, settings::with_openjobs(loader, port), (&names, Doors::Own), None, started)
}

fn run(
    given: &SettingsArgs,
    mut loader: Loader,
    (names, doors): (&[&str], Doors),
    hosting: Option<Hosting>,
    started: Instant,
) -> anyhow::Result<ExitCode> {
    let log = settings::log(&mut loader);
    let plan = Plan::read(SERVICES, names, doors, &mut loader);
    loader.finish()?;
    let (log, plan) = (log?, plan?);
    let telemetry = metier_telemetry::init(&log, Clock::system())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let reload = Reload::new(given, &telemetry.log_level, log.level);
    let ended = runtime.block_on(until_told((plan, hosting), reload, &telemetry, started));
    // Whatever still blocks a thread must not keep the process.
    runtime.shutdown_background();
    ended
}

async fn until_told(
    (plan, hosting): (Plan, Option<Hosting>),
    mut reload: Reload<'_>,
    telemetry: &Telemetry,
    started: Instant,
) -> anyhow::Result<ExitCode> {
    let mut signals = Signals::listen().context("cannot listen to signals")?;
    let metrics = telemetry.metrics.clone();
    let _upkeep = AbortOnDropHandle::new(tokio::spawn(keep_small(metrics.clone())));
    let effects = Effects {
        clock: Clock::system(),
        random: Random::system(),
        metrics: Arc::new(move || metrics.render()),
    };
    let hosted = hosting.map(Hosting::start);
    let running = tokio::select! {
        running = start(plan, effects) => running?,
        () = signals.end() => return Ok(ExitCode::from(INTERRUPTED)),
    };
    announce(&running, started);
    let console = console_url(&running);
    if let Some(url) = &console {
        tracing::info!("the console is at {url}");
    }
    tell_setup_token(&running, console.as_deref()).await;
    while signals.next().await == Said::Reload {
        reload.now(&running);
    }
    tracing::info!("stopping; a second signal stops at once");
    tokio::select! {
        clean = end(running, hosted) => {
            tracing::info!(clean, "stopped");
            Ok(ExitCode::SUCCESS)
        }
        () = signals.end() => Ok(ExitCode::from(INTERRUPTED)),
    }
}

/// First the services, then the plugins that they ask.
async fn end(running: Running, hosted: Option<Hosted>) -> bool {
    let clean = running.stop().await;
    if let Some(hosted) = hosted {
        hosted.stop().await;
    }
    clean
}

fn announce(running: &Running, started: Instant) {
    for name in running.names() {
        if let Some(address) = running.address(name) {
            let scheme = if running.certificates(name).is_some() { "https" } else { "http" };
            tracing::info!(service = name, "listening on {scheme}://{address}");
        }
    }
    tracing::info!("ready in {} ms", started.elapsed().as_millis());
}

/// Where a browser finds the console; nowhere when this process has no public door or this build no console.
fn console_url(running: &Running) -> Option<String> {
    let kit = running.kit(GATEWAY).filter(|_| metier_gateway::has_console())?;
    if let Some(url) = &kit.public_url {
        return Some(url.trim_end_matches('/').to_owned());
    }
    let mut address = running.address(GATEWAY)?;
    if address.ip().is_unspecified() {
        // Where it listens on everything: from this machine it is reached so.
        let loopback =
            if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
        address.set_ip(loopback);
    }
    let scheme = if running.certificates(GATEWAY).is_some() { "https" } else { "http" };
    Some(format!("{scheme}://{address}"))
}

/// While nobody has an account: the one-time token that makes the first administrator. For the one who sits at the
/// terminal, never for the log.
#[expect(clippy::print_stderr, reason = "the operator has to see it, and only there")]
async fn tell_setup_token(running: &Running, console: Option<&str>) {
    let Some(kit) = running.kit("identity") else { return };
    match metier_identity::setup_token(kit).await {
        Ok(None) => {}
        Ok(Some(token)) => eprintln!("{}", first_steps(console, token.expose())),
        Err(fault) => tracing::error!(error = %fault.chain(), "cannot make a setup token"),
    }
}

/// The token stands behind `#`, where it reaches no server and no log.
fn first_steps(console: Option<&str>, token: &str) -> String {
    let link = console.map(|url| format!("    {url}/setup#token={token}\n\n  or with\n\n"));
    format!(
        "\n  Nobody has an account yet. Make the first administrator with\n\n{}    \
         metier setup --token {token}\n\n  The token works once, until the next start.\n",
        link.unwrap_or_default()
    )
}

/// Histograms collect what was recorded until they are read, which nobody may ever do.
async fn keep_small(metrics: Metrics) {
    loop {
        tokio::time::sleep(UPKEEP_EVERY).await;
        drop(metrics.render());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_start_tells_the_link_and_the_command() {
        let told = first_steps(Some("http://127.0.0.1:7400"), "mst_x");
        assert!(told.contains("\n    http://127.0.0.1:7400/setup#token=mst_x\n"), "{told}");
        assert!(told.contains("\n    metier setup --token mst_x\n"), "{told}");
        let without = first_steps(None, "mst_x");
        assert!(!without.contains("/setup#") && without.contains("metier setup --token mst_x"), "{without}");
    }
}
