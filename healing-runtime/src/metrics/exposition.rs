//! The text forms of a page of metrics, and which one a scraper gets
//!
//! `prometheus-client` writes `OpenMetrics`. Scrapers that do not ask for it get the classic form, 0.0.4, in which a
//! counter is announced under the name of its lines and nothing marks the end.

use std::fmt::Write;

use prometheus_client::{encoding::text::encode, registry::Registry};

/// A text form
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// `text/plain; version=0.0.4`, what everything reads
    Classic,
    /// `OpenMetrics` 1.0.0
    OpenMetrics,
}

// === impl Format ===

impl Format {
    /// What goes into `Content-Type`
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Classic => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }

    /// The form that a scraper wants most, from its `Accept` headers
    ///
    /// `OpenMetrics` only where it is named, in a version that we write, with at least the weight of plain text.
    pub(crate) fn negotiate<'a>(accept: impl Iterator<Item = &'a str>) -> Self {
        let mut plain = 0.0_f32;
        let mut open = 0.0_f32;
        for range in accept.flat_map(|header| header.split(',')) {
            let mut parts = range.split(';').map(str::trim);
            let media = parts.next().unwrap_or_default().to_ascii_lowercase();
            let parameter = |wanted: &str| {
                parts.clone().filter_map(|part| part.split_once('=')).find_map(|(key, value)| {
                    key.trim().eq_ignore_ascii_case(wanted).then(|| value.trim().trim_matches('"'))
                })
            };
            let weight: f32 = parameter("q").map_or(1.0, |q| q.parse().unwrap_or(0.0));
            match (media.as_str(), parameter("version")) {
                ("application/openmetrics-text", None | Some("1.0.0" | "0.0.1")) => open = open.max(weight),
                // Newer versions of plain text differ in how names are quoted, which none of ours needs.
                ("text/plain", None | Some("0.0.4")) => plain = plain.max(weight),
                _ => {}
            }
        }
        if open > 0.0 && open >= plain { Self::OpenMetrics } else { Self::Classic }
    }
}

/// Writes everything in `registry`
pub(super) fn expose(registry: &Registry, format: Format) -> String {
    let mut page = String::new();
    encode(&mut page, registry).expect("writing to a string does not fail");
    match format {
        Format::OpenMetrics => page,
        Format::Classic => classic(&page),
    }
}

/// `OpenMetrics` as classic text
fn classic(page: &str) -> String {
    let mut out = String::with_capacity(page.len() + page.len() / 8);
    let mut help = None;
    for line in page.lines() {
        let mut words = line.splitn(4, ' ');
        match (words.next(), words.next(), words.next(), words.next()) {
            // Help comes first, but only the type tells whether the name changes.
            (Some("#"), Some("HELP"), Some(_), text) => help = text,
            (Some("#"), Some("TYPE"), Some(name), Some(kind)) => {
                let suffix = if kind == "counter" { "_total" } else { "" };
                if let Some(help) = help.take() {
                    let _ = writeln!(out, "# HELP {name}{suffix} {help}");
                }
                let _ = writeln!(out, "# TYPE {name}{suffix} {kind}");
            }
            (Some("#"), ..) => {}
            _ => {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    out
}
