//! Both databases are migrated by files of the same names.

use std::collections::BTreeSet;

use super::Violation;
use super::repository::Repository;

const DIALECTS: [(&str, &str); 2] =
    [("/migrations/sqlite/", "/migrations/postgres/"), ("/migrations/postgres/", "/migrations/sqlite/")];

/// Finds migrations of one database that the other lacks.
pub fn check(repository: &Repository) -> Vec<Violation> {
    let paths: BTreeSet<&str> = repository.files.iter().map(|file| file.path.as_str()).collect();
    let missing = paths.iter().filter_map(|path| {
        let twin = twin(path)?;
        let advice = format!("add {twin}: both databases have the same migrations");
        (!paths.contains(twin.as_str())).then(|| Violation::new(*path, 1, advice))
    });
    missing.collect()
}

/// The same migration for the other database.
fn twin(path: &str) -> Option<String> {
    let (own, other) = DIALECTS.iter().find(|(own, _)| path.contains(own))?;
    Some(path.replacen(own, other, 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::repository::fixture;

    #[test]
    fn a_migration_needs_its_twin() {
        let repository = fixture::files(&[
            ("services/jobs/migrations/sqlite/0001_init.sql", ""),
            ("services/jobs/migrations/postgres/0001_init.sql", ""),
            ("services/jobs/migrations/sqlite/0002_owner.sql", ""),
            ("services/jobs/migrations/postgres/0003_index.sql", ""),
            ("services/jobs/migrations/README.md", ""),
        ]);
        let found: Vec<String> = check(&repository).into_iter().map(|violation| violation.path).collect();
        assert_eq!(
            found,
            [
                "services/jobs/migrations/postgres/0003_index.sql",
                "services/jobs/migrations/sqlite/0002_owner.sql"
            ]
        );
    }
}
