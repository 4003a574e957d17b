//! Making a data folder of a backup. Every file is checked before the first is copied.

use std::path::Path;

use anyhow::{Context, ensure};
use metier_harness::{DataFolder, ServiceSpec};

use super::{
    files::{self, Making},
    manifest::{FileEntry, Manifest},
};

/// Restores the backup `from` to the folder `to`.
pub fn restore(services: &[ServiceSpec], from: &Path, to: &Path) -> anyhow::Result<Manifest> {
    let manifest = Manifest::read(from)?;
    manifest.check(services)?;
    for file in &manifest.files {
        let found = files::measure(from, &file.path);
        same(from, file, &found.with_context(|| damaged(from, file))?)?;
    }
    let making = Making::at(to)?;
    for file in &manifest.files {
        let copied = files::copy(from, making.path(), &file.path);
        same(from, file, &copied.with_context(|| format!("cannot restore {}", file.path))?)?;
    }
    DataFolder::check(making.path()).context("the backup holds no data folder")?;
    making.end()?;
    Ok(manifest)
}

fn same(from: &Path, wanted: &FileEntry, found: &FileEntry) -> anyhow::Result<()> {
    ensure!(wanted == found, damaged(from, wanted));
    Ok(())
}

fn damaged(from: &Path, file: &FileEntry) -> String {
    format!("{} of the backup {} is not what was backed up; use another backup", file.path, from.display())
}
