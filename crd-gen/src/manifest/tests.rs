//! Texts, what is read from them and where it stands

use super::*;

/// Documents as JSON, or the error
fn read_as(text: &str) -> String {
    match read(text) {
        Ok(documents) => documents
            .iter()
            .map(|document| serde_json::to_string(document).expect("a value of JSON"))
            .collect::<Vec<_>>()
            .join(" "),
        Err(error) => error.to_string(),
    }
}

#[test]
fn documents_are_read_as_kubectl_reads_them() {
    for (text, expected) in [
        ("a: 1\n---\n# c\n---\n\n---\nb: x\n", r#"{"a":1} {"b":"x"}"#),
        ("", ""),
        ("~", ""),
        ("a: on\noff: b\n", r#"{"a":true,"false":"b"}"#),
        ("a: 0644\nb: 1e3\nc: 1_000\n1: d\n", r#"{"a":420,"b":1000,"c":1000,"1":"d"}"#),
        ("a: 2001-01-01\nb: 12:30:45\nc: '1'\n", r#"{"a":"2001-01-01","b":"12:30:45","c":"1"}"#),
        ("a: 1.5\nb: 18446744073709551615\n", r#"{"a":1.5,"b":18446744073709551615}"#),
        ("a: &x {b: 1}\nc:\n  <<: *x\n  d: 2\n", r#"{"a":{"b":1},"c":{"d":2,"b":1}}"#),
        ("a: 1\na: 2\n", r#"{"a":1,"a":2}"#),
        ("\u{feff}a: 1", r#"{"a":1}"#),
        (r#"{"a": "\ud83d\ude00\/"}"#, r#"{"a":"😀/"}"#),
        ("{\n\t\"a\": [\n\t\t1]\n}", r#"{"a":[1]}"#),
        ("{\"a\":1}\n{\"b\":2}{\"c\":3}", r#"{"a":1} {"b":2} {"c":3}"#),
    ] {
        assert_eq!(read_as(text), expected, "{text:?}");
    }
}

#[test]
fn what_is_no_yaml_is_told_with_its_place() {
    for (text, expected) in [
        ("a: [", "1:4: cannot be read as YAML or JSON: unclosed bracket '['"),
        ("a: 1\n---\nb: \"x", "3:4: cannot be read as YAML or JSON: unclosed quote"),
        ("a: b: c", "1:5: cannot be read as YAML or JSON: mapping values are not allowed in this context"),
        ("? [a]\n: 1", "1:3: cannot be read as YAML or JSON: a name must be a text"),
        (
            "a: .inf",
            "1:4: cannot be read as YAML or JSON: non-finite float `.inf` rejected by the configured policy",
        ),
    ] {
        assert_eq!(read_as(text), expected, "{text:?}");
    }
}

#[test]
fn what_is_nested_too_deeply_or_grows_too_large_is_an_error() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(read(&nested(DEPTH_MAX)).map(|all| all.len()), Ok(1));
    assert!(read(&nested(DEPTH_MAX + 1)).is_err());
    assert!(read(&nested(100_000)).is_err());
    assert!(read(&"- ".repeat(100_000)).is_err());
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb = format!("{bomb}a{level}: &a{level} [{aliases}]\n");
    }
    assert!(read(&bomb).is_err());
}

#[test]
fn places_are_found_by_their_paths() {
    let text = "metadata:
  labels:
    a.b/c: x
spec:
  list:
    - name: a
    - {name: b, name: c}
  a: 1
  a.b:
    c: {d: 1}
  odd]: 1
";
    let document = &read(text).expect("YAML")[0];
    for (path, value, name) in [
        ("", "1:1", "1:1"),
        ("metadata", "1:1", "1:1"),
        ("metadata.labels[a.b/c]", "3:12", "3:5"),
        ("metadata.labels.a.b/c", "3:12", "3:5"),
        ("metadata.labels[gone]", "2:3", "2:3"),
        ("spec.list", "5:3", "5:3"),
        ("spec.list[0]", "6:7", "6:7"),
        ("spec.list[0].name", "6:13", "6:7"),
        ("spec.list[1].name", "7:23", "7:17"),
        ("spec.list[2].name", "5:3", "5:3"),
        ("spec.list[x]", "5:3", "5:3"),
        ("spec.list.name", "5:3", "5:3"),
        ("spec.a", "8:6", "8:3"),
        ("spec.a.b.c.d", "10:12", "10:9"),
        ("spec.a.c", "8:6", "8:6"),
        ("spec[odd]]", "11:9", "11:3"),
        ("spec.gone.x[1]", "4:1", "4:1"),
        ("gone", "1:1", "1:1"),
        ("[", "1:1", "1:1"),
        ("..", "1:1", "1:1"),
    ] {
        let found = (document.find(path, false).to_string(), document.find(path, true).to_string());
        assert_eq!((found.0.as_str(), found.1.as_str()), (value, name), "{path}");
    }
    assert_eq!(document.find_again("spec.list[1].name").to_string(), "7:17");
    assert_eq!(document.find_again("spec.a").to_string(), "8:3");
    assert_eq!(document.find_again("spec.gone").to_string(), "4:1");
}

#[test]
fn documents_of_a_stream_of_json_keep_their_places() {
    let documents = read("{\"a\":1}\n\n  {\"é\":2} {\"c\":\n3}").expect("JSON");
    let places: Vec<String> =
        documents.iter().map(|one| format!("{} {}", one.at, one.entries()[0].value.at)).collect();
    assert_eq!(places, ["1:1 1:6", "3:3 3:8", "3:11 4:1"]);
}

#[test]
fn any_number_of_comments_is_read() {
    let many = |indent: &str| format!("{indent}# more: [\n").repeat(300);
    for (text, expected) in [
        (format!("{}a: 1\n{}", many(""), many("  ")), r#"{"a":1}"#),
        (
            format!("a:\n{}  b: 1\n{}\n{}  c:\n  - d\n{}", many("  "), many(""), many("  "), many("  ")),
            r#"{"a":{"b":1,"c":["d"]}}"#,
        ),
        (format!("a: 1\n{}---\n{}b: 2\n", many(""), many("")), r#"{"a":1} {"b":2}"#),
        (format!("a: {{\n{}b: 1}}\n", many("")), r#"{"a":{"b":1}}"#),
    ] {
        assert_eq!(read_as(&text), expected, "{text}");
    }
    // what looks like comments in a text is text, and places stay
    let text = format!("a: |\n{0}{0}b:\n{1}  c: 1\n", "  # x\n".repeat(200), many("  "));
    let document = read(&text).expect("it is YAML").remove(0);
    let value = serde_json::to_value(&document).expect("a value of JSON");
    assert_eq!(value["a"].as_str().map(|text| text.lines().count()), Some(400));
    assert_eq!(document.find("b.c", false).line, 703);
}
