//! The text of a label selector, read in the words and the order in which Kubernetes' reader complains
//!
//! It owns tokens and grammar. What a requirement means is its parent's business.

use std::collections::BTreeSet;

use serde_json::Value;
use structural_schema::{FieldError, Reason};

use super::{Requirement, Test};
use crate::meta;

/// Operators, as a message lists them
const OPERATORS: &str = "in, notin, =, ==, !=, gt, lt";

/// A piece of the text
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    /// One of `= == != ! < > ( ) ,`
    Sign(&'a str),
    End,
}

struct Parser<'a> {
    rest: &'a str,
}

/// Reads all requirements
///
/// # Errors
/// What is wrong with the text.
pub(super) fn parse(text: &str) -> Result<Vec<Requirement>, String> {
    let mut parser = Parser { rest: text };
    let mut requirements = Vec::new();
    match parser.peek() {
        Token::End => return Ok(requirements),
        Token::Word(_) | Token::Sign("!") => {}
        Token::Sign(sign) => {
            return Err(format!("found '{sign}', expected: !, identifier, or 'end of string'"));
        }
    }
    loop {
        let requirement =
            parser.requirement().map_err(|why| format!("unable to parse requirement: {why}"))?;
        requirements.push(requirement);
        match parser.next() {
            Token::End => return Ok(requirements),
            Token::Sign(",") => {}
            other => return Err(format!("found '{}', expected: ',' or 'end of string'", other.text())),
        }
        match parser.peek() {
            Token::Word(_) | Token::Sign("!") => {}
            other => return Err(format!("found '{}', expected: identifier after ','", other.text())),
        }
    }
}

// === impl Token ===

impl<'a> Token<'a> {
    fn text(self) -> &'a str {
        match self {
            Self::Word(text) | Self::Sign(text) => text,
            Self::End => "",
        }
    }
}

// === impl Parser ===

impl<'a> Parser<'a> {
    fn peek(&self) -> Token<'a> {
        Parser { rest: self.rest }.next()
    }

    fn next(&mut self) -> Token<'a> {
        let is_sign = |letter: char| matches!(letter, '=' | '!' | '(' | ')' | ',' | '>' | '<');
        let is_blank = |letter: char| matches!(letter, ' ' | '\t' | '\r' | '\n');
        let text = self.rest.trim_start_matches(is_blank);
        let size = match text.chars().next() {
            None => 0,
            Some(first) if is_sign(first) => {
                if text.starts_with("==") || text.starts_with("!=") {
                    2
                } else {
                    1
                }
            }
            Some(_) => text.find(|letter| is_sign(letter) || is_blank(letter)).unwrap_or(text.len()),
        };
        let (token, rest) = text.split_at(size);
        self.rest = rest;
        match token.chars().next() {
            None => Token::End,
            Some(first) if is_sign(first) => Token::Sign(token),
            Some(_) => Token::Word(token),
        }
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let mut token = self.next();
        let is_missing = token == Token::Sign("!");
        if is_missing {
            token = self.next();
        }
        let Token::Word(key) = token else {
            return Err(format!("found '{}', expected: identifier", token.text()));
        };
        check_key(key)?;
        let key = key.to_owned();
        if is_missing {
            return Ok(Requirement { key, test: Test::Missing });
        }
        if matches!(self.peek(), Token::End | Token::Sign(",")) {
            return Ok(Requirement { key, test: Test::Exists });
        }
        let operator = self.next();
        let test = match operator.text() {
            "in" => Test::In(self.checked_values(&key)?),
            "notin" => Test::NotIn(self.checked_values(&key)?),
            "=" | "==" => Test::In(vec![self.value(&key)?]),
            "!=" => Test::NotIn(vec![self.value(&key)?]),
            ">" => Test::Above(self.number(&key)?),
            "<" => Test::Below(self.number(&key)?),
            other => return Err(format!("found '{other}', expected: {OPERATORS}")),
        };
        Ok(Requirement { key, test })
    }

    fn exact(&mut self) -> Result<&'a str, String> {
        if matches!(self.peek(), Token::End | Token::Sign(",")) {
            return Ok("");
        }
        match self.next() {
            Token::Word(value) => Ok(value),
            other => Err(format!("found '{}', expected: identifier", other.text())),
        }
    }

    fn value(&mut self, key: &str) -> Result<String, String> {
        let value = self.exact()?;
        check_values(key, &[value])?;
        Ok(value.to_owned())
    }

    fn number(&mut self, key: &str) -> Result<i64, String> {
        let value = self.exact()?;
        let number = value.parse().map_err(|_| {
            let detail = "for 'Gt', 'Lt' operators, the value must be an integer";
            FieldError::of_value(Reason::Invalid, "values[0]", &value.into(), detail).to_string()
        })?;
        check_values(key, &[value])?;
        Ok(number)
    }

    fn checked_values(&mut self, key: &str) -> Result<Vec<String>, String> {
        let values: Vec<&str> = self.values()?.into_iter().collect();
        check_values(key, &values)?;
        Ok(values.into_iter().map(ToOwned::to_owned).collect())
    }

    /// Values in parentheses; between two commas is the empty one, as where there is nothing at all
    fn values(&mut self) -> Result<BTreeSet<&'a str>, String> {
        match self.next() {
            Token::Sign("(") => {}
            other => return Err(format!("found '{}' expected: '('", other.text())),
        }
        let mut values = BTreeSet::new();
        match self.peek() {
            Token::Word(_) | Token::Sign(",") => {}
            Token::Sign(")") => {
                self.next();
                return Ok(BTreeSet::from([""]));
            }
            other => return Err(format!("found '{}', expected: ',', ')' or identifier", other.text())),
        }
        let mut is_open = true;
        loop {
            match self.next() {
                Token::Word(value) => {
                    values.insert(value);
                    is_open = false;
                    if !matches!(self.peek(), Token::Sign("," | ")")) {
                        return Err(format!("found '{}', expected: ',' or ')'", self.peek().text()));
                    }
                }
                Token::Sign(sign @ ("," | ")")) => {
                    if is_open {
                        values.insert("");
                    }
                    if sign == ")" {
                        return Ok(values);
                    }
                    is_open = true;
                }
                other => return Err(format!("found '{}', expected: ',', or identifier", other.text())),
            }
        }
    }
}

fn check_key(key: &str) -> Result<(), String> {
    let wrong = meta::label_key(key);
    if wrong.is_empty() {
        return Ok(());
    }
    let error = FieldError::of_value(Reason::Invalid, "", &Value::from(key), wrong.join("; "));
    Err(format!("<nil>: {}", error.message()))
}

fn check_values(key: &str, values: &[&str]) -> Result<(), String> {
    let wrong: Vec<String> = values
        .iter()
        .enumerate()
        .filter_map(|(at, value)| {
            let wrong = meta::label_value(value);
            let error = FieldError::of_value(
                Reason::Invalid,
                format!("values[{at}][{key}]"),
                &Value::from(*value),
                wrong.join("; "),
            );
            (!wrong.is_empty()).then(|| error.to_string())
        })
        .collect();
    match wrong.as_slice() {
        [] => Ok(()),
        [one] => Err(one.clone()),
        many => Err(format!("[{}]", many.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_are_those_of_kubernetes() {
        for (text, expected) in [
            ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
            ("a in b", "unable to parse requirement: found 'b' expected: '('"),
            ("=b", "found '=', expected: !, identifier, or 'end of string'"),
            ("a=b c", "found 'c', expected: ',' or 'end of string'"),
            ("a,,b", "found ',', expected: identifier after ','"),
            (
                "a>x",
                "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
            ),
        ] {
            assert_eq!(parse(text).unwrap_err(), expected, "{text}");
        }
        let value = "a".repeat(70);
        assert_eq!(
            parse(&format!("k={value}")).unwrap_err(),
            format!(
                "unable to parse requirement: values[0][k]: Invalid value: \"{value}\": must be no more than 63 bytes"
            )
        );
    }
}
