//! Which source wins, and how each is read.

use std::time::Duration;

use metier_config::{Listen, Loader, Size};
use metier_core::Secret;
use proptest::prelude::*;
use serde_json::json;

use super::{Jobs, Store, from_environment, from_file, variables};

#[test]
fn without_any_source_everything_is_at_its_default() {
    let mut loader = Loader::new();
    assert_eq!(loader.section::<Jobs>("jobs").unwrap(), Jobs::default());
    assert!(loader.finish().is_ok());
}

#[test]
fn flags_win_over_the_environment_over_the_file_over_defaults() {
    let (loader, _folder) = from_file("[jobs]\nworkers = 3\nlease = '1m'\ntitle = 'file'\n");
    let mut loader = loader
        .environment(variables(&[("METIER_JOBS__WORKERS", "4"), ("METIER_JOBS__TITLE", "environment")]), &[])
        .flags(&json!({ "jobs": { "workers": 5 } }));
    let jobs: Jobs = loader.section("jobs").unwrap();
    assert_eq!((jobs.workers, jobs.title.as_str()), (5, "environment"));
    assert_eq!((jobs.lease, jobs.body_limit), (Duration::from_secs(60), Jobs::default().body_limit));
}

#[test]
fn human_values_are_read_from_the_environment() {
    let mut loader = from_environment(&[
        ("METIER_JOBS__LEASE", "1h 30m"),
        ("METIER_JOBS__BODY_LIMIT", "64KiB"),
        ("METIER_JOBS__LISTEN", "9000"),
        ("METIER_JOBS__KINDS", "[\"fibonacci\", \"source.sync\"]"),
        ("METIER_JOBS__STORE__DRIVER", "postgres"),
        ("METIER_JOBS__STORE__URL", "postgres://localhost/metier"),
        ("METIER_JOBS__SOURCES__EURES__URL", "http://127.0.0.1:9101"),
        ("HOME", "/root"),
        ("METIER_LOG", "debug"),
        ("METIER_TEST_POSTGRES", "somewhere"),
    ]);
    let jobs: Jobs = loader.section("jobs").unwrap();
    assert_eq!(jobs.lease, Duration::from_secs(5_400));
    assert_eq!((jobs.body_limit, jobs.listen), (Size::from_bytes(65_536), Listen::loopback(9_000)));
    assert_eq!(jobs.kinds, ["fibonacci", "source.sync"]);
    assert_eq!(jobs.store, Store::Postgres { url: Secret::new("postgres://localhost/metier".to_owned()) });
    assert_eq!(jobs.sources["eures"].url, "http://127.0.0.1:9101");
    loader.finish().unwrap();
}

#[test]
fn text_that_looks_like_a_number_stays_the_text_it_is() {
    for raw in ["0123456", "1e5", "true", "[1]", "2026-01-01", "0x10"] {
        let mut loader = from_environment(&[
            ("METIER_JOBS__JOIN_SECRET", raw),
            ("METIER_JOBS__API_TOKEN", raw),
            ("METIER_JOBS__TITLE", raw),
            ("METIER_SETUP_TOKEN", raw),
        ]);
        let jobs: Jobs = loader.section("jobs").unwrap();
        assert_eq!((jobs.join_secret.expose().as_str(), jobs.title.as_str()), (raw, raw));
        assert_eq!(jobs.api_token.unwrap().expose(), raw);
        assert_eq!(loader.section::<Secret<String>>("setup_token").unwrap().expose(), raw);
    }
}

#[test]
fn a_file_that_is_asked_for_must_exist_and_one_that_is_not_may_be_absent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metier.toml");
    assert!(Loader::new().file_if_exists(&path).section::<Jobs>("jobs").is_ok());
    let error = Loader::new().file(&path).section::<Jobs>("jobs").unwrap_err();
    assert!(error.to_string().ends_with("metier.toml: does not exist"), "{error}");
}

#[test]
fn a_lone_value_at_the_top_is_a_section() {
    let (mut loader, _folder) = from_file("data_dir = '/var/lib/metier'\n");
    let folder: std::path::PathBuf = loader.section("data_dir").unwrap();
    assert_eq!(folder, std::path::Path::new("/var/lib/metier"));
    loader.finish().unwrap();
}

proptest! {
    #[test]
    fn any_text_of_the_environment_reaches_a_text_setting_unchanged(raw in "\\PC{0,40}|[0-9\\[\\]{}\"'.eE#=\n-]{0,12}") {
        let mut loader = from_environment(&[("METIER_JOBS__TITLE", &raw)]);
        let jobs: Jobs = loader.section("jobs").unwrap();
        // Quoted text is TOML and loses its quotes; everything else stays as it is.
        let quoted = raw.trim().starts_with(['"', '\'']);
        prop_assert!(quoted || jobs.title == raw, "{:?} became {:?}", raw, jobs.title);
    }
}
