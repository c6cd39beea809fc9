//! Writing TOML: plain keys before tables, both sorted; tables indented by their depth.

use amethyst_gotemplate::{List, Map, Value};
use amethyst_object::Str;

use crate::arguments::{DEPTH_MAX, PARTS_MAX, TOO_LARGE, WRITTEN_BYTES_MAX, ZERO_VALUE};
use crate::nil::{is_nil_list, is_nil_map};
use crate::print::float;
use crate::text::lossy;
use crate::time::{Time, is_counted};

const NIL_ELEMENT: &str = "toml: cannot encode array with nil element";
const ENDLESS: &str = "toml: cannot encode maps that hold themselves";

/// The text, or Go's text of why there is none.
pub(crate) fn write(value: &Value) -> Result<String, String> {
    let mut writer = Writer { out: String::new() };
    match value {
        Value::Map(map) => writer.table(&[], map)?,
        Value::Nil => return Err(ZERO_VALUE.to_owned()),
        Value::List(list) if is_table_list(list)? => {
            return Err("toml: top-level values must be Go maps or structs".to_owned());
        }
        other => writer.element(other, 0)?,
    }
    Ok(writer.out)
}

struct Writer {
    out: String,
}

impl Writer {
    fn line_break(&mut self) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    fn indent(&mut self, key: &[Str]) {
        for _ in 1..key.len() {
            self.out.push_str("  ");
        }
    }

    fn entry(&mut self, key: &[Str], value: &Value) -> Result<(), String> {
        match value {
            Value::Map(map) if is_nil_map(map) => Ok(()),
            Value::Map(map) => {
                if key.len() == 1 {
                    self.line_break();
                }
                self.indent(key);
                self.out.push('[');
                self.path(key);
                self.out.push(']');
                self.line_break();
                self.table(key, map)
            }
            Value::List(list) if is_table_list(list)? => {
                for item in list.iter() {
                    if let Value::Map(map) = item {
                        self.line_break();
                        self.indent(key);
                        self.out.push_str("[[");
                        self.path(key);
                        self.out.push_str("]]");
                        self.line_break();
                        self.table(key, map)?;
                    }
                }
                Ok(())
            }
            _ => {
                self.indent(key);
                self.path(&key[key.len() - 1..]);
                self.out.push_str(" = ");
                self.element(value, key.len())?;
                self.line_break();
                Ok(())
            }
        }
    }

    fn table(&mut self, key: &[Str], map: &Map) -> Result<(), String> {
        if key.len() > DEPTH_MAX {
            return Err(ENDLESS.to_owned());
        }
        if self.out.len() > WRITTEN_BYTES_MAX {
            return Err(TOO_LARGE.to_owned());
        }
        for (name, value) in sorted(map)? {
            let key = [key, &[name]].concat();
            self.entry(&key, &value)?;
        }
        Ok(())
    }

    fn path(&mut self, key: &[Str]) {
        for (index, part) in key.iter().enumerate() {
            if index > 0 {
                self.out.push('.');
            }
            let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
            if part.is_empty() || !part.bytes().all(is_bare) {
                self.quoted(part);
            } else {
                self.out.push_str(part);
            }
        }
    }

    fn element(&mut self, value: &Value, depth: usize) -> Result<(), String> {
        if depth > DEPTH_MAX {
            return Err(ENDLESS.to_owned());
        }
        if self.out.len() > WRITTEN_BYTES_MAX {
            return Err(TOO_LARGE.to_owned());
        }
        match value {
            Value::Nil => return Err(NIL_ELEMENT.to_owned()),
            Value::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Value::Int(_, number) => self.out.push_str(&number.to_string()),
            Value::Uint(_, number) => self.out.push_str(&number.to_string()),
            Value::Float(number) => self.float(*number),
            Value::String(text) => self.quoted(text),
            Value::Binary(bytes) => self.quoted(&lossy(bytes)),
            Value::List(list) => {
                self.out.push('[');
                for (index, item) in list.iter().enumerate() {
                    if index > 0 {
                        self.out.push_str(", ");
                    }
                    self.element(item, depth + 1)?;
                }
                self.out.push(']');
            }
            Value::Map(map) => {
                self.out.push('{');
                for (index, (key, item)) in sorted(map)?.into_iter().enumerate() {
                    if index > 0 {
                        self.out.push_str(", ");
                    }
                    self.path(&[key]);
                    self.out.push_str(" = ");
                    self.element(&item, depth + 1)?;
                }
                self.out.push('}');
            }
            Value::Native(native) => {
                if let Some(time) = value.as_native::<Time>() {
                    self.out.push_str(&time.rfc3339());
                } else if let Some(number) = native.as_int().filter(|_| is_counted(value)) {
                    self.out.push_str(&number.to_string());
                } else {
                    self.quoted(&native.print());
                }
            }
        }
        Ok(())
    }

    fn float(&mut self, number: f64) {
        if !number.is_finite() {
            let sign = if number.is_sign_negative() { "-" } else { "" };
            self.out.push_str(sign);
            self.out.push_str(if number.is_nan() { "nan" } else { "inf" });
            return;
        }
        let text = float(number);
        self.out.push_str(&text);
        if !text.contains(['e', '.']) {
            self.out.push_str(".0");
        }
    }

    fn quoted(&mut self, text: &str) {
        self.out.push('"');
        for rune in text.chars() {
            match rune {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\u{8}' => self.out.push_str("\\b"),
                '\t' => self.out.push_str("\\t"),
                '\n' => self.out.push_str("\\n"),
                '\u{c}' => self.out.push_str("\\f"),
                '\r' => self.out.push_str("\\r"),
                '\0'..' ' | '\u{7f}' => self.out.push_str(&format!("\\u{:04x}", u32::from(rune))),
                _ => self.out.push(rune),
            }
        }
        self.out.push('"');
    }
}

/// Pairs in the order they are written, without those that hold nothing.
fn sorted(map: &Map) -> Result<Vec<(Str, Value)>, String> {
    let (mut plain, mut tables) = (Vec::new(), Vec::new());
    for (key, value) in map.pairs().iter() {
        let is_table = match value {
            Value::Nil => continue,
            Value::Map(map) if is_nil_map(map) => continue,
            Value::List(list) if is_nil_list(list) => continue,
            Value::Map(_) => true,
            Value::List(list) => is_table_list(list)?,
            _ => false,
        };
        let into = if is_table { &mut tables } else { &mut plain };
        into.push((key.clone(), value.clone()));
    }
    plain.append(&mut tables);
    Ok(plain)
}

/// Lists in lists are looked into for nil only.
fn refuse_nil(list: &List, depth: usize, parts: &mut usize) -> Result<(), String> {
    if depth > DEPTH_MAX {
        return Err(ENDLESS.to_owned());
    }
    if list.iter().any(Value::is_nil) {
        return Err(NIL_ELEMENT.to_owned());
    }
    for item in list.iter() {
        *parts = parts.checked_sub(1).ok_or(TOO_LARGE)?;
        if let Value::List(inner) = item {
            refuse_nil(inner, depth + 1, parts)?;
        }
    }
    Ok(())
}

/// Whether all elements are tables; one that is nil is refused.
fn is_table_list(list: &List) -> Result<bool, String> {
    let mut parts = PARTS_MAX;
    refuse_nil(list, 0, &mut parts)?;
    Ok(!list.is_empty() && list.iter().all(|item| matches!(item, Value::Map(_))))
}
