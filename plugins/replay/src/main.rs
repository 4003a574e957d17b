//! The stand-in as a program: `cargo xtask replay [--listen ADDRESS] [--data FOLDER]`.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::Parser;
use metier_plugin_replay::{Replay, serve};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Serve recorded answers of job boards as a faithful stand-in.
#[derive(Debug, Parser)]
#[command(name = "replay")]
struct Arguments {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8099")]
    listen: SocketAddr,
    /// The folder of the recorded answers.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"))]
    data: PathBuf,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => fail(&reason),
    }
}

#[expect(clippy::print_stderr, reason = "a program tells its user why it ends")]
fn fail(reason: &str) -> ExitCode {
    eprintln!("replay: {reason}");
    ExitCode::FAILURE
}

#[expect(clippy::print_stdout, reason = "a program tells its user how to use it")]
async fn run(arguments: Arguments) -> Result<(), String> {
    let replay =
        Replay::open(&arguments.data).map_err(|error| format!("{error}; name the folder with --data"))?;
    let listener = TcpListener::bind(arguments.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", arguments.listen))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    println!("The job boards' stand-in listens on http://{address}. Point the plugins at it:");
    println!("  AF_BASE_URL=http://{address}/jobtech");
    println!("  ADZUNA_BASE_URL=http://{address}/adzuna ADZUNA_APP_ID=any ADZUNA_APP_KEY=any");
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    tokio::spawn(async move {
        // Without a signal handler there is nothing to wait for, and the default action ends the program.
        if tokio::signal::ctrl_c().await.is_ok() {
            stopped.cancel();
        }
    });
    serve(&replay, listener, stop).await.map_err(|error| error.to_string())
}
