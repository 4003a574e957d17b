//! The folder that holds everything an installation keeps: one layout, each service's part used by one
//! process at a time.
//!
//! `db/` databases, `blobs/` contents, `search/` what can be rebuilt, `keys/` secrets, `locks/` who runs
//! what. Processes that run different services may share it; two that run the same service may not.

use std::{
    collections::BTreeMap,
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

const LAYOUT_FILE: &str = "layout";
const PARTS: [&str; 5] = ["db", "blobs", "search", "keys", "locks"];
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// Why the data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataFolderError {
    /// The system refuses.
    #[error("cannot use {}", .path.display())]
    Io {
        /// What could not be used.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It has other content.
    #[error(
        "{} is not empty and not a data folder; name an empty or new one with --data-dir", .0.display()
    )]
    Foreign(PathBuf),
    /// Its layout file is not one of ours.
    #[error("the layout file of {} says {found:?}, which is not a layout", .folder.display())]
    Damaged {
        /// The data folder.
        folder: PathBuf,
        /// What the file says.
        found: String,
    },
    /// A later Metier wrote it.
    #[error("{} has layout {found}, newer than this build knows ({known}); run a newer metier", .folder.display(), known = DataFolder::LAYOUT)]
    Newer {
        /// The data folder.
        folder: PathBuf,
        /// Its layout.
        found: u32,
    },
    /// Another process runs a service from it.
    #[error(
        "{holder} already runs {service} from {}; stop it, or name another folder with --data-dir",
        .folder.display()
    )]
    InUse {
        /// The data folder.
        folder: PathBuf,
        /// The service.
        service: String,
        /// The process, by its id if it said so.
        holder: String,
    },
}

/// An open data folder. The services it was opened for are this process's own until it is dropped.
#[derive(Debug)]
pub struct DataFolder {
    root: PathBuf,
    _locks: Vec<File>,
}

/// Who runs a service from a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its id as it noted it; `None` when it did not.
    pub process: Option<u32>,
    /// Whether somebody has the service locked at this moment. A note without a lock was left behind.
    pub runs: bool,
}

impl DataFolder {
    /// The layout this build reads and writes.
    pub const LAYOUT: u32 = 1;

    /// Opens the folder to run `services` from it, creating what is missing.
    ///
    /// # Errors
    /// When it cannot be created, holds something else, or another process runs one of the services.
    pub fn open(root: &Path, services: &[&str]) -> Result<Self, DataFolderError> {
        create_folder(root)?;
        adopt(root)?;
        for part in PARTS {
            create_folder(&root.join(part))?;
        }
        let locks = services.iter().map(|service| lock(root, service)).collect::<Result<_, _>>()?;
        Ok(Self { root: root.to_owned(), _locks: locks })
    }

    /// Says whether a folder can be used, and changes nothing.
    ///
    /// # Errors
    /// When it is missing, holds something else, or has another layout.
    pub fn check(root: &Path) -> Result<(), DataFolderError> {
        match fs::read_to_string(root.join(LAYOUT_FILE)) {
            Ok(found) => check_layout(root, &found),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::read_dir(root).map_err(io_error(root))?;
                Err(DataFolderError::Foreign(root.to_owned()))
            }
            Err(error) => Err(io_error(&root.join(LAYOUT_FILE))(error)),
        }
    }

    /// Who runs, or ran last, each service from a folder.
    ///
    /// # Errors
    /// When the locks cannot be read.
    pub fn holders(root: &Path) -> Result<BTreeMap<String, Holder>, DataFolderError> {
        let locks = root.join("locks");
        let mut holders = BTreeMap::new();
        for entry in fs::read_dir(&locks).map_err(io_error(&locks))? {
            let path = entry.map_err(io_error(&locks))?.path();
            let Some(service) = path.file_stem().and_then(|name| name.to_str()) else { continue };
            let mut file = File::open(&path).map_err(io_error(&path))?;
            let runs = matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
            holders.insert(service.to_owned(), Holder { process: noted(&mut file), runs });
        }
        Ok(holders)
    }

    /// The folder of databases of a data folder.
    pub fn databases_in(root: &Path) -> PathBuf {
        root.join("db")
    }

    /// The folder of keys and secrets of a data folder.
    pub fn keys_in(root: &Path) -> PathBuf {
        root.join("keys")
    }

    /// The folder of contents of all services.
    pub fn blobs_in(root: &Path) -> PathBuf {
        root.join("blobs")
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of databases.
    pub fn databases(&self) -> PathBuf {
        Self::databases_in(&self.root)
    }

    /// The folder of keys and secrets.
    pub fn keys(&self) -> PathBuf {
        Self::keys_in(&self.root)
    }

    /// The folder of one service's contents.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn blobs(&self, service: &str) -> Result<PathBuf, DataFolderError> {
        self.part("blobs", service)
    }

    /// The folder of what one service can rebuild.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn search(&self, service: &str) -> Result<PathBuf, DataFolderError> {
        self.part("search", service)
    }

    fn part(&self, part: &str, service: &str) -> Result<PathBuf, DataFolderError> {
        let path = self.root.join(part).join(service);
        create_folder(&path)?;
        Ok(path)
    }
}

/// Checks the layout, or makes an empty folder ours.
fn adopt(root: &Path) -> Result<(), DataFolderError> {
    let path = root.join(LAYOUT_FILE);
    match fs::read_to_string(&path) {
        Ok(found) => check_layout(root, &found),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            refuse_foreign(root)?;
            fs::set_permissions(root, fs::Permissions::from_mode(FOLDER_MODE)).map_err(io_error(root))?;
            write_layout(root, &path).map_err(io_error(&path))
        }
        Err(error) => Err(io_error(&path)(error)),
    }
}

fn check_layout(root: &Path, found: &str) -> Result<(), DataFolderError> {
    match found.trim().parse::<u32>() {
        Ok(DataFolder::LAYOUT) => Ok(()),
        Ok(found) if found > DataFolder::LAYOUT => {
            Err(DataFolderError::Newer { folder: root.to_owned(), found })
        }
        _ => Err(DataFolderError::Damaged { folder: root.to_owned(), found: found.trim().to_owned() }),
    }
}

/// What a process that starts at the same moment has made does not count as foreign.
fn refuse_foreign(root: &Path) -> Result<(), DataFolderError> {
    let ours = |name: &std::ffi::OsStr| {
        let name = name.to_string_lossy();
        PARTS.contains(&&*name) || name.starts_with(LAYOUT_FILE) || name == "lost+found"
    };
    for entry in fs::read_dir(root).map_err(io_error(root))? {
        if !ours(&entry.map_err(io_error(root))?.file_name()) {
            return Err(DataFolderError::Foreign(root.to_owned()));
        }
    }
    Ok(())
}

/// Written whole or not at all, so that a process killed here leaves no damaged folder.
fn write_layout(root: &Path, path: &Path) -> io::Result<()> {
    let temporary = root.join(format!("{LAYOUT_FILE}.{}", std::process::id()));
    let mut file =
        OpenOptions::new().create(true).truncate(true).write(true).mode(FILE_MODE).open(&temporary)?;
    writeln!(file, "{}", DataFolder::LAYOUT)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    File::open(root)?.sync_all()
}

fn lock(root: &Path, service: &str) -> Result<File, DataFolderError> {
    let path = root.join("locks").join(format!("{service}.lock"));
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).read(true).write(true).mode(FILE_MODE);
    let mut file = options.open(&path).map_err(io_error(&path))?;
    match file.try_lock() {
        Ok(()) => {
            note_holder(&mut file).map_err(io_error(&path))?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => Err(DataFolderError::InUse {
            folder: root.to_owned(),
            service: service.to_owned(),
            holder: holder(&mut file),
        }),
        Err(TryLockError::Error(error)) => Err(io_error(&path)(error)),
    }
}

fn note_holder(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    writeln!(file, "{}", std::process::id())
}

fn holder(file: &mut File) -> String {
    match noted(file) {
        Some(pid) => format!("process {pid}"),
        None => "another process".to_owned(),
    }
}

fn noted(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.rewind().and_then(|()| file.take(32).read_to_string(&mut text)).ok()?;
    text.trim().parse().ok()
}

fn create_folder(path: &Path) -> Result<(), DataFolderError> {
    DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(path).map_err(io_error(path))
}

fn io_error(path: &Path) -> impl Fn(io::Error) -> DataFolderError + '_ {
    move |source| DataFolderError::Io { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_new_folder_is_its_owners_alone() {
        let outer = tempfile::tempdir().unwrap();
        let root = outer.path().join("a/b");
        let data = DataFolder::open(&root, &["jobs"]).unwrap();
        for path in [root.clone(), data.databases(), data.keys(), data.blobs("jobs").unwrap()] {
            assert_eq!(mode(&path), 0o700, "{}", path.display());
        }
        assert_eq!(fs::read_to_string(root.join("layout")).unwrap(), "1\n");
    }

    #[test]
    fn an_empty_folder_is_adopted_and_closed_to_others() {
        let root = tempfile::tempdir().unwrap();
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).unwrap();
        DataFolder::open(root.path(), &[]).unwrap();
        assert_eq!(mode(root.path()), 0o700);
    }

    #[test]
    fn a_second_process_is_told_who_holds_which_service() {
        let root = tempfile::tempdir().unwrap();
        let first = DataFolder::open(root.path(), &["identity", "jobs"]).unwrap();
        let refusal = DataFolder::open(root.path(), &["jobs"]).unwrap_err().to_string();
        let expected = format!("process {} already runs jobs from", std::process::id());
        assert!(refusal.starts_with(&expected), "{refusal}");
        DataFolder::open(root.path(), &["products"]).unwrap();
        drop(first);
        DataFolder::open(root.path(), &["jobs"]).unwrap();
    }

    #[test]
    fn who_runs_what_can_be_seen_by_others() {
        let root = tempfile::tempdir().unwrap();
        let open = DataFolder::open(root.path(), &["jobs"]).unwrap();
        let process = Some(std::process::id());
        let holders = |runs| BTreeMap::from([("jobs".to_owned(), Holder { process, runs })]);
        assert_eq!(DataFolder::holders(root.path()).unwrap(), holders(true));
        drop(open);
        assert_eq!(DataFolder::holders(root.path()).unwrap(), holders(false));
    }

    #[test]
    fn a_check_makes_nothing() {
        let root = tempfile::tempdir().unwrap();
        assert!(matches!(DataFolder::check(root.path()).unwrap_err(), DataFolderError::Foreign(_)));
        assert!(matches!(
            DataFolder::check(&root.path().join("no")).unwrap_err(),
            DataFolderError::Io { .. }
        ));
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_with_other_content_is_left_alone() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("letter.txt"), "dear").unwrap();
        let refusal = DataFolder::open(root.path(), &["jobs"]).unwrap_err();
        assert!(matches!(refusal, DataFolderError::Foreign(_)), "{refusal}");
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_newer_or_damaged_layout_is_refused() {
        let root = tempfile::tempdir().unwrap();
        DataFolder::open(root.path(), &[]).unwrap();
        fs::write(root.path().join("layout"), "2\n").unwrap();
        let newer = DataFolder::open(root.path(), &[]).unwrap_err();
        assert!(matches!(newer, DataFolderError::Newer { found: 2, .. }), "{newer}");
        fs::write(root.path().join("layout"), "").unwrap();
        let damaged = DataFolder::open(root.path(), &[]).unwrap_err();
        assert!(matches!(damaged, DataFolderError::Damaged { .. }), "{damaged}");
    }
}
