//! Paths into manifests: JSONPath as yaml-jsonpath reads it, in the fork that helm-unittest takes.
//!
//! Its quirks are kept: a child name ends at `.`, `[` or an operator; `['a.b']` names a key with dots; a filter
//! on what is no list asks the node itself; a comparison holds when every pair of values on its sides does.

mod eval;
mod filter;
mod lexer;
mod slice;

use crate::value::Value;
use lexer::{Kind, Lexeme};

/// How deep filters may nest.
const DEPTH_MAX: usize = 64;

/// A path that was read.
#[derive(Debug)]
pub(crate) struct Path {
    steps: Vec<Step>,
}

#[derive(Debug)]
enum Step {
    /// All nodes below and the node itself, innermost first.
    Recurse,
    AllChildren,
    Child(String),
    /// Several names in brackets.
    Children(Vec<String>),
    Subscript(String),
    Filter(Option<filter::Filter>),
    /// A filter behind `..`, which asks each node itself.
    RecursiveFilter(Option<filter::Filter>),
    /// The keys of these names: `name~`.
    Names(Vec<String>),
    /// All keys: `[*]~`.
    AllNames,
}

/// The values at `path` in the manifest, as go-yaml reads them after writing the manifest once more.
pub(crate) fn find(manifest: &Value, path: &str) -> Result<Vec<Value>, String> {
    if path.is_empty() {
        return Ok(vec![manifest.clone()]);
    }
    Ok(Path::parse(path)?.find(manifest))
}

impl Path {
    pub(crate) fn parse(path: &str) -> Result<Self, String> {
        Self::parse_nested(path, 0)
    }

    fn parse_nested(path: &str, depth: usize) -> Result<Self, String> {
        if depth > DEPTH_MAX {
            return Err("filters nest too deeply".to_owned());
        }
        let lexemes = lexer::lex(path);
        let mut steps = Vec::new();
        let mut rest = lexemes.iter();
        while let Some(Lexeme { kind, text }) = rest.next() {
            match kind {
                Kind::Error => return Err(text.clone()),
                Kind::Identity | Kind::End => break,
                Kind::Root => {}
                Kind::RecursiveDescent => {
                    steps.push(Step::Recurse);
                    match text.trim_start_matches("..") {
                        "" => {}
                        "*" => steps.push(Step::AllChildren),
                        name => steps.push(Step::child(name)),
                    }
                }
                Kind::DotChild => steps.push(Step::child(text.strip_prefix('.').unwrap_or(text))),
                Kind::UndottedChild => steps.push(Step::child(text)),
                Kind::BracketChild => steps.push(Step::Children(names(text))),
                Kind::ArraySubscript => steps.push(Step::Subscript(inside(text, "]").to_owned())),
                Kind::FilterBegin | Kind::RecursiveFilterBegin => {
                    let found = filter_lexemes(&mut rest)?;
                    let filter = filter::Filter::parse(&found, depth);
                    steps.push(if *kind == Kind::FilterBegin {
                        Step::Filter(filter)
                    } else {
                        Step::RecursiveFilter(filter)
                    });
                }
                Kind::PropertyName => {
                    let name = text.strip_prefix('.').unwrap_or(text);
                    steps.push(Step::Names(vec![unescape(name.strip_suffix('~').unwrap_or(name))]));
                }
                Kind::BracketPropertyName => {
                    let text = text.trim();
                    steps.push(Step::Names(names(text.strip_suffix('~').unwrap_or(text))));
                }
                Kind::ArraySubscriptPropertyName => steps.push(Step::AllNames),
                _ => return Err("invalid path syntax".to_owned()),
            }
        }
        Ok(Self { steps })
    }
}

impl Step {
    fn child(name: &str) -> Self {
        if name == "*" { Self::AllChildren } else { Self::Child(unescape(name)) }
    }
}

/// The lexemes up to the end of the filter that has just begun.
fn filter_lexemes(rest: &mut std::slice::Iter<'_, Lexeme>) -> Result<Vec<Lexeme>, String> {
    let mut found = Vec::new();
    let mut level = 1;
    loop {
        let Some(lexeme) = rest.next() else { return Err("missing end of filter".to_owned()) };
        match lexeme.kind {
            Kind::FilterBegin => level += 1,
            Kind::FilterEnd => {
                level -= 1;
                if level == 0 {
                    return Ok(found);
                }
            }
            Kind::Error => return Err(lexeme.text.clone()),
            Kind::End => return Err("missing end of filter".to_owned()),
            _ => {}
        }
        found.push(lexeme.clone());
    }
}

fn inside<'a>(text: &'a str, end: &str) -> &'a str {
    let text = text.strip_prefix('[').unwrap_or(text);
    text.strip_suffix(end).unwrap_or(text)
}

/// The names in brackets: quoted, separated by commas.
fn names(text: &str) -> Vec<String> {
    let text = inside(text.trim(), "]").trim();
    let mut children: Vec<String> = Vec::new();
    let mut open = String::new();
    for part in text.split(',') {
        let is_balanced = balanced(part, '\'') && balanced(part, '"');
        if open.is_empty() {
            if is_balanced {
                children.push(part.to_owned());
            } else {
                part.clone_into(&mut open);
            }
        } else {
            open.push(',');
            open.push_str(part);
            if !is_balanced {
                children.push(std::mem::take(&mut open));
            }
        }
    }
    if !open.is_empty() {
        children.push(open);
    }
    let unquoted = |child: &String| {
        let child = child.trim();
        let name = if let Some(rest) = child.strip_prefix('\'') {
            rest.strip_suffix('\'').unwrap_or(rest)
        } else {
            let rest = child.strip_prefix('"').unwrap_or(child);
            rest.strip_suffix('"').unwrap_or(rest)
        };
        unescape(name)
    };
    children.iter().map(unquoted).collect()
}

fn balanced(text: &str, quote: char) -> bool {
    let (mut balanced, mut before) = (true, None);
    for character in text.chars() {
        if character == quote && before != Some('\\') {
            balanced = !balanced;
        }
        before = Some(character);
    }
    balanced
}

/// Drops the backslashes that escape; two of them are one.
fn unescape(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut escaped = false;
    for character in raw.chars() {
        if character == '\\' {
            if escaped {
                text.push(character);
            }
            escaped = !escaped;
            continue;
        }
        escaped = false;
        text.push(character);
    }
    text
}

#[cfg(test)]
mod tests;
