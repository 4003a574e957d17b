//! A panic becomes a log line like any other, with the fields of the spans around it.

use std::panic::{PanicHookInfo, set_hook};

/// Logs panics from now on, instead of printing them.
pub(crate) fn log_panics() {
    set_hook(Box::new(log));
}

fn log(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    let message = panic.payload_as_str().unwrap_or("a value that is no text");
    tracing::error!(location, panic = message, "panicked");
}
