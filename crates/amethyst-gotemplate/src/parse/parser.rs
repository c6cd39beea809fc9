//! The parser of lists, control structures and definitions.

use std::sync::Arc;

use amethyst_object::Str;
use bytes::Bytes;

use super::chars::unquote;
use super::lexer::{Kind, Lexer, Token};
use super::{Delimiters, ParseError, Parsed};
use crate::Functions;
use crate::print::{quote, quote_start};
use crate::tree::{At, Branch, Command, Node, Operand, Pipe, TemplateCall, Tree};

/// How much of the stack nested templates may take. Trees are walked and dropped on the stack too, by frames
/// that are smaller than those of the parser.
const STACK_BYTES_MAX: usize = 512 << 10;

pub(super) type Result<T> = std::result::Result<T, Box<ParseError>>;

pub(super) struct Parser<'t> {
    pub(super) lexer: Lexer<'t>,
    pub(super) text: &'t str,
    source: &'t str,
    pub(super) functions: &'t Functions,
    trees: Vec<Arc<Tree>>,
    shared_text: Bytes,
    shared_source: Arc<str>,
    /// The template that is being parsed now.
    pub(super) scope: Scope,
    next_id: u32,
    stack_start: usize,
    /// What was parsed of the lists that are not at their ends yet: so each is allocated once, as long as it is.
    pub(super) commands: Vec<Command>,
    pub(super) operands: Vec<Operand>,
    nodes: Vec<Node>,
}

/// What belongs to one template while it is parsed.
pub(super) struct Scope {
    token: [Token; 3],
    peeked: usize,
    /// Names that may be used, and the slots of those that are declared at that point.
    pub(super) variables: Vec<(Str, Option<u32>)>,
    pub(super) slots_used: u32,
    slots_max: u32,
    action_line: u32,
    range_depth: u32,
}

impl Scope {
    fn new() -> Self {
        Self {
            token: [Token::NONE; 3],
            peeked: 0,
            variables: vec![("$".into(), Some(0))],
            slots_used: 1,
            slots_max: 1,
            action_line: 0,
            range_depth: 0,
        }
    }

    /// The slot for a variable that is declared here.
    pub(super) fn take_slot(&mut self) -> u32 {
        self.slots_used += 1;
        self.slots_max = self.slots_max.max(self.slots_used);
        self.slots_used - 1
    }
}

/// How a list ended.
#[derive(PartialEq)]
enum End {
    End,
    Else,
}

impl End {
    fn text(&self) -> &'static str {
        match self {
            Self::End => "{{end}}",
            Self::Else => "{{else}}",
        }
    }
}

enum Item {
    Node(Node),
    End(End),
}

impl<'t> Parser<'t> {
    pub(super) fn parse(
        name: &str,
        source: &str,
        text: &str,
        shared_text: Bytes,
        delimiters: &Delimiters,
        functions: &Functions,
    ) -> std::result::Result<Parsed, ParseError> {
        let left = if delimiters.left.is_empty() { "{{" } else { &delimiters.left };
        let right = if delimiters.right.is_empty() { "}}" } else { &delimiters.right };
        let keywords = (functions.get("break").is_none(), functions.get("continue").is_none());
        let mut parser = Parser {
            lexer: Lexer::new(text, left, right, keywords),
            text,
            source,
            functions,
            trees: Vec::new(),
            shared_text,
            shared_source: source.into(),
            scope: Scope::new(),
            next_id: 0,
            stack_start: stack_address(),
            commands: Vec::new(),
            operands: Vec::new(),
            nodes: Vec::new(),
        };
        // Positions are 32 bits wide.
        if u32::try_from(text.len()).is_err() {
            return Err(*parser.error("template is larger than 4 GiB"));
        }
        parser.top_level(name.into()).map_err(|error| *error)?;
        let main = parser.trees.iter().find(|tree| tree.name == name).map(Arc::clone);
        Ok(Parsed { main: main.expect("the top level adds itself"), defined: parser.trees })
    }

    /// Everything but what stands in other definitions.
    fn top_level(&mut self, name: Str) -> Result<()> {
        let mut root = Vec::new();
        while self.peek().kind != Kind::Eof {
            if self.peek().kind == Kind::LeftDelim {
                let delimiter = self.next();
                if self.next_non_space().kind == Kind::Define {
                    self.definition()?;
                    continue;
                }
                self.back_up_2(delimiter);
            }
            match self.text_or_action()? {
                Item::Node(node) => root.push(node),
                Item::End(end) => return Err(self.error(&format!("unexpected {}", end.text()))),
            }
        }
        self.add(name, root)
    }

    fn definition(&mut self) -> Result<()> {
        let outer = std::mem::replace(&mut self.scope, Scope::new());
        let token = self.expect_string("define clause")?;
        let name = self.unquote_name(token)?;
        self.expect(Kind::RightDelim, "define clause")?;
        let (root, end) = self.list()?;
        if end != End::End {
            return Err(self.error(&format!("unexpected {} in define clause", end.text())));
        }
        self.add(name, root)?;
        self.scope = outer;
        Ok(())
    }

    /// Adds a template; one of nothing but space gives way to another of the same name.
    fn add(&mut self, name: Str, mut root: Vec<Node>) -> Result<()> {
        root.shrink_to_fit();
        let tree = Arc::new(Tree {
            name,
            source: Arc::clone(&self.shared_source),
            text: self.shared_text.clone(),
            root,
            slots: self.scope.slots_max,
        });
        match self.trees.iter_mut().find(|old| old.name == tree.name) {
            Some(old) if old.is_empty() => *old = tree,
            Some(_) if tree.is_empty() => {}
            Some(_) => {
                let name = quote(&tree.name);
                return Err(self.error(&format!("template: multiple definition of template {name}")));
            }
            None => self.trees.push(tree),
        }
        Ok(())
    }

    /// Up to an end or else.
    fn list(&mut self) -> Result<(Vec<Node>, End)> {
        self.check_stack()?;
        let nodes_from = self.nodes.len();
        self.peek_non_space();
        while self.peek_non_space().kind != Kind::Eof {
            match self.text_or_action()? {
                Item::Node(node) => self.nodes.push(node),
                Item::End(end) => return Ok((self.nodes.split_off(nodes_from), end)),
            }
        }
        Err(self.error("unexpected EOF"))
    }

    fn text_or_action(&mut self) -> Result<Item> {
        let token = self.next_non_space();
        match token.kind {
            Kind::Text => Ok(Item::Node(Node::Text(token.start as u32, token.end as u32))),
            Kind::LeftDelim => {
                self.scope.action_line = token.line;
                let item = self.action()?;
                self.scope.action_line = 0;
                Ok(item)
            }
            _ => Err(self.unexpected(token, "input")),
        }
    }

    fn action(&mut self) -> Result<Item> {
        let token = self.next_non_space();
        Ok(Item::Node(match token.kind {
            Kind::Block => self.block()?,
            Kind::Break => {
                self.jump("{{break}}")?;
                Node::Break
            }
            Kind::Continue => {
                self.jump("{{continue}}")?;
                Node::Continue
            }
            Kind::Else => return self.else_or_end(End::Else),
            Kind::End => return self.else_or_end(End::End),
            Kind::If => Node::If(self.branch("if")?),
            Kind::Range => Node::Range(self.branch("range")?),
            Kind::Template => self.template()?,
            Kind::With => Node::With(self.branch("with")?),
            _ => {
                self.back_up();
                let at = self.at(self.peek_token().start);
                Node::Action(at, Box::new(self.pipeline("command", Kind::RightDelim)?))
            }
        }))
    }

    fn jump(&mut self, word: &str) -> Result<()> {
        let token = self.next_non_space();
        if token.kind != Kind::RightDelim {
            return Err(self.unexpected(token, word));
        }
        if self.scope.range_depth == 0 {
            return Err(self.error(&format!("{word} outside {{{{range}}}}")));
        }
        Ok(())
    }

    fn else_or_end(&mut self, end: End) -> Result<Item> {
        if end == End::Else && matches!(self.peek_non_space().kind, Kind::If | Kind::With) {
            return Ok(Item::End(end));
        }
        self.expect(Kind::RightDelim, if end == End::Else { "else" } else { "end" })?;
        Ok(Item::End(end))
    }

    fn branch(&mut self, word: &'static str) -> Result<Box<Branch>> {
        let variables = self.scope.variables.len();
        let slots = self.scope.slots_used;
        let pipe = self.pipeline(word, Kind::RightDelim)?;
        let declared = self.scope.variables.len();
        self.scope.range_depth += u32::from(word == "range");
        let (list, end) = self.list()?;
        self.scope.range_depth -= u32::from(word == "range");
        // Go's parser knows in the `else` what the list before it declares, but nothing was declared when it runs.
        self.scope.variables[declared..].iter_mut().for_each(|(_, slot)| *slot = None);
        let mut else_list = None;
        if end == End::Else {
            // `else if` stands for an `if` in the `else`, which has the same end.
            let next = self.peek().kind;
            if word == "if" && next == Kind::If {
                self.next();
                else_list = Some(vec![Node::If(self.branch("if")?)]);
            } else if word == "with" && next == Kind::With {
                self.next();
                else_list = Some(vec![Node::With(self.branch("with")?)]);
            } else {
                let (list, end) = self.list()?;
                if end != End::End {
                    return Err(self.error(&format!("expected end; found {}", end.text())));
                }
                else_list = Some(list);
            }
        }
        self.scope.variables.truncate(variables);
        self.scope.slots_used = slots;
        Ok(Box::new(Branch { pipe, list, else_list }))
    }

    /// A definition and the call of it at once.
    fn block(&mut self) -> Result<Node> {
        let token = self.next_non_space();
        let name = self.template_name(token, "block clause")?;
        let pipe = self.pipeline("block clause", Kind::RightDelim)?;
        let outer = std::mem::replace(&mut self.scope, Scope::new());
        let (root, end) = self.list()?;
        if end != End::End {
            // The error names the line of the outer template's last token.
            self.scope = outer;
            return Err(self.error(&format!("unexpected {} in block clause", end.text())));
        }
        self.add(name.clone(), root)?;
        self.scope = outer;
        Ok(self.template_node(token, name, Some(pipe)))
    }

    fn template(&mut self) -> Result<Node> {
        let token = self.next_non_space();
        let name = self.template_name(token, "template clause")?;
        let mut pipe = None;
        if self.next_non_space().kind != Kind::RightDelim {
            self.back_up();
            pipe = Some(self.pipeline("template clause", Kind::RightDelim)?);
        }
        Ok(self.template_node(token, name, pipe))
    }

    fn template_node(&mut self, token: Token, name: Str, pipe: Option<Pipe>) -> Node {
        Node::Template(Box::new(TemplateCall { at: self.at(token.start), name, pipe }))
    }

    fn template_name(&mut self, token: Token, context: &str) -> Result<Str> {
        match token.kind {
            Kind::String | Kind::RawString => self.unquote_name(token),
            _ => Err(self.unexpected(token, context)),
        }
    }

    fn unquote_name(&mut self, token: Token) -> Result<Str> {
        match unquote(self.text_of(token)) {
            Some(name) => Ok(String::from_utf8_lossy(&name).as_ref().into()),
            None => Err(self.error("invalid syntax")),
        }
    }

    /// A number and a place for a node.
    pub(super) fn at(&mut self, position: usize) -> At {
        self.next_id += 1;
        At { id: self.next_id, position: position as u32 }
    }

    pub(super) fn text_of(&self, token: Token) -> &'t str {
        &self.text[token.start..token.end]
    }

    pub(super) fn next(&mut self) -> Token {
        if self.scope.peeked > 0 {
            self.scope.peeked -= 1;
        } else {
            self.scope.token[0] = self.lexer.next_token();
        }
        self.scope.token[self.scope.peeked]
    }

    pub(super) fn back_up(&mut self) {
        self.scope.peeked += 1;
    }

    pub(super) fn back_up_2(&mut self, first: Token) {
        self.scope.token[1] = first;
        self.scope.peeked = 2;
    }

    pub(super) fn back_up_3(&mut self, second: Token, first: Token) {
        self.scope.token[1] = first;
        self.scope.token[2] = second;
        self.scope.peeked = 3;
    }

    pub(super) fn peek(&mut self) -> Token {
        if self.scope.peeked == 0 {
            self.scope.peeked = 1;
            self.scope.token[0] = self.lexer.next_token();
        }
        self.peek_token()
    }

    /// The token that was peeked at or backed up.
    fn peek_token(&self) -> Token {
        self.scope.token[self.scope.peeked - 1]
    }

    pub(super) fn next_non_space(&mut self) -> Token {
        loop {
            let token = self.next();
            if token.kind != Kind::Space {
                return token;
            }
        }
    }

    pub(super) fn peek_non_space(&mut self) -> Token {
        let token = self.next_non_space();
        self.back_up();
        token
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Result<Token> {
        let token = self.next_non_space();
        if token.kind == kind { Ok(token) } else { Err(self.unexpected(token, context)) }
    }

    fn expect_string(&mut self, context: &str) -> Result<Token> {
        let token = self.next_non_space();
        match token.kind {
            Kind::String | Kind::RawString => Ok(token),
            _ => Err(self.unexpected(token, context)),
        }
    }

    pub(super) fn unexpected(&self, token: Token, context: &str) -> Box<ParseError> {
        if token.kind == Kind::Error {
            let mut message = self.lexer.error.clone();
            let line = self.scope.action_line;
            if line != 0 && line != token.line {
                // Not "action in action".
                message.push_str(if message.ends_with(" action") { "" } else { " in action" });
                message.push_str(&format!(" started at {}:{line}", self.source));
            }
            return self.error(&message);
        }
        self.error(&format!("unexpected {} in {context}", self.describe(token)))
    }

    fn describe(&self, token: Token) -> String {
        let text = self.text_of(token);
        match token.kind {
            Kind::Eof => "EOF".to_owned(),
            Kind::Block
            | Kind::Break
            | Kind::Continue
            | Kind::Dot
            | Kind::Define
            | Kind::Else
            | Kind::End
            | Kind::If
            | Kind::Nil
            | Kind::Range
            | Kind::Template
            | Kind::With => format!("<{text}>"),
            _ if text.len() > 10 => format!("{}...", quote_start(text, 10)),
            _ => quote(text),
        }
    }

    /// An error at the line of the last token.
    pub(super) fn error(&self, message: &str) -> Box<ParseError> {
        let line = self.scope.token[0].line;
        Box::new(ParseError {
            message: format!("template: {}:{line}: {message}", self.source),
            source_name: self.source.to_owned(),
            line,
        })
    }

    pub(super) fn check_stack(&self) -> Result<()> {
        if self.stack_start.abs_diff(stack_address()) > STACK_BYTES_MAX {
            return Err(self.error("max expression depth exceeded"));
        }
        Ok(())
    }
}

/// About where the stack is now.
pub(crate) fn stack_address() -> usize {
    let here = 0_u8;
    std::ptr::from_ref(std::hint::black_box(&here)).addr()
}
