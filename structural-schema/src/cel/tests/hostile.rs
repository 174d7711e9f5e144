//! Expressions that want to exhaust the stack, the memory or the time of who reads them

use serde_json::{Value, json};

use crate::Schema;
use crate::cel::machine::COST_MAX;

/// Less than any thread has by default
const STACK_BYTES: usize = 1 << 20;

fn schema(rule: &str) -> Value {
    json!({"type": "object", "x-kubernetes-validations": [{"rule": rule, "message": "broken"}], "properties": {
        "b": {"type": "boolean"}, "i": {"type": "integer"}, "s": {"type": "string"},
        "l": {"type": "array", "items": {"type": "integer"}},
    }})
}

/// What the acceptance and then the rule itself say, on a thread with little stack
fn ask(rule: String, object: Value) -> (String, String) {
    let asked = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || {
        let schema = Schema::parse(&schema(&rule)).unwrap();
        let first =
            |errors: Vec<crate::FieldError>| errors.first().map(ToString::to_string).unwrap_or_default();
        (first(crate::cel::compile(&schema)), first(crate::cel::check(&schema, &object, None)))
    });
    asked.unwrap().join().unwrap()
}

fn nested(open: &str, middle: &str, close: &str, levels: usize) -> String {
    format!("{}{middle}{}", open.repeat(levels), close.repeat(levels))
}

#[test]
fn nothing_is_too_deep() {
    let object = json!({"b": true, "i": 1, "s": "a", "l": [1]});
    for (open, middle, close) in [
        ("(", "self.b", ")"),
        ("!(", "self.b", ")"),
        ("[", "1", "]"),
        ("{1: ", "1", "}"),
        ("self.l[", "0", "]"),
        ("size(", "self.s", ")"),
        ("self.l.all(x, ", "self.b", ")"),
        ("self.l.map(x, ", "1", ")"),
        ("self.b ? self.b : ", "self.b", ""),
        ("self.b && (self.b || ", "self.b", ")"),
        ("1 + ", "1 == 2", ""),
        ("", "self", ".s"),
        ("", "self.?s", ".?s"),
        ("-(", "self.i", ") < 1"),
        ("self.?i.optMap(x, ", "1", ")"),
        ("- - ", "1 == 1", ""),
        ("! ! ", "self.b", ""),
        ("", "self.b", " && self.b"),
        ("self.l.sortBy(x, ", "1", ")"),
    ] {
        for levels in [40, 110, 240, 260, 5_000, 40_000] {
            ask(nested(open, middle, close, levels), object.clone());
        }
    }
}

#[test]
fn nothing_takes_too_long_or_too_much() {
    let long: Vec<i64> = (0..2_000).collect();
    let object = json!({"b": true, "i": 1, "s": "a".repeat(100_000), "l": long});
    for rule in [
        "self.l.all(x, self.l.all(y, self.l.all(z, x + y + z >= 0)))",
        "self.l.exists(x, self.l.exists(y, x / 0 == y))",
        "self.l.map(x, self.l.map(y, self.l)).flatten(9).size() > 1",
        "self.l.map(x, self.s).join().size() > 1",
        "self.l.map(x, self.s + self.s).size() > 1",
        "self.l.all(x, self.s.replace('', self.s).size() > 1)",
        "self.l.all(x, self.s.matches('(a*)*' + string(x) + 'b'))",
        "self.l.all(x, 'aaaa'.matches('((a{100}){100}){100}' + string(x)))",
        "lists.range(1000000).map(x, lists.range(1000000)).size() > 1",
        "lists.range(9223372036854775807).size() > 1",
        "'%.999999999f'.format([1.0]) == 'a'",
        "'%s'.format([self.l.map(x, self.s)]) == 'a'",
        "self.l.distinct().distinct() == self.l.map(x, self.l)",
        "self.l.map(x, self.l) == self.l.map(x, self.l.map(y, self.l))",
        "self.l.map(x, self.l.map(y, self.l.map(z, self.l))) == []",
        "self.s.split('').map(x, self.s.split('')) == []",
        "self.l.all(x, quantity('1e' + string(x)).isGreaterThan(quantity('1')))",
        "self.l.transformMap(i, x, self.l.transformMap(j, y, self.l)) == {}",
    ] {
        let (_, said) = ask(rule.to_owned(), object.clone());
        assert!(!said.is_empty(), "{rule}: {COST_MAX} were not enough");
    }
}

/// Every prefix and every text with one character changed is read or refused
#[test]
fn no_text_is_a_surprise() {
    let texts = [
        "self.l.all(x, x > 1.5e3 && self.s[0x1f] in {'a': b\"\\xff\"}) ? -1u : \"\"\"x\"\"\"",
        "self.?a[?0].orValue([?b, c]).map(i, v, r'\\', [i]) // x",
        "'%s %.3f'.format([self.`a-b`, duration('1s')]).matches('[') || a.b.C{d: 1}",
    ];
    let object = json!({"b": true, "l": [1]});
    for text in texts {
        let chars: Vec<char> = text.chars().collect();
        for at in 0..chars.len() {
            let read = |changed: Vec<char>| {
                let text: String = changed.into_iter().collect();
                if let Ok(tree) = crate::cel::parser::parse(&text) {
                    let (checked, issues) =
                        crate::cel::checker::check(&tree, vec![("self", crate::cel::kind::Ty::Dyn)]);
                    crate::cel::literals::check(&tree.root, &checked);
                    crate::cel::issue::render(&text, &issues);
                }
            };
            read(chars[..at].to_vec());
            for c in "'\"\\`(){}[],.?:-1aé%#\n".chars() {
                let mut changed = chars.clone();
                changed[at] = c;
                read(changed);
            }
        }
        ask(text.to_owned(), object.clone());
    }
}
