//! What is refused, in the exact words a person reads.

use std::{ffi::OsString, os::unix::ffi::OsStringExt};

use metier_config::{Loader, Severity};
use serde_json::json;

use super::{Jobs, complaints, from_environment, from_file};

#[test]
fn an_unknown_key_is_refused_in_every_source_with_its_path_origin_and_the_nearest_known_one() {
    let (file, folder) = from_file("[jobs]\nwokers = 3\n");
    let path = folder.path().join("metier.toml");
    assert_eq!(
        complaints(file),
        [format!("jobs.wokers (from file {}): is not a setting; did you mean jobs.workers?", path.display())]
    );
    assert_eq!(
        complaints(from_environment(&[("METIER_JOBS__LEASSE", "5s")])),
        [
            "jobs.leasse (from environment variable METIER_JOBS__LEASSE): is not a setting; did you mean jobs.lease?"
        ]
    );
    assert_eq!(
        complaints(Loader::new().flags(&json!({ "jobs": { "zzz": 1 } }))),
        ["jobs.zzz (from the command line): is not a setting"]
    );
}

#[test]
fn unknown_keys_are_found_at_every_depth() {
    let (loader, folder) = from_file(
        "[jobs.store]\ndriver = 'sqlite'\nfolder = 'x'\nfoldr = 'y'\n[jobs.sources.eures]\nulr = 'z'\n",
    );
    let origin = format!("file {}", folder.path().join("metier.toml").display());
    assert_eq!(
        complaints(loader),
        [
            format!(
                "jobs.sources.eures.ulr (from {origin}): is not a setting; did you mean jobs.sources.eures.url?"
            ),
            format!("jobs.store.foldr (from {origin}): is not a setting; did you mean jobs.store.folder?"),
        ]
    );
}

#[test]
fn an_unknown_section_or_variable_is_refused_once_all_sections_are_taken() {
    let mut loader = from_environment(&[("METIER_JBOS__LEASE", "5s"), ("METIER_DATADIR", "/tmp")]);
    loader.section::<Jobs>("jobs").unwrap();
    loader.section::<String>("data_dir").unwrap();
    let error = loader.finish().unwrap_err();
    let lines: Vec<_> = error.findings.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "datadir (from environment variable METIER_DATADIR): is not a setting; did you mean data_dir?",
            "jbos (from environment variable METIER_JBOS__LEASE): is not a setting; did you mean jobs?",
        ]
    );
}

#[test]
fn a_value_of_the_wrong_type_names_its_path_and_origin() {
    let lines = complaints(from_environment(&[("METIER_JOBS__WORKERS", "many")]));
    assert_eq!(
        lines,
        [
            r#"jobs.workers (from environment variable METIER_JOBS__WORKERS): invalid type: string "many", expected u16"#
        ]
    );
    let lines = complaints(from_environment(&[("METIER_JOBS__LEASE", "30")]));
    assert!(lines[0].starts_with("jobs.lease (from environment variable METIER_JOBS__LEASE): "), "{lines:?}");
    assert!(lines[0].contains("expected a duration such as 30s"), "{lines:?}");
    let lines = complaints(from_environment(&[("METIER_JOBS__LISTEN", "everywhere")]));
    assert!(lines[0].contains("is not an address such as 127.0.0.1:8080"), "{lines:?}");
    let lines = complaints(from_environment(&[("METIER_JOBS", "everywhere")]));
    assert!(lines[0].starts_with("jobs (from environment variable METIER_JOBS): "), "{lines:?}");
}

#[test]
fn a_broken_file_names_the_place_and_does_not_quote_the_line() {
    let (loader, _folder) = from_file("[jobs]\njoin_secret = \"hunter2 without an end\n");
    let lines = complaints(loader);
    assert_eq!(lines.len(), 1);
    assert!(lines[0].contains("is not TOML: line 2, column "), "{lines:?}");
    assert!(!lines[0].contains("hunter2"), "{lines:?}");
}

#[test]
fn a_broken_source_refuses_every_section() {
    let (mut loader, _folder) = from_file("[jobs\n");
    assert!(loader.section::<Jobs>("jobs").is_err());
    assert!(loader.section::<String>("data_dir").is_err());
    assert!(loader.finish().is_err());
}

#[test]
fn a_file_of_unreasonable_size_is_not_read() {
    let (loader, _folder) = from_file(&"#".repeat(1024 * 1024 + 1));
    assert!(complaints(loader)[0].contains("larger than 1 MiB"));
}

#[test]
fn a_wrong_type_never_quotes_what_may_be_a_secret() {
    let (loader, _folder) = from_file("[jobs]\njoin_secret = 1234567890\n");
    let lines = complaints(loader);
    assert!(lines[0].contains("wrong type") && !lines[0].contains("1234567890"), "{lines:?}");
    let (loader, _folder) = from_file("[jobs.sources.eures]\napi_key = ['hunter2']\n");
    let lines = complaints(loader);
    assert!(
        lines[0].starts_with("jobs.sources.eures.api_key (from ") && !lines[0].contains("hunter2"),
        "{lines:?}"
    );
}

#[test]
fn a_malformed_variable_is_refused() {
    for name in ["METIER_", "METIER___LEASE", "METIER_JOBS__"] {
        let lines = complaints(from_environment(&[(name, "x")]));
        assert!(lines[0].contains("has an empty part"), "{name} {lines:?}");
    }
    let variable = ("METIER_JOBS__TITLE".into(), OsString::from_vec(vec![0xff]));
    let lines = complaints(Loader::new().environment([variable], &[]));
    assert_eq!(lines, ["environment variable METIER_JOBS__TITLE: is not UTF-8"]);
}

#[test]
fn flags_that_are_no_tree_of_sections_are_refused() {
    let lines = complaints(Loader::new().flags(&"text"));
    assert_eq!(lines, ["the command line: must be a table of settings"]);
}

#[test]
fn every_complaint_of_a_section_comes_at_once() {
    let mut loader = from_environment(&[
        ("METIER_JOBS__ONE", "1"),
        ("METIER_JOBS__TWO", "2"),
        ("METIER_JOBS__LEASE", "1s"),
    ]);
    let error = loader.section::<Jobs>("jobs").unwrap_err();
    assert_eq!(error.findings.len(), 2);
    assert!(error.findings.iter().all(|finding| finding.severity == Severity::Error));
}
