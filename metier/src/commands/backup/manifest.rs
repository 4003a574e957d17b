//! What is in a backup: the file that makes a folder one.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{Read, Write},
    path::{Component, Path},
};

use anyhow::{Context, bail, ensure};
use metier_core::Timestamp;
use metier_db::{Inspection, SchemaVersion};
use metier_harness::{DataFolder, ServiceSpec};
use serde::{Deserialize, Serialize};

pub const FILE_NAME: &str = "backup.json";
/// The shape of this file and of the folder.
const FORMAT: u32 = 1;
const MAX_SIZE: u64 = 256 * 1024 * 1024;

/// Everything about a backup.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    format: u32,
    /// The Metier that made it.
    pub version: String,
    /// The layout of the data folder.
    pub layout: u32,
    /// The moment everything in it is of.
    pub taken_at: Timestamp,
    /// The databases, by service.
    pub services: BTreeMap<String, ServiceState>,
    /// Every other file.
    pub files: Vec<FileEntry>,
}

/// Where a service was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceState {
    /// How far its database was migrated.
    pub schema: SchemaVersion,
    /// The position of the last event it had published.
    pub published: i64,
    /// How far it had read the events of others, by `publisher/consumer`.
    pub consumed: BTreeMap<String, i64>,
    /// What was copied of its schema in PostgreSQL; nothing when its database is a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postgres: Option<SchemaContent>,
}

/// A schema of PostgreSQL, copied to a file for each table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaContent {
    /// The tables by name.
    pub tables: BTreeMap<String, TableContent>,
    /// The last value taken from each sequence, by name.
    pub sequences: BTreeMap<String, i64>,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableContent {
    /// What each line holds, in this order.
    pub columns: Vec<String>,
    /// How many lines there are.
    pub rows: u64,
}

impl From<Inspection> for ServiceState {
    fn from(found: Inspection) -> Self {
        let Inspection { schema, published, consumed, .. } = found;
        Self { schema, published, consumed, postgres: None }
    }
}

/// Where the rows of a table of PostgreSQL lie.
pub fn table_path(service: &str, table: &str) -> String {
    format!("db/{service}/{table}.gz")
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileEntry {
    /// Where it lies, from the folder, with `/`.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// The SHA-256 of its content, in lowercase hexadecimal.
    pub sha256: String,
}

impl Manifest {
    pub fn of(
        taken_at: Timestamp,
        services: BTreeMap<String, ServiceState>,
        mut files: Vec<FileEntry>,
    ) -> Self {
        files.sort();
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Self { format: FORMAT, version, layout: DataFolder::LAYOUT, taken_at, services, files }
    }

    pub fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let path = folder.join(FILE_NAME);
        let text = serde_json::to_vec_pretty(self)?;
        let write = || super::files::create(&path)?.write_all(&text);
        write().with_context(|| format!("cannot write {}", path.display()))
    }

    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(FILE_NAME);
        let file = File::open(&path).with_context(|| {
            format!("{} is not a backup: cannot read {FILE_NAME} in it", folder.display())
        })?;
        let mut text = Vec::new();
        file.take(MAX_SIZE).read_to_end(&mut text)?;
        serde_json::from_slice(&text).with_context(|| format!("{} is damaged", path.display()))
    }

    /// Refuses what this build cannot read, and paths that lead elsewhere.
    pub fn check(&self, known: &[ServiceSpec]) -> anyhow::Result<()> {
        let own = env!("CARGO_PKG_VERSION");
        let newer =
            self.format > FORMAT || self.layout > DataFolder::LAYOUT || numbers(&self.version) > numbers(own);
        ensure!(
            !newer,
            "the backup was made by metier {}, newer than this ({own}); run that one",
            self.version
        );
        for (name, state) in &self.services {
            let Some(spec) = known.iter().find(|spec| spec.name == name) else {
                bail!(
                    "the backup has a database of {name}, which this metier does not know; run a newer one"
                );
            };
            let newest = spec.migrations.map(|migrations| migrations.newest()).unwrap_or_default();
            ensure!(
                !state.schema.is_newer_than(newest),
                "the backup's database of {name} is newer than this build knows; run a newer metier"
            );
        }
        if let Some(file) = self.files.iter().find(|file| !stays_inside(&file.path)) {
            bail!("the backup names a file outside of it, {:?}; nothing was restored", file.path);
        }
        let listed: BTreeSet<_> = self.files.iter().map(|file| file.path.as_str()).collect();
        match self.table_paths().iter().find(|path| !listed.contains(path.as_str())) {
            Some(path) => bail!("the backup does not list its own file {path}; use another backup"),
            None => Ok(()),
        }
    }

    /// The files that hold rows of PostgreSQL, and so are no part of a data folder.
    pub fn table_paths(&self) -> BTreeSet<String> {
        let schemas = self.services.iter().filter_map(|(name, state)| Some((name, state.postgres.as_ref()?)));
        schemas.flat_map(|(name, schema)| schema.tables.keys().map(|it| table_path(name, it))).collect()
    }
}

/// `1.10.0` is newer than `1.9.2`.
fn numbers(version: &str) -> Vec<u64> {
    let plain = version.split(['-', '+']).next().unwrap_or_default();
    plain.split('.').map(|number| number.parse().unwrap_or(u64::MAX)).collect()
}

fn stays_inside(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        Manifest::of(Timestamp::EPOCH, BTreeMap::new(), Vec::new())
    }

    fn refusal(manifest: &Manifest) -> String {
        manifest.check(crate::registry::SERVICES).unwrap_err().to_string()
    }

    #[test]
    fn a_backup_of_this_version_is_taken() {
        manifest().check(crate::registry::SERVICES).unwrap();
    }

    #[test]
    fn a_backup_of_a_newer_metier_is_refused() {
        for newer in [
            Manifest { format: 2, ..manifest() },
            Manifest { layout: DataFolder::LAYOUT + 1, ..manifest() },
            Manifest { version: "99.0.0".to_owned(), ..manifest() },
        ] {
            assert!(refusal(&newer).contains("newer than this"), "{newer:?}");
        }
        let state = |schema| ServiceState::from(Inspection { schema, ..Inspection::default() });
        let schema = SchemaVersion { platform: 1, service: 999 };
        let services = BTreeMap::from([("jobs".to_owned(), state(schema))]);
        assert!(refusal(&Manifest { services, ..manifest() }).contains("database of jobs is newer"));
        let services = BTreeMap::from([("oracle".to_owned(), state(SchemaVersion::default()))]);
        assert!(refusal(&Manifest { services, ..manifest() }).contains("oracle"));
    }

    #[test]
    fn a_table_whose_file_is_not_listed_is_refused() {
        let tables = BTreeMap::from([("runs".to_owned(), TableContent { columns: Vec::new(), rows: 0 })]);
        let postgres = Some(SchemaContent { tables, sequences: BTreeMap::new() });
        let state = ServiceState { postgres, ..Inspection::default().into() };
        let services = BTreeMap::from([("jobs".to_owned(), state)]);
        assert!(refusal(&Manifest { services, ..manifest() }).contains("db/jobs/runs.gz"));
    }

    #[test]
    fn a_path_that_leads_out_of_the_folder_is_refused() {
        for path in ["../x", "/etc/passwd", "db/../../x", "", "./x"] {
            let files = vec![FileEntry { path: path.to_owned(), size: 0, sha256: String::new() }];
            assert!(refusal(&Manifest { files, ..manifest() }).contains("outside of it"), "{path}");
        }
    }
}
