//! Words that do not belong into the repository: paths of one machine, hosts of registries, promises
//! without an issue.

use super::Violation;
use super::repository::{File, Repository};

const MACHINE_PATHS: &[&str] = &["/home/", "/root/", "/Users/", "/work/", "C:\\Users\\"];
const REGISTRY_HOSTS: &[&str] = &[
    "//crates.io",
    "index.crates.io",
    "static.crates.io",
    "deb.debian.org",
    "files.pythonhosted.org",
    "proxy.golang.org",
    "pypi.org",
    "registry.npmjs.org",
    "registry.yarnpkg.com",
];
const PROMISES: &[&str] = &["TODO", "FIXME", "XXX", "HACK"];

/// Lock files are written by tools and name registries.
const LOCK_FILES: &[&str] = &["Cargo.lock", "package-lock.json", "pnpm-lock.yaml", "uv.lock"];

/// Finds such words in every text file but lock files and this one, which has to spell them.
pub fn check(repository: &Repository) -> Vec<Violation> {
    let is_exempt = |path: &str| path == file!() || LOCK_FILES.iter().any(|name| path.ends_with(name));
    repository.files.iter().filter(|file| !is_exempt(&file.path)).flat_map(check_file).collect()
}

fn check_file(file: &File) -> impl Iterator<Item = Violation> {
    // Prose may speak of promises; code that makes one is unfinished.
    let is_prose = file.path.ends_with(".md");
    file.lines().filter_map(move |(number, line)| {
        let advice = place(line).or_else(|| if is_prose { None } else { promise(line) })?;
        Some(Violation::new(&file.path, number, advice))
    })
}

fn place(line: &str) -> Option<String> {
    if let Some(path) = MACHINE_PATHS.iter().find(|path| begins_a_path(line, path)) {
        return Some(format!("write a path from the repository's root: {path} exists on one machine"));
    }
    let host = REGISTRY_HOSTS.iter().find(|host| line.contains(**host))?;
    Some(format!("leave the registry to the tool's settings: no {host} here"))
}

fn promise(line: &str) -> Option<String> {
    let promise = PROMISES.iter().find(|promise| promises(line, promise))?;
    Some(format!("do it, or name the issue: {promise}(#12)"))
}

/// `path` at the start of a path, not in the middle of one.
fn begins_a_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        before.is_none_or(|last| !last.is_alphanumeric() && !".-_}/*>~$".contains(last))
    })
}

/// The word alone and in capitals, without the number of an issue after it.
fn promises(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(start, _)| {
        let is_part = |character: char| character.is_alphanumeric() || character == '_';
        let after = &line[start + word.len()..];
        !line[..start].ends_with(is_part) && !after.starts_with(is_part) && !after.starts_with("(#")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::repository::fixture;

    #[test]
    fn paths_of_one_machine_are_found() {
        assert!(place("let data = \"/home/ada/data\";").is_some());
        assert!(place("cd /work/project").is_some());
        assert!(place("see docs/work/plan.md and /api/v1/home/x and $ROOT/work/x").is_none());
    }

    #[test]
    fn registries_are_found() {
        assert!(place("index = \"sparse+https://index.crates.io/\"").is_some());
        assert!(place("published as a crate").is_none());
    }

    #[test]
    fn a_promise_needs_an_issue() {
        assert!(promise("// TODO: later").is_some());
        assert!(promise("// FIXME").is_some());
        assert!(promise("// TODO(#7): waits for the index").is_none());
        assert!(promise("let TODOS = 1; // todo list").is_none());
    }

    #[test]
    fn prose_may_speak_of_promises() {
        assert!(check(&fixture::files(&[("STYLE.md", "No TODO without an issue.")])).is_empty());
        assert_eq!(check(&fixture::files(&[("a.py", "# TODO think\n")])).len(), 1);
    }

    #[test]
    fn lock_files_are_left_to_their_tools() {
        let text = "https://registry.npmjs.org/x";
        let found = check(&fixture::files(&[("web/package-lock.json", text), ("web/package.json", text)]));
        assert_eq!(
            found.into_iter().map(|violation| violation.path).collect::<Vec<_>>(),
            ["web/package.json"]
        );
    }
}
