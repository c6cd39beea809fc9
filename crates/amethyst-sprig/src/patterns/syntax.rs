//! Go's syntax of regular expressions, rewritten for the `regex` crate.
//!
//! Both are RE2's children: what differs is written in another way (`\d` is ASCII to Go, `\Q...\E`, `\b`,
//! names of groups), what Go refuses is refused in its words.

mod class;

use std::fmt::Write;

/// An expression for the `regex` crate, and the names of its groups; the whole match comes first.
pub(super) struct Translated {
    pub(super) pattern: String,
    pub(super) names: Vec<Option<String>>,
}

/// How often an expression may be repeated, products of nested repetitions included.
const REPEAT_MAX: u64 = 1000;
/// How deep groups may nest.
const NEST_MAX: usize = 1000;

/// Rewrites an expression; else Go's text of what is wrong.
pub(super) fn translate(text: &str) -> Result<Translated, String> {
    let mut translator = Translator {
        whole: text,
        rest: text,
        out: String::with_capacity(text.len() + 16),
        names: vec![None],
        open: Vec::new(),
        scope: Scope::default(),
        last_repeat: None,
    };
    while !translator.rest.is_empty() {
        translator.step()?;
    }
    if !translator.open.is_empty() {
        return Err(error("missing closing )", text));
    }
    Ok(Translated { pattern: translator.out, names: translator.names })
}

fn error(what: &str, expression: &str) -> String {
    format!("{what}: `{expression}`")
}

/// Writes one character that stands for itself, in a class or out of it.
fn literal(rune: char, out: &mut String) {
    if rune.is_ascii_alphanumeric() || !rune.is_ascii() {
        out.push(rune);
    } else {
        // Writing into a string cannot fail.
        let _ = write!(out, "\\x{:02X}", u32::from(rune));
    }
}

/// What stands between two parentheses.
#[derive(Default)]
struct Scope {
    /// How often the last operand repeats what is in it; none when there is no operand yet.
    operand: Option<u64>,
    /// The most of all operands.
    most: u64,
}

impl Scope {
    fn push(&mut self, weight: u64) {
        self.operand = Some(weight);
        self.most = self.most.max(weight);
    }
}

struct Translator<'a> {
    whole: &'a str,
    rest: &'a str,
    out: String,
    names: Vec<Option<String>>,
    open: Vec<Scope>,
    scope: Scope,
    /// The text from the repetition operator that was read last.
    last_repeat: Option<&'a str>,
}

impl<'a> Translator<'a> {
    fn step(&mut self) -> Result<(), String> {
        let text = self.rest;
        let last_repeat = self.last_repeat.take();
        let Some(first) = text.chars().next() else { return Ok(()) };
        self.rest = &text[first.len_utf8()..];
        match first {
            '(' if text.starts_with("(?") => return self.perl_group(text),
            '(' => self.begin_group("("),
            '|' => {
                self.out.push('|');
                self.scope.operand = None;
            }
            ')' => {
                let Some(outer) = self.open.pop() else { return Err(error("unexpected )", self.whole)) };
                let inner = std::mem::replace(&mut self.scope, outer);
                self.scope.push(inner.most.max(1));
                self.out.push(')');
            }
            '^' | '$' | '.' => {
                self.out.push(first);
                self.scope.push(1);
            }
            '[' => {
                self.rest = class::translate(text, &mut self.out)?;
                self.scope.push(1);
            }
            '*' | '+' | '?' => self.repeat(text, self.rest, &first.to_string(), None, last_repeat)?,
            '{' => match counts(text) {
                None => self.literal(first),
                Some((minimum, maximum, after)) => {
                    let written = &text[..text.len() - after.len()];
                    let too_many = |count: u64| count > REPEAT_MAX;
                    if too_many(minimum)
                        || maximum.is_some_and(|maximum| too_many(maximum) || minimum > maximum)
                    {
                        return Err(error("invalid repeat count", written));
                    }
                    self.repeat(text, after, written, Some((minimum, maximum)), last_repeat)?;
                }
            },
            '\\' => return self.escape(text),
            _ => self.literal(first),
        }
        if self.open.len() > NEST_MAX {
            return Err(error("expression nests too deeply", self.whole));
        }
        Ok(())
    }

    fn literal(&mut self, rune: char) {
        literal(rune, &mut self.out);
        self.scope.push(1);
    }

    fn begin_group(&mut self, written: &str) {
        self.out.push_str(written);
        if written == "(" {
            self.names.push(None);
        }
        self.open.push(std::mem::take(&mut self.scope));
    }

    /// A repetition: `before` begins with it, `after` follows it.
    fn repeat(
        &mut self,
        before: &'a str,
        after: &'a str,
        written: &str,
        counts: Option<(u64, Option<u64>)>,
        last_repeat: Option<&'a str>,
    ) -> Result<(), String> {
        let lazy = after.strip_prefix('?');
        let after = lazy.unwrap_or(after);
        if let Some(last) = last_repeat {
            return Err(error("invalid nested repetition operator", &last[..last.len() - after.len()]));
        }
        let shown = &before[..before.len() - after.len()];
        let Some(weight) = self.scope.operand else {
            return Err(error("missing argument to repetition operator", shown));
        };
        if let Some((minimum, maximum)) = counts {
            let times = maximum.unwrap_or(minimum);
            let weight = weight.saturating_mul(times.max(1));
            if (minimum >= 2 || maximum.is_some_and(|maximum| maximum >= 2)) && weight > REPEAT_MAX {
                return Err(error("invalid repeat count", shown));
            }
            self.scope.push(weight);
        }
        self.out.push_str(written);
        if lazy.is_some() {
            self.out.push('?');
        }
        self.rest = after;
        self.last_repeat = Some(before);
        Ok(())
    }

    /// `(?P<name>`, `(?<name>`, `(?i)`, `(?i-s:`.
    fn perl_group(&mut self, text: &'a str) -> Result<(), String> {
        let named = text.strip_prefix("(?P<").or_else(|| text.strip_prefix("(?<"));
        if let Some(named) = named.filter(|named| !named.is_empty()) {
            let Some(end) = named.find('>') else { return Err(error("invalid named capture", text)) };
            let name = &named[..end];
            let after = &named[end + 1..];
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                return Err(error("invalid named capture", &text[..text.len() - after.len()]));
            }
            self.begin_group("(");
            if let Some(last) = self.names.last_mut() {
                *last = Some(name.to_owned());
            }
            self.rest = after;
            return Ok(());
        }
        let (mut negated, mut saw_flag) = (false, false);
        for (at, rune) in text.char_indices().skip(2) {
            let end = at + rune.len_utf8();
            let fault = || Err(error("invalid or unsupported Perl syntax", &text[..end]));
            match rune {
                'i' | 'm' | 's' | 'U' => saw_flag = true,
                '-' if !negated => (negated, saw_flag) = (true, false),
                ':' | ')' if negated && !saw_flag => return fault(),
                ':' => {
                    self.begin_group(&text[..end]);
                    self.rest = &text[end..];
                    return Ok(());
                }
                ')' => {
                    // No flags at all change nothing; the `regex` crate does not know that.
                    if at > 2 {
                        self.out.push_str(&text[..end]);
                    }
                    self.rest = &text[end..];
                    return Ok(());
                }
                _ => return fault(),
            }
        }
        Err(error("invalid or unsupported Perl syntax", text))
    }

    fn escape(&mut self, text: &'a str) -> Result<(), String> {
        let written = match text.as_bytes().get(1) {
            Some(b'A') => r"\A",
            Some(b'z') => r"\z",
            Some(b'b') => r"(?-u:\b)",
            Some(b'B') => r"(?-u:\B)",
            Some(b'C') => return Err(error("invalid escape sequence", r"\C")),
            Some(b'Q') => {
                let quoted = &text[2..];
                let (quoted, after) = quoted.split_once(r"\E").unwrap_or((quoted, ""));
                quoted.chars().for_each(|rune| self.literal(rune));
                self.rest = after;
                return Ok(());
            }
            _ => "",
        };
        if !written.is_empty() {
            self.out.push_str(written);
            self.rest = &text[2..];
        } else if let Some((class, after)) = class::perl(text) {
            self.out.push('[');
            self.out.push_str(class);
            self.out.push(']');
            self.rest = after;
        } else if let Some((class, after)) = class::unicode(text)? {
            self.out.push_str(&class);
            self.rest = after;
        } else {
            let (code, after) = class::escaped(text)?;
            match char::from_u32(code) {
                Some(rune) => literal(rune, &mut self.out),
                // A surrogate, which no text holds.
                None => self.out.push_str("[a&&b]"),
            }
            self.rest = after;
        }
        self.scope.push(1);
        Ok(())
    }
}

/// `{2}`, `{2,}`, `{2,3}`, and what follows. Anything else is no repetition.
fn counts(text: &str) -> Option<(u64, Option<u64>, &str)> {
    let (minimum, rest) = count(text.strip_prefix('{')?)?;
    if let Some(after) = rest.strip_prefix('}') {
        return Some((minimum, Some(minimum), after));
    }
    let rest = rest.strip_prefix(',')?;
    if let Some(after) = rest.strip_prefix('}') {
        return Some((minimum, None, after));
    }
    let (maximum, rest) = count(rest)?;
    Some((minimum, Some(maximum), rest.strip_prefix('}')?))
}

fn count(text: &str) -> Option<(u64, &str)> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    let digits = &text[..length];
    if digits.is_empty() || digits.len() > 1 && digits.starts_with('0') {
        return None;
    }
    Some((digits.parse().unwrap_or(u64::MAX), &text[length..]))
}
