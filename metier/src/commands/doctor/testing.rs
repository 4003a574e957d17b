//! An installation to break, for tests of the checks.

use std::path::PathBuf;

use metier_config::Loader;
use metier_core::{Clock, Random};
use metier_db::{Database, DatabaseSettings, DbError, snapshot, sql};
use metier_harness::DataFolder;
use tempfile::TempDir;

use super::{Finding, scene::Scene};
use crate::registry::SERVICES;

/// A data folder with keys, as a first start leaves it.
pub struct Installation(TempDir);

impl Installation {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::open(folder.path(), &[]).unwrap();
        let (clock, random) = (Clock::system(), Random::seeded(1));
        metier_auth::SigningKeys::open(&data.keys(), clock.now(), &random).unwrap();
        let secret = metier_auth::ServiceKeys::generate_join_secret(&random);
        let installation = Self(folder);
        std::fs::write(installation.path("keys/join-secret"), secret.expose()).unwrap();
        for key in ["keys/join-secret", "keys/signing-keys.lock"] {
            let closed = std::os::unix::fs::PermissionsExt::from_mode(0o600);
            std::fs::set_permissions(installation.path(key), closed).unwrap();
        }
        installation
    }

    /// A file in it.
    pub fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    /// Gives it the database of a service, which nobody has open.
    pub fn database(&self, service: &'static str) {
        self.write(service, None);
    }

    /// Changes the database of a service by hand.
    pub fn change(&self, service: &'static str, statement: &str) {
        self.write(service, Some(statement.to_owned()));
    }

    /// Written elsewhere and copied here, so that nothing has it open or lies beside it.
    fn write(&self, service: &'static str, statement: Option<String>) {
        let (elsewhere, file) = (tempfile::tempdir().unwrap(), format!("{service}.db"));
        let (place, there) = (self.path("db").join(&file), elsewhere.path().join(&file));
        if place.exists() {
            std::fs::rename(&place, &there).unwrap();
        }
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let spec = SERVICES.iter().find(|spec| spec.name == service).unwrap();
            let settings = DatabaseSettings::Sqlite { folder: elsewhere.path().to_owned() };
            let database = Database::open(&settings, service, &spec.migrations.unwrap()).await.unwrap();
            let written = database.write::<_, DbError, _>(move |tx| {
                Box::pin(async move {
                    let Some(statement) = statement else { return Ok(0) };
                    Ok(sql::execute(tx, &statement, vec![]).await?)
                })
            });
            written.await.unwrap();
            snapshot(&[(there, place)]).await.unwrap();
        });
    }

    pub fn scene(&self) -> Scene {
        self.scene_with(&[])
    }

    /// The doctor's view of it under these settings.
    pub fn scene_with(&self, settings: &[(&str, &str)]) -> Scene {
        let folder = self.0.path().display().to_string();
        let given = std::iter::once(("METIER_DATA__FOLDER", folder.as_str()));
        let all = given.chain(settings.iter().copied()).map(|(name, value)| (name.into(), value.into()));
        Scene::read(Loader::new().environment(all, &[])).unwrap()
    }
}

/// The one finding.
pub fn only(mut found: Vec<Finding>) -> Finding {
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}
