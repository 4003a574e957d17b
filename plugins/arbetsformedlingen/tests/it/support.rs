//! The source over the stand-in for its board.

use metier_plugin_arbetsformedlingen::{Arbetsformedlingen, Settings};
use metier_plugin_replay::{Replay, board};
use metier_plugin_sdk::{Effects, install_crypto_provider, settings, trial::started};
use time::{OffsetDateTime, macros::datetime};

/// The day after the recording.
pub const NOW: OffsetDateTime = datetime!(2025-09-12 12:00 UTC);

/// A running source and the board behind it.
pub struct Source {
    pub replay: Replay,
    pub board: String,
    pub address: String,
}

/// The source with these flags, over the board at this path; nothing where no recordings are.
pub async fn source(path: &str, flags: &[&str]) -> Option<Source> {
    let behind = board().await.unwrap()?;
    let board = format!("{}{path}", behind.address);
    let address = plugin(&board, flags, NOW).await;
    Some(Source { replay: behind.replay, board, address })
}

/// Starts the plugin alone.
pub async fn plugin(board: &str, flags: &[&str], now: OffsetDateTime) -> String {
    install_crypto_provider();
    let mut args = vec!["--base-url", board, "--pause-ms", "0", "--retry-wait-ms", "1"];
    args.extend(flags);
    let settings: Settings = settings("test", args.iter().map(Into::into)).unwrap();
    started(Arbetsformedlingen::new(settings, Effects::fixed(now)).unwrap()).await
}
