//! Every crate inherits what the workspace decides once: edition, licence, lints, versions.

use toml::{Table, Value};

use super::Violation;
use super::repository::{File, Package, Repository};

const INHERITED: &[&str] = &["version", "edition", "rust-version", "license", "publish"];
const DEPENDENCIES: &[&str] = &["dependencies", "dev-dependencies", "build-dependencies"];

/// Finds crates with a name out of place and with settings or versions of their own.
pub fn check(repository: &Repository) -> Vec<Violation> {
    repository.packages.iter().flat_map(|package| check_package(repository, package)).collect()
}

fn check_package(repository: &Repository, package: &Package) -> Vec<Violation> {
    let Some(file) = repository.file(&format!("{}/Cargo.toml", package.folder)) else {
        return Vec::new();
    };
    let mut violations: Vec<Violation> = misnamed(package, file).into_iter().collect();
    // Cargo has read this file before, so it parses.
    let manifest: Table = file.text.parse().unwrap_or_default();
    violations.extend(own_settings(&manifest, file));
    violations.extend(own_versions(&manifest, file));
    violations
}

fn misnamed(package: &Package, file: &File) -> Option<Violation> {
    let expected = match package.folder.split_once('/')? {
        ("contracts", name) => format!("metier-contract-{name}"),
        ("plugins", name) => format!("metier-plugin-{name}"),
        (_, name) => format!("metier-{name}"),
    };
    let advice = format!("name the crate {expected}, after its folder");
    (package.name != expected).then(|| Violation::new(&file.path, file.line_of("name"), advice))
}

fn own_settings(manifest: &Table, file: &File) -> Vec<Violation> {
    let mut violations = Vec::new();
    let package = manifest.get("package");
    for key in INHERITED {
        if !inherits(package.and_then(|package| package.get(key))) {
            violations.push(Violation::new(
                &file.path,
                file.line_of(key),
                format!("write {key}.workspace = true"),
            ));
        }
    }
    if package.and_then(|package| package.get("description")).is_none() {
        violations.push(Violation::new(
            &file.path,
            1,
            "say in one line of description what the crate is for",
        ));
    }
    if !inherits(manifest.get("lints")) {
        violations.push(Violation::new(
            &file.path,
            file.line_of("[lints"),
            "write workspace = true below [lints]",
        ));
    }
    violations
}

fn own_versions(manifest: &Table, file: &File) -> Vec<Violation> {
    let tables = DEPENDENCIES.iter().filter_map(|name| manifest.get(*name)?.as_table()).flatten();
    let own = tables.filter(|(_, dependency)| !inherits(Some(dependency)) && !is_itself(dependency));
    let violation = |(name, _): (&String, &Value)| {
        let advice = format!("write {name}.workspace = true; versions stand in the workspace's Cargo.toml");
        Violation::new(&file.path, file.line_of(&format!("{name} =")), advice)
    };
    own.map(violation).collect()
}

/// A crate's tests may turn on its own features.
fn is_itself(dependency: &Value) -> bool {
    dependency.get("path").and_then(Value::as_str) == Some(".")
}

fn inherits(value: Option<&Value>) -> bool {
    value.and_then(|value| value.get("workspace")).and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[package]\nname = \"metier-db\"\ndescription = \"Databases\"\nversion.workspace = true\n\
        edition.workspace = true\nrust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true\n\
        [lints]\nworkspace = true\n[dependencies]\nserde.workspace = true\n\
        [dev-dependencies]\nmetier-db = { path = \".\", features = [\"test\"] }\n";

    fn advice(folder: &str, name: &str, text: &str) -> Vec<String> {
        let file = File { path: format!("{folder}/Cargo.toml"), text: text.into() };
        let package = Package { name: name.into(), folder: folder.into(), dependencies: Vec::new() };
        let repository = Repository::new(vec![file], vec![package]);
        check(&repository)
            .into_iter()
            .map(|violation| format!("{}: {}", violation.line, violation.advice))
            .collect()
    }

    #[test]
    fn a_crate_that_inherits_everything_is_fine() {
        assert_eq!(advice("platform/db", "metier-db", GOOD), [""; 0]);
    }

    #[test]
    fn a_crate_is_named_after_its_folder() {
        assert_eq!(
            advice("contracts/db", "metier-db", GOOD),
            ["2: name the crate metier-contract-db, after its folder"]
        );
        assert_eq!(advice("plugins/db", "metier-plugin-db", GOOD), [""; 0]);
        assert_eq!(advice("xtask", "xtask", GOOD), [""; 0]);
    }

    #[test]
    fn own_settings_lints_and_versions_are_found() {
        let text = GOOD
            .replace("edition.workspace = true", "edition = \"2021\"")
            .replace("[lints]\nworkspace = true\n", "")
            .replace("serde.workspace = true", "serde = { version = \"1\", features = [] }");
        assert_eq!(
            advice("platform/db", "metier-db", &text),
            [
                "5: write edition.workspace = true",
                "1: write workspace = true below [lints]",
                "10: write serde.workspace = true; versions stand in the workspace's Cargo.toml",
            ]
        );
    }
}
