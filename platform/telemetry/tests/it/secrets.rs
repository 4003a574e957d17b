//! Fields that speak of a secret are struck out, in every format.

use metier_telemetry::{LogFormat, is_secret_name};
use proptest::prelude::*;

use super::{json_lines, written};

#[test]
fn names_that_speak_of_a_secret_are_known() {
    let secret = [
        "password",
        "token",
        "secret",
        "authorization",
        "cookie",
        "Password",
        "new_password",
        "join_secret",
        "refresh_token",
        "set-cookie",
        "header.authorization",
        "api_key",
        "smtp.api_key",
        "private-key",
        "lease_token",
    ];
    for name in secret {
        assert!(is_secret_name(name), "{name}");
    }
    for name in ["key", "tokens", "session_id", "blob_key", "secretary", "cookies_seen", "correlation_id", ""]
    {
        assert!(!is_secret_name(name), "{name}");
    }
}

fn careless() {
    let span = tracing::info_span!("sign_in", password = "hunter2", cookie = tracing::field::Empty);
    span.record("cookie", "hunter2");
    span.in_scope(|| {
        tracing::info!(token = "hunter2", new_password = ?"hunter2", api_key = 5, user = "ada", "signed in");
    });
}

#[test]
fn no_secret_is_in_a_json_line_whether_on_a_span_an_event_or_recorded_later() {
    let lines = json_lines("info", |_| careless());
    for name in ["password", "cookie", "token", "new_password", "api_key"] {
        assert_eq!(lines[0][name], "***", "{name}");
    }
    assert_eq!(lines[0]["user"], "ada");
    assert!(!lines[0].to_string().contains("hunter2"));
}

#[test]
fn no_secret_is_in_a_line_for_people() {
    let text = written(LogFormat::Text, "info", |_| careless());
    assert!(!text.contains("hunter2"), "{text}");
    for part in ["password=***", "cookie=***", "token=***", "new_password=***", "api_key=***", "user=\"ada\""]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
}

proptest! {
    #[test]
    fn a_secret_word_anywhere_in_a_name_is_found(
        before in "[a-z]{0,8}",
        word in "(password|token|secret|authorization|cookie)",
        after in "[a-z]{0,8}",
        by in "[_.-]",
    ) {
        let name = format!("{before}{by}{word}{by}{after}");
        prop_assert!(is_secret_name(&name));
    }
}
