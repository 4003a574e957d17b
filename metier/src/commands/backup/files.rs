//! Files on their way into a backup and out of one: copied with their hash, for their owner alone.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, BufReader, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::manifest::FileEntry;

const BUFFER: usize = 128 * 1024;

/// A folder in the making beside the place it will have. Dropped before its end, it leaves nothing behind.
pub struct Making {
    folder: TempDir,
    place: PathBuf,
}

impl Making {
    /// Refuses a place that is taken.
    pub fn at(place: &Path) -> anyhow::Result<Self> {
        let place = std::path::absolute(place)?;
        let free = match fs::read_dir(&place) {
            Ok(mut entries) => entries.next().is_none(),
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        };
        ensure!(free, "{} is there already and not an empty folder; name another", place.display());
        let parent = place.parent().context("the root of the file system cannot be replaced")?;
        let failed = || format!("cannot make a folder in {}", parent.display());
        fs::create_dir_all(parent).with_context(failed)?;
        let folder = tempfile::Builder::new()
            .prefix(".metier-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(parent)
            .with_context(failed)?;
        Ok(Self { folder, place })
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Everything is on the disk before the folder gets its name.
    pub fn end(self) -> anyhow::Result<()> {
        rustix::fs::syncfs(File::open(self.path())?)?;
        fs::rename(self.path(), &self.place)
            .with_context(|| format!("cannot name the folder {}", self.place.display()))?;
        let _moved = self.folder.keep();
        if let Some(parent) = self.place.parent() {
            File::open(parent)?.sync_all()?;
        }
        Ok(())
    }
}

/// A folder, with those above it, for its owner alone.
pub fn create_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// A new file, readable by its owner alone, in folders that are too.
pub fn create(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        create_folder(folder)?;
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Copies the file `path` of one folder to another.
pub fn copy(from: &Path, to: &Path, path: &str) -> io::Result<FileEntry> {
    let source = File::open(from.join(path))?;
    read(source, path, create(&to.join(path))?)
}

/// The size and hash of the file `path` of a folder.
pub fn measure(folder: &Path, path: &str) -> io::Result<FileEntry> {
    read(File::open(folder.join(path))?, path, io::sink())
}

fn read(source: impl Read, path: &str, target: impl Write) -> io::Result<FileEntry> {
    let mut target = Hashed::new(target);
    io::copy(&mut BufReader::with_capacity(BUFFER, source), &mut target)?;
    Ok(target.entry(path))
}

/// Something to write to that counts and hashes what it was given.
pub struct Hashed<W> {
    target: W,
    hash: Sha256,
    size: u64,
}

impl<W> Hashed<W> {
    pub fn new(target: W) -> Self {
        Self { target, hash: Sha256::new(), size: 0 }
    }

    /// What was written, as the file `path`.
    pub fn entry(self, path: &str) -> FileEntry {
        FileEntry { path: path.to_owned(), size: self.size, sha256: format!("{:x}", self.hash.finalize()) }
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        let length = self.target.write(part)?;
        self.hash.update(part.get(..length).unwrap_or_default());
        self.size += length as u64;
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.target.flush()
    }
}
