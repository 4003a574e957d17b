//! What the services of a process share, opened once: folder, keys, databases, the ways to each other.

use std::sync::{Arc, Mutex};

use futures::future::try_join_all;
use metier_auth::Authenticator;
use metier_blob::BlobStore;
use metier_bus::Outbox;
use metier_core::{Clock, Fault, Random};
use metier_db::Database;
use tokio_util::sync::CancellationToken;

use crate::{
    DataFolder, Effects, Kit, ServiceSpec, Settings, StartError, keys::Keys, peers::Peers, plan::Plan,
};

/// Everything shared.
pub(crate) struct Process {
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) data: DataFolder,
    pub(crate) keys: Keys,
    pub(crate) peers: Arc<Peers>,
    pub(crate) stop: CancellationToken,
}

impl Process {
    /// Takes hold of the data folder, the keys and the addresses.
    pub(crate) fn open(plan: &Plan, effects: Effects) -> Result<Self, StartError> {
        let settings = plan.settings.clone();
        let here: Vec<&'static str> = plan.services.iter().map(|planned| planned.spec.name).collect();
        let data = DataFolder::open(&settings.data.folder, &here)?;
        let Effects { clock, random, .. } = effects;
        let peers = Arc::new(peers(plan.registry, &here, &settings)?);
        let keys = Keys::open(&settings.keys, &settings.keys_folder(), &peers, (&clock, &random))?;
        Ok(Self { settings, clock, random, data, keys, peers, stop: CancellationToken::new() })
    }

    /// Opens and migrates the databases of all services at once.
    pub(crate) async fn databases(&self, plan: &Plan) -> Result<Vec<Option<Database>>, StartError> {
        let opened = plan.services.iter().map(|planned| self.database(planned.spec));
        Ok(try_join_all(opened).await?)
    }

    async fn database(&self, spec: ServiceSpec) -> Result<Option<Database>, metier_db::DbError> {
        let Some(migrations) = spec.migrations else { return Ok(None) };
        let Some(settings) = self.settings.database(&spec) else { return Ok(None) };
        Database::open(&settings, spec.name, &migrations).await.map(Some)
    }

    /// The tools of one service.
    pub(crate) fn kit(&self, spec: ServiceSpec, database: Option<Database>) -> Result<Kit, StartError> {
        let (clock, random) = (self.clock.clone(), self.random.clone());
        let signer = self.keys.services.signer(spec.name, &random);
        let signer = signer.map_err(|error| failed(spec, Fault::from(error)))?;
        let sealer = self.keys.services.sealer(spec.name, &random).map_err(|fault| failed(spec, fault))?;
        let authenticate = Authenticator::new(self.keys.verifier.clone(), clock.clone())
            .with_services(self.keys.services.clone(), spec.name);
        Ok(Kit {
            name: spec.name,
            outbox: Outbox::new(clock.clone(), random.clone()),
            clock,
            random,
            blobs: BlobStore::folder(&self.data.blobs(spec.name)?)
                .map_err(|error| failed(spec, error.into()))?,
            folder: self.data.search(spec.name)?,
            public_url: self.settings.server.public_url.clone(),
            stop: self.stop.clone(),
            verifier: self.keys.verifier.clone(),
            authenticate: Arc::new(authenticate),
            csrf: self.keys.csrf.clone(),
            sealer,
            public: spec.public,
            database,
            keys: self.keys.signing.clone(),
            service: Arc::new(signer),
            peers: Arc::clone(&self.peers),
            loops: Arc::new(Mutex::default()),
        })
    }
}

fn peers(registry: &[ServiceSpec], here: &[&str], settings: &Settings) -> Result<Peers, StartError> {
    let mut peers = Peers::default();
    for spec in registry {
        if here.contains(&spec.name) {
            peers.add_here(spec.name);
        } else {
            let added = peers.add_there(spec.name, &address(spec, settings));
            added.map_err(|source| StartError::Address { service: spec.name, source: Box::new(source) })?;
        }
    }
    Ok(peers)
}

/// Where a service that runs elsewhere is found: on this machine, unless said otherwise.
fn address(spec: &ServiceSpec, settings: &Settings) -> String {
    let given = settings.place(spec.name).address;
    given.unwrap_or_else(|| format!("http://127.0.0.1:{}", settings.port(spec)))
}

/// A service that cannot be put together.
pub(crate) fn failed(spec: ServiceSpec, source: Fault) -> StartError {
    StartError::Build { service: spec.name, source: Box::new(source) }
}
