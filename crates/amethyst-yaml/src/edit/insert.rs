//! What is missing, added behind what is there.

use amethyst_object::{PathElement, Value};

use super::tree::Kind;
use super::{Edit, EditError, written};

/// How much deeper the parts of a new list or map stand.
const STEP: usize = 2;

impl Edit<'_> {
    /// Adds the value below the spot that the first `depth` elements of the path lead to.
    pub(super) fn insert(&self, at: usize, depth: usize, value: &Value) -> Result<String, EditError> {
        let elements = self.path.elements();
        let (Some(element), rest) = (elements.get(depth), elements.get(depth + 1..).unwrap_or_default())
        else {
            return Err(self.unfit(at));
        };
        let value = self.wrapped(rest, value)?;
        match (&self.spot(at).kind, element) {
            (Kind::Map(pairs), PathElement::Key(key) | PathElement::MapKey(key)) => {
                let last = pairs.last().map(|pair| self.tree.pair_end(*pair));
                let column = pairs.first().map(|(key, _)| self.spot(*key).start);
                self.append(at, last, column, &Part::Pair(key, &value))
            }
            (Kind::List(items), PathElement::Index(index)) if *index == items.len() => {
                let last = items.last().map(|item| self.spot(*item).end);
                self.append(at, last, self.dash(at), &Part::Item(&value))
            }
            (Kind::List(_), PathElement::Index(_)) => Err(EditError::NotFound(self.path.clone())),
            (Kind::Scalar(_), PathElement::Key(key) | PathElement::MapKey(key)) if self.is_null(at) => {
                self.fill_null(at, &Part::Pair(key, &value))
            }
            (Kind::Scalar(_), PathElement::Index(0)) if self.is_null(at) => {
                self.fill_null(at, &Part::Item(&value))
            }
            _ => {
                let (line, column) = self.place(self.spot(at).start);
                let mut path = amethyst_object::FieldPath::default();
                for element in elements.iter().take(depth) {
                    match element {
                        PathElement::Key(key) => path.push_key(key.clone()),
                        PathElement::MapKey(key) => path.push_map_key(key.clone()),
                        PathElement::Index(index) => path.push_index(*index),
                    }
                }
                Err(EditError::NoParts { path, line, column })
            }
        }
    }

    /// The value with the lists and maps that lead to it.
    fn wrapped(&self, path: &[PathElement], value: &Value) -> Result<Value, EditError> {
        path.iter().rev().try_fold(value.clone(), |value, element| match element {
            PathElement::Key(key) | PathElement::MapKey(key) => {
                let mut map = amethyst_object::Map::new();
                map.insert(key.clone(), value);
                Ok(Value::Object(map))
            }
            PathElement::Index(0) => Ok(Value::Array(vec![value])),
            PathElement::Index(_) => Err(EditError::NotFound(self.path.clone())),
        })
    }

    /// Adds a part to a list or a map whose last part ends at `last` and whose parts begin below `column`.
    fn append(
        &self,
        at: usize,
        last: Option<usize>,
        column: Option<usize>,
        part: &Part<'_>,
    ) -> Result<String, EditError> {
        let spot = self.spot(at);
        if spot.in_flow {
            return Ok(match last {
                Some(last) => self.splice(last, last, &format!(", {}", part.in_flow())),
                None => self.splice(spot.start + 1, spot.start + 1, &part.in_flow()),
            });
        }
        let (Some(last), Some(column)) = (last, column) else { return Err(self.unfit(at)) };
        let line = &self.text[..column];
        let indent = line.rsplit(['\n', '\r', '\u{feff}']).next().unwrap_or_default().chars().count();
        Ok(self.lines_behind(last, indent, part))
    }

    /// Puts lines behind the line that ends at `end` or goes on from there.
    fn lines_behind(&self, end: usize, indent: usize, part: &Part<'_>) -> String {
        let line_break = self.line_break();
        let before = &self.text[..end];
        let at = if before.ends_with('\n') {
            end
        } else {
            self.text[end..].find('\n').map_or(self.text.len(), |found| end + found + 1)
        };
        let mut lines = String::new();
        let is_open = !self.text[..at].ends_with('\n');
        for line in part.in_block().lines() {
            if is_open {
                lines.push_str(line_break);
            }
            if !line.is_empty() {
                lines.extend(std::iter::repeat_n(' ', indent));
            }
            lines.push_str(line);
            if !is_open {
                lines.push_str(line_break);
            }
        }
        self.splice(at, at, &lines)
    }

    /// Where the first dash of a list in block style stands.
    fn dash(&self, at: usize) -> Option<usize> {
        let start = self.spot(at).start;
        let mut offset = start;
        for line in self.text[start..].split_inclusive('\n') {
            let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
            let rest = &line[blanks..];
            if rest.starts_with('-') {
                return Some(offset + blanks);
            }
            if !(rest.trim().is_empty() || rest.starts_with('#')) {
                return None;
            }
            offset += line.len();
        }
        None
    }

    fn is_null(&self, at: usize) -> bool {
        let spot = self.spot(at);
        let text = &self.text[spot.start..spot.end];
        !spot.has_properties && at > 0 && matches!(text, "" | "~" | "null" | "Null" | "NULL")
    }

    /// Makes a list or a map of a null.
    fn fill_null(&self, at: usize, part: &Part<'_>) -> Result<String, EditError> {
        let spot = self.spot(at);
        let (start, end) = (spot.start, spot.end);
        if spot.in_flow {
            let space = if self.text[..start].ends_with(' ') { "" } else { " " };
            return Ok(self.splice(start, end, &format!("{space}{}", part.alone_in_flow())));
        }
        let line_start = self.text[..start].rfind('\n').map_or(0, |found| found + 1);
        let head = &self.text[line_start..start];
        // What stands before is `key:`, or dashes and a key, or a dash: the parts go deeper than the last of these.
        let marks = head.trim_start_matches('\u{feff}');
        let body = marks.trim_start_matches([' ', '-']);
        let indent = if body.trim().is_empty() {
            marks.rfind('-').ok_or_else(|| self.unfit(at))?
        } else {
            marks.len() - body.len()
        };
        let blanks = head.len() - head.trim_end_matches(' ').len();
        let is_last =
            self.text[end..].trim_start_matches(' ').starts_with(['\n', '\r']) || end == self.text.len();
        let from = if is_last || self.text[end..].starts_with(' ') { start - blanks } else { start };
        let emptied = Edit {
            text: &self.splice(from, end, ""),
            tree: super::Tree { spots: Vec::new() },
            document_index: self.document_index,
            path: self.path,
        };
        Ok(emptied.lines_behind(from, indent + STEP, part))
    }
}

/// What is added.
enum Part<'v> {
    Pair(&'v str, &'v Value),
    Item(&'v Value),
}

impl Part<'_> {
    fn in_flow(&self) -> String {
        match self {
            Self::Pair(key, value) => format!("{}: {}", written::string(key, true), written::flow(value)),
            Self::Item(value) => written::flow(value),
        }
    }

    fn alone_in_flow(&self) -> String {
        match self {
            Self::Pair(..) => format!("{{{}}}", self.in_flow()),
            Self::Item(_) => format!("[{}]", self.in_flow()),
        }
    }

    fn in_block(&self) -> String {
        match self {
            Self::Pair(key, value) => {
                let mut map = amethyst_object::Map::new();
                map.insert(*key, (*value).clone());
                written::block(&Value::Object(map))
            }
            Self::Item(value) => written::block(&Value::Array(vec![(*value).clone()])),
        }
    }
}
