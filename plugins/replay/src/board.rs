//! The stand-in over the recorded answers beside the repository, on a port of its own. For tests.

use std::{io, path::Path};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{Replay, ReplayError, serve};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");

/// A running stand-in.
#[derive(Debug)]
pub struct Board {
    /// What it serves, its trouble and the requests so far.
    pub replay: Replay,
    /// Where it listens.
    pub address: String,
}

/// Why there is no stand-in.
#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    /// The recorded answers are damaged.
    #[error(transparent)]
    Recorded(#[from] ReplayError),
    /// No port is to be had.
    #[error("cannot listen")]
    Listen(#[from] io::Error),
}

/// Starts the stand-in for the rest of the test; nothing, and a printed reason, where no recordings are.
///
/// # Errors
/// [`BoardError`].
#[expect(clippy::print_stderr, reason = "a test says why it skips")]
pub async fn board() -> Result<Option<Board>, BoardError> {
    let folder = Path::new(FOLDER);
    if !folder.exists() {
        eprintln!("skipped: the recorded answers are not beside the repository");
        return Ok(None);
    }
    let replay = Replay::open(folder)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let served = replay.clone();
    tokio::spawn(async move { serve(&served, listener, CancellationToken::new()).await });
    Ok(Some(Board { replay, address }))
}
