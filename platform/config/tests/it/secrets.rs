//! Secrets: in files of their own, and never shown.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
};

use metier_config::{Loader, Severity};
use serde_json::json;
use tempfile::TempDir;

use super::{Jobs, complaints};

struct SecretFile {
    path: PathBuf,
    _folder: TempDir,
}

impl SecretFile {
    fn new(content: &str, mode: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        Self { path, _folder: folder }
    }
}

fn loader(jobs: serde_json::Value) -> Loader {
    Loader::new().flags(&json!({ "jobs": jobs }))
}

#[test]
fn a_secret_may_be_given_by_the_file_that_holds_it_at_any_depth() {
    let file = SecretFile::new("from a file\n", 0o600);
    let mut loader = loader(json!({
        "join_secret_file": file.path,
        "api_token_file": file.path,
        "sources": { "eures": { "api_key_file": file.path } },
    }));
    let jobs: Jobs = loader.section("jobs").unwrap();
    assert_eq!(jobs.join_secret.expose(), "from a file");
    assert_eq!(jobs.api_token.unwrap().expose(), "from a file");
    assert_eq!(jobs.sources["eures"].api_key.as_ref().unwrap().expose(), "from a file");
    let printed = loader.finish().unwrap().to_toml();
    let origin = format!("join_secret = \"***\" # file {}, named by the command line", file.path.display());
    assert!(printed.contains(&origin) && !printed.contains("from a file"), "{printed}");
}

#[test]
fn only_secrets_are_read_from_files_of_their_own() {
    let file = SecretFile::new("a title", 0o600);
    let lines = complaints(loader(json!({ "title_file": file.path })));
    assert_eq!(
        lines,
        ["jobs.title_file (from the command line): only secrets are read from files of their own"]
    );
    let lines = complaints(loader(json!({ "join_secrt_file": file.path })));
    assert_eq!(lines.len(), 1);
    assert!(
        lines[0].starts_with("jobs.join_secrt_file (from the command line): is not a setting"),
        "{lines:?}"
    );
}

#[test]
fn a_secret_given_twice_is_refused() {
    let file = SecretFile::new("one", 0o600);
    let lines = complaints(loader(json!({ "join_secret_file": file.path, "join_secret": "two" })));
    assert_eq!(
        lines,
        ["jobs.join_secret_file (from the command line): is given besides join_secret; give one of them"]
    );
}

#[test]
fn a_secret_file_that_is_absent_empty_huge_or_relative_is_refused() {
    let (empty, huge) = (SecretFile::new("\n", 0o600), SecretFile::new(&"x".repeat(65_537), 0o600));
    let cases = [
        (empty.path.display().to_string(), "is empty"),
        (huge.path.display().to_string(), "larger than 64 KiB"),
        ("/nonexistent/secret".to_owned(), "cannot be read"),
        ("secret".to_owned(), "is not an absolute path"),
    ];
    for (path, message) in cases {
        let lines = complaints(loader(json!({ "join_secret_file": path })));
        assert!(lines.len() == 1 && lines[0].contains(message), "{lines:?}");
    }
    let lines = complaints(loader(json!({ "join_secret_file": 5 })));
    assert!(lines[0].contains("must be the path of a file"), "{lines:?}");
}

#[test]
fn a_secret_file_that_everybody_can_read_is_a_warning() {
    let file = SecretFile::new("secret", 0o644);
    let mut loader = loader(json!({ "join_secret_file": file.path }));
    assert!(loader.section::<Jobs>("jobs").is_ok());
    let findings = loader.check();
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].severity, Severity::Warning);
    assert!(loader.finish().is_ok());
}

#[test]
fn no_secret_shows_in_the_printed_settings_or_in_debug_output() {
    let mut loader = loader(json!({
        "join_secret": "hunter2",
        "api_token": "hunter2",
        "store": { "driver": "postgres", "url": "postgres://user:hunter2@localhost/metier" },
    }));
    loader.section::<Jobs>("jobs").unwrap();
    let shown = format!("{loader:?}");
    let effective = loader.finish().unwrap();
    let shown = format!("{shown} {} {effective:?}", effective.to_toml());
    assert!(!shown.contains("hunter2"), "{shown}");
}
