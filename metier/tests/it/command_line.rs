//! Commands that do their work and end.

use std::process::Output;

use crate::platform::{metier, metier_with};

fn said(output: &Output) -> (Option<i32>, String) {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

#[test]
fn services_are_listed_for_people_and_for_programs() {
    let (code, table) = said(&metier(&["services"]));
    assert_eq!(code, Some(0));
    assert!(table.lines().any(|line| line.starts_with("jobs ") && line.contains("7402")), "{table}");
    let rows: Vec<serde_json::Value> =
        serde_json::from_slice(&metier(&["services", "--json"]).stdout).unwrap();
    assert!(rows.iter().any(|row| row["name"] == "jobs" && row["port"] == 7402));
}

#[test]
fn settings_in_order_are_said_to_be() {
    assert_eq!(said(&metier(&["config", "check"])), (Some(0), "the settings are in order\n".to_owned()));
}

#[test]
fn everything_wrong_with_the_settings_is_said_at_once() {
    let wrong = [
        ("METIER_SERVER__LISTEM", "::1"),
        ("METIER_DATABASE__MAX_CONNECTIONS", "many"),
        ("METIER_X__Y", "1"),
    ];
    let (code, text) = said(&metier_with(&["config", "check"], &wrong));
    assert_eq!(code, Some(2));
    for part in ["did you mean server.listen?", "database.max_connections", "METIER_X__Y"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let (code, same) = said(&metier_with(&["serve", "jobs"], &wrong));
    assert_eq!(code, Some(2));
    assert!(same.contains("did you mean server.listen?"), "{same}");
}

#[test]
fn settings_are_printed_with_their_origin_and_without_secrets() {
    let secret = [("METIER_DATABASE__URL", "postgres://metier:hunter2@db/metier")];
    let (code, text) = said(&metier_with(&["config", "print"], &secret));
    assert_eq!(code, Some(0));
    assert!(text.contains("url = \"***\" # environment variable METIER_DATABASE__URL"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    let json = metier_with(&["config", "print", "--json"], &secret);
    let tree: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(tree["database"]["url"], "***");
}

#[test]
fn an_unknown_service_is_answered_with_those_there_are() {
    let (code, text) = said(&metier(&["serve", "job"]));
    assert_eq!(code, Some(1));
    assert!(text.contains("no service is named job; there are ") && text.contains("jobs"), "{text}");
    let (code, text) = said(&metier_with(&["config", "check"], &[("METIER_SERVICES__JOB__PORT", "1")]));
    assert_eq!(code, Some(2));
    assert!(text.contains("services.job: no service is named job"), "{text}");
}

#[test]
fn a_database_that_cannot_be_reached_is_named_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let url = "postgres://metier:hunter2@127.0.0.1:9/metier";
    let arguments = ["serve", "jobs", "--data-dir", folder.path().to_str().unwrap(), "--database-url", url];
    let (code, text) = said(&metier_with(&arguments, &[("METIER_SERVICES__JOBS__PORT", "0")]));
    assert_eq!(code, Some(1));
    assert!(text.contains("cannot open the database of jobs") && !text.contains("hunter2"), "{text}");
}

#[test]
fn a_settings_file_that_does_not_exist_is_an_error() {
    let (code, text) = said(&metier(&["config", "check", "--config", "/nowhere/metier.toml"]));
    assert_eq!(code, Some(2));
    assert!(text.contains("file /nowhere/metier.toml: does not exist"), "{text}");
}

#[test]
fn a_schedule_of_sources_that_cannot_be_followed_is_named_and_nothing_starts() {
    let folder = tempfile::tempdir().unwrap();
    let up = ["up", "--port", "0", "--data-dir", folder.path().to_str().unwrap()];
    for (name, text, expected) in [
        ("CRON_SCHEDULE", "61 * * * *", "CRON_SCHEDULE is no cron expression"),
        ("CRON_SCHEDULE", "0 0 31 2 *", "CRON_SCHEDULE names a time that never comes"),
        ("SYNC_INTERVAL_HOURS", "0", "SYNC_INTERVAL_HOURS must be whole hours, 1 to 8784"),
        ("METIER_POSTINGS__SOURCES__EURES__SCHEDULE", "every now", "postings.sources.eures.schedule must be"),
    ] {
        let (code, told) = said(&metier_with(&up, &[(name, text)]));
        assert!(code == Some(1) && told.contains(expected), "{name}={text}: {code:?} {told}");
    }
}
