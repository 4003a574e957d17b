//! The database files: whole, and not from a newer Metier.

use metier_db::DatabaseSettings;

use super::{
    Finding, chain,
    scene::{Looked, Scene},
};

pub fn look(scene: &Scene) -> Vec<Finding> {
    let is_file = |looked: &&Looked| matches!(looked.settings, DatabaseSettings::Sqlite { .. });
    scene.databases.iter().filter(is_file).filter_map(finding).collect()
}

fn finding(looked: &Looked) -> Option<Finding> {
    let name = looked.spec.name;
    match &looked.found {
        Err(error) => Some(Finding::wrong(
            chain(error),
            format!("let the user who runs Metier read and write db/{name}.db and what lies beside it"),
        )),
        Ok(Some(found)) if !found.damage.is_empty() => Some(Finding::wrong(
            format!("the database of {name} is damaged: {}", found.damage.join("; ")),
            "stop Metier, keep a copy of the folder, look at the disk, and restore the last good backup with \
             `metier restore`",
        )),
        Ok(_) => newer(looked),
    }
}

/// A schema that this build would refuse.
pub fn newer(looked: &Looked) -> Option<Finding> {
    let found = looked.found.as_ref().ok()?.as_ref()?;
    let known = looked.spec.migrations?.newest();
    found.schema.is_newer_than(known).then(|| {
        Finding::wrong(
            format!(
                "the database of {} has schema {}.{}, newer than this build knows ({}.{})",
                looked.spec.name, found.schema.platform, found.schema.service, known.platform, known.service
            ),
            "run the newer metier, or restore a backup from before the upgrade",
        )
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::commands::doctor::testing::{Installation, only};

    #[test]
    fn good_databases_are_nothing_to_tell_of() {
        let installation = Installation::new();
        installation.database("jobs");
        assert_eq!(look(&installation.scene()), []);
    }

    #[test]
    fn a_damaged_database_is_found() {
        let installation = Installation::new();
        installation.database("jobs");
        let file = installation.path("db/jobs.db");
        let mut content = fs::read(&file).unwrap();
        content[4096..4096 * 8].fill(0x5a);
        fs::write(&file, content).unwrap();
        assert!(only(look(&installation.scene())).message.contains("the database of jobs is damaged"));
        fs::write(&file, "not a database, but of some length".repeat(100)).unwrap();
        assert!(only(look(&installation.scene())).message.contains("the database of jobs is damaged"));
    }

    #[test]
    fn a_newer_schema_is_found() {
        let installation = Installation::new();
        installation.database("jobs");
        installation.change("jobs", "UPDATE _service_migrations SET version = 999 WHERE version = (SELECT max(version) FROM _service_migrations)");
        assert!(only(look(&installation.scene())).message.contains("schema 1.999, newer"));
    }
}
