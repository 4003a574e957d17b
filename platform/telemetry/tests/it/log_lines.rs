//! Log lines: their fields, their order of precedence, their level.

use metier_core::{Actor, Ctx, Grants, RunId, Timestamp, UserId, WorkspaceId};
use metier_telemetry::{LogFormat, LogSettings, operation_span, subscriber};
use serde_json::json;

use super::{Paper, json_lines, written};

#[test]
fn a_json_line_has_the_time_the_level_the_message_and_every_field() {
    let lines = json_lines("info", |_| {
        tracing::info!(count = 3, big = 7_u128, ratio = 0.5, ok = true, name = "x", list = ?[1, 2], "it happened");
    });
    assert_eq!(
        lines,
        [json!({
            "time": "2027-01-15T08:00:00Z", "level": "info", "target": "it::log_lines", "span": "",
            "message": "it happened", "count": 3, "big": 7, "ratio": 0.5, "ok": true, "name": "x", "list": "[1, 2]",
        })]
    );
}

#[test]
fn every_line_within_an_operation_carries_its_correlation_id_and_actor() {
    let user = UserId::from_uuid(uuid(5));
    let ctx = Ctx {
        actor: Actor::Run { id: RunId::from_uuid(uuid(9)), user },
        workspace: WorkspaceId::DEFAULT,
        grants: Grants::all().into(),
        correlation: "abc-123".parse().unwrap(),
        deadline: Some(Timestamp::EPOCH),
    };
    let lines = json_lines("info", |_| {
        operation_span(&ctx, "jobs.runs.cancel").in_scope(|| {
            tracing::info_span!("inner", step = 2).in_scope(|| tracing::warn!("careful"));
        });
        tracing::info!("outside");
    });
    let inside = &lines[0];
    assert_eq!(inside["correlation_id"], "abc-123");
    assert_eq!(inside["actor"], format!("run:{}", uuid(9)));
    assert_eq!(inside["workspace"], WorkspaceId::DEFAULT.to_string());
    assert_eq!((&inside["operation"], &inside["step"]), (&json!("jobs.runs.cancel"), &json!(2)));
    assert_eq!(inside["span"], "operation/inner");
    assert!(lines[1].get("correlation_id").is_none());
}

fn uuid(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(number)
}

#[test]
fn the_innermost_of_equal_fields_wins_and_none_replaces_what_every_line_has() {
    let lines = json_lines("info", |_| {
        tracing::info_span!("outer", id = 1, level = "span").in_scope(|| {
            tracing::info_span!("inner", id = 2).in_scope(|| tracing::info!(time = 5, "first"));
            tracing::info!(id = 3, "second");
        });
    });
    assert_eq!((&lines[0]["id"], &lines[1]["id"]), (&json!(2), &json!(3)));
    assert_eq!((&lines[0]["level"], &lines[0]["field_level"]), (&json!("info"), &json!("span")));
    assert_eq!((&lines[0]["time"], &lines[0]["field_time"]), (&json!("2027-01-15T08:00:00Z"), &json!(5)));
}

#[test]
fn a_field_recorded_later_is_on_the_lines_that_follow() {
    let lines = json_lines("info", |_| {
        let span = tracing::info_span!("request", actor = tracing::field::Empty);
        span.in_scope(|| tracing::info!("before"));
        span.record("actor", "user:5");
        span.in_scope(|| tracing::info!("after"));
    });
    assert!(lines[0].get("actor").is_none());
    assert_eq!(lines[1]["actor"], "user:5");
}

#[test]
fn an_error_is_written_with_its_whole_chain_of_causes() {
    let cause = std::io::Error::other("the disk is gone");
    let error = metier_core::Fault::unavailable("cannot write").caused_by(cause);
    let lines = json_lines("info", |_| {
        tracing::error!(error = &error as &(dyn std::error::Error + 'static), "it failed");
    });
    assert_eq!(lines[0]["error"], "cannot write (unavailable): the disk is gone");
}

#[test]
fn text_of_any_kind_stays_one_line_of_json_and_is_cut_when_it_is_too_long() {
    let lines = json_lines("info", |_| {
        tracing::info!(name = "line\nend \u{1b}[31m \"quoted\"", "one");
        tracing::info!(body = "å".repeat(10_000), "two");
    });
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["name"], "line\nend \u{1b}[31m \"quoted\"");
    let body = lines[1]["body"].as_str().unwrap();
    assert!(body.ends_with("... (11808 bytes more)") && body.len() < 8_300, "{}", body.len());
}

#[test]
fn the_level_changes_while_the_process_runs_and_a_wrong_one_changes_nothing() {
    let lines = json_lines("warn", |level| {
        tracing::info!("one");
        level.set("debug").unwrap();
        tracing::debug!("two");
        assert!(level.set("it=nonsense").is_err());
        tracing::debug!("three");
        level.set("info,it=off").unwrap();
        tracing::error!("four");
    });
    let messages: Vec<_> = lines.iter().map(|line| line["message"].as_str().unwrap()).collect();
    assert_eq!(messages, ["two", "three"]);
}

#[test]
fn a_level_that_is_none_is_refused_at_the_start() {
    let settings = LogSettings { level: "it=loud".to_owned(), format: LogFormat::Json };
    let refused = subscriber(&settings, metier_core::Clock::system(), Paper::default()).err().unwrap();
    assert_eq!(refused.to_string(), r#""it=loud" is not a log level such as info or info,metier_jobs=debug"#);
}

#[test]
fn lines_for_people_have_the_spans_and_their_fields() {
    let text = written(LogFormat::Text, "info", |_| {
        tracing::info_span!("request", correlation_id = "abc")
            .in_scope(|| tracing::info!(count = 3, "it happened"));
    });
    assert!(
        text.starts_with(
            "2027-01-15T08:00:00Z  INFO request{correlation_id=\"abc\"}: it::log_lines: it happened count=3"
        ),
        "{text}"
    );
}
