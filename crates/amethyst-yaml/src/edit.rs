//! Changes to a file that keep the rest of its bytes: comments, order, quotes.

use amethyst_object::{FieldPath, PathElement, Value};

use crate::Dialect;
use crate::emit::write_value;
use crate::grammar::{Event, Parser};
use crate::parse::{YamlFault, parse_all};
use crate::scan::Style;
use crate::write::Writer;

/// Why a change cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The text is not YAML.
    #[error(transparent)]
    Broken(#[from] YamlFault),
    /// There is no such document.
    #[error("there is no document {0}")]
    NoDocument(usize),
    /// The path leads nowhere.
    #[error("there is nothing at `{0}`")]
    NotFound(FieldPath),
    /// A list, a map or an alias stands there.
    #[error("what stands at `{0}` is no scalar")]
    NotScalar(FieldPath),
    /// The new value is a list or a map, or would change more than what stands at the path.
    #[error("the value at `{0}` cannot be changed in its place")]
    Unfit(FieldPath),
}

/// Sets the scalar at `path` of document `document_index` (from 0, empty ones count), and changes no other
/// byte. A string keeps the quotes of the one before it where it can.
pub fn set(text: &str, document_index: usize, path: &FieldPath, value: &Value) -> Result<String, EditError> {
    let unfit = || EditError::Unfit(path.clone());
    if matches!(value, Value::Array(_) | Value::Object(_)) {
        return Err(unfit());
    }
    let found = find(text, document_index, path)?;
    let written = write(value, &found);
    let mut changed = String::with_capacity(text.len() + written.len());
    changed.push_str(&text[..found.start]);
    changed.push_str(&written);
    changed.push_str(&text[found.end..]);
    // What was meant, and nothing else, must have changed: an anchor's value would change its aliases'.
    let documents = |text: &str| parse_all(text, Dialect::GoV2).0;
    let (mut expected, got) = (documents(text), documents(&changed));
    let document = expected.iter_mut().find(|found| found.index == document_index).ok_or_else(unfit)?;
    *place_mut(&mut document.value, path).ok_or_else(unfit)? = value.clone();
    let same = expected.len() == got.len()
        && expected.iter().zip(&got).all(|(a, b)| (a.index, &a.value) == (b.index, &b.value));
    if same { Ok(changed) } else { Err(unfit()) }
}

/// A scalar in the text.
struct Found {
    start: usize,
    end: usize,
    style: Style,
    in_flow: bool,
}

/// A list or a map that is being walked through.
struct Open {
    /// Its parts may be on the path: how many elements lead to it.
    depth: Option<usize>,
    is_map: bool,
    is_flow: bool,
    index: usize,
    /// The key whose value comes next leads on.
    key_leads: Option<bool>,
}

fn find(text: &str, document_index: usize, path: &FieldPath) -> Result<Found, EditError> {
    let base = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut parser = Parser::new(&text[base..], Dialect::GoV2);
    let (mut index, mut open, mut found): (_, Vec<Open>, _) = (0, Vec::new(), None);
    loop {
        let (event, span) = parser.next().map_err(|problem| YamlFault::at_parser(&problem))?;
        let depth = match event {
            Event::StreamEnd => return Err(EditError::NoDocument(document_index)),
            Event::DocumentStart => continue,
            Event::DocumentEnd if index == document_index => {
                return found.unwrap_or_else(|| Err(EditError::NotFound(path.clone())));
            }
            Event::DocumentEnd => {
                index += 1;
                continue;
            }
            Event::ListEnd | Event::MapEnd => {
                open.pop();
                continue;
            }
            _ if index != document_index => None,
            _ => step(&mut open, &event, path),
        };
        let is_target = index == document_index && depth == Some(path.elements().len());
        let (start, end) = (base + span.start.index as usize, base + span.end.index as usize);
        let in_flow = open.last().is_some_and(|open| open.is_flow);
        match event {
            Event::Scalar(_, style, _) if is_target => {
                let start = start + properties_length(&text[start..end.max(start)]);
                found = Some(Ok(Found { start, end: end.max(start), style, in_flow }));
            }
            Event::ListStart(_) | Event::MapStart(_) => {
                if is_target {
                    found = Some(Err(EditError::NotScalar(path.clone())));
                }
                let is_map = matches!(event, Event::MapStart(_));
                let is_flow = in_flow || text[start..].starts_with(['[', '{']);
                open.push(Open { depth, is_map, is_flow, index: 0, key_leads: None });
            }
            Event::Alias(_) if is_target => found = Some(Err(EditError::NotScalar(path.clone()))),
            _ => {}
        }
    }
}

/// How many elements of the path lead to the node of this event; `None` when it is not on the path, or a key.
fn step(open: &mut [Open], event: &Event<'_>, path: &FieldPath) -> Option<usize> {
    let Some(parent) = open.last_mut() else { return Some(0) };
    let element = parent.depth.and_then(|depth| path.elements().get(depth));
    if !parent.is_map {
        parent.index += 1;
        let leads = matches!(element, Some(PathElement::Index(index)) if *index + 1 == parent.index);
        return parent.depth.filter(|_| leads).map(|depth| depth + 1);
    }
    if let Some(leads) = parent.key_leads.take() {
        return parent.depth.filter(|_| leads).map(|depth| depth + 1);
    }
    let key = if let Event::Scalar(text, ..) = event { Some(text.as_ref()) } else { None };
    parent.key_leads = Some(match element {
        Some(PathElement::Key(name) | PathElement::MapKey(name)) => key == Some(name.as_str()),
        _ => false,
    });
    None
}

/// The bytes of an anchor and a tag before a scalar.
fn properties_length(text: &str) -> usize {
    let mut rest = text;
    while rest.starts_with(['&', '!']) {
        rest = rest.trim_start_matches(|character: char| !character.is_whitespace()).trim_start_matches(' ');
    }
    text.len() - rest.len()
}

fn write(value: &Value, found: &Found) -> String {
    let mut writer = Writer::indented();
    let mut text = match (value, found.style) {
        (Value::String(text), Style::SingleQuoted) if writer.can_single_quote(text) => {
            format!("'{}'", text.replace('\'', "''"))
        }
        (Value::String(text), Style::DoubleQuoted) => writer.in_double_quotes(text),
        (Value::String(text), _) => {
            let written = writer.on_one_line(text);
            let is_bare = !written.starts_with(['"', '\'']);
            if found.in_flow && is_bare && written.contains([',', '[', ']', '{', '}', '?', ':']) {
                format!("'{}'", written.replace('\'', "''"))
            } else {
                written
            }
        }
        _ => {
            write_value(&mut writer, value);
            writer.finish().trim_end().to_owned()
        }
    };
    if found.start == found.end {
        text.insert(0, ' ');
    }
    if matches!(found.style, Style::Literal | Style::Folded) {
        text.push('\n');
    }
    text
}

fn place_mut<'v>(value: &'v mut Value, path: &FieldPath) -> Option<&'v mut Value> {
    path.elements().iter().try_fold(value, |value, element| match (element, value) {
        (PathElement::Key(key) | PathElement::MapKey(key), Value::Object(map)) => map.get_mut(key),
        (PathElement::Index(index), Value::Array(items)) => items.get_mut(*index),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
