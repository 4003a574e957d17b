//! Postings of the Swedish Public Employment Service, through its JobTech JobSearch API.

mod ad;
mod answer;
mod progress;
mod settings;
mod walk;

use std::{ffi::OsString, time::Duration};

use metier_plugin_sdk::{
    Effects, Fetcher, Identity, Outcome, Pass, Politeness, SettingsError, Sink, SourcePlugin, SyncError,
};

pub use ad::{Ad, read as read_ad};
pub use progress::Progress;
pub use settings::Settings;

use self::walk::Walk;

/// The id of the source.
pub const ID: &str = "arbetsformedlingen";

const IDENTITY: Identity = Identity {
    id: ID,
    name: "Arbetsförmedlingen",
    version: env!("CARGO_PKG_VERSION"),
    prefix: "af",
    demo: false,
};

/// The source.
#[derive(Debug)]
pub struct Arbetsformedlingen {
    settings: Settings,
    fetcher: Fetcher,
    effects: Effects,
}

impl Arbetsformedlingen {
    /// The source with these settings.
    pub fn new(settings: Settings, effects: Effects) -> Result<Self, SettingsError> {
        let politeness = Politeness {
            pause: Duration::from_millis(settings.pause_ms),
            first_wait: Duration::from_millis(settings.retry_wait_ms),
            ..Politeness::default()
        };
        let fetcher = Fetcher::build(settings.base_url.clone(), politeness, effects.clone(), IDENTITY)
            .map_err(|error| SettingsError::Unusable { setting: "AF_BASE_URL", reason: error.to_string() })?;
        Ok(Self { settings, fetcher, effects })
    }

    /// The source with the settings of these flags and of the environment.
    pub fn from_args(
        args: impl IntoIterator<Item = OsString>,
        effects: Effects,
    ) -> Result<Self, SettingsError> {
        Self::new(metier_plugin_sdk::settings(ID, args)?, effects)
    }
}

impl SourcePlugin for Arbetsformedlingen {
    type Checkpoint = Progress;

    fn identity(&self) -> Identity {
        IDENTITY
    }

    async fn sync(&self, pass: Pass<Progress>, sink: &mut Sink) -> Result<Outcome, SyncError> {
        let now = self.effects.now();
        let (progress, resumed) = Progress::begin(pass.checkpoint, &self.settings, now);
        let snapshot = progress.is_snapshot();
        let mut walk = Walk::new(&self.settings, &self.fetcher, pass.page_size, progress);
        for query in self.settings.queries() {
            walk.query(&query, sink).await?;
        }
        walk.finish(sink).await?;
        Ok(match (snapshot, resumed, self.settings.published_within_days) {
            (false, ..) => Outcome::partial("only ads published since the last sync"),
            (true, true, _) => Outcome::partial("the rest of an earlier snapshot"),
            (true, false, Some(days)) => Outcome::partial(format!("only ads published within {days} days")),
            (true, false, None) => Outcome::complete(),
        })
    }
}
