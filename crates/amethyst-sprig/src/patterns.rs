//! Regular expressions in Go's syntax, with Go's ways of replacing and splitting.

mod expand;
mod syntax;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use amethyst_gotemplate::{Function, List, ListKind, Value};
use regex::bytes::{Match, Regex, RegexBuilder};

use crate::arguments::{INT, STRING, any, bytes, fixed, int, part};
use crate::nil::nil_list;
use crate::print::quoted;
use crate::text::lossy;

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("regexMatch", &[STRING, STRING], |_, a| {
        Ok(Value::Bool(compile(bytes(a, 0)).is_ok_and(|pattern| pattern.regex.is_match(bytes(a, 1)))))
    }),
    fixed("mustRegexMatch", &[STRING, STRING], |_, a| {
        Ok(Value::Bool(compile(bytes(a, 0))?.regex.is_match(bytes(a, 1))))
    }),
    fixed("regexFind", &[STRING, STRING], |_, a| Ok(find(must(bytes(a, 0))?.as_ref(), any(a, 1)))),
    fixed("mustRegexFind", &[STRING, STRING], |_, a| Ok(find(compile(bytes(a, 0))?.as_ref(), any(a, 1)))),
    fixed("regexFindAll", &[STRING, STRING, INT], |_, a| {
        Ok(find_all(must(bytes(a, 0))?.as_ref(), any(a, 1), int(a, 2)))
    }),
    fixed("mustRegexFindAll", &[STRING, STRING, INT], |_, a| {
        Ok(find_all(compile(bytes(a, 0))?.as_ref(), any(a, 1), int(a, 2)))
    }),
    fixed("regexReplaceAll", &[STRING, STRING, STRING], |_, a| {
        expand::replace(must(bytes(a, 0))?.as_ref(), bytes(a, 1), bytes(a, 2))
    }),
    fixed("mustRegexReplaceAll", &[STRING, STRING, STRING], |_, a| {
        expand::replace(compile(bytes(a, 0))?.as_ref(), bytes(a, 1), bytes(a, 2))
    }),
    fixed("regexReplaceAllLiteral", &[STRING, STRING, STRING], |_, a| {
        expand::replace_literal(must(bytes(a, 0))?.as_ref(), bytes(a, 1), bytes(a, 2))
    }),
    fixed("mustRegexReplaceAllLiteral", &[STRING, STRING, STRING], |_, a| {
        expand::replace_literal(compile(bytes(a, 0))?.as_ref(), bytes(a, 1), bytes(a, 2))
    }),
    fixed("regexSplit", &[STRING, STRING, INT], |_, a| {
        Ok(split(must(bytes(a, 0))?.as_ref(), bytes(a, 0).is_empty(), any(a, 1), int(a, 2)))
    }),
    fixed("mustRegexSplit", &[STRING, STRING, INT], |_, a| {
        Ok(split(compile(bytes(a, 0))?.as_ref(), bytes(a, 0).is_empty(), any(a, 1), int(a, 2)))
    }),
    fixed("regexQuoteMeta", &[STRING], |_, a| Ok(quote_meta(bytes(a, 0)))),
];

/// How many compiled expressions a thread keeps.
const KEPT_MAX: usize = 512;
/// Bytes of a compiled expression; Go's limit allows about as much.
const COMPILED_BYTES_MAX: usize = 64 << 20;

thread_local! {
    static KEPT: RefCell<HashMap<Vec<u8>, Rc<Pattern>>> = RefCell::new(HashMap::new());
}

/// A compiled expression.
struct Pattern {
    regex: Regex,
    /// The names of its groups.
    names: Vec<Option<String>>,
}

impl Pattern {
    /// All matches. Go steps over whole characters, so none is found within one.
    fn matches<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = Match<'a>> {
        let is_text = std::str::from_utf8(text).ok();
        self.regex
            .find_iter(text)
            .filter(move |found| is_text.is_none_or(|text| text.is_char_boundary(found.start())))
    }
}

/// `regexp.Compile`.
fn compile(pattern: &[u8]) -> Result<Rc<Pattern>, String> {
    if let Some(found) = KEPT.with_borrow(|kept| kept.get(pattern).cloned()) {
        return Ok(found);
    }
    let fault = |text: String| format!("error parsing regexp: {text}");
    let Ok(text) = std::str::from_utf8(pattern) else {
        return Err(fault(format!("invalid UTF-8: `{}`", lossy(pattern))));
    };
    let translated = syntax::translate(text).map_err(fault)?;
    let regex = RegexBuilder::new(&translated.pattern)
        .size_limit(COMPILED_BYTES_MAX)
        .nest_limit(2000)
        .build()
        .map_err(|_| fault(format!("expression too large: `{text}`")))?;
    let compiled = Rc::new(Pattern { regex, names: translated.names });
    KEPT.with_borrow_mut(|kept| {
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(pattern.to_vec(), compiled.clone());
    });
    Ok(compiled)
}

/// `regexp.MustCompile`: its panic tells the expression once more.
fn must(pattern: &[u8]) -> Result<Rc<Pattern>, String> {
    compile(pattern).map_err(|error| {
        let text = lossy(pattern);
        let can_backquote = text
            .chars()
            .all(|rune| rune == '\t' || rune >= ' ' && !matches!(rune, '`' | '\u{7f}' | '\u{feff}'));
        let shown = if can_backquote { format!("`{text}`") } else { quoted(&text) };
        format!("regexp: Compile({shown}): {error}")
    })
}

fn find(pattern: &Pattern, text: &Value) -> Value {
    let bytes = text.as_bytes().unwrap_or_default();
    pattern.regex.find(bytes).map_or_else(|| Value::from(""), |found| part(text, found.as_bytes()))
}

fn limit(count: i64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn find_all(pattern: &Pattern, text: &Value, count: i64) -> Value {
    let bytes = text.as_bytes().unwrap_or_default();
    let found: Vec<Value> =
        pattern.matches(bytes).take(limit(count)).map(|found| part(text, found.as_bytes())).collect();
    if found.is_empty() { nil_list(ListKind::String).into() } else { List::strings(found).into() }
}

fn split(pattern: &Pattern, is_empty_pattern: bool, text: &Value, count: i64) -> Value {
    let bytes = text.as_bytes().unwrap_or_default();
    if count == 0 {
        return nil_list(ListKind::String).into();
    }
    if bytes.is_empty() && !is_empty_pattern {
        return List::strings([Value::from("")]).into();
    }
    let mut parts = Vec::new();
    let (mut begin, mut end) = (0, 0);
    for found in pattern.matches(bytes).take(limit(count)) {
        if count > 0 && parts.len() + 1 == limit(count) {
            break;
        }
        end = found.start();
        if found.end() != 0 {
            parts.push(part(text, &bytes[begin..end]));
        }
        begin = found.end();
    }
    if end != bytes.len() {
        parts.push(part(text, &bytes[begin..]));
    }
    List::strings(parts).into()
}

fn quote_meta(text: &[u8]) -> Value {
    let mut out = Vec::with_capacity(text.len() + 8);
    for &byte in text {
        if br"\.+*?()|[]{}^$".contains(&byte) {
            out.push(b'\\');
        }
        out.push(byte);
    }
    Value::bytes_string(out)
}
