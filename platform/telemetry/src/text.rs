//! Log lines for people: fields as `name=value`, secrets struck out.

use std::fmt::{self, Debug};

use metier_core::Clock;
use tracing::field::Field;
use tracing_subscriber::{
    field::MakeExt,
    fmt::{
        format::{FormatFields, Writer, debug_fn},
        time::FormatTime,
    },
};

use crate::fields::{REDACTED, is_secret_name, shortened};

/// How fields of spans and events are written.
pub(crate) fn fields() -> impl for<'writer> FormatFields<'writer> + 'static {
    debug_fn(write_field).delimited(" ")
}

fn write_field(writer: &mut Writer<'_>, field: &Field, value: &dyn Debug) -> fmt::Result {
    let name = field.name().trim_start_matches("r#");
    if is_secret_name(name) {
        return write!(writer, "{name}={REDACTED}");
    }
    let value = format!("{value:?}");
    match name {
        "message" => write!(writer, "{}", shortened(&value)),
        name if name.starts_with("log.") => Ok(()),
        name => write!(writer, "{name}={}", shortened(&value)),
    }
}

/// Writes the time of the clock that was handed in.
pub(crate) struct Timer(pub Clock);

impl FormatTime for Timer {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        write!(writer, "{}", self.0.now())
    }
}
