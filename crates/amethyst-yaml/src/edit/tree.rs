//! Where the parts of one document begin and end, in bytes.

use amethyst_object::{FieldPath, PathElement};

use super::EditError;
use crate::Dialect;
use crate::grammar::{Event, Parser};
use crate::parse::{DEPTH_MAX, YamlFault};
use crate::scan::Style;

/// What stands at a spot. Parts are numbers of other spots.
pub(super) enum Kind {
    Scalar(Style),
    Alias,
    List(Vec<usize>),
    /// Keys and values.
    Map(Vec<(usize, usize)>),
}

/// A part of the document.
pub(super) struct Spot {
    pub(super) kind: Kind,
    /// Where it begins, behind its anchor and tag.
    pub(super) start: usize,
    /// Where it ends; of a list or a map in block style, where its last part ends.
    pub(super) end: usize,
    /// It has an anchor or a tag.
    pub(super) has_properties: bool,
    /// A list or a map in brackets, or something in one.
    pub(super) in_flow: bool,
    /// The text of a key.
    name: Option<String>,
}

/// The document; the first spot is its root.
pub(super) struct Tree {
    pub(super) spots: Vec<Spot>,
}

impl Style {
    pub(super) fn is_block(self) -> bool {
        matches!(self, Self::Literal | Self::Folded)
    }
}

impl Tree {
    /// The document with this number, if there is one.
    pub(super) fn of(text: &str, document_index: usize) -> Result<Option<Self>, EditError> {
        let base = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let mut parser = Parser::new(&text[base..], Dialect::GoV2);
        let (mut index, mut tree, mut open) = (0, Self { spots: Vec::new() }, Vec::new());
        loop {
            let (event, span) = parser.next().map_err(|problem| YamlFault::at_parser(&problem))?;
            match event {
                Event::StreamEnd => return Ok(None),
                Event::DocumentStart => {}
                Event::DocumentEnd if index == document_index => {
                    return Ok((!tree.spots.is_empty()).then_some(tree));
                }
                Event::DocumentEnd => index += 1,
                _ if index != document_index => {}
                Event::ListEnd | Event::MapEnd => {
                    tree.close(&mut open, base + span.end.index as usize);
                }
                event => {
                    let (start, end) = (base + span.start.index as usize, base + span.end.index as usize);
                    if open.len() > DEPTH_MAX {
                        let message = format!("exceeded max depth of {DEPTH_MAX}");
                        let (line, column) = (span.start.line + 1, span.start.column + 1);
                        return Err(YamlFault { message, line, column, go_line: None }.into());
                    }
                    tree.add(&mut open, text, event, start, end.max(start));
                }
            }
        }
    }

    fn add(
        &mut self,
        open: &mut Vec<(usize, Option<usize>)>,
        text: &str,
        event: Event<'_>,
        start: usize,
        end: usize,
    ) {
        let at = self.spots.len();
        let skipped = properties_length(&text[start..]);
        let around = open.last().is_some_and(|(parent, _)| self.spots[*parent].in_flow);
        let (kind, name, is_open) = match event {
            Event::Scalar(name, style, _) => (Kind::Scalar(style), Some(name.into_owned()), false),
            Event::ListStart(_) => (Kind::List(Vec::new()), None, true),
            Event::MapStart(_) => (Kind::Map(Vec::new()), None, true),
            _ => (Kind::Alias, None, false),
        };
        let start = (start + skipped).min(text.len());
        let in_flow = around || is_open && text[start..].starts_with(['[', '{']);
        let has_properties = skipped > 0;
        let end = match kind {
            Kind::Scalar(style) if style.is_block() => block_end(text, start, end),
            _ => end,
        };
        self.spots.push(Spot { kind, start, end: end.max(start), has_properties, in_flow, name });
        if let Some((parent, key)) = open.last_mut() {
            match &mut self.spots[*parent].kind {
                Kind::List(items) => items.push(at),
                Kind::Map(pairs) => match key.take() {
                    None => *key = Some(at),
                    Some(key) => pairs.push((key, at)),
                },
                Kind::Scalar(_) | Kind::Alias => {}
            }
        }
        if is_open {
            open.push((at, None));
        }
    }

    fn close(&mut self, open: &mut Vec<(usize, Option<usize>)>, end: usize) {
        let Some((at, _)) = open.pop() else { return };
        let inner = match &self.spots[at].kind {
            Kind::List(items) => items.last().map(|item| self.spots[*item].end),
            Kind::Map(pairs) => pairs.last().map(|pair| self.pair_end(*pair)),
            Kind::Scalar(_) | Kind::Alias => None,
        };
        let spot = &mut self.spots[at];
        spot.end = if spot.in_flow { end } else { inner.unwrap_or(end) };
    }

    /// Where a pair ends; a value that is not written ends where the key does, or its colon.
    pub(super) fn pair_end(&self, (key, value): (usize, usize)) -> usize {
        self.spots[value].end.max(self.spots[key].end)
    }

    /// The spots along the path, from the root on, as far as they are there.
    pub(super) fn walk(&self, path: &FieldPath) -> Vec<usize> {
        let mut reached = vec![0];
        for element in path.elements() {
            let at = reached[reached.len() - 1];
            let next = match (element, &self.spots[at].kind) {
                (PathElement::Key(key) | PathElement::MapKey(key), Kind::Map(_)) => {
                    self.pair(at, key).map(|(_, value)| value)
                }
                (PathElement::Index(index), Kind::List(items)) => items.get(*index).copied(),
                _ => None,
            };
            match next {
                Some(next) => reached.push(next),
                None => break,
            }
        }
        reached
    }

    /// The last pair with this key.
    pub(super) fn pair(&self, map: usize, key: &str) -> Option<(usize, usize)> {
        let Kind::Map(pairs) = &self.spots[map].kind else { return None };
        pairs.iter().copied().rfind(|(name, _)| self.spots[*name].name.as_deref() == Some(key))
    }
}

/// Where the last line of a block scalar ends; empty lines behind it belong to it only if it keeps them.
fn block_end(text: &str, start: usize, end: usize) -> usize {
    let body = text.get(start..end).unwrap_or_default();
    let header = body.lines().next().unwrap_or_default();
    if header.split('#').next().unwrap_or_default().contains('+') {
        return end;
    }
    let length = start + body.trim_end().len();
    text[length..end].find('\n').map_or(end, |found| length + found + 1)
}

/// The bytes of an anchor and a tag before a part.
fn properties_length(text: &str) -> usize {
    let mut rest = text;
    while rest.starts_with(['&', '!']) {
        rest = rest.trim_start_matches(|character: char| !character.is_whitespace()).trim_start_matches(' ');
    }
    text.len() - rest.len()
}
