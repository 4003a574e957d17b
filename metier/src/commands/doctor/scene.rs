//! What the checks look at, gathered once.

use std::{io, path::Path};

use metier_config::{Finding as SettingsFinding, Loader};
use metier_core::Clock;
use metier_db::{DatabaseSettings, DbError, Inspection, inspect};
use metier_gateway::Config as GatewayConfig;
use metier_harness::{DataFolder, ServiceSpec, Settings};
use tokio::{runtime::Runtime, task::JoinSet};

use super::{disk::Space, limits};
use crate::{cli::SettingsArgs, commands::config, registry::SERVICES, settings};

/// The installation, as it is.
pub struct Scene {
    pub services: &'static [ServiceSpec],
    /// What is wrong with the settings.
    pub settings_findings: Vec<SettingsFinding>,
    /// `None` when they cannot be read.
    pub settings: Option<Settings>,
    /// Those of the public door; `None` when they cannot be read.
    pub gateway: Option<GatewayConfig>,
    pub databases: Vec<Looked>,
    pub runtime: Runtime,
    pub clock: Clock,
    /// How much is free where a folder lies.
    pub space: fn(&Path) -> io::Result<Space>,
    /// The limits of a process, as Linux tells them; `None` elsewhere.
    pub limits: Option<String>,
}

/// A database and what it said.
pub struct Looked {
    pub spec: ServiceSpec,
    pub settings: DatabaseSettings,
    pub found: Result<Option<Inspection>, DbError>,
}

impl Scene {
    pub fn open(given: &SettingsArgs, data_dir: Option<&Path>) -> io::Result<Self> {
        Self::read(settings::loader(given).flags(&settings::data_flag(data_dir)))
    }

    pub fn read(mut loader: Loader) -> io::Result<Self> {
        let unknown = config::read_all(&mut loader);
        let settings = Settings::read(&mut loader).ok();
        let gateway = loader.section(metier_gateway::SPEC.name).ok();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let databases = settings.as_ref().map(|settings| runtime.block_on(databases(settings)));
        Ok(Self {
            services: SERVICES,
            settings_findings: [loader.check(), unknown].concat(),
            settings,
            gateway,
            databases: databases.unwrap_or_default(),
            runtime,
            clock: Clock::system(),
            space: super::disk::space,
            limits: limits::read(),
        })
    }

    /// The data folder and the settings it is used with, when it is one.
    pub fn folder(&self) -> Option<(&Path, &Settings)> {
        let settings = self.settings.as_ref()?;
        let folder = settings.data.folder.as_path();
        DataFolder::check(folder).ok().map(|()| (folder, settings))
    }

    /// Whether a process runs the service from the data folder.
    pub fn runs(&self, service: &str) -> bool {
        let holders = self.folder().and_then(|(folder, _)| DataFolder::holders(folder).ok());
        holders.is_some_and(|holders| holders.get(service).is_some_and(|holder| holder.runs))
    }
}

/// All at once: a server that does not answer is waited for once.
async fn databases(settings: &Settings) -> Vec<Looked> {
    let mut looking = JoinSet::new();
    for spec in SERVICES {
        if let Some(settings) = settings.database(spec) {
            looking.spawn(async move {
                let found = inspect(&settings, spec.name).await;
                Looked { spec: *spec, settings, found }
            });
        }
    }
    let mut looked = looking.join_all().await;
    looked.sort_by_key(|looked| looked.spec.name);
    looked
}
