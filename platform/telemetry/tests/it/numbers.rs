//! Metrics as Prometheus reads them.

use metier_telemetry::Metrics;

use super::json_lines;

#[test]
fn numbers_are_rendered_for_prometheus_with_buckets_that_fit_their_unit() {
    Metrics::install().unwrap();
    metrics::counter!("metier_test_calls_total", "outcome" => "ok").increment(2);
    metrics::histogram!("metier_test_call_seconds").record(0.003);
    metrics::histogram!("metier_test_body_bytes").record(5_000.0);
    let text = Metrics::install().unwrap().render();
    for line in [
        "metier_test_calls_total{outcome=\"ok\"} 2",
        "metier_test_call_seconds_bucket{le=\"0.0025\"} 0",
        "metier_test_call_seconds_bucket{le=\"0.005\"} 1",
        "metier_test_call_seconds_count 1",
        "metier_test_body_bytes_bucket{le=\"4096\"} 0",
        "metier_test_body_bytes_bucket{le=\"16384\"} 1",
        "metier_build_info{version=",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}

#[test]
fn warnings_and_errors_are_counted() {
    let numbers = Metrics::install().unwrap();
    let count = |level: &str| {
        let start = format!("metier_log_problems_total{{level=\"{level}\"}} ");
        let text = numbers.render();
        text.lines()
            .find_map(|line| line.strip_prefix(&start))
            .map_or(0, |count| count.parse::<u64>().unwrap())
    };
    // Other tests of this process log too, so only a lower bound is certain.
    let before = (count("error"), count("warn"));
    json_lines("info", |_| {
        tracing::error!("one");
        tracing::warn!("two");
        tracing::info!("three");
    });
    assert!(count("error") > before.0 && count("warn") > before.1);
    assert_eq!(count("info"), 0);
}
