//! What a line looks like, and which lines there are

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use insta::assert_snapshot;
use tracing_subscriber::fmt::MakeWriter;

use super::*;

/// Keeps what is written
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Written {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Written {
    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        String::from_utf8(bytes).expect("text")
    }
}

/// One pass: one line of each kind
fn reconcile() {
    let span = reconcile_span("healingservice", "default", "web", "00c0ffee");
    let _inside = span.enter();
    tracing::info!(pod = %"web-0-abc", attempt = 2, cause = ?Some("CrashLoop"), "pod \"deleted\"");
    tracing::debug!("not at info");
    tracing::info!(target: "kube_client::client", "authorization: secret");
    tracing::warn!(target: "hyper::proto", ok = true, ratio = 0.5, "connection reset");
}

#[test]
fn json_lines_are_flat() {
    let written = Written::default();
    tracing::subscriber::with_default(json(LogLevel::Info, written.clone()), reconcile);
    let without_time = |line: &str| {
        let mut line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let time = line.as_object_mut().and_then(|line| line.remove("time")).expect("a time");
        assert!(time.as_str().is_some_and(|time| time.ends_with('Z')), "{time}");
        line.to_string()
    };
    let lines: Vec<_> = written.text().lines().map(without_time).collect();
    assert_snapshot!(lines.join("\n"), @r#"
    {"attempt":2,"cause":"Some(\"CrashLoop\")","controller":"healingservice","level":"info","message":"pod \"deleted\"","name":"web","namespace":"default","pod":"web-0-abc","reconcileID":"00c0ffee","target":"healing_runtime::log::tests"}
    {"controller":"healingservice","level":"warn","message":"connection reset","name":"web","namespace":"default","ok":true,"ratio":0.5,"reconcileID":"00c0ffee","target":"hyper::proto"}
    "#);
}

#[test]
fn text_lines_carry_the_same_fields() {
    let written = Written::default();
    tracing::subscriber::with_default(text(LogLevel::Info, written.clone()), reconcile);
    let text = written.text();
    let without_time: Vec<_> =
        text.lines().map(|line| line.split_once(' ').expect("a time").1.trim()).collect();
    assert_snapshot!(without_time.join("\n"), @r#"
    INFO reconcile{controller="healingservice" namespace="default" name="web" reconcileID="00c0ffee"}: healing_runtime::log::tests: pod "deleted" pod=web-0-abc attempt=2 cause=Some("CrashLoop")
    WARN reconcile{controller="healingservice" namespace="default" name="web" reconcileID="00c0ffee"}: hyper::proto: connection reset ok=true ratio=0.5
    "#);
}

#[test]
fn a_level_is_the_least_that_is_logged() {
    let written = Written::default();
    tracing::subscriber::with_default(text(LogLevel::Debug, written.clone()), reconcile);
    assert!(written.text().contains("not at info"));
    assert!(!written.text().contains("secret"), "dependencies stay at warn");
    let written = Written::default();
    tracing::subscriber::with_default(text(LogLevel::Error, written.clone()), reconcile);
    assert_eq!(written.text(), "");
}
