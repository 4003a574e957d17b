//! What a worker counts. Names and labels are part of the operations guide.

use std::time::Duration;

use metrics::{counter, gauge, histogram};

/// A claimed task ended: how, and after which time in its handler.
pub(crate) fn task_ended(kind: &str, outcome: &'static str) {
    counter!("metier_worker_tasks_total", "kind" => kind.to_owned(), "outcome" => outcome).increment(1);
}

/// A task waited this long between its claim and its start.
pub(crate) fn task_started(waited: Duration) {
    histogram!("metier_worker_start_delay_seconds").record(waited.as_secs_f64());
    gauge!("metier_worker_running_tasks").increment(1.0);
}

/// A slot is free again after this long.
pub(crate) fn slot_freed(ran: Duration) {
    histogram!("metier_worker_task_duration_seconds").record(ran.as_secs_f64());
    gauge!("metier_worker_running_tasks").decrement(1.0);
}

/// The engine refused an outcome because the lease had ended.
pub(crate) fn completion_refused() {
    counter!("metier_worker_refused_completions_total").increment(1);
}

/// A call to the engine failed.
pub(crate) fn call_failed(call: &'static str) {
    counter!("metier_worker_failed_calls_total", "call" => call).increment(1);
}

/// A blocking handler did not stop in time.
pub(crate) fn handler_abandoned() {
    counter!("metier_worker_abandoned_handlers_total").increment(1);
}
