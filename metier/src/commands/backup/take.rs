//! Making a backup.
//!
//! Contents of the blob store are named by the databases, put before they are named and never changed, and deleted
//! only after their name is gone. So they are copied before the moment of the databases and, what came since,
//! after it: everything the databases name is there.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, Permissions},
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use metier_core::Timestamp;
use metier_db::{DatabaseSettings, Schema, Snapshot, inspect};
use metier_harness::{DataFolder, ServiceSpec, Settings};
use walkdir::{DirEntry, WalkDir};

use super::{
    files::{self, Making},
    manifest::{FileEntry, Manifest, ServiceState},
    schemas,
};

/// Backs up the data folder of the settings.
pub async fn take(
    services: &[ServiceSpec],
    settings: &Settings,
    to: &Path,
    now: Timestamp,
) -> anyhow::Result<Manifest> {
    let root = std::path::absolute(&settings.data.folder)?;
    DataFolder::check(&root).context("there is nothing to back up")?;
    ensure!(!std::path::absolute(to)?.starts_with(&root), "a backup cannot lie in the data folder itself");
    let making = Making::at(to)?;
    let mut files = Files { root, target: making.path().to_owned(), taken: BTreeMap::new() };
    files.add_blobs()?;
    let schemas = schemas::of(services, settings);
    let databases = files.databases(services, &schemas)?;
    let mut snapshot = Snapshot::begin(&databases, &schemas).await?;
    files.add_blobs()?;
    files.add_keys(&settings.keys_folder())?;
    files.add("layout")?;
    schemas::refuse_unknown(&mut snapshot, services).await?;
    let mut states = files.copy_schemas(&mut snapshot, &schemas).await?;
    snapshot.copy_files().await?;
    states.extend(files.check_databases(services).await?);
    let manifest = Manifest::of(now, states, files.taken.into_values().collect());
    manifest.write(making.path())?;
    making.end()?;
    Ok(manifest)
}

/// The files of a backup, by path.
struct Files {
    root: PathBuf,
    target: PathBuf,
    taken: BTreeMap<String, FileEntry>,
}

impl Files {
    fn add(&mut self, path: &str) -> anyhow::Result<()> {
        let copied = files::copy(&self.root, &self.target, path);
        let entry = copied.with_context(|| format!("cannot copy {}", self.root.join(path).display()))?;
        self.taken.insert(entry.path.clone(), entry);
        Ok(())
    }

    /// Adds what is not taken yet. What is deleted meanwhile is no longer wanted.
    fn add_blobs(&mut self) -> anyhow::Result<()> {
        let visible = |entry: &DirEntry| !entry.file_name().to_string_lossy().starts_with('.');
        let walk = WalkDir::new(DataFolder::blobs_in(&self.root)).into_iter().filter_entry(visible);
        for entry in walk {
            let entry = match entry {
                Err(error) if is_gone(error.io_error()) => continue,
                entry => entry.context("cannot read the contents")?,
            };
            if !entry.file_type().is_file() {
                continue;
            }
            let path = entry.path().strip_prefix(&self.root)?.to_str().context("a file name is not UTF-8")?;
            if self.taken.contains_key(path) {
                continue;
            }
            match self.add(path) {
                Err(error) if is_gone(error.downcast_ref()) => {}
                added => added?,
            }
        }
        Ok(())
    }

    /// The keys may lie elsewhere; in the backup they are where a data folder has them.
    fn add_keys(&mut self, folder: &Path) -> anyhow::Result<()> {
        for entry in WalkDir::new(folder).max_depth(1) {
            let entry = entry.context("cannot read the keys")?;
            let name = entry.file_name().to_str().context("a file name is not UTF-8")?;
            // Temporary and lock files are not keys.
            if entry.file_type().is_file() && !name.starts_with('.') && !name.ends_with(".lock") {
                let copied = files::copy(folder, &DataFolder::keys_in(&self.target), name);
                let entry = copied.with_context(|| format!("cannot copy the key {name}"))?;
                let path = format!("keys/{name}");
                self.taken.insert(path.clone(), FileEntry { path, ..entry });
            }
        }
        Ok(())
    }

    /// Where each database that is a file lies and where its copy goes. A file that a service left behind when it
    /// moved to PostgreSQL is none.
    fn databases(
        &self,
        services: &[ServiceSpec],
        schemas: &[Schema],
    ) -> anyhow::Result<Vec<(PathBuf, PathBuf)>> {
        let (from, to) = (DataFolder::databases_in(&self.root), DataFolder::databases_in(&self.target));
        let mut found = BTreeSet::new();
        for entry in from.read_dir().with_context(|| format!("cannot read {}", from.display()))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            found.extend(name.strip_suffix(".db").map(str::to_owned));
        }
        let unknown = found.iter().find(|name| services.iter().all(|spec| spec.name != name.as_str()));
        if let Some(name) = unknown {
            bail!("there is a database of {name}, which this metier does not know; run a newer one");
        }
        files::create_folder(&to)?;
        Ok(found
            .into_iter()
            .filter(|name| schemas.iter().all(|schema| schema.service != name.as_str()))
            .map(|name| format!("{name}.db"))
            .map(|it| (from.join(&it), to.join(it)))
            .collect())
    }

    async fn copy_schemas(
        &mut self,
        snapshot: &mut Snapshot,
        schemas: &[Schema],
    ) -> anyhow::Result<BTreeMap<String, ServiceState>> {
        let mut states = BTreeMap::new();
        for Schema { service, .. } in schemas {
            let schema = snapshot.schema(service)?;
            let Some((state, entries)) = schemas::copy_out(schema, service, &self.target).await? else {
                continue;
            };
            self.taken.extend(entries.into_iter().map(|entry| (entry.path.clone(), entry)));
            states.insert((*service).to_owned(), state);
        }
        Ok(states)
    }

    /// A copy that could not be used is found now, not on the day it is needed.
    async fn check_databases(
        &mut self,
        services: &[ServiceSpec],
    ) -> anyhow::Result<BTreeMap<String, ServiceState>> {
        let copies = DatabaseSettings::Sqlite { folder: DataFolder::databases_in(&self.target) };
        let mut states = BTreeMap::new();
        for spec in services {
            let Some(found) = inspect(&copies, spec.name).await? else { continue };
            if let Some(damage) = found.damage.first() {
                bail!("the database of {} is damaged: {damage}; `metier doctor` says more", spec.name);
            }
            let path = format!("db/{}.db", spec.name);
            fs::set_permissions(self.target.join(&path), Permissions::from_mode(0o600))?;
            let entry = files::measure(&self.target, &path)?;
            self.taken.insert(entry.path.clone(), entry);
            states.insert(spec.name.to_owned(), found.into());
        }
        Ok(states)
    }
}

fn is_gone(error: Option<&io::Error>) -> bool {
    error.is_some_and(|error| error.kind() == io::ErrorKind::NotFound)
}
