//! The comments of a file and what they are about, as go-yaml v3 sees it.
//!
//! Only who asks pays: the reader of documents passes comments over.

use std::ops::Range;

use amethyst_object::{FieldPath, Str};

use crate::grammar::Event;
use crate::parse::{Item, Stream};

/// What a comment is to the part that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CommentSide {
    /// It stands above.
    Head,
    /// It stands behind, on the same line.
    Line,
    /// It stands below, before an empty line or less indented than what follows.
    Foot,
}

/// One line of a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment<'t> {
    /// The comment with its `#`.
    pub text: &'t str,
    /// Where it stands, in bytes.
    pub span: Range<usize>,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// The document it is in, from 0; empty and broken ones count.
    pub document_index: usize,
    /// The part it is about; the empty path is the whole document.
    pub path: FieldPath,
    /// What it is to that part.
    pub side: CommentSide,
}

/// All comments of a text in the order in which their parts stand. Of a broken document those before the fault are
/// found, of the others all.
pub fn comments(text: &str) -> Vec<Comment<'_>> {
    let mut stream = Stream::with_comments(text);
    let (mut walk, mut found, mut document_index) = (Walk::default(), Vec::new(), 0);
    while let Some(item) = stream.next() {
        let said = stream.take_comments();
        let step = match &item {
            Item::Start => {
                walk = Walk::default();
                Step::default()
            }
            Item::Event(event, _) => walk.step(event),
            Item::End(_) | Item::Broken(..) => Step::default(),
        };
        found.extend(said.into_iter().map(|(side, place, span)| {
            let path = match (side, &step.foot) {
                (CommentSide::Foot, Some(before)) => before.clone(),
                _ => step.path.clone(),
            };
            let text = &text[span.clone()];
            let (line, column) = (place.line, place.column);
            Comment { text, span, line, column, document_index, path, side }
        }));
        if let Item::End(index) | Item::Broken(index, _) = item {
            document_index = index + 1;
        }
    }
    found
}

/// Where an event is.
#[derive(Default)]
struct Step {
    path: FieldPath,
    /// A foot here is that of another part.
    foot: Option<FieldPath>,
}

/// The way through a document.
#[derive(Default)]
struct Walk {
    path: FieldPath,
    open: Vec<Open>,
}

struct Open {
    is_map: bool,
    role: Role,
    index: usize,
    /// The key whose value comes next is on the path.
    has_key: bool,
    last_key: Option<Str>,
}

/// What a part is in the one around it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Root,
    Item,
    Key,
    Value,
}

impl Walk {
    fn step(&mut self, event: &Event<'_>) -> Step {
        let is_map = match event {
            Event::ListEnd | Event::MapEnd => return self.close(),
            Event::Scalar(..) | Event::Alias(_) => None,
            Event::MapStart(_) => Some(true),
            _ => Some(false),
        };
        let (role, foot) = self.enter(event);
        let step = Step { path: self.path.clone(), foot };
        match is_map {
            Some(is_map) => {
                self.open.push(Open { is_map, role, index: 0, has_key: false, last_key: None });
            }
            None => self.leave(role),
        }
        step
    }

    /// Puts the part on the path. A foot at a key is that of the pair before.
    fn enter(&mut self, event: &Event<'_>) -> (Role, Option<FieldPath>) {
        let Some(open) = self.open.last_mut() else { return (Role::Root, None) };
        if !open.is_map {
            self.path.push_index(open.index);
            open.index += 1;
            return (Role::Item, None);
        }
        if open.has_key {
            return (Role::Value, None);
        }
        let name: Str = match event {
            Event::Scalar(name, ..) | Event::Alias(name) => name.as_ref().into(),
            _ => "".into(),
        };
        let before = open.last_key.replace(name.clone()).map(|before| self.path.child(before));
        open.has_key = true;
        self.path.push_key(name);
        (Role::Key, before)
    }

    fn leave(&mut self, role: Role) {
        if matches!(role, Role::Item | Role::Value) {
            self.path.pop();
        }
        if role == Role::Value
            && let Some(open) = self.open.last_mut()
        {
            open.has_key = false;
        }
    }

    /// A foot at the end of a map is that of its last pair.
    fn close(&mut self) -> Step {
        let Some(Open { role, last_key, .. }) = self.open.pop() else { return Step::default() };
        let step = Step { path: self.path.clone(), foot: last_key.map(|key| self.path.child(key)) };
        self.leave(role);
        step
    }
}

#[cfg(test)]
mod tests {
    use super::{CommentSide, comments};

    #[test]
    fn comments_belong_to_parts() {
        // What go-yaml v3 hangs on its nodes.
        let text = "# top\n\n# of a\na: 1 # behind é\nb:\n  # of the item\n  - x: 1 # x\n  # below\n\n\
                    c: \"# no comment\"\n# end\n---\nd: |\n  # text\n";
        let found: Vec<_> = comments(text)
            .into_iter()
            .map(|said| {
                assert_eq!(&text[said.span.clone()], said.text);
                (said.line, said.column, said.side, said.path.to_string(), said.text.to_owned())
            })
            .collect();
        let expect = [
            (1, 1, CommentSide::Head, "", "# top"),
            (3, 1, CommentSide::Head, "a", "# of a"),
            (4, 6, CommentSide::Line, "a", "# behind é"),
            (6, 3, CommentSide::Head, "b[0]", "# of the item"),
            (7, 10, CommentSide::Line, "b[0].x", "# x"),
            (8, 3, CommentSide::Foot, "b", "# below"),
            (11, 1, CommentSide::Foot, "", "# end"),
        ];
        let expect = expect
            .map(|(line, column, side, path, text)| (line, column, side, path.to_owned(), text.to_owned()));
        assert_eq!(found, expect);
    }
}
