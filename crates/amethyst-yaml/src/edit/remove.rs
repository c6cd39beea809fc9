//! What is there, taken out with its lines.

use amethyst_object::PathElement;

use super::tree::Kind;
use super::{Edit, EditError};

/// A part of a list or a map, from its key or its dash to its end.
#[derive(Clone, Copy)]
struct Extent {
    start: usize,
    end: usize,
}

impl Edit<'_> {
    /// Takes a part out of its list or map.
    pub(super) fn remove(&self, parent: usize, element: &PathElement) -> Result<String, EditError> {
        let spot = self.spot(parent);
        let parts = self.extents(parent).ok_or_else(|| self.unfit(parent))?;
        let number = match (&spot.kind, element) {
            (Kind::Map(pairs), PathElement::Key(key) | PathElement::MapKey(key)) => {
                self.tree.pair(parent, key).and_then(|pair| pairs.iter().position(|other| *other == pair))
            }
            (Kind::List(_), PathElement::Index(index)) => Some(*index),
            _ => None,
        };
        let Some((number, part)) = number.and_then(|number| Some((number, *parts.get(number)?))) else {
            return Err(EditError::NotFound(self.path.clone()));
        };
        let next = parts.get(number + 1);
        if spot.in_flow {
            let (from, to) = match (number.checked_sub(1).and_then(|before| parts.get(before)), next) {
                (_, Some(next)) => (part.start, next.start),
                (Some(before), None) => (before.end, part.end),
                (None, None) => (part.start, part.end),
            };
            if self.text[from..to].contains('#') && self.text[from..to].contains('\n') {
                return Err(self.unfit(parent));
            }
            return Ok(self.splice(from, to, ""));
        }
        if parts.len() == 1 {
            let empty = if matches!(spot.kind, Kind::Map(_)) { "{}" } else { "[]" };
            let kept = self.text[..part.end].ends_with('\n');
            let line_break = if kept { self.line_break() } else { "" };
            return Ok(self.splice(part.start, part.end, &format!("{empty}{line_break}")));
        }
        let line_start = self.text[..part.start].rfind('\n').map_or(0, |found| found + 1);
        let before = self.text[line_start..part.start].trim_start_matches('\u{feff}');
        let line_end = self.line_end(part.end);
        if before.trim().is_empty() {
            let from = part.start - before.len();
            // The last line of a text may have no end, and then the one before it gets none.
            let ends_open = line_end == self.text.len() && !self.text.ends_with('\n');
            let from = if ends_open { self.text[..from].trim_end_matches(['\n', '\r']).len() } else { from };
            return Ok(self.splice(from, line_end, ""));
        }
        // Something stands before it on its line: what comes next moves up there.
        let blanks = self.text[line_end..].len() - self.text[line_end..].trim_start_matches(' ').len();
        Ok(self.splice(part.start, line_end + blanks, ""))
    }

    /// The end of the line that `end` is on, or `end` if a line ends there.
    fn line_end(&self, end: usize) -> usize {
        if self.text[..end].ends_with('\n') {
            return end;
        }
        self.text[end..].find('\n').map_or(self.text.len(), |found| end + found + 1)
    }

    fn extents(&self, parent: usize) -> Option<Vec<Extent>> {
        let spot = self.spot(parent);
        match &spot.kind {
            Kind::Map(pairs) => {
                let extent = |pair: &(usize, usize)| {
                    let key = self.spot(pair.0);
                    // An anchor or a tag would stay.
                    (!key.has_properties).then(|| Extent { start: key.start, end: self.tree.pair_end(*pair) })
                };
                pairs.iter().map(extent).collect()
            }
            Kind::List(items) => {
                let mut from = spot.start;
                let extent = |item: &usize| {
                    let item = self.spot(*item);
                    let start = if spot.in_flow { item.start } else { self.dash_before(from, item.start)? };
                    from = item.end;
                    (!item.has_properties).then_some(Extent { start, end: item.end })
                };
                items.iter().map(extent).collect()
            }
            Kind::Scalar(_) | Kind::Alias => None,
        }
    }

    /// The dash of an item between the end of the one before and its own beginning.
    fn dash_before(&self, from: usize, to: usize) -> Option<usize> {
        let mut offset = from.min(to);
        // What is left of the line before may be a comment.
        let mut is_line_start = self.text[..offset].ends_with('\n') || offset == self.spot(0).start;
        for line in self.text[offset..to].split_inclusive('\n') {
            let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
            if line[blanks..].starts_with('-') && (is_line_start || offset == from) {
                return Some(offset + blanks);
            }
            is_line_start = true;
            offset += line.len();
        }
        None
    }
}
