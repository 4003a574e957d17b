//! A stand-in for the job boards' APIs that serves recorded answers, with every trouble on demand.
//!
//! For tests and development. What it refuses, the real API refuses too; see the README for its paths and its control.

mod adzuna;
mod board;
mod control;
mod fault;
mod jobtech;
mod recorded;
mod terms;

use std::{io, path::Path, sync::Arc};

use axum::{Router, middleware};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use board::{Board, BoardError, board};
pub use control::Request;
pub use fault::{Fault, Trouble};
pub use recorded::ReplayError;

use self::{control::Control, recorded::Recorded};

/// The recorded answers, the trouble ordered, and the requests so far. Clones share all of it.
#[derive(Debug, Clone)]
pub struct Replay {
    recorded: Arc<Recorded>,
    control: Arc<Control>,
}

impl Replay {
    /// Reads the recorded answers from a folder laid out as `../shared/data`.
    pub fn open(folder: &Path) -> Result<Self, ReplayError> {
        Ok(Self { recorded: Arc::new(Recorded::open(folder)?), control: Arc::default() })
    }

    /// Every path of the stand-in, its control among them.
    pub fn router(&self) -> Router {
        let boards = Router::new()
            .merge(jobtech::routes())
            .merge(adzuna::routes())
            .layer(middleware::from_fn_with_state(self.clone(), fault::make_trouble));
        boards.merge(control::routes()).with_state(self.clone())
    }

    /// Orders trouble for requests to come.
    pub fn order(&self, trouble: Trouble) {
        self.control.order(trouble);
    }

    /// What was asked so far, without keys.
    pub fn requests(&self) -> Vec<Request> {
        self.control.requests()
    }

    /// Changes the JobTech ad with this id by a JSON merge patch; false when there is none.
    pub fn patch_ad(&self, id: &str, patch: &Value) -> bool {
        self.recorded.jobtech.patch(id, patch)
    }

    /// Takes the JobTech ad with this id away; false when there is none.
    pub fn remove_ad(&self, id: &str) -> bool {
        self.recorded.jobtech.remove(id)
    }

    /// How many ads the stand-in for JobTech holds.
    pub fn ads(&self) -> usize {
        self.recorded.jobtech.len()
    }
}

/// Serves the stand-in until `stop` is cancelled.
pub async fn serve(replay: &Replay, listener: TcpListener, stop: CancellationToken) -> io::Result<()> {
    axum::serve(listener, replay.router()).with_graceful_shutdown(stop.cancelled_owned()).await
}
