//! A log line as one flat JSON object: time, level, message, the fields of the spans around it, its own fields
//!
//! The format of `tracing-subscriber` nests spans and gives each a `name`, which would hide the name of the object.

use std::fmt;

use serde_json::{Map, Value};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormattedFields,
        format::{JsonFields, Writer},
        time::{FormatTime, SystemTime},
    },
    registry::{LookupSpan, Scope},
};

/// Writes events as flat JSON; span fields must have been written with [`JsonFields`]
pub(super) struct JsonLine;

struct Fields(Map<String, Value>);

// === impl JsonLine ===

impl<S: Subscriber + for<'a> LookupSpan<'a>> FormatEvent<S, JsonFields> for JsonLine {
    fn format_event(
        &self,
        cx: &FmtContext<'_, S, JsonFields>,
        mut out: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        let mut line = Fields(Map::new());
        line.set("time", time.into());
        line.set("level", event.metadata().level().as_str().to_lowercase().into());
        line.set("target", event.metadata().target().into());
        for span in cx.event_scope().into_iter().flat_map(Scope::from_root) {
            let extensions = span.extensions();
            let written = extensions.get::<FormattedFields<JsonFields>>();
            let fields = written.and_then(|written| serde_json::from_str(&written.fields).ok());
            line.0.extend(fields.unwrap_or_else(Map::new));
        }
        event.record(&mut line);
        writeln!(out, "{}", Value::Object(line.0))
    }
}

// === impl Fields ===

impl Fields {
    fn set(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field.name(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field.name(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field.name(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field.name(), value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field.name(), value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set(field.name(), format!("{value:?}").into());
    }
}
