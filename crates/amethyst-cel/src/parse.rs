//! From text to a tree (cel-go `parser/parser.go`): a recursive descent with upstream's limits.
//!
//! Syntax errors are worded as ANTLR's where they are common; the first one ends the parse.

mod lex;
mod literal;
mod macros;

use amethyst_object::Str;

use crate::ast::{Call, Element, Entry, Expr, Field, Id, Kind, Literal, Parsed, Places};
use crate::error::Issue;
use lex::{Tok, Token};

/// How deep rules of the grammar may nest, each by itself, and operations in one another.
const DEPTH_MAX: u32 = 250;
/// How many characters an expression may have.
const LENGTH_MAX: usize = 100_000;

/// What may begin an operand.
const OPERAND: &str = "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

/// Parses an expression and expands its macros.
pub(crate) fn parse(text: &str) -> Result<Parsed, Vec<Issue>> {
    let chars: Vec<char> = text.chars().collect();
    let nowhere = |message: String| Issue { line: -1, column: -1, message };
    if chars.len() > LENGTH_MAX {
        return Err(vec![nowhere(format!(
            "expression code point size exceeds limit: size: {}, limit {LENGTH_MAX}",
            chars.len()
        ))]);
    }
    let mut lines = vec![0];
    lines.extend(chars.iter().enumerate().filter(|(_, c)| **c == '\n').map(|(at, _)| at as u32 + 1));
    let (tokens, unknown) = lex::lex(&chars);
    let places = Places { offsets: Vec::new(), lines };
    let mut parser = Parser { chars, tokens, at: 0, places, issues: Vec::new(), depth: Depth::default() };
    for unknown in unknown {
        let text = unknown.text.replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t");
        parser.issue(unknown.at, format!("Syntax error: token recognition error at: '{text}'"));
    }
    match parser.whole() {
        Ok(root) if parser.issues.is_empty() => Ok(Parsed { root, places: parser.places }),
        Err(Stop::Depth(message)) => {
            parser.issues.push(nowhere(message));
            Err(parser.issues)
        }
        _ => Err(parser.issues),
    }
}

/// Why a parse ends early.
enum Stop {
    /// A syntax error, which was reported.
    Syntax,
    /// Too deep.
    Depth(String),
}

/// A node, and how deep operations nest in it.
type Node = (Expr, u32);

/// How deep each rule is nested right now.
#[derive(Default)]
struct Depth {
    expr: u32,
    relation: u32,
    calc: u32,
    member: u32,
}

struct Parser {
    chars: Vec<char>,
    tokens: Vec<Token>,
    at: usize,
    places: Places,
    issues: Vec<Issue>,
    depth: Depth,
}

fn enter(depth: &mut u32) -> Result<(), Stop> {
    *depth += 1;
    if *depth > DEPTH_MAX {
        return Err(Stop::Depth(format!("expression recursion limit exceeded: {DEPTH_MAX}")));
    }
    Ok(())
}

fn nest(heights: impl IntoIterator<Item = u32>) -> Result<u32, Stop> {
    let height = heights.into_iter().max().unwrap_or_default() + 1;
    if height > DEPTH_MAX { Err(Stop::Depth("max recursion depth exceeded".to_owned())) } else { Ok(height) }
}

impl Parser {
    fn peek(&self) -> Token {
        self.ahead(0)
    }

    fn ahead(&self, by: usize) -> Token {
        self.tokens[(self.at + by).min(self.tokens.len() - 1)]
    }

    fn next(&mut self) -> Token {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn is(&self, sign: &'static str) -> bool {
        self.peek().kind == Tok::Sign(sign)
    }

    fn take(&mut self, sign: &'static str) -> Option<Token> {
        self.is(sign).then(|| self.next())
    }

    fn text(&self, token: Token) -> String {
        if token.kind == Tok::End {
            return "<EOF>".to_owned();
        }
        self.chars[token.start as usize..token.end as usize].iter().collect()
    }

    fn issue(&mut self, offset: u32, message: String) {
        let (line, column) = self.places.at(offset);
        self.issues.push(Issue { line, column, message });
    }

    fn node(&mut self, offset: u32, kind: Kind) -> Expr {
        Expr { id: self.places.add(offset), kind }
    }

    /// Reports at a place and stands in for what is broken there.
    fn broken(&mut self, offset: u32, message: impl Into<String>) -> Expr {
        self.issue(offset, message.into());
        self.node(offset, Kind::Broken)
    }

    fn syntax<T>(&mut self, token: Token, message: &str) -> Result<T, Stop> {
        self.issue(token.start, format!("Syntax error: {message}"));
        Err(Stop::Syntax)
    }

    /// Expects a sign; one token too many or too few is reported as ANTLR does.
    fn expect(&mut self, sign: &'static str) -> Result<Token, Stop> {
        if let Some(token) = self.take(sign) {
            return Ok(token);
        }
        let token = self.peek();
        let shown = self.text(token);
        if self.ahead(1).kind == Tok::Sign(sign) {
            return self.syntax(token, &format!("extraneous input '{shown}' expecting '{sign}'"));
        }
        // What may come behind the sign: behind a colon an operand, behind a bracket anything else.
        let follows = (sign == ":") == begins_operand(token.kind) && token.kind != Tok::Escaped;
        if follows {
            return self.syntax(token, &format!("missing '{sign}' at '{shown}'"));
        }
        self.syntax(token, &format!("mismatched input '{shown}' expecting '{sign}'"))
    }

    fn whole(&mut self) -> Result<Expr, Stop> {
        let (root, _) = self.expr()?;
        let token = self.peek();
        if token.kind == Tok::End {
            return Ok(root);
        }
        let shown = self.text(token);
        let word = if self.ahead(1).kind == Tok::End { "extraneous" } else { "mismatched" };
        self.syntax(token, &format!("{word} input '{shown}' expecting <EOF>"))
    }

    fn expr(&mut self) -> Result<Node, Stop> {
        enter(&mut self.depth.expr)?;
        let (condition, height) = self.or()?;
        let Some(op) = self.take("?") else {
            self.depth.expr -= 1;
            return Ok((condition, height));
        };
        let id = self.places.add(op.start);
        let (yes, yes_height) = self.or()?;
        self.expect(":")?;
        let (no, no_height) = self.expr()?;
        self.depth.expr -= 1;
        let height = nest([height, yes_height, no_height])?;
        Ok((call(id, "_?_:_", vec![condition, yes, no]), height))
    }

    fn or(&mut self) -> Result<Node, Stop> {
        let (mut terms, mut ops, mut height) = (Vec::new(), Vec::new(), 0);
        loop {
            let (mut inner, mut inner_ops) = (Vec::new(), Vec::new());
            loop {
                let (term, term_height) = self.relation(0)?;
                height = height.max(term_height);
                inner.push(term);
                let Some(op) = self.take("&&") else { break };
                inner_ops.push(self.places.add(op.start));
            }
            terms.push(balance("_&&_", inner, &inner_ops));
            let Some(op) = self.take("||") else { break };
            ops.push(self.places.add(op.start));
        }
        Ok((balance("_||_", terms, &ops), height))
    }

    fn relation(&mut self, least: u8) -> Result<Node, Stop> {
        let before = self.depth.relation;
        enter(&mut self.depth.relation)?;
        let (mut left, mut height) = self.calc(0)?;
        while least == 0
            && let Tok::Sign(sign @ ("<" | "<=" | ">=" | ">" | "==" | "!=" | "in")) = self.peek().kind
        {
            let op = self.next();
            enter(&mut self.depth.relation)?;
            let id = self.places.add(op.start);
            let (right, right_height) = self.relation(1)?;
            height = nest([height, right_height])?;
            left = call(id, operator(sign), vec![left, right]);
        }
        self.depth.relation = before;
        Ok((left, height))
    }

    fn calc(&mut self, least: u8) -> Result<Node, Stop> {
        let before = self.depth.calc;
        enter(&mut self.depth.calc)?;
        let (mut left, mut height) = self.unary()?;
        while let Tok::Sign(sign @ ("+" | "-" | "*" | "/" | "%")) = self.peek().kind {
            let binds = u8::from(!matches!(sign, "+" | "-"));
            if binds < least {
                break;
            }
            let op = self.next();
            enter(&mut self.depth.calc)?;
            let id = self.places.add(op.start);
            let (right, right_height) = self.calc(binds + 1)?;
            height = nest([height, right_height])?;
            left = call(id, operator(sign), vec![left, right]);
        }
        self.depth.calc = before;
        Ok((left, height))
    }

    fn unary(&mut self) -> Result<Node, Stop> {
        let first = self.peek();
        let sign = match first.kind {
            Tok::Sign("!") => "!",
            Tok::Sign("-") if !matches!(self.ahead(1).kind, Tok::Int | Tok::Float) => "-",
            _ => return self.member(),
        };
        let mut count = 0;
        while self.take(sign).is_some() {
            count += 1;
        }
        let id = self.places.add(first.start);
        let (operand, height) = self.member()?;
        if count % 2 == 0 {
            return Ok((operand, height));
        }
        Ok((call(id, if sign == "!" { "!_" } else { "-_" }, vec![operand]), height))
    }

    fn member(&mut self) -> Result<Node, Stop> {
        let before = self.depth.member;
        enter(&mut self.depth.member)?;
        let (mut operand, mut height) = self.primary()?;
        loop {
            if self.is(".") {
                enter(&mut self.depth.member)?;
                (operand, height) = self.select(operand, height)?;
            } else if let Some(op) = self.take("[") {
                enter(&mut self.depth.member)?;
                let optional = self.take("?").is_some();
                let id = self.places.add(op.start);
                let (index, index_height) = self.expr()?;
                self.expect("]")?;
                height = nest([height, index_height])?;
                operand = call(id, if optional { "_[?_]" } else { "_[_]" }, vec![operand, index]);
            } else {
                break;
            }
        }
        self.depth.member = before;
        Ok((operand, height))
    }

    /// `.name`, `.?name` or `.name(..)` behind an operand.
    fn select(&mut self, operand: Expr, height: u32) -> Result<Node, Stop> {
        let dot = self.next();
        let optional = self.take("?").is_some();
        let token = self.next();
        if !matches!(token.kind, Tok::Ident | Tok::Escaped) {
            let shown = self.text(token);
            return match token.kind {
                Tok::Sign("true" | "false" | "null") => {
                    self.syntax(token, &format!("mismatched input '{shown}' expecting IDENTIFIER"))
                }
                Tok::End => self.syntax(token, "no viable alternative at input '.'"),
                _ => self.syntax(token, &format!("no viable alternative at input '.{shown}'")),
            };
        }
        let name = self.name(token);
        if token.kind == Tok::Ident && !optional && self.is("(") {
            let (open, args, inner) = self.arguments()?;
            let height = nest([height, inner])?;
            return Ok((self.call_or_macro(open.start, &name, Some(operand), args), height));
        }
        let height = nest([height])?;
        if optional {
            let id = self.places.add(dot.start);
            let field = self.node(token.start, Kind::Literal(Literal::String(name.as_str().into())));
            return Ok((call(id, "_?._", vec![operand, field]), height));
        }
        let kind = Kind::Select { operand: Box::new(operand), field: name, test: false };
        Ok((self.node(dot.start, kind), height))
    }

    fn name(&self, token: Token) -> Str {
        let text = self.text(token);
        if token.kind == Tok::Escaped { text.trim_matches('`').into() } else { text.into() }
    }

    /// `(..)` of a call.
    fn arguments(&mut self) -> Result<(Token, Vec<Expr>, u32), Stop> {
        let open = self.next();
        let (mut args, mut height) = (Vec::new(), 0);
        if !self.is(")") {
            loop {
                let (arg, inner) = self.expr()?;
                height = height.max(inner);
                args.push(arg);
                if self.take(",").is_none() {
                    break;
                }
            }
        }
        self.expect(")")?;
        Ok((open, args, height))
    }

    fn primary(&mut self) -> Result<Node, Stop> {
        let token = self.peek();
        match token.kind {
            Tok::Sign("(") => {
                self.next();
                let inner = self.expr()?;
                self.expect(")")?;
                Ok(inner)
            }
            Tok::Sign("[") => self.list(),
            Tok::Sign("{") => self.map(),
            Tok::Sign(".") if self.ahead(1).kind == Tok::Ident => self.ident(),
            Tok::Ident => self.ident(),
            _ => self.literal(),
        }
    }

    fn ident(&mut self) -> Result<Node, Stop> {
        let dot = if self.take(".").is_some() { "." } else { "" };
        if let Some(name) = self.struct_name() {
            return self.structure(&format!("{dot}{name}"));
        }
        let token = self.next();
        let word = self.text(token);
        let is_call = self.is("(");
        if crate::escape::is_reserved(&word) {
            let height = if is_call { self.arguments()?.2 } else { 0 };
            return Ok((self.broken(token.start, format!("reserved identifier: {word}")), height));
        }
        let name = Str::from(format!("{dot}{word}"));
        if is_call {
            let (open, args, height) = self.arguments()?;
            return Ok((self.call_or_macro(open.start, &name, None, args), height));
        }
        Ok((self.node(token.start, Kind::Ident(name)), 0))
    }

    /// The name of a type, when `{` follows it.
    fn struct_name(&mut self) -> Option<String> {
        let mut ahead = 1;
        while self.ahead(ahead).kind == Tok::Sign(".") && self.ahead(ahead + 1).kind == Tok::Ident {
            ahead += 2;
        }
        if self.ahead(ahead).kind != Tok::Sign("{") {
            return None;
        }
        let words: Vec<String> = (0..ahead).step_by(2).map(|by| self.text(self.ahead(by))).collect();
        self.at += ahead;
        Some(words.join("."))
    }

    fn structure(&mut self, name: &str) -> Result<Node, Stop> {
        let open = self.next();
        let id = self.places.add(open.start);
        let (mut fields, mut height) = (Vec::new(), 0);
        while !self.is("}") {
            if !fields.is_empty() && self.take(",").is_none() || self.is("}") {
                break;
            }
            if self.is(",") {
                break;
            }
            let optional = self.take("?").is_some();
            let token = self.next();
            if !matches!(token.kind, Tok::Ident | Tok::Escaped) {
                let shown = self.text(token);
                return self.syntax(
                    token,
                    &format!("mismatched input '{shown}' expecting {{IDENTIFIER, ESC_IDENTIFIER}}"),
                );
            }
            let colon = self.expect(":")?;
            let field = self.places.add(colon.start);
            let (value, inner) = self.expr()?;
            height = height.max(inner);
            fields.push(Field { id: field, name: self.name(token), value, optional });
        }
        self.take(",");
        self.expect("}")?;
        Ok((Expr { id, kind: Kind::Struct { name: name.into(), fields } }, height))
    }

    fn list(&mut self) -> Result<Node, Stop> {
        let open = self.next();
        let id = self.places.add(open.start);
        let (mut elements, mut height) = (Vec::new(), 0);
        while !self.is("]") && !self.is(",") {
            let optional = self.take("?").is_some();
            let (value, inner) = self.expr()?;
            height = height.max(inner);
            elements.push(Element { value, optional });
            if !self.is(",") || self.ahead(1).kind == Tok::Sign("]") {
                break;
            }
            self.next();
        }
        self.take(",");
        self.expect("]")?;
        Ok((Expr { id, kind: Kind::List(elements) }, height))
    }

    fn map(&mut self) -> Result<Node, Stop> {
        let open = self.next();
        let id = self.places.add(open.start);
        let (mut entries, mut height) = (Vec::new(), 0);
        while !self.is("}") && !self.is(",") {
            let optional = self.take("?").is_some();
            let (key, key_height) = self.expr()?;
            self.expect(":")?;
            let (value, value_height) = self.expr()?;
            height = height.max(key_height).max(value_height);
            entries.push(Entry { key, value, optional });
            if !self.is(",") || self.ahead(1).kind == Tok::Sign("}") {
                break;
            }
            self.next();
        }
        self.take(",");
        self.expect("}")?;
        Ok((Expr { id, kind: Kind::Map(entries) }, height))
    }

    fn literal(&mut self) -> Result<Node, Stop> {
        let first = self.peek();
        let sign = if self.is("-") && matches!(self.ahead(1).kind, Tok::Int | Tok::Float) {
            self.next();
            "-"
        } else {
            ""
        };
        let token = self.next();
        let text = self.text(token);
        let literal = match token.kind {
            Tok::Sign("true") => Ok(Literal::Bool(true)),
            Tok::Sign("false") => Ok(Literal::Bool(false)),
            Tok::Sign("null") => Ok(Literal::Null),
            Tok::Int => literal::integer(sign, &text).ok_or("invalid int literal"),
            Tok::Uint => literal::unsigned(&text).ok_or("invalid uint literal"),
            Tok::Float => literal::float(sign, &text).ok_or("invalid double literal"),
            Tok::String => literal::unquote(&text, false),
            Tok::Bytes => literal::unquote(&text, true),
            _ => return self.no_operand(token),
        };
        match literal {
            Ok(literal) => Ok((self.node(first.start, Kind::Literal(literal)), 0)),
            Err(message) => Ok((self.broken(first.start, message), 0)),
        }
    }

    /// No operand begins here; when one begins behind it, this token was too many.
    fn no_operand(&mut self, token: Token) -> Result<Node, Stop> {
        let shown = self.text(token);
        let word = if begins_operand(self.peek().kind) && token.kind != Tok::End {
            "extraneous"
        } else {
            "mismatched"
        };
        self.syntax(token, &format!("{word} input '{shown}' expecting {OPERAND}"))
    }
}

/// Whether an operand may begin with a token.
fn begins_operand(kind: Tok) -> bool {
    match kind {
        Tok::Sign(sign) => matches!(sign, "[" | "{" | "(" | "." | "-" | "!" | "true" | "false" | "null"),
        Tok::End | Tok::Escaped => false,
        _ => true,
    }
}

/// A call of an operator or a plain function.
fn call(id: Id, function: &str, args: Vec<Expr>) -> Expr {
    Expr { id, kind: Kind::Call(Box::new(Call { function: function.into(), target: None, args })) }
}

/// A tree of `&&` or `||`, as flat as can be (cel-go `parser/helper.go`).
fn balance(function: &str, mut terms: Vec<Expr>, ops: &[Id]) -> Expr {
    if terms.len() == 1 {
        return terms.pop().expect("there is one");
    }
    // The operator in the middle is the root; those at its sides are balanced likewise.
    let middle = ops.len() / 2;
    let right = terms.split_off(middle + 1);
    let left = balance(function, terms, &ops[..middle]);
    let right = balance(function, right, &ops[middle + 1..]);
    call(ops[middle], function, vec![left, right])
}

fn operator(sign: &str) -> &'static str {
    match sign {
        "<" => "_<_",
        "<=" => "_<=_",
        ">" => "_>_",
        ">=" => "_>=_",
        "==" => "_==_",
        "!=" => "_!=_",
        "in" => "@in",
        "+" => "_+_",
        "-" => "_-_",
        "*" => "_*_",
        "/" => "_/_",
        _ => "_%_",
    }
}
