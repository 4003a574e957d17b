//! Schemas of PostgreSQL on their way into a backup and out of one: a compressed file for each table.

use std::{collections::BTreeMap, fs::File, path::Path};

use anyhow::{Context, bail, ensure};
use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};
use metier_core::Secret;
use metier_db::{DatabaseSettings, Restoring, Schema, SchemaReader, SchemaWriter, Snapshot};
use metier_harness::{ServiceSpec, Settings};

use super::{
    files::{self, Hashed},
    manifest::{FileEntry, Manifest, SchemaContent, ServiceState, TableContent, table_path},
};

/// The schemas of an installation, whether or not they were made yet.
pub fn of(services: &[ServiceSpec], settings: &Settings) -> Vec<Schema> {
    let schemas = services.iter().filter_map(|spec| {
        let url = url(settings, spec)?;
        Some(Schema { service: spec.name, url })
    });
    schemas.collect()
}

fn url(settings: &Settings, spec: &ServiceSpec) -> Option<Secret<String>> {
    match settings.database(spec)? {
        DatabaseSettings::Postgres { url, .. } => Some(url),
        DatabaseSettings::Sqlite { .. } => None,
    }
}

/// A schema of a service that this build does not have would be lost in silence.
pub async fn refuse_unknown(snapshot: &mut Snapshot, services: &[ServiceSpec]) -> anyhow::Result<()> {
    let made = snapshot.made().await?;
    match made.iter().find(|name| services.iter().all(|spec| spec.name != name.as_str())) {
        Some(name) => {
            bail!("there is a database of {name}, which this metier does not know; run a newer one")
        }
        None => Ok(()),
    }
}

/// Copies a schema to the folder `target`; `None` when its service never ran.
pub async fn copy_out(
    mut schema: SchemaReader<'_>,
    service: &str,
    target: &Path,
) -> anyhow::Result<Option<(ServiceState, Vec<FileEntry>)>> {
    let Some(found) = schema.inspect().await? else { return Ok(None) };
    let (mut tables, mut entries) = (BTreeMap::new(), Vec::new());
    for (table, columns) in schema.tables().await? {
        let path = table_path(service, &table);
        let (rows, entry) = copy_table(&mut schema, &table, &columns, target, &path).await?;
        entries.push(entry);
        tables.insert(table, TableContent { columns, rows });
    }
    let postgres = Some(SchemaContent { tables, sequences: schema.sequences().await? });
    Ok(Some((ServiceState { postgres, ..found.into() }, entries)))
}

async fn copy_table(
    schema: &mut SchemaReader<'_>,
    table: &str,
    columns: &[String],
    target: &Path,
    path: &str,
) -> anyhow::Result<(u64, FileEntry)> {
    let failed = || format!("cannot write {}", target.join(path).display());
    let file = files::create(&target.join(path)).with_context(failed)?;
    let mut packed = GzEncoder::new(Hashed::new(file), Compression::fast());
    let rows = schema.copy_out(table, columns, &mut packed).await?;
    Ok((rows, packed.finish().with_context(failed)?.entry(path)))
}

/// Refuses settings under which a service would not find again what the backup has of it.
pub fn agree(services: &[ServiceSpec], settings: &Settings, manifest: &Manifest) -> anyhow::Result<()> {
    let states = services.iter().filter_map(|spec| Some((spec, manifest.services.get(spec.name)?)));
    for (spec, state) in states {
        let name = spec.name;
        match (&state.postgres, url(settings, spec)) {
            (Some(_), None) => bail!(
                "the backup has the database of {name} from PostgreSQL; name an empty database of PostgreSQL \
                 to restore it to, best as METIER_DATABASE__URL"
            ),
            (None, Some(_)) => bail!(
                "the backup has the database of {name} as a file, but the settings keep it in PostgreSQL; \
                 restore it without database.url"
            ),
            _ => {}
        }
    }
    Ok(())
}

/// Restores every schema of the backup `from`; not kept yet.
pub async fn copy_in(
    restoring: &mut Restoring,
    services: &[ServiceSpec],
    from: &Path,
    manifest: &Manifest,
) -> anyhow::Result<()> {
    for spec in services {
        let Some(state) = manifest.services.get(spec.name) else { continue };
        let (Some(content), Some(migrations)) = (&state.postgres, &spec.migrations) else { continue };
        let mut schema = restoring.schema(spec.name, migrations, state.schema).await?;
        schema.require(&content.tables.keys().collect::<Vec<_>>())?;
        for (table, wanted) in &content.tables {
            fill(&mut schema, table, wanted, &from.join(table_path(spec.name, table))).await?;
        }
        let found = schema.end(&content.sequences).await?.map(ServiceState::from);
        let wanted = ServiceState { postgres: None, ..state.clone() };
        ensure!(
            found.as_ref() == Some(&wanted),
            "the database of {} came out other than the backup says it was: {found:?}; nothing was restored",
            spec.name
        );
    }
    Ok(())
}

async fn fill(
    schema: &mut SchemaWriter<'_>,
    table: &str,
    wanted: &TableContent,
    file: &Path,
) -> anyhow::Result<()> {
    let open = File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    let found = schema.copy_in(table, &wanted.columns, MultiGzDecoder::new(open)).await;
    let found = found.with_context(|| format!("cannot restore {}", file.display()))?;
    ensure!(
        found == wanted.rows,
        "{} holds {found} rows, not {} as the backup says; nothing was restored",
        file.display(),
        wanted.rows
    );
    Ok(())
}
