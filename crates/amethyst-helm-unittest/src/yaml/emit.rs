//! Values to YAML text, to the byte as go-yaml v3 encodes them with two spaces of indentation.
//!
//! That encoder folds no lines, indents lists below their key and writes flow style for what is empty only.

mod scalar;

use crate::value::{Key, KeyKind, Map, Value, go_float};

/// Keys longer than this many bytes are written with `? `.
const SIMPLE_KEY_MAX: usize = 128;

/// The value as YAML text, ending in a line break.
pub(crate) fn emit(value: &Value) -> String {
    let mut out = String::with_capacity(256);
    root(&mut out, value, false);
    out
}

/// As [`emit`], but strings lose the empty lines that they begin with: what helm-unittest shows and keeps.
pub(crate) fn emit_trusted(value: &Value) -> String {
    let mut out = String::with_capacity(256);
    root(&mut out, value, true);
    out
}

fn root(out: &mut String, value: &Value, trims: bool) {
    let mut emitter = Emitter { out: &mut *out, trims };
    match value {
        Value::Map(map) if !map.is_empty() => emitter.map(map, 0, true),
        Value::List(items) if !items.is_empty() => emitter.list(items, 0, true),
        _ => emitter.inline(value, 0, false),
    }
    if !out.ends_with('\n') {
        out.push('\n');
    }
}

struct Emitter<'a> {
    out: &'a mut String,
    /// Strings lose the breaks that they begin with.
    trims: bool,
}

impl Emitter<'_> {
    /// A map whose keys stand at `indent`; the first one where the text stands now if `here`.
    fn map(&mut self, map: &Map, indent: usize, here: bool) {
        let mut is_here = here;
        for (key, value) in sorted(map) {
            if !is_here {
                self.break_line(indent);
            }
            is_here = false;
            self.key(key, indent);
            self.value(value, indent, true);
        }
    }

    fn list(&mut self, items: &[Value], indent: usize, here: bool) {
        let mut is_here = here;
        for item in items {
            if !is_here {
                self.break_line(indent);
            }
            is_here = false;
            self.out.push('-');
            self.value(item, indent, false);
        }
    }

    /// What follows a `-` or a `key:` at `indent`.
    fn value(&mut self, value: &Value, indent: usize, in_map: bool) {
        let below = indent + 2;
        match value {
            Value::Map(map) if !map.is_empty() => {
                if in_map {
                    self.break_line(below);
                } else {
                    self.out.push(' ');
                }
                self.map(map, below, true);
            }
            Value::List(items) if !items.is_empty() => {
                if in_map {
                    self.break_line(below);
                } else {
                    self.out.push(' ');
                }
                self.list(items, below, true);
            }
            _ => self.inline(value, indent, true),
        }
    }

    fn inline(&mut self, value: &Value, indent: usize, after_indicator: bool) {
        match value {
            Value::Map(_) => self.plain("{}", after_indicator),
            Value::List(_) => self.plain("[]", after_indicator),
            Value::String(text) => {
                let text = if self.trims { text.trim_start_matches('\n') } else { text.as_str() };
                let style = scalar::style(text, false);
                if after_indicator {
                    self.out.push(' ');
                }
                scalar::write(self.out, text, style, indent + 2);
            }
            _ => self.plain(&scalar_text(value), after_indicator),
        }
    }

    fn plain(&mut self, text: &str, after_indicator: bool) {
        if after_indicator {
            self.out.push(' ');
        }
        self.out.push_str(text);
    }

    fn key(&mut self, key: &Key, indent: usize) {
        if key.kind != KeyKind::String {
            self.out.push_str(&key.text);
            self.out.push(':');
        } else if key.text.len() > SIMPLE_KEY_MAX || scalar::is_multiline(&key.text) {
            self.out.push_str("? ");
            scalar::write(self.out, &key.text, scalar::style(&key.text, false), indent + 2);
            self.break_line(indent);
            self.out.push(':');
        } else {
            scalar::write(self.out, &key.text, scalar::style(&key.text, true), indent + 2);
            self.out.push(':');
        }
    }

    fn break_line(&mut self, indent: usize) {
        if !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        self.out.extend(std::iter::repeat_n(' ', indent));
    }
}

/// A scalar that is no string, as it is written.
pub(crate) fn scalar_text(value: &Value) -> String {
    match value {
        Value::Float(value) => match go_float(*value).as_str() {
            "+Inf" => ".inf".to_owned(),
            "-Inf" => "-.inf".to_owned(),
            "NaN" => ".nan".to_owned(),
            text => text.to_owned(),
        },
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Uint(value) => value.to_string(),
        Value::Time(text) | Value::String(text) => text.to_string(),
        Value::List(_) | Value::Map(_) => String::new(),
    }
}

/// The pairs in the order they are written. The order is not total for odd mixtures of digits and signs, and
/// the library's sort may panic on such an order; this merge sort only asks which key is before which.
fn sorted(map: &Map) -> Vec<(&Key, &Value)> {
    let pairs: Vec<(&Key, &Value)> = map.iter().collect();
    if pairs.windows(2).all(|pair| is_before(pair[0].0, pair[1].0)) { pairs } else { merge_sorted(pairs) }
}

fn merge_sorted<'a>(mut pairs: Vec<(&'a Key, &'a Value)>) -> Vec<(&'a Key, &'a Value)> {
    if pairs.len() < 2 {
        return pairs;
    }
    let right = pairs.split_off(pairs.len() / 2);
    let (left, right) = (merge_sorted(pairs), merge_sorted(right));
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let takes_right = is_before(b.0, a.0);
        merged.extend(if takes_right { right.next() } else { left.next() });
    }
    merged.extend(left);
    merged.extend(right);
    merged
}

/// go-yaml v3's `keyList.Less`: numbers before strings, letters after everything else, runs of digits by
/// their number.
pub(crate) fn is_before(a: &Key, b: &Key) -> bool {
    if a.kind != KeyKind::String || b.kind != KeyKind::String {
        let number = |key: &Key| match key.kind {
            KeyKind::Bool => Some(if key.text == "true" { 1.0 } else { 0.0 }),
            KeyKind::Number => key.text.parse::<f64>().ok(),
            KeyKind::String | KeyKind::Other => None,
        };
        return match (number(a), number(b)) {
            (Some(a), Some(b)) => a < b,
            (a, b) => a.is_some() && b.is_none(),
        };
    }
    let mut digits_before = false;
    let (mut a_rest, mut b_rest) = (a.text.as_str(), b.text.as_str());
    let mut at = 0;
    loop {
        match (a_rest.chars().next(), b_rest.chars().next()) {
            (Some(a_char), Some(b_char)) if a_char == b_char => {
                digits_before = a_char.is_ascii_digit();
                at += a_char.len_utf8();
                a_rest = &a_rest[a_char.len_utf8()..];
                b_rest = &b_rest[b_char.len_utf8()..];
            }
            (Some(a_char), Some(b_char)) => {
                let before = &a.text[..at];
                return differs(a_rest, b_rest, (a_char, b_char), digits_before, before);
            }
            (None, Some(_)) => return true,
            (_, None) => return false,
        }
    }
}

fn differs(a: &str, b: &str, (a_char, b_char): (char, char), digits_before: bool, before: &str) -> bool {
    let (a_letter, b_letter) = (a_char.is_alphabetic(), b_char.is_alphabetic());
    if a_letter && b_letter {
        return a_char < b_char;
    }
    if a_letter || b_letter {
        return if digits_before { a_letter } else { b_letter };
    }
    // Behind other digits a zero is a digit like any other.
    let in_number = (a_char == '0' || b_char == '0')
        && before.bytes().rev().take_while(u8::is_ascii_digit).any(|digit| digit != b'0');
    let number = |text: &str| {
        let digits = text.bytes().take_while(u8::is_ascii_digit);
        digits.fold((i64::from(in_number), 0), |(number, count), digit| {
            (number.wrapping_mul(10).wrapping_add(i64::from(digit - b'0')), count + 1)
        })
    };
    let (a_number, b_number) = (number(a), number(b));
    if a_number == b_number { a_char < b_char } else { a_number < b_number }
}

#[cfg(test)]
mod tests;
