//! Documents name files and folders that exist.
//!
//! Checked are relative links, and inline code that reads like a path of this repository: its first
//! part is one of our folders or it ends like a file. Code blocks are not: they show other machines.

use std::ops::Range;
use std::path::{Component, Path};

use pulldown_cmark::{Event, Parser, Tag};

use super::Violation;
use super::repository::{File, Repository};

/// Folders of the repository's root; a path below one of them must exist even when the folder does not.
const FOLDERS: &[&str] = &[
    ".cargo",
    ".ci",
    ".config",
    "bench",
    "clients",
    "contracts",
    "deploy",
    "docs",
    "examples",
    "metier",
    "platform",
    "plugins",
    "services",
    "web",
    "xtask",
];
const ENDINGS: &[&str] = &[".md", ".rs", ".toml", ".sql", ".proto", ".py", ".sh", ".ts", ".tsx", ".json"];

/// Finds names of things that are not there in every Markdown document.
pub fn check(repository: &Repository) -> Vec<Violation> {
    repository.ending_with(".md").flat_map(|document| check_document(repository, document)).collect()
}

/// What a document names.
enum Name {
    /// Where a reader would get, so it counts from the document alone.
    Link(String),
    /// What a reader would look for, so it may count from the root, too, or from inside a crate.
    Code(String),
}

fn check_document(repository: &Repository, document: &File) -> Vec<Violation> {
    let named = Parser::new(&document.text).into_offset_iter().filter_map(|(event, range)| {
        let name = match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                Name::Link(link_target(&dest_url)?.to_owned())
            }
            Event::Code(code) => Name::Code(named_path(&code)?.to_owned()),
            _ => return None,
        };
        Some((name, range))
    });
    let missing = |(name, range): (Name, Range<usize>)| {
        let absent = name.absent(repository, document)?;
        let line = 1 + document.text[..range.start].matches('\n').count();
        Some(Violation::new(
            &document.path,
            line,
            format!("there is no {absent}: mend the name or make the file"),
        ))
    };
    named.filter_map(missing).collect()
}

impl Name {
    /// The part of it that does not exist.
    fn absent(self, repository: &Repository, document: &File) -> Option<String> {
        let folder = Path::new(&document.path).parent().unwrap_or(Path::new(""));
        match self {
            Self::Link(path) => (!lies_at(repository, &folder.join(&path))).then_some(path),
            Self::Code(path) => expand(&path).into_iter().find(|path| {
                let known = known_part(path);
                let near =
                    lies_at(repository, &folder.join(&known)) || lies_at(repository, Path::new(&known));
                !near && !lies_in_a_crate(repository, &known)
            }),
        }
    }
}

/// The file that a link leads to, or `None` for another site or a place in the same document.
fn link_target(url: &str) -> Option<&str> {
    let path = url.split(['#', '?']).next().unwrap_or_default();
    let has_scheme = path.split('/').next().is_some_and(|first| first.contains(':'));
    (!has_scheme && !path.is_empty()).then_some(path)
}

/// The path that inline code names, without the item or line that may follow it.
fn named_path(code: &str) -> Option<&str> {
    let path = code.split("::").next().unwrap_or_default();
    let path = path.split_once(':').map_or(path, |(path, line)| if is_number(line) { path } else { code });
    let is_plain =
        path.chars().all(|character| character.is_ascii_alphanumeric() || "._-/{},*<>".contains(character));
    let first = path.split('/').next().unwrap_or_default();
    let has_ending = ENDINGS.iter().any(|ending| path.ends_with(ending));
    let is_document = path.ends_with(".md") && path.len() > ".md".len();
    let is_path =
        path.contains('/') && (FOLDERS.contains(&first) || first == "." || first == ".." || has_ending);
    (is_plain && !path.starts_with('/') && (is_path || is_document)).then_some(path)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|character| character.is_ascii_digit())
}

/// `a/{b,c}/d` names two paths.
fn expand(path: &str) -> Vec<String> {
    let braces = path.split_once('{').and_then(|(head, rest)| Some((head, rest.split_once('}')?)));
    let Some((head, (choices, tail))) = braces else {
        return vec![path.to_owned()];
    };
    choices.split(',').flat_map(|choice| expand(&format!("{head}{choice}{tail}"))).collect()
}

/// What lies outside the repository cannot be known.
fn lies_at(repository: &Repository, path: &Path) -> bool {
    normalize(path).is_none_or(|path| path.is_empty() || repository.has(&path))
}

/// `ops/runs.rs` in some service; a path that begins with a folder of the root is meant from there.
fn lies_in_a_crate(repository: &Repository, path: &str) -> bool {
    let first = path.split('/').next().unwrap_or_default();
    !FOLDERS.contains(&first) && path.contains('/') && repository.has_ending(&format!("/{path}"))
}

/// The path before its first placeholder: `services/*/src` and `services/<name>` name `services`.
fn known_part(path: &str) -> String {
    let parts = path.trim_end_matches('/').split('/');
    parts.take_while(|part| !part.contains(['*', '<'])).collect::<Vec<_>>().join("/")
}

/// Without `.` and `..`; `None` when it leaves the repository.
fn normalize(path: &Path) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::ParentDir => drop(parts.pop()?),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::repository::fixture;

    fn found(document: &str, text: &str) -> Vec<String> {
        let repository = fixture::files(&[
            (document, text),
            ("README.md", ""),
            ("docs/guide/start.md", ""),
            ("services/jobs/src/ops/runs.rs", ""),
            ("services/jobs/migrations/sqlite/0001.sql", ""),
        ]);
        check(&repository)
            .into_iter()
            .map(|violation| format!("{}: {}", violation.line, violation.advice))
            .collect()
    }

    #[test]
    fn what_exists_may_be_named_in_any_way() {
        for text in [
            "[start](docs/guide/start.md#first) and [site](https://example.org/a.md) and [here](#here)",
            "`services/jobs/src/ops/runs.rs::cancel`, `services/jobs/src/ops/runs.rs:12`, `services/jobs/`",
            "`services/*/src/domain` and `services/<name>/src` and `services/jobs/{src,migrations}`",
            "`ops/runs.rs::cancel` in some service",
            "`../shared/data` lies beside the repository",
        ] {
            assert_eq!(found("ARCHITECTURE.md", text), [""; 0], "{text}");
        }
    }

    #[test]
    fn other_code_is_no_path() {
        for text in [
            "`/api/v1/runs`",
            "`application/json`",
            "`resource:verb`",
            "`and/or`",
            "`cargo xtask test`",
            "`config.toml`",
        ] {
            assert_eq!(found("ARCHITECTURE.md", text), [""; 0], "{text}");
        }
        assert_eq!(found("ARCHITECTURE.md", "```sh\ncat services/none.rs `services/none`\n```\n"), [""; 0]);
    }

    #[test]
    fn what_is_gone_is_found_with_its_line() {
        let gone = |name: &str| [format!("2: there is no {name}: mend the name or make the file")];
        assert_eq!(found("A.md", "# A\n[gone](docs/gone.md)"), gone("docs/gone.md"));
        assert_eq!(found("A.md", "# A\n![gone](docs/gone.png)"), gone("docs/gone.png"));
        assert_eq!(found("A.md", "# A\n`services/mail/src`"), gone("services/mail/src"));
        assert_eq!(found("A.md", "# A\n`GONE.md`"), gone("GONE.md"));
        assert_eq!(found("A.md", "# A\n`ops/tasks.rs::cancel`"), gone("ops/tasks.rs"));
        assert_eq!(
            found("docs/A.md", "# A\n[from the root](docs/guide/start.md)"),
            gone("docs/guide/start.md")
        );
        let one_of_two = "`services/jobs/migrations/{sqlite,postgres}`";
        assert_eq!(found("A.md", &format!("# A\n{one_of_two}")), gone("services/jobs/migrations/postgres"));
    }

    #[test]
    fn paths_count_from_the_document_or_from_the_root() {
        assert_eq!(
            found("docs/guide/next.md", "[start](start.md), `README.md`, [top](../../README.md)"),
            [""; 0]
        );
        assert_eq!(found("services/jobs/README.md", "`src/ops/runs.rs`"), [""; 0]);
    }
}
