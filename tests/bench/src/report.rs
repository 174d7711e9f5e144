//! The table: a row a measure, a column a server, in Markdown
//!
//! It owns the form of numbers; it knows none of them.

use std::fmt::Write;

/// One measure
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    what: String,
    value: String,
}

// === impl Row ===

impl Row {
    pub(crate) fn new(what: impl Into<String>, value: impl Into<String>) -> Self {
        Self { what: what.into(), value: value.into() }
    }
}

/// Rows of the same measures side by side
pub(crate) fn table(columns: &[(&str, Vec<Row>)]) -> String {
    let mut text = String::new();
    let mut line = |cells: Vec<&str>| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    };
    let heads = columns.iter().map(|(head, _)| *head);
    line([""].into_iter().chain(heads).collect());
    line(["---"; 1].into_iter().chain(columns.iter().map(|_| "---")).collect());
    let rows = columns.iter().map(|(_, rows)| rows.len()).max().unwrap_or(0);
    for at in 0..rows {
        let cells: Vec<Option<&Row>> = columns.iter().map(|(_, rows)| rows.get(at)).collect();
        let what = cells.iter().flatten().next().map_or("", |row| row.what.as_str());
        let values = cells.iter().map(|cell| cell.map_or("", |row| row.value.as_str()));
        line([what].into_iter().chain(values).collect());
    }
    text
}

/// A number of things in a time, a second
pub(crate) fn rate(count: usize, seconds: f64) -> String {
    format!("{:.0}/s", float(count) / seconds)
}

pub(crate) fn milliseconds(seconds: f64) -> String {
    format!("{:.1} ms", seconds * 1e3)
}

pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes / 1_000_000)
}

#[expect(clippy::cast_precision_loss, reason = "counts of things that were made one by one")]
pub(crate) fn float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_stand_side_by_side() {
        let columns = [("a", vec![Row::new("list", "1 ms")]), ("b", vec![Row::new("list", "2 ms")])];
        assert_eq!(table(&columns), "|  | a | b |\n| --- | --- | --- |\n| list | 1 ms | 2 ms |\n");
    }
}
