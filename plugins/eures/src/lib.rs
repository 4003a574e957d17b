//! Postings of nineteen countries, through the Adzuna API.

mod ad;
mod country;
mod progress;
mod settings;
mod walk;

use std::{ffi::OsString, time::Duration};

use metier_plugin_sdk::{
    Effects, Fetcher, Identity, Outcome, Pass, Politeness, Readiness, SettingsError, Sink, SourcePlugin,
    SyncError,
};

pub use ad::read as read_ad;
pub use country::Country;
pub use progress::Progress;
pub use settings::{Secret, Settings};

use self::walk::Walk;

/// The id of the source.
pub const ID: &str = "eures";

const IDENTITY: Identity = Identity {
    id: ID,
    name: "EURES (Adzuna)",
    version: env!("CARGO_PKG_VERSION"),
    prefix: "adzuna",
    demo: false,
};

const NO_KEY: &str =
    "Adzuna needs a key: set ADZUNA_APP_ID and ADZUNA_APP_KEY (free at developer.adzuna.com)";

/// The source.
#[derive(Debug)]
pub struct Eures {
    settings: Settings,
    fetcher: Fetcher,
    effects: Effects,
}

impl Eures {
    /// The source with these settings.
    pub fn new(settings: Settings, effects: Effects) -> Result<Self, SettingsError> {
        let politeness = Politeness {
            pause: Duration::from_millis(settings.pause_ms),
            first_wait: Duration::from_millis(settings.retry_wait_ms),
            ..Politeness::default()
        };
        let fetcher =
            Fetcher::build(settings.base_url.clone(), politeness, effects.clone(), IDENTITY).map_err(
                |error| SettingsError::Unusable { setting: "ADZUNA_BASE_URL", reason: error.to_string() },
            )?;
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

impl SourcePlugin for Eures {
    type Checkpoint = Progress;

    fn identity(&self) -> Identity {
        IDENTITY
    }

    fn readiness(&self) -> Readiness {
        match self.settings.key() {
            Some(_) => Readiness::Ready,
            None => Readiness::Unconfigured(NO_KEY.to_owned()),
        }
    }

    async fn sync(&self, pass: Pass<Progress>, sink: &mut Sink) -> Result<Outcome, SyncError> {
        let key = self.settings.key().ok_or_else(|| SyncError::Unconfigured(NO_KEY.to_owned()))?;
        let (progress, resumed) = Progress::begin(pass.checkpoint, &self.settings, self.effects.now());
        let snapshot = progress.is_snapshot();
        let whole = snapshot && !resumed && self.settings.max_days_old.is_none();
        let mut walk = Walk::new(&self.settings, &self.fetcher, key, pass.page_size, progress);
        for part in self.settings.parts() {
            walk.part(&part, sink).await?;
        }
        let told = walk.finish(sink).await?;
        let scope = if snapshot { "" } else { "only ads newer than those of the last sync: " };
        Ok(Outcome { complete: whole && !told.capped, note: Some(format!("{scope}{}", told.note)) })
    }
}
