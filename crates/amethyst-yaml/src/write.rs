//! YAML text as Go writes it, value by value.
//!
//! [`Writer::new`] writes what `sigs.k8s.io/yaml` marshals (go-yaml v2's emitter): two spaces, lists not
//! indented under their key, literal blocks for strings of several lines, folds at 80 columns.
//! [`Writer::indented`] writes what go-yaml v3 encodes with an indent of two, which is Helm's
//! `toYamlPretty`: lists are indented, nothing is folded. Keys are written in the order they come.

mod analysis;
mod order;
mod text;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::Dialect;
use crate::resolve::{Scalar, resolve};
use analysis::{Analysis, Style, analyze, choose, is_base_60};

pub(crate) use order::is_sorted;
pub use order::{natural_order, natural_order_of_v3, sort_by_key};

/// Spaces per level.
const INDENT: usize = 2;
/// Keys longer than this many bytes are written with `? `.
const SIMPLE_KEY_BYTES_MAX: usize = 128;
/// Beyond this column a space may become a line break.
const WIDTH: usize = 80;
/// Characters of base64 on a line.
const BASE_64_LINE: usize = 70;

/// Writes one document.
///
/// Calls nest as the values do: in a map each value follows its [`key`](Self::key), and each
/// [`begin_list`](Self::begin_list) or [`begin_map`](Self::begin_map) has its [`end`](Self::end).
pub struct Writer {
    out: String,
    dialect: Dialect,
    /// Characters on the current line.
    column: usize,
    /// The last character was white space.
    whitespace: bool,
    /// Only indentation and indicators stand on this line so far.
    indention: bool,
    indent: Option<usize>,
    open: Vec<Open>,
}

/// A list or a map that is being written.
struct Open {
    /// The indentation around it.
    outer: Option<usize>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    List,
    Map,
    /// A list or a map without parts: it is written already.
    Empty,
}

/// Where a scalar stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Value,
    /// A key on one line with its colon: it never breaks.
    SimpleKey,
}

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}

impl Writer {
    /// Writes as `sigs.k8s.io/yaml` marshals.
    pub fn new() -> Self {
        Self::of(Dialect::GoV2)
    }

    /// Writes as go-yaml v3 encodes with an indent of two.
    pub fn indented() -> Self {
        Self::of(Dialect::GoV3)
    }

    fn of(dialect: Dialect) -> Self {
        Self {
            out: String::with_capacity(256),
            dialect,
            column: 0,
            whitespace: true,
            indention: true,
            indent: None,
            open: Vec::new(),
        }
    }

    /// Writes `null`.
    pub fn null(&mut self) {
        self.word("null");
    }

    /// Writes `true` or `false`.
    pub fn bool(&mut self, value: bool) {
        self.word(if value { "true" } else { "false" });
    }

    /// Writes a number as it is given: an integer's digits, or a float as [`go_float`](crate::go_float)
    /// prints it.
    pub fn number(&mut self, lexeme: &str) {
        self.word(lexeme);
    }

    /// Writes a string in the style that Go chooses for it.
    pub fn string(&mut self, text: &str) {
        self.item();
        let analysis = analyze(text, self.dialect);
        self.scalar(text, &analysis, Role::Value);
    }

    /// Writes bytes: a string when they are UTF-8, else `!!binary` with their base64.
    pub fn binary(&mut self, bytes: &[u8]) {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return self.string(text);
        }
        self.item();
        if !self.whitespace {
            self.put(' ');
        }
        self.put_ascii("!!binary");
        self.whitespace = false;
        self.indention = false;
        let encoded = STANDARD.encode(bytes);
        let outer = self.indent;
        self.increase_indent(true, false);
        if encoded.len() < BASE_64_LINE {
            self.plain(&encoded, false, Role::Value);
        } else {
            let mut lines = String::with_capacity(encoded.len() + encoded.len() / BASE_64_LINE + 1);
            let mut rest = encoded.as_str();
            while !rest.is_empty() {
                let (line, after) = rest.split_at(rest.len().min(BASE_64_LINE));
                lines.push_str(line);
                lines.push('\n');
                rest = after;
            }
            self.literal(&lines);
        }
        self.indent = outer;
    }

    /// Begins a list; `is_empty` says that [`end`](Self::end) follows at once.
    pub fn begin_list(&mut self, is_empty: bool) {
        let in_map = self.item();
        if is_empty {
            return self.empty("[]");
        }
        self.open.push(Open { outer: self.indent, kind: Kind::List });
        let indentless = self.dialect == Dialect::GoV2 && in_map && !self.indention;
        self.increase_indent(false, indentless);
    }

    /// Begins a map; `is_empty` says that [`end`](Self::end) follows at once.
    pub fn begin_map(&mut self, is_empty: bool) {
        self.item();
        if is_empty {
            return self.empty("{}");
        }
        self.open.push(Open { outer: self.indent, kind: Kind::Map });
        self.increase_indent(false, false);
    }

    /// Writes a key of the map; its value comes next.
    pub fn key(&mut self, key: &str) {
        self.write_indent();
        let analysis = analyze(key, self.dialect);
        if key.len() <= SIMPLE_KEY_BYTES_MAX && !analysis.multiline {
            self.scalar(key, &analysis, Role::SimpleKey);
            self.indicator(":", false, false);
        } else {
            self.indicator("?", true, true);
            self.scalar(key, &analysis, Role::Value);
            self.write_indent();
            self.indicator(":", true, true);
        }
    }

    /// As [`Self::key`] for a key that is no string: a number's lexeme, `true`, `null` or a timestamp.
    pub fn plain_key(&mut self, key: &str) {
        self.write_indent();
        self.plain(key, false, Role::SimpleKey);
        self.indicator(":", false, false);
    }

    /// Ends the list or map that was begun last.
    pub fn end(&mut self) {
        if let Some(open) = self.open.pop() {
            self.indent = open.outer;
        }
    }

    /// How much is written so far.
    pub fn size_bytes(&self) -> usize {
        self.out.len()
    }

    /// The text, ending in a line break.
    pub fn finish(mut self) -> String {
        self.indent = None;
        self.write_indent();
        self.out
    }

    /// Whether single quotes hold the text on one line.
    pub(crate) fn can_single_quote(&self, text: &str) -> bool {
        let analysis = analyze(text, self.dialect);
        !analysis.multiline
            && choose(&analysis, text, Style::SingleQuoted, Role::Value) == Style::SingleQuoted
    }

    /// The text in double quotes on one line.
    pub(crate) fn in_double_quotes(mut self, text: &str) -> String {
        self.double_quoted(text, Role::SimpleKey);
        self.out
    }

    /// The text on one line, in quotes where it needs them.
    pub(crate) fn on_one_line(mut self, text: &str) -> String {
        let analysis = analyze(text, self.dialect);
        self.scalar(text, &analysis, Role::SimpleKey);
        self.out
    }

    /// What stands before a value: the dash of a list's item. Whether the value is a map's.
    fn item(&mut self) -> bool {
        match self.open.last() {
            Some(Open { kind: Kind::List, .. }) => {
                self.write_indent();
                self.indicator("-", true, true);
                false
            }
            Some(Open { kind: Kind::Map, .. }) => true,
            Some(Open { kind: Kind::Empty, .. }) | None => false,
        }
    }

    fn empty(&mut self, brackets: &str) {
        if !self.whitespace {
            self.put(' ');
        }
        self.put_ascii(brackets);
        self.whitespace = false;
        self.indention = false;
        self.open.push(Open { outer: self.indent, kind: Kind::Empty });
    }

    fn word(&mut self, word: &str) {
        self.item();
        self.plain(word, false, Role::SimpleKey);
    }

    fn scalar(&mut self, text: &str, analysis: &Analysis, role: Role) {
        let wanted = if analysis.line_feeds {
            Style::Literal
        } else if self.reads_as_string(text) {
            Style::Plain
        } else {
            Style::DoubleQuoted
        };
        let outer = self.indent;
        self.increase_indent(true, false);
        match choose(analysis, text, wanted, role) {
            Style::Plain => self.plain(text, !analysis.ascii, role),
            Style::SingleQuoted => self.single_quoted(text, role),
            Style::DoubleQuoted => self.double_quoted(text, role),
            Style::Literal => self.literal(text),
        }
        self.indent = outer;
    }

    /// Whether a text without quotes is a string to all who may read it.
    fn reads_as_string(&self, text: &str) -> bool {
        // A boolean of YAML 1.1 is quoted by both; base 60 is read by neither.
        resolve(text, Dialect::GoV2) == Scalar::String
            && !is_base_60(text)
            && (self.dialect == Dialect::GoV2 || resolve(text, Dialect::GoV3) == Scalar::String)
    }

    fn increase_indent(&mut self, flow: bool, indentless: bool) {
        self.indent = Some(match self.indent {
            None if flow => INDENT,
            None => 0,
            Some(indent) if indentless => indent,
            Some(indent) => indent + INDENT,
        });
    }
}

#[cfg(test)]
mod tests;
