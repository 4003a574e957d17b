//! Making a data folder of a backup, and the schemas of PostgreSQL. Every file is checked before the first is copied.

use std::path::Path;

use anyhow::{Context, ensure};
use metier_db::Restoring;
use metier_harness::{DataFolder, ServiceSpec, Settings};

use super::{
    files::{self, Making},
    manifest::{FileEntry, Manifest},
    schemas,
};

/// Restores the backup `from` to the data folder and the databases of the settings.
pub async fn restore(services: &[ServiceSpec], settings: &Settings, from: &Path) -> anyhow::Result<Manifest> {
    let manifest = Manifest::read(from)?;
    manifest.check(services)?;
    schemas::agree(services, settings, &manifest)?;
    for file in &manifest.files {
        let found = files::measure(from, &file.path);
        same(from, file, &found.with_context(|| damaged(from, file))?)?;
    }
    let making = Making::at(&settings.data.folder)?;
    let mut restoring = Restoring::begin(&schemas::of(services, settings)).await?;
    copy_files(from, making.path(), &manifest)?;
    schemas::copy_in(&mut restoring, services, from, &manifest).await?;
    restoring.commit().await?;
    let folder = settings.data.folder.display();
    making.end().with_context(|| format!("the folder {folder} was not made, though all databases were"))?;
    Ok(manifest)
}

/// All but the rows of PostgreSQL.
fn copy_files(from: &Path, to: &Path, manifest: &Manifest) -> anyhow::Result<()> {
    let tables = manifest.table_paths();
    for file in manifest.files.iter().filter(|file| !tables.contains(&file.path)) {
        let copied = files::copy(from, to, &file.path);
        same(from, file, &copied.with_context(|| format!("cannot restore {}", file.path))?)?;
    }
    DataFolder::check(to).context("the backup holds no data folder")
}

fn same(from: &Path, wanted: &FileEntry, found: &FileEntry) -> anyhow::Result<()> {
    ensure!(wanted == found, damaged(from, wanted));
    Ok(())
}

fn damaged(from: &Path, file: &FileEntry) -> String {
    format!("{} of the backup {} is not what was backed up; use another backup", file.path, from.display())
}
