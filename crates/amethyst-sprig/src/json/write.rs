//! Writing JSON: keys sorted, `<`, `>` and `&` escaped unless the style is raw.

use amethyst_gotemplate::{ListKind, Value};
use amethyst_object::Value as Document;
use base64::Engine as _;

use crate::arguments::{DEPTH_MAX, TOO_LARGE, WRITTEN_BYTES_MAX};
use crate::nil::{is_nil_list, is_nil_map};
use crate::print::{bytes_of, float as printed_float};
use crate::unicode::Runes;

/// How JSON is laid out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// No white space, HTML escaped.
    Compact,
    /// Two spaces per level, HTML escaped.
    Pretty,
    /// No white space, HTML as it is.
    Raw,
}

/// The value as Go's `json.Marshal` writes it.
pub fn to_json(value: &Value) -> Result<String, String> {
    write(value, Style::Compact)
}

pub(crate) fn write(value: &Value, style: Style) -> Result<String, String> {
    let mut writer = Writer { out: String::with_capacity(128), style, depth: 0 };
    writer.value(value)?;
    Ok(writer.out)
}

/// A float as `encoding/json` writes it: with an exponent below 1e-6 and from 1e21 on.
fn float(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        return format!("{value}");
    }
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) if !exponent.starts_with('-') => format!("{mantissa}e+{exponent}"),
        _ => text,
    }
}

struct Writer {
    out: String,
    style: Style,
    depth: usize,
}

impl Writer {
    fn value(&mut self, value: &Value) -> Result<(), String> {
        match value {
            Value::Nil => self.out.push_str("null"),
            Value::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Value::Int(_, number) => self.out.push_str(&number.to_string()),
            Value::Uint(_, number) => self.out.push_str(&number.to_string()),
            Value::Float(number) if !number.is_finite() => {
                return Err(format!("json: unsupported value: {}", printed_float(*number)));
            }
            Value::Float(number) => self.out.push_str(&float(*number)),
            Value::String(text) => self.string(text.as_bytes()),
            Value::Binary(bytes) => self.string(bytes),
            Value::List(list) if is_nil_list(list) => self.out.push_str("null"),
            Value::List(list) if list.kind() == ListKind::Byte => {
                let text = base64::engine::general_purpose::STANDARD.encode(bytes_of(value));
                self.string(text.as_bytes());
            }
            Value::List(list) => self.nested('[', ']', list.iter(), value, Self::value)?,
            Value::Map(map) if is_nil_map(map) => self.out.push_str("null"),
            Value::Map(map) => {
                self.nested('{', '}', map.pairs().iter(), value, |writer, (key, item)| {
                    writer.key(key);
                    writer.value(item)
                })?;
            }
            Value::Native(native) => self.document(&native.to_document()),
        }
        Ok(())
    }

    fn document(&mut self, document: &Document) {
        match document {
            Document::Null => self.out.push_str("null"),
            Document::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Document::Number(number) => self.out.push_str(number.as_str()),
            Document::String(text) => self.string(text.as_bytes()),
            // A native value's document cannot fail, and is no deeper than it was written.
            Document::Array(items) => {
                let _ = self.nested('[', ']', items.iter(), &Value::Nil, |writer, item| {
                    writer.document(item);
                    Ok(())
                });
            }
            Document::Object(map) => {
                let _ = self.nested('{', '}', map.iter(), &Value::Nil, |writer, (key, item)| {
                    writer.key(key);
                    writer.document(item);
                    Ok(())
                });
            }
        }
    }

    fn nested<T>(
        &mut self,
        open: char,
        close: char,
        items: impl ExactSizeIterator<Item = T>,
        whole: &Value,
        mut item: impl FnMut(&mut Self, T) -> Result<(), String>,
    ) -> Result<(), String> {
        if self.depth > DEPTH_MAX {
            let name = whole.type_name();
            return Err(format!("json: unsupported value: encountered a cycle via {name}"));
        }
        if self.out.len() > WRITTEN_BYTES_MAX {
            return Err(TOO_LARGE.to_owned());
        }
        self.out.push(open);
        let is_empty = items.len() == 0;
        self.depth += 1;
        for (index, each) in items.enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            self.line_break();
            item(self, each)?;
        }
        self.depth -= 1;
        if !is_empty {
            self.line_break();
        }
        self.out.push(close);
        Ok(())
    }

    fn line_break(&mut self) {
        if self.style == Style::Pretty {
            self.out.push('\n');
            for _ in 0..self.depth {
                self.out.push_str("  ");
            }
        }
    }

    fn key(&mut self, key: &str) {
        self.string(key.as_bytes());
        self.out.push_str(if self.style == Style::Pretty { ": " } else { ":" });
    }

    fn string(&mut self, bytes: &[u8]) {
        self.out.push('"');
        if let Ok(text) = std::str::from_utf8(bytes) {
            self.text(text);
        } else {
            for (rune, _) in Runes::new(bytes) {
                match rune {
                    None => self.out.push_str("\\ufffd"),
                    Some(rune) => self.rune(rune),
                }
            }
        }
        self.out.push('"');
    }

    /// Runs of what stays as it is are written at once.
    fn text(&mut self, mut text: &str) {
        // U+2028 and U+2029 begin with 0xe2.
        let may_change = |byte| matches!(byte, 0..b' ' | b'"' | b'\\' | b'<' | b'>' | b'&' | 0xe2);
        while let Some(at) = text.bytes().position(may_change) {
            let (plain, rest) = text.split_at(at);
            self.out.push_str(plain);
            let mut runes = rest.chars();
            if let Some(rune) = runes.next() {
                self.rune(rune);
            }
            text = runes.as_str();
        }
        self.out.push_str(text);
    }

    fn rune(&mut self, rune: char) {
        match rune {
            '"' => self.out.push_str("\\\""),
            '\\' => self.out.push_str("\\\\"),
            '\n' => self.out.push_str("\\n"),
            '\r' => self.out.push_str("\\r"),
            '\t' => self.out.push_str("\\t"),
            '\u{8}' => self.out.push_str("\\b"),
            '\u{c}' => self.out.push_str("\\f"),
            '<' | '>' | '&' if self.style == Style::Raw => self.out.push(rune),
            '\0'..' ' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                self.out.push_str(&format!("\\u{:04x}", u32::from(rune)));
            }
            _ => self.out.push(rune),
        }
    }
}
