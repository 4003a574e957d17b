//! Blobs as files below one folder.
//!
//! A blob's file carries the suffix `=blob`, which no key can contain, so the key `a` and the key `a/b` live
//! side by side. Every folder on the way is opened from the one above it and never through a symbolic link,
//! so nothing outside can be reached whatever somebody puts into the folder.

mod list;
mod upload;

pub(crate) use upload::FileUpload;

use std::{
    fs::{self, DirBuilder},
    io,
    os::{fd::OwnedFd, unix::fs::DirBuilderExt},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{AtFlags, CWD, Mode, OFlags, fsync, mkdirat, openat, renameat, unlinkat},
    io::Errno,
};
use tempfile::TempPath;

use self::{
    list::{Listing, names},
    upload::sweep,
};
use crate::{BlobEntry, BlobError, BlobKey};

/// Ends the file name of a blob.
const SUFFIX: &str = "=blob";
/// Holds what is being written; no key begins with a dot.
const TEMPORARY: &str = ".tmp";
const FOLDER_FLAGS: OFlags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
/// How often a put tries again when a delete has just removed its empty folder.
const PLACE_ATTEMPTS: usize = 100;

/// The folder and everything below it.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    root: OwnedFd,
}

impl Folder {
    /// Opens or makes it, for its owner alone, and clears leftovers away.
    pub(crate) fn open(path: &Path) -> Result<Self, BlobError> {
        let temporary = path.join(TEMPORARY);
        DirBuilder::new().recursive(true).mode(0o700).create(&temporary)?;
        sweep(&temporary)?;
        let root =
            openat(CWD, path, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).map_err(io::Error::from)?;
        Ok(Self { path: path.to_owned(), root })
    }

    fn temporary(&self) -> PathBuf {
        self.path.join(TEMPORARY)
    }

    /// Gives a finished temporary file its name, durably, in place of what had it.
    fn place(&self, temporary: TempPath, key: &BlobKey) -> Result<(), BlobError> {
        let mut placed = self.try_place(&temporary, key);
        for _ in 1..PLACE_ATTEMPTS {
            if placed != Err(Errno::NOENT) || !temporary.exists() {
                break;
            }
            placed = self.try_place(&temporary, key);
        }
        placed.map_err(io::Error::from)?;
        // Its temporary name is gone, so there is nothing left to delete.
        drop(temporary.keep());
        Ok(())
    }

    fn try_place(&self, temporary: &Path, key: &BlobKey) -> Result<(), Errno> {
        let (folders, name) = key.split();
        let folder = self.make(&folders)?;
        renameat(CWD, temporary, &folder, file_name(name))?;
        fsync(&folder)
    }

    /// Opens a blob for reading.
    pub(crate) fn read(&self, key: &BlobKey) -> Result<fs::File, BlobError> {
        let (folders, name) = key.split();
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let opened =
            self.find(&folders).and_then(|folder| openat(folder, file_name(name), flags, Mode::empty()));
        match opened {
            Ok(file) => Ok(file.into()),
            Err(Errno::NOENT) => Err(BlobError::NotFound(key.to_string())),
            Err(error) => Err(io::Error::from(error).into()),
        }
    }

    /// Deletes a blob, durably, and the folders it leaves empty. One that is not there is deleted already.
    pub(crate) fn delete(&self, key: &BlobKey) -> Result<(), BlobError> {
        let (folders, name) = key.split();
        let deleted = self.find(&folders).and_then(|folder| {
            unlinkat(&folder, file_name(name), AtFlags::empty())?;
            fsync(&folder)
        });
        match deleted {
            Ok(()) => self.prune(&folders),
            Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(io::Error::from(error).into()),
        }
    }

    /// Removes empty folders from the deepest up, until one is in use.
    fn prune(&self, folders: &[&str]) -> Result<(), BlobError> {
        for depth in (1..=folders.len()).rev() {
            let above = self.find(&folders[..depth - 1]);
            match above.and_then(|above| unlinkat(above, folders[depth - 1], AtFlags::REMOVEDIR)) {
                Ok(()) => {}
                Err(Errno::NOTEMPTY | Errno::EXIST | Errno::NOENT) => return Ok(()),
                Err(error) => return Err(io::Error::from(error).into()),
            }
        }
        Ok(())
    }

    /// At most `wanted` blobs after a key, in the order of their keys.
    pub(crate) fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        wanted: usize,
    ) -> Result<Vec<BlobEntry>, BlobError> {
        let root = self.find(&[]).map_err(io::Error::from)?;
        let mut listing = Listing::new(prefix, after, wanted);
        listing.walk(&root, "", names(&root)?)?;
        Ok(listing.found)
    }

    fn find(&self, folders: &[&str]) -> Result<OwnedFd, Errno> {
        let root = openat(&self.root, ".", FOLDER_FLAGS, Mode::empty())?;
        folders.iter().try_fold(root, |above, name| openat(above, *name, FOLDER_FLAGS, Mode::empty()))
    }

    fn make(&self, folders: &[&str]) -> Result<OwnedFd, Errno> {
        let mut folder = self.find(&[])?;
        for name in folders {
            folder = match openat(&folder, *name, FOLDER_FLAGS, Mode::empty()) {
                Err(Errno::NOENT) => make_in(&folder, name)?,
                opened => opened?,
            };
        }
        Ok(folder)
    }
}

fn make_in(above: &OwnedFd, name: &str) -> Result<OwnedFd, Errno> {
    match mkdirat(above, name, Mode::RWXU) {
        Ok(()) => fsync(above)?,
        Err(Errno::EXIST) => {}
        Err(error) => return Err(error),
    }
    openat(above, name, FOLDER_FLAGS, Mode::empty())
}

fn file_name(name: &str) -> String {
    format!("{name}{SUFFIX}")
}
