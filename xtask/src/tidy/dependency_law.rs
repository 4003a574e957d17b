//! Who may depend on whom: `platform/core <- platform/* <- contracts/* <- services/* <- metier`.
//!
//! A service never depends on another service, a plugin knows only its SDK, and this crate knows
//! none of them. The law is what lets any set of services run in any number of processes.

use super::Violation;
use super::repository::{Dependency, Kind, Package, Repository};

/// Crates of the platform, each allowed to use those before it: a line has no cycles.
const PLATFORM: &[&str] = &[
    "core",
    "cron",
    "config",
    "telemetry",
    "blob",
    "db",
    "auth",
    "rpc",
    "bus",
    "http",
    "graphql",
    "worker",
    "harness",
    "testkit",
];

/// Crates of others that belong in a few places only.
const CONFINED: &[(&str, &[&str], &str)] =
    &[("anyhow", &["metier", "xtask"], "a library names its errors: use an enum with thiserror")];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layer<'a> {
    Platform(&'a str),
    Contract,
    Service,
    Binary,
    Sdk,
    Replay,
    Plugin,
    Chores,
    Unknown,
}

/// Finds dependencies that the law does not allow.
pub fn check(repository: &Repository) -> Vec<Violation> {
    let mut violations = Vec::new();
    for package in &repository.packages {
        if let Some(advice) = unplaced(package) {
            violations.push(Violation::new(manifest(package), 1, advice));
        }
        for dependency in &package.dependencies {
            if let Some(advice) = refused(repository, package, dependency) {
                let path = manifest(package);
                let line = repository.file(&path).map_or(1, |file| file.line_of(&dependency.name));
                violations.push(Violation::new(path, line, advice));
            }
        }
    }
    violations
}

fn manifest(package: &Package) -> String {
    format!("{}/Cargo.toml", package.folder)
}

fn unplaced(package: &Package) -> Option<String> {
    match layer(&package.folder) {
        Layer::Unknown => Some("move the crate below platform, contracts, services or plugins".into()),
        Layer::Platform(name) if rank(name).is_none() => {
            Some(format!("add {name} to PLATFORM in {}, after what it uses", file!()))
        }
        _ => None,
    }
}

fn refused(repository: &Repository, package: &Package, dependency: &Dependency) -> Option<String> {
    if let Some(advice) = confined(package, dependency) {
        return Some(advice.into());
    }
    // A crate's tests may turn on its own features.
    let mut others = repository.packages.iter().filter(|other| other.name != package.name);
    let used = others.find(|other| other.name == dependency.name)?;
    let advice = forbidden(layer(&package.folder), layer(&used.folder), dependency.kind)?;
    Some(format!("do not depend on {}: {advice}", used.name))
}

fn confined(package: &Package, dependency: &Dependency) -> Option<&'static str> {
    let (_, folders, advice) = CONFINED.iter().find(|(name, ..)| *name == dependency.name)?;
    let allowed = dependency.kind == Kind::Dev || folders.contains(&package.folder.as_str());
    (!allowed).then_some(advice)
}

/// Why `user` may not depend on `used`, or `None` when it may.
fn forbidden(user: Layer, used: Layer, kind: Kind) -> Option<&'static str> {
    use Layer::{Binary, Chores, Contract, Platform, Plugin, Replay, Sdk, Service};
    match (user, used) {
        (Chores, _) => Some("xtask runs other crates as programs, so that it compiles in seconds"),
        (_, Chores) => Some("xtask is for people at work on the project"),
        (_, Platform("testkit")) | (Plugin, Replay) if kind == Kind::Dev => None,
        (Platform(user), Platform(used)) if rank(used) < rank(user) => None,
        (Platform(_), Platform(_)) => Some("the platform's crates only use those listed before them"),
        (Binary, _) | (Contract | Service, Platform(_)) | (Service, Contract) | (Plugin | Replay, Sdk) => {
            None
        }
        (Platform(_), _) => Some("the platform knows no service"),
        (Contract, _) => Some("a contract knows only the platform"),
        (Service, Service) => Some("a service reaches another only through its contract"),
        (Plugin | Replay | Sdk, _) => Some("a plugin knows only its SDK, and the SDK nothing of ours"),
        _ => Some("services and their contracts are used by metier alone"),
    }
}

fn layer(folder: &str) -> Layer<'_> {
    match folder.split_once('/') {
        Some(("platform", name)) => Layer::Platform(name),
        Some(("contracts", _)) => Layer::Contract,
        Some(("services", _)) => Layer::Service,
        Some(("plugins", "sdk")) => Layer::Sdk,
        Some(("plugins", "replay")) => Layer::Replay,
        Some(("plugins", _)) => Layer::Plugin,
        None if folder == "metier" => Layer::Binary,
        None if folder == "xtask" => Layer::Chores,
        _ => Layer::Unknown,
    }
}

fn rank(name: &str) -> Option<usize> {
    PLATFORM.iter().position(|known| *known == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::repository::fixture;

    const FOLDERS: &[(&str, &str)] = &[
        ("metier-core", "platform/core"),
        ("metier-db", "platform/db"),
        ("metier-harness", "platform/harness"),
        ("metier-testkit", "platform/testkit"),
        ("metier-contract-jobs", "contracts/jobs"),
        ("metier-contract-products", "contracts/products"),
        ("metier-jobs", "services/jobs"),
        ("metier-products", "services/products"),
        ("metier-plugin-sdk", "plugins/sdk"),
        ("metier-plugin-replay", "plugins/replay"),
        ("metier-plugin-eures", "plugins/eures"),
        ("metier", "metier"),
        ("xtask", "xtask"),
    ];

    /// What the law says to one dependency in a workspace with a crate of every layer.
    fn judge(user: &str, used: &str, kind: Kind) -> Option<String> {
        let one = [(used, kind)];
        let package = |(name, folder): &(&str, &str)| {
            fixture::package(name, folder, if *name == user { &one } else { &[] })
        };
        let packages = FOLDERS.iter().map(package).collect();
        check(&fixture::packages(packages)).pop().map(|violation| violation.advice)
    }

    #[test]
    fn each_layer_may_use_the_ones_below() {
        for (user, used) in [
            ("metier-db", "metier-core"),
            ("metier-harness", "metier-db"),
            ("metier-contract-jobs", "metier-core"),
            ("metier-jobs", "metier-db"),
            ("metier-jobs", "metier-contract-products"),
            ("metier-plugin-eures", "metier-plugin-sdk"),
            ("metier-plugin-replay", "metier-plugin-sdk"),
            ("metier", "metier-jobs"),
            ("metier", "metier-plugin-eures"),
            ("metier-jobs", "serde"),
            ("metier-harness", "metier-harness"),
        ] {
            assert_eq!(judge(user, used, Kind::Normal), None, "{user} -> {used}");
        }
    }

    #[test]
    fn no_layer_may_use_the_ones_above_or_its_neighbors() {
        for (user, used) in [
            ("metier-core", "metier-db"),
            ("metier-db", "metier-contract-jobs"),
            ("metier-contract-jobs", "metier-contract-products"),
            ("metier-contract-jobs", "metier-jobs"),
            ("metier-jobs", "metier-products"),
            ("metier-jobs", "metier-plugin-eures"),
            ("metier-jobs", "metier"),
            ("metier-plugin-eures", "metier-core"),
            ("metier-plugin-sdk", "metier-core"),
            ("metier-plugin-sdk", "metier-plugin-eures"),
            ("metier", "xtask"),
            ("xtask", "metier-core"),
        ] {
            for kind in [Kind::Normal, Kind::Build, Kind::Dev] {
                assert!(judge(user, used, kind).is_some(), "{user} -> {used} ({kind:?})");
            }
        }
    }

    #[test]
    fn the_testkit_may_use_the_platform_it_helps_to_test() {
        assert_eq!(judge("metier-testkit", "metier-db", Kind::Normal), None);
        assert!(judge("metier-db", "metier-testkit", Kind::Normal).is_some());
    }

    #[test]
    fn any_test_but_not_any_crate_may_use_the_testkit() {
        assert_eq!(judge("metier-core", "metier-testkit", Kind::Dev), None);
        assert_eq!(judge("metier-plugin-eures", "metier-testkit", Kind::Dev), None);
        assert!(judge("metier-plugin-eures", "metier-testkit", Kind::Normal).is_some());
        assert!(judge("xtask", "metier-testkit", Kind::Dev).is_some());
    }

    #[test]
    fn tests_of_plugins_may_use_the_stand_in_for_job_boards() {
        assert_eq!(judge("metier-plugin-eures", "metier-plugin-replay", Kind::Dev), None);
        assert!(judge("metier-plugin-eures", "metier-plugin-replay", Kind::Normal).is_some());
        assert!(judge("metier-jobs", "metier-plugin-replay", Kind::Dev).is_some());
    }

    #[test]
    fn libraries_name_their_errors() {
        assert!(judge("metier-jobs", "anyhow", Kind::Normal).unwrap().contains("thiserror"));
        assert_eq!(judge("metier-jobs", "anyhow", Kind::Dev), None);
        assert_eq!(judge("metier", "anyhow", Kind::Normal), None);
    }

    #[test]
    fn a_crate_has_a_place() {
        let repository = fixture::packages(vec![
            fixture::package("metier-new", "platform/new", &[]),
            fixture::package("stray", "tools/stray", &[]),
        ]);
        let paths: Vec<String> = check(&repository).into_iter().map(|violation| violation.path).collect();
        assert_eq!(paths, ["platform/new/Cargo.toml", "tools/stray/Cargo.toml"]);
    }
}
