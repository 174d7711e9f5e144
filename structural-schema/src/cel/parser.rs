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
/// How deep a tree may be, apart from what macros add: half of cel-go's limit, so that any thread has the stack for it
const DEPTH_MAX: usize = 125;

/// What an operand may begin with, as syntax errors say it
const OPERANDS: &str = "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

/// An operator between two operands
struct BinaryOperator {
    mark: &'static str,
    /// How tight it binds
    level: usize,
    /// What it calls
    function: &'static str,
}

const fn binary(mark: &'static str, level: usize, function: &'static str) -> BinaryOperator {
    BinaryOperator { mark, level, function }
}

const BINARY: [BinaryOperator; 14] = [
    binary("||", 1, "_||_"),
    binary("&&", 2, "_&&_"),
    binary("<", 3, "_<_"),
    binary("<=", 3, "_<=_"),
    binary(">=", 3, "_>=_"),
    binary(">", 3, "_>_"),
    binary("==", 3, "_==_"),
    binary("!=", 3, "_!=_"),
    binary("in", 3, "@in"),
    binary("+", 4, "_+_"),
    binary("-", 4, "_-_"),
    binary("*", 5, "_*_"),
    binary("/", 5, "_/_"),
    binary("%", 5, "_%_"),
];

pub(super) struct Parser {
    tokens: Vec<Token>,
    next: usize,
    nodes: usize,
    depth: usize,
}

/// Operands and operators in a row
struct Row {
    operands: Vec<Expr>,
    /// Those whose right operand is not whole yet, and where they stand
    waiting: Vec<(usize, &'static BinaryOperator)>,
}

/// Small, since it is returned on the way back from every depth
type Parsed<T> = Result<T, Box<Issue>>;

/// The tree of an expression
pub(super) fn parse(source: &str) -> Result<Tree, Issue> {
    let length = source.chars().count();
    if length > LENGTH_MAX {
        let message = format!("expression code point size exceeds limit: size: {length}, limit {LENGTH_MAX}");
        return Err(Issue { at: None, message });
    }
    let mut parser = Parser { tokens: lex(source)?, next: 0, nodes: 0, depth: 0 };
    let root = parser.expression().map_err(|issue| *issue)?;
    match &parser.tokens[parser.next].word {
        Word::End => Ok(Tree { root: *root, nodes: parser.nodes }),
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

    fn boxed_call(&mut self, at: usize, function: &str, args: Vec<Expr>) -> Box<Expr> {
        Box::new(self.call(at, function, args))
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
        if self.take(mark) { Ok(()) } else { Err(self.unexpected(&format!("'{mark}'")).into()) }
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

    fn deeper(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > DEPTH_MAX { Err(too_deep().into()) } else { Ok(()) }
    }

    fn expression(&mut self) -> Parsed<Box<Expr>> {
        self.deeper()?;
        let mut expr = self.operators()?;
        if self.is("?") {
            expr = self.choice(expr)?;
        }
        self.depth -= 1;
        Ok(expr)
    }

    #[expect(clippy::boxed_local, reason = "it is small on the way here")]
    fn choice(&mut self, condition: Box<Expr>) -> Parsed<Box<Expr>> {
        let at = self.at();
        self.expect("?")?;
        let yes = self.operators()?;
        self.expect(":")?;
        let no = self.expression()?;
        Ok(self.boxed_call(at, "_?_:_", vec![*condition, *yes, *no]))
    }

    /// Operands with operators between them: those that bind tightest are put together first
    fn operators(&mut self) -> Parsed<Box<Expr>> {
        let first = self.unary()?;
        if self.operator().is_none() {
            return Ok(first);
        }
        let mut row = Row { operands: vec![*first], waiting: Vec::new() };
        let before = self.depth;
        loop {
            let found = self.operator();
            row.put_together(self, found.map_or(0, |operator| operator.level));
            let Some(operator) = found else { break };
            row.waiting.push((self.at(), operator));
            self.next += 1;
            if operator.level > 2 {
                self.deeper()?;
            }
            let operand = self.unary()?;
            row.operands.push(*operand);
        }
        self.depth = before;
        row.operands.pop().map(Box::new).ok_or_else(|| self.unexpected("IDENTIFIER").into())
    }

    fn operator(&self) -> Option<&'static BinaryOperator> {
        match &self.tokens[self.next].word {
            Word::Mark(mark) => BINARY.iter().find(|operator| operator.mark == *mark),
            _ => None,
        }
    }

    fn unary(&mut self) -> Parsed<Box<Expr>> {
        let at = self.at();
        let start = self.next;
        let (mark, function) = if self.is("!") { ("!", "!_") } else { ("-", "-_") };
        while self.take(mark) {}
        let mut count = self.next - start;
        // the last minus before a number is part of it
        let signed = count > 0
            && mark == "-"
            && matches!(&self.tokens[self.next].word, Word::Number(number) if !number.ends_with('u'));
        count -= usize::from(signed);
        let operand = self.member(signed)?;
        Ok(if count.is_multiple_of(2) { operand } else { self.boxed_call(at, function, vec![*operand]) })
    }

    fn member(&mut self, signed: bool) -> Parsed<Box<Expr>> {
        let mut expr = self.primary(signed)?;
        let before = self.depth;
        loop {
            if self.is(".") {
                expr = self.field(expr)?;
            } else if self.is("[") {
                expr = self.index(expr)?;
            } else {
                break;
            }
            self.deeper()?;
        }
        self.depth = before;
        Ok(expr)
    }

    /// `.name`, `.?name`, `.name(…)`
    fn field(&mut self, target: Box<Expr>) -> Parsed<Box<Expr>> {
        let at = self.at();
        self.expect(".")?;
        let optional = self.take("?");
        let quoted = matches!(self.tokens[self.next].word, Word::Quoted(_));
        let name = self.ident()?;
        let open = self.at();
        if !optional && !quoted && self.take("(") {
            let args = self.arguments()?;
            return expand::member(self, open, *target, name, args).map(Box::new).map_err(Box::new);
        }
        if !optional {
            return Ok(Box::new(self.node(at, Kind::Select { operand: target, field: name, test: false })));
        }
        let field = self.node(at, Kind::Literal(Literal::String(Arc::from(name))));
        Ok(self.boxed_call(at, "_?._", vec![*target, field]))
    }

    /// `[…]`, `[?…]`
    #[expect(clippy::boxed_local, reason = "it is small on the way here")]
    fn index(&mut self, target: Box<Expr>) -> Parsed<Box<Expr>> {
        let at = self.at();
        self.expect("[")?;
        let function = if self.take("?") { "_[?_]" } else { "_[_]" };
        let index = self.expression()?;
        self.expect("]")?;
        Ok(self.boxed_call(at, function, vec![*target, *index]))
    }

    fn ident(&mut self) -> Parsed<String> {
        match &self.tokens[self.next].word {
            Word::Ident(name) | Word::Quoted(name) => {
                let name = name.clone();
                self.next += 1;
                Ok(name)
            }
            _ => Err(self.unexpected("IDENTIFIER").into()),
        }
    }

    /// Up to the closing bracket
    fn arguments(&mut self) -> Parsed<Vec<Expr>> {
        let mut args = Vec::new();
        if self.take(")") {
            return Ok(args);
        }
        loop {
            args.push(*self.expression()?);
            if !self.take(",") {
                self.expect(")")?;
                return Ok(args);
            }
        }
    }

    fn primary(&mut self, signed: bool) -> Parsed<Box<Expr>> {
        if self.is("(") {
            self.next += 1;
            let expr = self.expression()?;
            self.expect(")")?;
            return Ok(expr);
        }
        if self.is("[") {
            return self.list();
        }
        if self.is("{") {
            return self.map();
        }
        self.word(signed)
    }

    /// A constant or what begins with a name
    fn word(&mut self, signed: bool) -> Parsed<Box<Expr>> {
        let at = self.at();
        let rooted = self.take(".");
        let kind = match self.tokens[self.next].word.clone() {
            Word::Ident(name) => {
                self.next += 1;
                return self.named(at, name);
            }
            Word::Literal(literal) if !rooted => Kind::Literal(literal),
            Word::Number(text) if !rooted => {
                Kind::Literal(number(&text, signed).map_err(|message| Issue::new(at, message))?)
            }
            _ => return Err(self.unexpected(OPERANDS).into()),
        };
        self.next += 1;
        Ok(Box::new(self.node(at, kind)))
    }

    /// A variable, a call, or a message
    fn named(&mut self, at: usize, name: String) -> Parsed<Box<Expr>> {
        if RESERVED.contains(&name.as_str()) {
            return Err(Box::new(Issue::new(at, format!("reserved identifier: {name}"))));
        }
        let open = self.at();
        if self.take("(") {
            let args = self.arguments()?;
            return expand::global(self, open, &name, args).map(Box::new).map_err(Box::new);
        }
        if let Some(message) = self.message_name(&name) {
            return self.message(message);
        }
        Ok(Box::new(self.node(at, Kind::Ident(name))))
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

    fn message(&mut self, name: String) -> Parsed<Box<Expr>> {
        let at = self.at();
        self.expect("{")?;
        let mut fields = Vec::new();
        while !self.take("}") {
            self.take("?");
            self.ident()?;
            self.expect(":")?;
            fields.push(*self.expression()?);
            if !self.take(",") {
                self.expect("}")?;
                break;
            }
        }
        Ok(Box::new(self.node(at, Kind::Struct { name, fields })))
    }

    fn list(&mut self) -> Parsed<Box<Expr>> {
        let at = self.at();
        self.expect("[")?;
        let mut elements = Vec::new();
        while !self.take("]") {
            let optional = self.take("?");
            elements.push(Element { value: *self.expression()?, optional });
            if !self.take(",") {
                self.expect("]")?;
                break;
            }
        }
        Ok(Box::new(self.node(at, Kind::List(elements))))
    }

    fn map(&mut self) -> Parsed<Box<Expr>> {
        let at = self.at();
        self.expect("{")?;
        let mut entries = Vec::new();
        while !self.take("}") {
            let optional = self.take("?");
            let key = *self.expression()?;
            self.expect(":")?;
            entries.push(Entry { key, value: *self.expression()?, optional });
            if !self.take(",") {
                self.expect("}")?;
                break;
            }
        }
        Ok(Box::new(self.node(at, Kind::Map(entries))))
    }
}

// === impl Row ===

impl Row {
    /// Puts together what binds tighter than an operator of `level` that comes next, or as tight and from the left
    fn put_together(&mut self, parser: &mut Parser, level: usize) {
        let binds = |last: usize| last > level || (last == level && level > 2);
        while let Some((at, operator)) = self.waiting.pop_if(|(_, last)| binds(last.level)) {
            // `&&` and `||` all in a row, so that a long row is no deep tree
            let mut places = vec![at];
            if operator.level <= 2 {
                while let Some((at, _)) = self.waiting.pop_if(|(_, last)| last.level == operator.level) {
                    places.push(at);
                }
                places.reverse();
            }
            let first = self.operands.len().saturating_sub(places.len() + 1);
            let mut terms = self.operands.split_off(first).into_iter();
            if let Some(left) = terms.next() {
                let tree = balance(parser, operator.function, &places, left, &mut terms);
                self.operands.push(tree);
            }
        }
    }
}

/// A balanced tree of one operator that stands at these places
fn balance(
    parser: &mut Parser,
    function: &str,
    places: &[usize],
    first: Expr,
    rest: &mut dyn Iterator<Item = Expr>,
) -> Expr {
    if places.is_empty() {
        return first;
    }
    let middle = places.len() / 2;
    let left = balance(parser, function, &places[..middle], first, rest);
    let Some(next) = rest.next() else { return left };
    let right = balance(parser, function, &places[middle + 1..], next, rest);
    parser.call(places[middle], function, vec![left, right])
}

fn too_deep() -> Issue {
    Issue { at: None, message: format!("expression recursion limit exceeded: {DEPTH_MAX}") }
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
