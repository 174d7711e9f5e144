//! Strings that YAML 1.1 would misread, as values and as keys, and the layout

use serde_json::{Value, json};

use super::{document, stream};

/// Each of these is a string; a YAML 1.1 or 1.2 reader would take it, unquoted, for something else
const HARD: &[&str] = &[
    "", " ", "~", "null", "Null", "NULL", "y", "Y", "n", "N", "yes", "Yes", "YES", "no", "No", "NO", "on", "On",
    "ON", "off", "Off", "OFF", "true", "True", "TRUE", "false", "False", "0", "1", "-1", "+1", "007", "0o17",
    "0x1F", "0b101", "1_000", "1.0", "1.", ".5", "1e3", "1E+3", "-.inf", ".inf", ".Inf", ".nan", ".NaN", "12:30",
    "12:30:45", "190:20:30", "2001-01-01", "2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43.10 -5", "=", "<<",
    "-", "--", "---", "...", "--- a", "?", ":", "a: b", "a:", ":a", "a #b", "#a", "- a", "? a", "[a]", "{a}",
    "a, b", "&a", "*a", "!a", "!!str a", "|", ">", "%a", "@a", "`a", "'", "\"", "'a'", "\"a\"", "it's", "\\",
    "\\n", "a\\", " a", "a ", "\ta", "a\t", "\n", "\n\n", "a\n", "a\n\n", "\na", " a\nb", "a\n b", "a\n\nb",
    "a \nb", "a\r\nb", "a\rb", "\u{0}", "\u{7f}", "\u{85}", "\u{2028}", "\u{feff}", "é", "日本", "🦀",
    ":8080", "http://a:80/", ".spec.replicaCount", "*", "self.a <= self.b",
];

fn read(yaml: &str) -> Value {
    serde_saphyr::from_str(yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"))
}

#[test]
fn hard_strings_survive_as_values() {
    for text in HARD {
        for value in [json!({ "k": text }), json!([text]), json!({ "k": [{ "k": text, "l": 1 }, [text]] })] {
            let yaml = document(&value).unwrap();
            assert_eq!(read(&yaml), value, "{text:?}\n{yaml}");
        }
    }
}

#[test]
fn hard_strings_survive_as_keys() {
    for text in HARD {
        for value in [json!({ *text: 1 }), json!({ "k": [{ *text: { *text: "v" } }] })] {
            let yaml = document(&value).unwrap();
            assert_eq!(read(&yaml), value, "{text:?}\n{yaml}");
        }
    }
}

#[test]
fn words_of_yaml_1_1_are_quoted_as_values_and_as_keys() {
    let words = [
        "y", "N", "yes", "No", "on", "OFF", "true", "False", "null", "~", "1", "007", "0x1F", "0o17", "1_000", "1.5",
        "1e3", ".5", ".inf", "12:30:45", "2001-01-01", "=", "<<",
    ];
    for word in words {
        let yaml = document(&json!({ word: word })).unwrap();
        let (key, value) = yaml.trim_end().rsplit_once(": ").unwrap();
        for part in [key, value] {
            assert!(part.starts_with(['"', '\'']), "{word} is not quoted in {yaml}");
        }
    }
}

#[test]
fn long_texts_survive() {
    let word = "word ".repeat(60);
    for text in [
        word.clone(),
        word.trim_end().to_owned(),
        format!(" {word}"),
        format!("{word}\n{word}"),
        word.trim_end().replace(' ', "  "),
        format!("{}: {word}", "a".repeat(200)),
    ] {
        let value = json!({ "k": [{ "description": text }] });
        let yaml = document(&value).unwrap();
        assert_eq!(read(&yaml), value, "{yaml}");
    }
}

#[test]
fn keys_are_sorted_at_every_depth() {
    let value: Value = serde_json::from_str(r#"{"b":[{"d":1,"c":2}],"a":{"f":1,"e":2}}"#).unwrap();
    insta::assert_snapshot!(document(&value).unwrap(), @"");
}

#[test]
fn a_stream_opens_each_document() {
    insta::assert_snapshot!(stream([&json!({"a": 1}), &json!({"b": {}, "c": []})]).unwrap(), @"");
}

#[test]
fn numbers_keep_their_kind() {
    let value = json!({ "a": [1, -1, u64::MAX, i64::MIN, 1.0, 0.1, 1e300] });
    let yaml = document(&value).unwrap();
    insta::assert_snapshot!(yaml, @"");
    assert_eq!(read(&yaml), value);
}
