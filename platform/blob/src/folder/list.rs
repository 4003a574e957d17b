//! Walks the folder in the order of the keys, entering only what can hold a wanted one.

use std::{io, os::fd::OwnedFd};

use rustix::{
    fs::{AtFlags, Dir, Mode, openat, statat},
    io::Errno,
};

use super::{FOLDER_FLAGS, SUFFIX};
use crate::BlobEntry;

/// A list being gathered.
pub(crate) struct Listing<'a> {
    prefix: &'a str,
    after: Option<&'a str>,
    wanted: usize,
    pub found: Vec<BlobEntry>,
}

impl<'a> Listing<'a> {
    pub(crate) fn new(prefix: &'a str, after: Option<&'a str>, wanted: usize) -> Self {
        Self { prefix, after, wanted, found: Vec::new() }
    }

    /// Gathers below `folder`, whose keys all begin with `path`. What is deleted meanwhile is left out.
    pub(crate) fn walk(&mut self, folder: &OwnedFd, path: &str, names: Vec<String>) -> io::Result<()> {
        for name in names {
            if self.found.len() == self.wanted {
                break;
            }
            let outcome = match name.strip_suffix(SUFFIX) {
                Some(blob) => self.take(folder, &name, format!("{path}{blob}")),
                None => self.enter(folder, &name, &format!("{path}{name}")),
            };
            match outcome {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                outcome => outcome?,
            }
        }
        Ok(())
    }

    fn take(&mut self, folder: &OwnedFd, name: &str, key: String) -> io::Result<()> {
        if key.starts_with(self.prefix) && self.after.is_none_or(|after| key.as_str() > after) {
            let size = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?.st_size;
            self.found.push(BlobEntry { key, size: u64::try_from(size).unwrap_or(0) });
        }
        Ok(())
    }

    fn enter(&mut self, folder: &OwnedFd, name: &str, path: &str) -> io::Result<()> {
        if !self.may_hold(path) {
            return Ok(());
        }
        match openat(folder, name.trim_end_matches('/'), FOLDER_FLAGS, Mode::empty()) {
            Ok(below) => self.walk(&below, path, names(&below)?),
            // A stray file or symbolic link is none of ours.
            Err(Errno::NOTDIR | Errno::LOOP) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn may_hold(&self, path: &str) -> bool {
        let in_prefix = self.prefix.starts_with(path) || path.starts_with(self.prefix);
        in_prefix && self.after.is_none_or(|after| after < path || after.starts_with(path))
    }
}

/// What is in a folder, in the order of the keys: a folder's name counts with its slash.
pub(crate) fn names(folder: &OwnedFd) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(folder)? {
        match entry?.file_name().to_str() {
            Ok(name) if name.starts_with('.') => {}
            Ok(name) if name.ends_with(SUFFIX) => names.push(name.to_owned()),
            Ok(name) => names.push(format!("{name}/")),
            Err(_) => {}
        }
    }
    names.sort_by(|a, b| order(a).cmp(order(b)));
    Ok(names)
}

fn order(name: &str) -> &str {
    name.strip_suffix(SUFFIX).unwrap_or(name)
}
