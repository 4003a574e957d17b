//! Runs one sync of a plugin, beside the request that asked for it, and always ends it with an `end`.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::FutureExt;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::{Host, WAIT_FOR_TURN};
use crate::{
    Outcome, Pass, Sink, SourcePlugin, SyncError,
    sink::Tally,
    wire::{End, Frame},
};

/// Frames the plugin may be ahead of its reader.
const AHEAD: usize = 64;

/// The permission to run the plugin's one sync, or `None` when another keeps it too long.
pub(super) async fn take_turn<P>(host: &Host<P>) -> Option<OwnedSemaphorePermit> {
    let turn = Arc::clone(&host.turn).acquire_owned();
    tokio::time::timeout(WAIT_FOR_TURN, turn).await.ok()?.ok()
}

/// Starts a sync. It stops by itself when the receiver is dropped.
pub(super) fn start<P: SourcePlugin>(
    host: Arc<Host<P>>,
    turn: OwnedSemaphorePermit,
    pass: Pass<P::Checkpoint>,
    deadline: Option<Duration>,
) -> mpsc::Receiver<Frame> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::spawn(async move {
        let tally = Arc::new(Tally::default());
        let sink = Sink::new(sender.clone(), Arc::clone(&tally));
        let end = tokio::select! {
            () = sender.closed() => return,
            end = until_end(&host, pass, sink, deadline) => end,
        };
        drop(turn);
        // A reader that left meanwhile needs no end.
        drop(sender.send(tally.end(end)).await);
    });
    receiver
}

async fn until_end<P: SourcePlugin>(
    host: &Host<P>,
    pass: Pass<P::Checkpoint>,
    mut sink: Sink,
    deadline: Option<Duration>,
) -> End {
    let sync = AssertUnwindSafe(host.plugin.sync(pass, &mut sink)).catch_unwind();
    tokio::select! {
        biased;
        () = host.stop.cancelled() => cut("the plugin is shutting down", true),
        () = passed(deadline) => cut("the deadline came", false),
        result = sync => match result {
            Ok(result) => ended(result),
            Err(_) => End { error: Some("the plugin panicked".to_owned()), ..End::default() },
        },
    }
}

async fn passed(deadline: Option<Duration>) {
    match deadline {
        Some(deadline) => tokio::time::sleep(deadline).await,
        None => std::future::pending().await,
    }
}

fn cut(why: &str, failed: bool) -> End {
    let why = Some(why.to_owned());
    let (error, note) = if failed { (why, None) } else { (None, why) };
    End { more: true, error, note, ..End::default() }
}

fn ended(result: Result<Outcome, SyncError>) -> End {
    match result {
        Ok(outcome) => End { complete: outcome.complete, note: outcome.note, ..End::default() },
        Err(error) => End { error: Some(error.to_string()), ..End::default() },
    }
}
