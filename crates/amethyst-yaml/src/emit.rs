//! Documents to YAML text, to the byte as `sigs.k8s.io/yaml` marshals them.
//!
//! That is go-yaml v2's emitter: keys in natural order, two spaces, lists not indented under their key,
//! literal blocks for strings of several lines, folds at 80 columns.

mod order;
mod scalar;

use amethyst_object::{Number, Str, Value};

use crate::Dialect;
use crate::number::general_float;
use crate::resolve::{Scalar, resolve};
use scalar::{Style, analyze, choose};

/// Spaces per level.
const INDENT: usize = 2;
/// Keys longer than this many bytes are written with `? `.
const SIMPLE_KEY_MAX: usize = 128;

/// Not a string to Go: as a key it merges another map into its own.
const MERGE: &str = "<<";

/// The document as YAML text, ending in a line break.
pub fn emit(value: &Value) -> String {
    let mut emitter = Emitter {
        out: String::with_capacity(256),
        column: 0,
        whitespace: true,
        indention: true,
        indent: None,
    };
    emitter.node(value, Context::default());
    emitter.indent = None;
    emitter.write_indent();
    emitter.out
}

#[derive(Clone, Copy, Default)]
struct Context {
    in_map: bool,
    simple_key: bool,
}

/// libyaml's emitter state, as far as block style without tags and anchors needs it.
struct Emitter {
    out: String,
    column: usize,
    /// The last character was white space.
    whitespace: bool,
    /// Only indentation and indicators stand on this line so far.
    indention: bool,
    indent: Option<usize>,
}

impl Emitter {
    fn node(&mut self, value: &Value, context: Context) {
        match value {
            Value::Null => self.text("null", Style::Plain, context),
            Value::Bool(true) => self.text("true", Style::Plain, context),
            Value::Bool(false) => self.text("false", Style::Plain, context),
            Value::Number(number) => self.text(&number_text(number), Style::Plain, context),
            Value::String(text) => self.string(text, context),
            Value::Array(items) if items.is_empty() => self.empty("[", "]"),
            Value::Object(map) if map.is_empty() => self.empty("{", "}"),
            Value::Array(items) => {
                let outer = self.indent;
                self.increase_indent(false, context.in_map && !self.indention);
                for item in items {
                    self.write_indent();
                    self.indicator("-", true, false, true);
                    self.node(item, Context::default());
                }
                self.indent = outer;
            }
            Value::Object(map) => {
                let outer = self.indent;
                self.increase_indent(false, false);
                if map.len() == 1 || order::is_sorted(map.keys()) {
                    for (key, value) in map.iter() {
                        self.pair(key, value);
                    }
                } else {
                    let pairs = order::sorted(map.iter().collect(), |pair: &(&Str, &Value)| pair.0.as_str());
                    for (key, value) in pairs {
                        self.pair(key, value);
                    }
                }
                self.indent = outer;
            }
        }
    }

    fn pair(&mut self, key: &Str, value: &Value) {
        self.write_indent();
        let in_map = Context { in_map: true, simple_key: false };
        if key.len() <= SIMPLE_KEY_MAX && !analyze(key).multiline {
            self.string(key, Context { in_map: true, simple_key: true });
            self.indicator(":", false, false, false);
        } else {
            self.indicator("?", true, false, true);
            self.string(key, in_map);
            self.write_indent();
            self.indicator(":", true, false, true);
        }
        self.node(value, in_map);
    }

    fn empty(&mut self, open: &str, close: &str) {
        self.indicator(open, true, true, false);
        self.indicator(close, false, false, false);
    }

    fn string(&mut self, text: &str, context: Context) {
        let style = if text.contains('\n') {
            Style::Literal
        } else if resolve(text, Dialect::GoV2) == Scalar::String && !scalar::is_base_60(text) && text != MERGE
        {
            Style::Plain
        } else {
            Style::DoubleQuoted
        };
        self.text(text, style, context);
    }

    fn text(&mut self, text: &str, wanted: Style, context: Context) {
        let style = choose(&analyze(text), text, wanted, context.simple_key);
        let outer = self.indent;
        self.increase_indent(true, false);
        let may_fold = !context.simple_key;
        match style {
            Style::Plain => self.plain(text, may_fold),
            Style::SingleQuoted => self.single_quoted(text, may_fold),
            Style::DoubleQuoted => self.double_quoted(text, may_fold),
            Style::Literal => self.literal(text),
        }
        self.indent = outer;
    }

    fn increase_indent(&mut self, flow: bool, indentless: bool) {
        self.indent = Some(match self.indent {
            None if flow => INDENT,
            None => 0,
            Some(indent) if indentless => indent,
            Some(indent) => indent + INDENT,
        });
    }

    fn put(&mut self, character: char) {
        self.out.push(character);
        self.column += 1;
    }

    fn put_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    fn write_indent(&mut self) {
        let indent = self.indent.unwrap_or_default();
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.put_break();
        }
        while self.column < indent {
            self.put(' ');
        }
        self.whitespace = true;
        self.indention = true;
    }

    fn indicator(&mut self, text: &str, needs_whitespace: bool, is_whitespace: bool, is_indention: bool) {
        if needs_whitespace && !self.whitespace {
            self.put(' ');
        }
        self.out.push_str(text);
        self.column += text.len();
        self.whitespace = is_whitespace;
        self.indention &= is_indention;
    }
}

/// Go's `interface{}` numbers: integers as they are, all else as a float in its shortest form.
fn number_text(number: &Number) -> String {
    match resolve(number.as_str(), Dialect::GoV2) {
        Scalar::Int(value) => value.to_string(),
        Scalar::Float(value) => general_float(value),
        _ => number.as_str().to_owned(),
    }
}

#[cfg(test)]
mod tests;
