//! A source of invented postings, each marked as such.
//!
//! It is for trying Metier out and for showing it to others. The postings are made from word lists by arithmetic, so that
//! they are the same on every machine; see [`Demo`].

mod invent;
mod words;

use metier_plugin_sdk::{Effects, Identity, Outcome, Pass, Sink, SourcePlugin, SyncError};
use serde::{Deserialize, Serialize};
use time::Date;

/// The id of the source.
pub const ID: &str = "demo";

/// How many postings there are.
pub const POSTINGS: usize = 300;

/// The source of invented postings.
#[derive(Debug)]
pub struct Demo {
    effects: Effects,
}

impl Demo {
    /// The source; `effects` tell it which day it is.
    pub fn new(effects: Effects) -> Self {
        Self { effects }
    }
}

/// Where the next sync begins, and the day from which the dates count back: that of the first sync, so that later ones
/// change nothing.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    today: Date,
    next: usize,
}

impl SourcePlugin for Demo {
    type Checkpoint = Progress;

    fn identity(&self) -> Identity {
        Identity {
            id: ID,
            name: "Demo (invented postings)",
            version: env!("CARGO_PKG_VERSION"),
            prefix: ID,
            demo: true,
        }
    }

    async fn sync(&self, pass: Pass<Progress>, sink: &mut Sink) -> Result<Outcome, SyncError> {
        let begin = pass.checkpoint.unwrap_or(Progress { today: self.effects.now().date(), next: 0 });
        let mut next = begin.next;
        while next < POSTINGS {
            let page_end = POSTINGS.min(next.saturating_add(pass.page_size));
            for number in next..page_end {
                sink.posting(invent::posting(number, begin.today)).await?;
            }
            next = page_end;
            sink.checkpoint(&Progress { next: next % POSTINGS, ..begin }).await?;
        }
        if begin.next == 0 {
            Ok(Outcome::complete())
        } else {
            Ok(Outcome::partial("the rest of an earlier sync"))
        }
    }
}
