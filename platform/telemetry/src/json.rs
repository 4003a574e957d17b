//! Log lines for machines: one JSON object a line, the fields of the spans around it included.
//!
//! `time`, `level`, `target`, `span` and `message` come first. Of fields with one name the innermost wins; a
//! field that would take one of the five names gets `field_` before its own.

use std::io::Write;

use metier_core::Clock;
use serde_json::{Map, Value};
use tracing::{
    Event, Subscriber,
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer,
    fmt::MakeWriter,
    layer::Context,
    registry::{LookupSpan, SpanRef},
};

use crate::fields::Collect;

const OWN_NAMES: [&str; 5] = ["time", "level", "target", "span", "message"];

/// Writes the lines.
pub(crate) struct JsonLines<W> {
    pub writer: W,
    pub clock: Clock,
}

/// The fields of a span, kept with it.
#[derive(Default)]
struct SpanFields(Map<String, Value>);

impl<S, W> Layer<S> for JsonLines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'w> MakeWriter<'w> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = SpanFields::default();
        attributes.record(&mut Collect(&mut fields.0));
        span.extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(fields) = span.extensions_mut().get_mut::<SpanFields>() {
            values.record(&mut Collect(&mut fields.0));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let spans: Vec<_> =
            context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()).collect();
        let mut line = self.line(event, &spans).to_string();
        line.push('\n');
        // A log that cannot be written has nobody to tell.
        _ = self.writer.make_writer_for(event.metadata()).write_all(line.as_bytes());
    }
}

impl<W> JsonLines<W> {
    fn line<'a, S: LookupSpan<'a>>(&self, event: &Event<'_>, spans: &[SpanRef<'a, S>]) -> Value {
        let mut own = Map::new();
        event.record(&mut Collect(&mut own));
        let foreign_target = foreign_target(&mut own);
        let message = own.remove("message").unwrap_or_default();

        let metadata = event.metadata();
        let target = foreign_target.unwrap_or_else(|| metadata.target().into());
        let path = spans.iter().map(SpanRef::name).collect::<Vec<_>>().join("/");
        let level = metadata.level().as_str().to_ascii_lowercase();
        let time = self.clock.now().to_string();
        let values: [Value; 5] = [time.into(), level.into(), target, path.into(), message];
        let mut line: Map<_, _> = OWN_NAMES.map(str::to_owned).into_iter().zip(values).collect();

        for span in spans {
            if let Some(SpanFields(fields)) = span.extensions().get() {
                line.extend(fields.clone().into_iter().map(without_clash));
            }
        }
        line.extend(own.into_iter().map(without_clash));
        line.into()
    }
}

fn without_clash((name, value): (String, Value)) -> (String, Value) {
    if OWN_NAMES.contains(&name.as_str()) { (format!("field_{name}"), value) } else { (name, value) }
}

/// Lines of libraries that log through the `log` crate name their origin in fields.
fn foreign_target(fields: &mut Map<String, Value>) -> Option<Value> {
    let target = fields.remove("log.target");
    for name in ["log.module_path", "log.file", "log.line"] {
        fields.remove(name);
    }
    target
}
