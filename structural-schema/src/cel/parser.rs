//! Reads a CEL expression
//!
//! It owns the grammar and the limits that keep what follows from running out of stack. Macros are `expand`'s business.

use std::sync::Arc;

use super::escape::RESERVED;
use super::expand;
use super::issue::Issue;
use super::lexer::{Token, Word, lex};
use super::syntax::{Element, Entry, Expr, Kind, Literal, Tree};

/// How long an expression may be, in characters: the limit of cel-go
const LENGTH_MAX: usize = 100_000;
/// How deep one of each kind of rule may be nested: the limit of cel-go
const DEPTH_MAX: usize = 250;

/// Binary operators: how tight they bind, and the function that they call
const BINARY: [(&str, usize, &str); 14] = [
    ("||", 1, "_||_"),
    ("&&", 2, "_&&_"),
    ("<", 3, "_<_"),
    ("<=", 3, "_<=_"),
    (">=", 3, "_>=_"),
    (">", 3, "_>_"),
    ("==", 3, "_==_"),
    ("!=", 3, "_!=_"),
    ("in", 3, "@in"),
    ("+", 4, "_+_"),
    ("-", 4, "_-_"),
    ("*", 5, "_*_"),
    ("/", 5, "_/_"),
    ("%", 5, "_%_"),
];

pub(super) struct Parser {
    tokens: Vec<Token>,
    next: usize,
    nodes: usize,
    depth: usize,
}

type Parsed<T> = Result<T, Issue>;

/// The tree of an expression
pub(super) fn parse(source: &str) -> Parsed<Tree> {
    let length = source.chars().count();
    if length > LENGTH_MAX {
        let message = format!("expression code point size exceeds limit: size: {length}, limit {LENGTH_MAX}");
        return Err(Issue { at: None, message });
    }
    let mut parser = Parser { tokens: lex(source)?, next: 0, nodes: 0, depth: 0 };
    let root = parser.expression()?;
    match &parser.tokens[parser.next].word {
        Word::End => Ok(Tree { root, nodes: parser.nodes }),
        _ => Err(parser.unexpected("<EOF>")),
    }
}

// === impl Parser ===

impl Parser {
    pub(super) fn node(&mut self, at: usize, kind: Kind) -> Expr {
        self.nodes += 1;
        Expr { id: self.nodes - 1, at, kind }
    }

    pub(super) fn call(&mut self, at: usize, function: &str, args: Vec<Expr>) -> Expr {
        self.node(at, Kind::Call { function: function.to_owned(), target: None, args })
    }

    fn at(&self) -> usize {
        self.tokens[self.next].at
    }

    fn is(&self, mark: &str) -> bool {
        matches!(&self.tokens[self.next].word, Word::Mark(found) if *found == mark)
    }

    fn take(&mut self, mark: &str) -> bool {
        let found = self.is(mark);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, mark: &str) -> Parsed<()> {
        if self.take(mark) { Ok(()) } else { Err(self.unexpected(&format!("'{mark}'"))) }
    }

    fn unexpected(&self, wanted: &str) -> Issue {
        let token = &self.tokens[self.next];
        let shown = match &token.word {
            Word::Ident(text) | Word::Quoted(text) | Word::Number(text) => text.clone(),
            Word::Mark(mark) => (*mark).to_owned(),
            Word::Literal(Literal::String(text)) => format!("\"{text}\""),
            Word::Literal(literal) => format!("{literal:?}"),
            Word::End => "<EOF>".to_owned(),
        };
        Issue::new(token.at, format!("Syntax error: mismatched input '{shown}' expecting {wanted}"))
    }

    fn deeper(&mut self, levels: usize) -> Parsed<()> {
        self.depth += levels;
        if self.depth > DEPTH_MAX {
            return Err(Issue {
                at: None,
                message: format!("expression recursion limit exceeded: {DEPTH_MAX}"),
            });
        }
        Ok(())
    }

    fn expression(&mut self) -> Parsed<Expr> {
        self.deeper(1)?;
        let condition = self.binary(1)?;
        let at = self.at();
        let expr = if self.take("?") {
            let yes = self.binary(1)?;
            self.expect(":")?;
            let no = self.expression()?;
            self.call(at, "_?_:_", vec![condition, yes, no])
        } else {
            condition
        };
        self.depth -= 1;
        Ok(expr)
    }

    /// Operators that bind at least as tight as `level`
    fn binary(&mut self, level: usize) -> Parsed<Expr> {
        if let Some((mark, _, function)) = BINARY.iter().find(|(_, found, _)| *found == level && level <= 2) {
            return self.logical(level, mark, function);
        }
        let mut left = self.unary()?;
        let mut chained = 0;
        while let Word::Mark(mark) = self.tokens[self.next].word {
            let Some(&(_, found, function)) = BINARY.iter().find(|(text, ..)| *text == mark) else { break };
            if found < level {
                break;
            }
            let at = self.at();
            self.next += 1;
            chained += 1;
            self.deeper(1)?;
            let right = self.binary(found + 1)?;
            left = self.call(at, function, vec![left, right]);
        }
        self.depth -= chained;
        Ok(left)
    }

    /// A chain of `&&` or `||`, whose tree is balanced: it may be as long as the text
    fn logical(&mut self, level: usize, mark: &str, function: &str) -> Parsed<Expr> {
        let mut terms = vec![self.binary(level + 1)?];
        let mut places = Vec::new();
        while self.is(mark) {
            places.push(self.at());
            self.next += 1;
            terms.push(self.binary(level + 1)?);
        }
        let mut terms = terms.into_iter();
        terms
            .next()
            .map(|first| self.balance(function, &places, first, &mut terms))
            .ok_or_else(|| self.unexpected("IDENTIFIER"))
    }

    fn balance(
        &mut self,
        function: &str,
        places: &[usize],
        first: Expr,
        rest: &mut dyn Iterator<Item = Expr>,
    ) -> Expr {
        if places.is_empty() {
            return first;
        }
        let middle = places.len() / 2;
        let left = self.balance(function, &places[..middle], first, rest);
        let Some(next) = rest.next() else { return left };
        let right = self.balance(function, &places[middle + 1..], next, rest);
        self.call(places[middle], function, vec![left, right])
    }

    fn unary(&mut self) -> Parsed<Expr> {
        for (mark, function) in [("!", "!_"), ("-", "-_")] {
            let at = self.at();
            let start = self.next;
            while self.take(mark) {}
            let count = self.next - start;
            if count == 0 {
                continue;
            }
            if mark == "-"
                && let Word::Number(number) = &self.tokens[self.next].word
                && !number.ends_with('u')
            {
                // the last minus is part of the number
                let operand = self.member(true)?;
                return Ok(if count.is_multiple_of(2) {
                    self.call(at, function, vec![operand])
                } else {
                    operand
                });
            }
            let operand = self.member(false)?;
            return Ok(if count.is_multiple_of(2) {
                operand
            } else {
                self.call(at, function, vec![operand])
            });
        }
        self.member(false)
    }

    fn member(&mut self, negative: bool) -> Parsed<Expr> {
        let mut expr = self.primary(negative)?;
        let mut chained = 0;
        loop {
            let at = self.at();
            if self.take(".") {
                let optional = self.take("?");
                let name = self.ident("IDENTIFIER")?;
                let open = self.at();
                expr = if !optional && self.take("(") {
                    let args = self.arguments(")")?;
                    self.member_call(open, expr, name, args)?
                } else if optional {
                    let field = self.node(at, Kind::Literal(Literal::String(Arc::from(name))));
                    self.call(at, "_?._", vec![expr, field])
                } else {
                    self.node(at, Kind::Select { operand: Box::new(expr), field: name, test: false })
                };
            } else if self.take("[") {
                let function = if self.take("?") { "_[?_]" } else { "_[_]" };
                let index = self.expression()?;
                self.expect("]")?;
                expr = self.call(at, function, vec![expr, index]);
            } else {
                break;
            }
            chained += 1;
            self.deeper(1)?;
        }
        self.depth -= chained;
        Ok(expr)
    }

    fn member_call(&mut self, at: usize, target: Expr, name: String, args: Vec<Expr>) -> Parsed<Expr> {
        expand::member(self, at, target, name, args)
    }

    fn ident(&mut self, wanted: &str) -> Parsed<String> {
        match &self.tokens[self.next].word {
            Word::Ident(name) | Word::Quoted(name) => {
                let name = name.clone();
                self.next += 1;
                Ok(name)
            }
            _ => Err(self.unexpected(wanted)),
        }
    }

    fn arguments(&mut self, close: &str) -> Parsed<Vec<Expr>> {
        let mut args = Vec::new();
        if self.take(close) {
            return Ok(args);
        }
        loop {
            args.push(self.expression()?);
            if !self.take(",") {
                self.expect(close)?;
                return Ok(args);
            }
        }
    }

    fn primary(&mut self, negative: bool) -> Parsed<Expr> {
        let at = self.at();
        if self.take("(") {
            let expr = self.expression()?;
            self.expect(")")?;
            return Ok(expr);
        }
        if self.take("[") {
            return self.list(at);
        }
        if self.take("{") {
            return self.map(at);
        }
        let rooted = self.take(".");
        match self.tokens[self.next].word.clone() {
            Word::Literal(literal) if !rooted => {
                self.next += 1;
                Ok(self.node(at, Kind::Literal(literal)))
            }
            Word::Number(text) if !rooted => {
                let literal = number(&text, negative).map_err(|message| Issue::new(at, message))?;
                self.next += 1;
                Ok(self.node(at, Kind::Literal(literal)))
            }
            Word::Ident(name) => {
                self.next += 1;
                self.named(at, &name)
            }
            _ => Err(self.unexpected("{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}")),
        }
    }

    /// A variable, a call, or a message
    fn named(&mut self, at: usize, name: &str) -> Parsed<Expr> {
        if RESERVED.contains(&name) {
            return Err(Issue::new(at, format!("reserved identifier: {name}")));
        }
        let open = self.at();
        if self.take("(") {
            let args = self.arguments(")")?;
            return expand::global(self, open, name, args);
        }
        if let Some(message) = self.message_name(name) {
            return self.message(message);
        }
        Ok(self.node(at, Kind::Ident(name.to_owned())))
    }

    /// The name of a message, if this and the following dotted names lead to `{`
    fn message_name(&mut self, first: &str) -> Option<String> {
        let mut name = first.to_owned();
        let mut ahead = self.next;
        loop {
            match (&self.tokens[ahead].word, self.tokens.get(ahead + 1).map(|token| &token.word)) {
                (Word::Mark("{"), _) => {
                    self.next = ahead;
                    return Some(name);
                }
                (Word::Mark("."), Some(Word::Ident(part))) => name = format!("{name}.{part}"),
                _ => return None,
            }
            ahead += 2;
        }
    }

    fn message(&mut self, name: String) -> Parsed<Expr> {
        let at = self.at();
        self.expect("{")?;
        let mut fields = Vec::new();
        while !self.take("}") {
            self.take("?");
            self.ident("IDENTIFIER")?;
            self.expect(":")?;
            fields.push(self.expression()?);
            if !self.take(",") {
                self.expect("}")?;
                break;
            }
        }
        Ok(self.node(at, Kind::Struct { name, fields }))
    }

    fn list(&mut self, at: usize) -> Parsed<Expr> {
        let mut elements = Vec::new();
        while !self.take("]") {
            let optional = self.take("?");
            elements.push(Element { value: self.expression()?, optional });
            if !self.take(",") {
                self.expect("]")?;
                break;
            }
        }
        Ok(self.node(at, Kind::List(elements)))
    }

    fn map(&mut self, at: usize) -> Parsed<Expr> {
        let mut entries = Vec::new();
        while !self.take("}") {
            let optional = self.take("?");
            let key = self.expression()?;
            self.expect(":")?;
            entries.push(Entry { key, value: self.expression()?, optional });
            if !self.take(",") {
                self.expect("}")?;
                break;
            }
        }
        Ok(self.node(at, Kind::Map(entries)))
    }
}

fn number(text: &str, negative: bool) -> Result<Literal, &'static str> {
    let sign = if negative { "-" } else { "" };
    let (digits, radix) = text.strip_prefix("0x").map_or((text, 10), |hex| (hex, 16));
    if let Some(digits) = digits.strip_suffix('u') {
        let bad = "invalid uint literal";
        return if negative {
            Err(bad)
        } else {
            u64::from_str_radix(digits, radix).map(Literal::Uint).map_err(|_| bad)
        };
    }
    if radix == 10 && digits.contains(['.', 'e']) {
        return format!("{sign}{digits}").parse().map(Literal::Double).map_err(|_| "invalid double literal");
    }
    i64::from_str_radix(&format!("{sign}{digits}"), radix)
        .map(Literal::Int)
        .map_err(|_| "invalid int literal")
}
