//! What only a whole process can show: the test starts itself again as a child.

use std::process::Command;

use metier_core::Clock;
use metier_telemetry::{LogSettings, init};
use serde_json::Value;

const CHILD: &str = "TELEMETRY_TEST_CHILD";

#[test]
fn a_process_logs_json_to_standard_error_and_a_panic_is_a_line_like_any_other() {
    if std::env::var_os(CHILD).is_some() {
        return child();
    }
    let this = "process::a_process_logs_json_to_standard_error_and_a_panic_is_a_line_like_any_other";
    let program = std::env::current_exe().unwrap();
    let output =
        Command::new(program).args(["--exact", this, "--nocapture"]).env(CHILD, "1").output().unwrap();
    let lines = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<Value> = lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert_eq!(lines[0]["message"], "started");
    assert_eq!((&lines[1]["message"], &lines[1]["level"]), (&"panicked".into(), &"error".into()));
    assert_eq!((&lines[1]["panic"], &lines[1]["span"]), (&"out of ideas".into(), &"thinking".into()));
    assert!(lines[1]["location"].as_str().unwrap().contains("process.rs"));
    assert_eq!(lines[2]["message"], "refused twice");
    assert_eq!(lines.len(), 3);
}

fn child() {
    let telemetry = init(&LogSettings::default(), Clock::system()).unwrap();
    tracing::info!("started");
    let thought = std::thread::spawn(|| tracing::info_span!("thinking").in_scope(|| panic!("out of ideas")));
    assert!(thought.join().is_err());
    assert!(init(&LogSettings::default(), Clock::system()).is_err());
    tracing::info!("refused twice");
    assert!(telemetry.metrics.render().contains("metier_log_problems_total{level=\"error\"} 1"));
}
