//! The picture of the repository that rules look at: its files and its packages.
//!
//! Rules read nothing themselves, so their tests need no disk.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use walkdir::{DirEntry, WalkDir};

/// Folders that hold what tools made; in a second checkout git's is a file.
const GENERATED: &[&str] =
    &[".git", ".venv", "__pycache__", ".pytest_cache", ".mypy_cache", "dist", "node_modules", "target"];

/// Files and packages of the repository.
#[derive(Default)]
pub struct Repository {
    pub files: Vec<File>,
    pub packages: Vec<Package>,
    paths: BTreeSet<String>,
}

/// A file with its path from the root, written with slashes.
pub struct File {
    pub path: String,
    /// Empty for a file that is not text.
    pub text: String,
}

/// A package of the workspace.
pub struct Package {
    pub name: String,
    /// Its folder from the root of the repository.
    pub folder: String,
    pub dependencies: Vec<Dependency>,
}

/// A direct dependency of a package.
#[derive(Deserialize)]
pub struct Dependency {
    pub name: String,
    #[serde(default, deserialize_with = "null_is_normal")]
    pub kind: Kind,
}

/// What a dependency is needed for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    #[default]
    Normal,
    Build,
    Dev,
}

impl File {
    /// Lines with their numbers, counted from one.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// The first line that has `needle`, else the first of all.
    pub fn line_of(&self, needle: &str) -> usize {
        self.lines().find(|(_, line)| line.contains(needle)).map_or(1, |(number, _)| number)
    }
}

impl Repository {
    /// Reads everything below `root` but what tools made, committed or not.
    pub fn read(root: &Path) -> Result<Self> {
        let walk =
            WalkDir::new(root).sort_by_file_name().into_iter().filter_entry(|entry| !is_generated(entry));
        let mut files = Vec::new();
        for entry in walk {
            let entry = entry?;
            if entry.file_type().is_file() {
                files.push(File::read(root, entry.path())?);
            }
        }
        Ok(Self::new(files, packages(root)?))
    }

    /// A repository of these files and packages.
    pub fn new(files: Vec<File>, packages: Vec<Package>) -> Self {
        let mut paths = BTreeSet::new();
        for file in &files {
            paths.extend(Path::new(&file.path).ancestors().map(|path| path.to_string_lossy().into_owned()));
        }
        Self { files, packages, paths }
    }

    /// Whether a file or folder lies there.
    pub fn has(&self, path: &str) -> bool {
        self.paths.contains(path)
    }

    /// Whether the path of any file or folder ends so.
    pub fn has_ending(&self, end: &str) -> bool {
        self.paths.iter().any(|path| path.ends_with(end))
    }

    /// The file at exactly this path.
    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// The text of the file at exactly this path.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.file(path).map(|file| file.text.as_str())
    }

    /// Files whose name ends so.
    pub fn ending_with(&self, end: &'static str) -> impl Iterator<Item = &File> {
        self.files.iter().filter(move |file| file.path.ends_with(end))
    }
}

impl File {
    fn read(root: &Path, path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let text = String::from_utf8(bytes).unwrap_or_default();
        Ok(Self { path: relative(root, path)?, text })
    }
}

fn is_generated(entry: &DirEntry) -> bool {
    GENERATED.iter().any(|name| entry.file_name() == *name)
}

fn relative(root: &Path, path: &Path) -> Result<String> {
    let below = path.strip_prefix(root).with_context(|| format!("{} is outside", path.display()))?;
    let parts = below.components().map(Component::as_os_str);
    let names: Option<Vec<&str>> = parts.map(|part| part.to_str()).collect();
    let names = names.with_context(|| format!("the name of {} is not UTF-8", path.display()))?;
    Ok(names.join("/"))
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<MetadataPackage>,
}

#[derive(Deserialize)]
struct MetadataPackage {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
}

/// Cargo knows the members, and what they inherit and rename, better than we could read it.
fn packages(root: &Path) -> Result<Vec<Package>> {
    let mut command = crate::cargo();
    let output =
        command.args(["metadata", "--no-deps", "--format-version=1"]).output().context("cannot run cargo")?;
    if !output.status.success() {
        bail!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let metadata: Metadata = serde_json::from_slice(&output.stdout)?;
    let package = |found: MetadataPackage| {
        let folder = found.manifest_path.parent().context("a manifest without a folder")?;
        Ok(Package { name: found.name, folder: relative(root, folder)?, dependencies: found.dependencies })
    };
    metadata.packages.into_iter().map(package).collect()
}

fn null_is_normal<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Kind, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
pub mod fixture {
    //! Small repositories for the tests of rules.

    use super::*;

    pub fn files(files: &[(&str, &str)]) -> Repository {
        let file = |(path, text): &(&str, &str)| File { path: (*path).into(), text: (*text).into() };
        Repository::new(files.iter().map(file).collect(), Vec::new())
    }

    pub fn packages(packages: Vec<Package>) -> Repository {
        Repository::new(Vec::new(), packages)
    }

    pub fn package(name: &str, folder: &str, dependencies: &[(&str, Kind)]) -> Package {
        let dependency = |(name, kind): &(&str, Kind)| Dependency { name: (*name).into(), kind: *kind };
        Package {
            name: name.into(),
            folder: folder.into(),
            dependencies: dependencies.iter().map(dependency).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_exists_when_a_file_lies_below_it() {
        let repository = fixture::files(&[("services/jobs/src/lib.rs", "")]);
        assert!(repository.has("services/jobs"));
        assert!(repository.has("services/jobs/src/lib.rs"));
        assert!(!repository.has("services/job"));
    }

    #[test]
    fn this_repository_has_this_file_and_this_package_but_nothing_generated() {
        let repository = Repository::read(crate::root()).unwrap();
        assert!(repository.has("xtask/src/tidy/repository.rs"));
        assert!(!repository.has("target"));
        let xtask = repository.packages.iter().find(|package| package.folder == "xtask").unwrap();
        assert!(xtask.dependencies.iter().any(|found| found.name == "walkdir" && found.kind == Kind::Normal));
    }
}
