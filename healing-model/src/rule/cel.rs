//! Rules as CEL, the language of `x-kubernetes-validations`
//!
//! It owns the text: operators with the fewest parentheses that keep the meaning, escaped field names, and the guard
//! for fields that may be missing.

use crate::{
    BinaryOperator, Expression, Field, Function, MessagePart, Origin, Part, Path, Quantifier, Rule,
    UnaryOperator,
};

/// Words that CEL keeps for itself; as a field's name they are written `__word__`
const RESERVED: &[&str] = &[
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "void",
    "while",
];

/// How tightly an expression binds; an operand that binds less tightly than its place asks for gets parentheses
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Conditional,
    Or,
    And,
    Comparison,
    Sum,
    Product,
    Unary,
    Atom,
    /// Tighter than anything: parentheses always
    Never,
}

impl Rule {
    /// The rule as a CEL expression on the struct, such as `self.healthThreshold <= self.replicaCount`
    ///
    /// A field that may be missing is guarded: `!has(self.x) || …`, because reading a missing field is an error.
    pub fn cel(&self, fields: &[Field]) -> String {
        let guards: Vec<String> = self
            .guarded(fields)
            .iter()
            .map(|path| format!("!has({}) || ", Writer::default().path(path)))
            .collect();
        let mut writer = Writer::default();
        // A conditional alone binds less tightly than the `||` of the guards.
        let place = if guards.is_empty() { Binding::Conditional } else { Binding::Or };
        writer.operand(&self.expression, place);
        guards.concat() + &writer.text
    }

    /// The message with its values as a CEL expression that gives text; nothing where there are no values
    ///
    /// `format` and not `+`: the API server estimates a sum with `string(number)` as if the number had no end, and
    /// refuses it for its cost.
    pub fn message_cel(&self) -> Option<String> {
        if self.parts.is_empty() {
            return None;
        }
        let (mut form, mut values) = (String::new(), Vec::new());
        for part in &self.parts {
            match part {
                MessagePart::Text(text) => form.push_str(&text.replace('%', "%%")),
                MessagePart::Value(value) => {
                    form.push_str("%s");
                    let mut writer = Writer::default();
                    writer.operand(value, Binding::Conditional);
                    values.push(writer.text);
                }
            }
        }
        Some(format!("{}.format([{}])", quoted(&form), values.join(", ")))
    }

    /// Where a broken rule is reported, as a path from the struct: `.replicaCount`; nothing for the struct itself
    pub fn field_path(&self) -> Option<String> {
        let field = self.field.as_ref()?;
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        Some(if field.chars().all(plain) { format!(".{field}") } else { format!("['{field}']") })
    }
}

/// A text under way, and what variables stand for
#[derive(Default)]
struct Writer {
    text: String,
    variables: Vec<(String, String)>,
}

// === impl Writer ===

impl Writer {
    fn operand(&mut self, operand: &Expression, place: Binding) {
        if binding(operand) < place {
            self.text.push('(');
            self.write(operand);
            self.text.push(')');
        } else {
            self.write(operand);
        }
    }

    fn write(&mut self, expression: &Expression) {
        match expression {
            Expression::Integer(number) => self.text.push_str(&number.to_string()),
            Expression::Decimal(number) => self.text.push_str(&decimal(number)),
            Expression::Boolean(value) => self.text.push_str(if *value { "true" } else { "false" }),
            Expression::Text(text) => self.text.push_str(&quoted(text)),
            // What a rule cannot hold was refused by rustc.
            Expression::Constant(_) => self.text.push_str("null"),
            Expression::Path(path) => self.text.push_str(&self.path(path)),
            Expression::Unary { operator, operand } => {
                self.text.push_str(operator.as_str());
                // `--1` would read as a doubled operator.
                let doubled = self.text.ends_with('-') && starts_with_minus(operand);
                self.operand(operand, if doubled { Binding::Never } else { Binding::Unary });
            }
            Expression::Binary { operator, left, right } => self.binary(*operator, left, right),
            Expression::Conditional { condition, then, otherwise } => {
                self.operand(condition, Binding::Or);
                self.text.push_str(" ? ");
                self.operand(then, Binding::Or);
                self.text.push_str(" : ");
                self.operand(otherwise, Binding::Or);
            }
            Expression::Call { function, receiver, arguments } => self.call(*function, receiver, arguments),
            Expression::OneOf { element, values } => {
                self.operand(element, Binding::Sum);
                self.text.push_str(" in [");
                self.list(values);
                self.text.push(']');
            }
            Expression::Each { quantifier, over, part, variable, body } => {
                self.each(*quantifier, over, *part, (variable, body));
            }
            Expression::MapOr { over, otherwise, variable, body } => {
                self.map_or(over, otherwise, variable, body);
            }
        }
    }

    fn binary(&mut self, operator: BinaryOperator, left: &Expression, right: &Expression) {
        let own = operator_binding(operator);
        // Rust refuses `a < b < c`, CEL reads it from the left; parentheses on both sides suit both readers.
        self.operand(left, if own == Binding::Comparison { Binding::Sum } else { own });
        self.text.push(' ');
        self.text.push_str(operator.as_str());
        self.text.push(' ');
        // Every operator groups from the left, so an equal one on the right needs parentheses.
        self.operand(right, tighter(own));
    }

    fn list(&mut self, values: &[Expression]) {
        for (at, value) in values.iter().enumerate() {
            if at > 0 {
                self.text.push_str(", ");
            }
            self.operand(value, Binding::Conditional);
        }
    }

    fn call(&mut self, function: Function, receiver: &Expression, arguments: &[Expression]) {
        let name = match function {
            Function::IsSome | Function::IsNone => {
                self.text.push_str(if function == Function::IsNone { "!has(" } else { "has(" });
                self.write(receiver);
                return self.text.push(')');
            }
            Function::ContainsKey | Function::ContainsItem => {
                for key in arguments {
                    self.operand(key, Binding::Sum);
                }
                self.text.push_str(" in ");
                return self.operand(receiver, Binding::Sum);
            }
            Function::IsEmpty | Function::Len => "size",
            Function::StartsWith => "startsWith",
            Function::EndsWith => "endsWith",
            Function::Contains => "contains",
            Function::Matches => "matches",
            Function::ToAsciiLowercase => "lowerAscii",
            Function::ToAsciiUppercase => "upperAscii",
        };
        self.operand(receiver, Binding::Atom);
        self.text.push('.');
        self.text.push_str(name);
        self.text.push('(');
        self.list(arguments);
        self.text.push_str(if function == Function::IsEmpty { ") == 0" } else { ")" });
    }

    fn each(
        &mut self,
        quantifier: Quantifier,
        over: &Expression,
        part: Part,
        (variable, body): (&str, &Expression),
    ) {
        let start = self.text.len();
        self.operand(over, Binding::Atom);
        let collection = self.text[start..].to_owned();
        let name = self.fresh(variable);
        self.text.push_str(match quantifier {
            Quantifier::All => ".all(",
            Quantifier::Any => ".exists(",
        });
        self.text.push_str(&name);
        self.text.push_str(", ");
        let value = match part {
            Part::Items | Part::Keys => name,
            Part::Values => format!("{collection}[{name}]"),
        };
        self.under(variable, value, |writer| writer.operand(body, Binding::Conditional));
        self.text.push(')');
    }

    fn map_or(&mut self, over: &Path, otherwise: &Expression, variable: &str, body: &Expression) {
        let value = self.path(over);
        let (before, place) = match otherwise {
            Expression::Boolean(true) => (format!("!has({value}) || "), tighter(Binding::Or)),
            Expression::Boolean(false) => (format!("has({value}) && "), tighter(Binding::And)),
            _ => (format!("has({value}) ? "), Binding::Or),
        };
        self.text.push_str(&before);
        self.under(variable, value, |writer| writer.operand(body, place));
        if !matches!(otherwise, Expression::Boolean(_)) {
            self.text.push_str(" : ");
            self.operand(otherwise, Binding::Or);
        }
    }

    fn under(&mut self, variable: &str, value: String, write: impl FnOnce(&mut Self)) {
        self.variables.push((variable.to_owned(), value));
        write(self);
        self.variables.pop();
    }

    /// A name for a variable that CEL takes and that nothing around it has
    fn fresh(&self, variable: &str) -> String {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let mut name = variable.replace(|letter| !plain(letter), "_");
        let taken = |name: &str| {
            RESERVED.contains(&name)
                || ["self", "oldSelf"].contains(&name)
                || self
                    .variables
                    .iter()
                    .any(|(_, value)| value.split(['.', '[', ']']).any(|word| word == name))
        };
        while taken(&name) {
            name.push('_');
        }
        name
    }

    fn path(&self, path: &Path) -> String {
        let mut text = match &path.origin {
            Origin::This => "self".to_owned(),
            Origin::Old => "oldSelf".to_owned(),
            Origin::Variable(name) => {
                let known = self.variables.iter().rev().find(|(variable, _)| variable == name);
                known.map_or_else(|| name.clone(), |(_, value)| value.clone())
            }
        };
        for step in &path.steps {
            text.push('.');
            text.push_str(&escaped(step));
        }
        text
    }
}

/// A text as CEL writes it
fn quoted(text: &str) -> String {
    let mut quoted = String::from("'");
    for letter in text.chars() {
        match letter {
            '\'' => quoted.push_str("\\'"),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            other if other.is_control() => {
                quoted.push_str("\\u");
                let digits = u32::from(other);
                quoted.extend(
                    [12, 8, 4, 0].map(|shift| char::from_digit((digits >> shift) & 0xf, 16).unwrap_or('0')),
                );
            }
            other => quoted.push(other),
        }
    }
    quoted.push('\'');
    quoted
}

/// A number with a point, so that CEL does not take it for a whole one
fn decimal(number: &serde_json::Number) -> String {
    let text = number.to_string();
    if text.contains(['.', 'e', 'E']) { text } else { text + ".0" }
}

fn starts_with_minus(expression: &Expression) -> bool {
    match expression {
        Expression::Integer(number) => *number < 0,
        Expression::Decimal(number) => number.as_f64().is_some_and(f64::is_sign_negative),
        Expression::Unary { operator, .. } => *operator == UnaryOperator::Negate,
        _ => false,
    }
}

fn binding(expression: &Expression) -> Binding {
    match expression {
        Expression::Unary { .. } | Expression::Call { function: Function::IsNone, .. } => Binding::Unary,
        // `-1.f()` reads as `-(1.f())`.
        Expression::Integer(_) | Expression::Decimal(_) if starts_with_minus(expression) => Binding::Unary,
        Expression::Binary { operator, .. } => operator_binding(*operator),
        Expression::Call {
            function: Function::IsEmpty | Function::ContainsKey | Function::ContainsItem,
            ..
        }
        | Expression::OneOf { .. } => Binding::Comparison,
        Expression::MapOr { otherwise, .. } => match **otherwise {
            Expression::Boolean(true) => Binding::Or,
            Expression::Boolean(false) => Binding::And,
            _ => Binding::Conditional,
        },
        Expression::Conditional { .. } => Binding::Conditional,
        _ => Binding::Atom,
    }
}

fn operator_binding(operator: BinaryOperator) -> Binding {
    match operator {
        BinaryOperator::Or => Binding::Or,
        BinaryOperator::And => Binding::And,
        BinaryOperator::Add | BinaryOperator::Subtract => Binding::Sum,
        BinaryOperator::Multiply | BinaryOperator::Divide | BinaryOperator::Remainder => Binding::Product,
        _ => Binding::Comparison,
    }
}

fn tighter(binding: Binding) -> Binding {
    match binding {
        Binding::Conditional => Binding::Or,
        Binding::Or => Binding::And,
        Binding::And => Binding::Comparison,
        Binding::Comparison => Binding::Sum,
        Binding::Sum => Binding::Product,
        Binding::Product => Binding::Unary,
        Binding::Unary | Binding::Atom | Binding::Never => Binding::Atom,
    }
}

/// A property name as CEL wants it: reserved words, `__`, `.`, `-` and `/` are escaped
fn escaped(name: &str) -> String {
    if RESERVED.contains(&name) {
        return format!("__{name}__");
    }
    name.replace("__", "__underscores__")
        .replace('.', "__dot__")
        .replace('-', "__dash__")
        .replace('/', "__slash__")
}

#[cfg(test)]
mod tests;
