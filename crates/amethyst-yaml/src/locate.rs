//! Where a part of a document stands in its text.
//!
//! Documents carry no positions; faults are rare, so the text is read once more when one is told.

use amethyst_object::{FieldPath, PathElement};

use crate::Dialect;
use crate::grammar::Event;
use crate::parse::{Item, Place, Stream};

/// The line and column, from 1, of the value at `path` in document `document_index`; of the deepest part
/// of the path that is there when the rest is missing. `None` when there is no such document.
pub fn locate(text: &str, document_index: usize, path: &FieldPath) -> Option<(u32, u32)> {
    find(text, document_index, path, false)
}

/// As [`locate`], but of the key that leads to the value.
pub fn locate_key(text: &str, document_index: usize, path: &FieldPath) -> Option<(u32, u32)> {
    find(text, document_index, path, true)
}

fn find(text: &str, document_index: usize, path: &FieldPath, want_key: bool) -> Option<(u32, u32)> {
    let root = tree(text, document_index)?;
    let (mut node, mut place) = (&root, root.place);
    for element in path.elements() {
        let step = match (element, &node.parts) {
            (PathElement::Key(key) | PathElement::MapKey(key), Parts::Map(pairs)) => pairs
                .iter()
                .rfind(|pair| pair.0 == key.as_str())
                .map(|(_, key_place, value)| (*key_place, value)),
            (PathElement::Index(index), Parts::List(items)) => {
                items.get(*index).map(|item| (item.place, item))
            }
            _ => None,
        };
        let Some((key_place, value)) = step else { break };
        node = value;
        place = if want_key { key_place } else { value.place };
    }
    Some((place.line, place.column))
}

struct Node {
    place: Place,
    parts: Parts,
}

enum Parts {
    Leaf,
    List(Vec<Node>),
    Map(Vec<(String, Place, Node)>),
}

/// The positions of one document; an alias is a leaf where it stands.
fn tree(text: &str, document_index: usize) -> Option<Node> {
    let mut tree = Tree::default();
    for item in Stream::new(text, Dialect::GoV2) {
        match item {
            Item::Start => tree = Tree::default(),
            Item::Event(event, place) => tree.event(event, place),
            Item::End(index) if index == document_index => return tree.root,
            Item::Broken(index, _) if index == document_index => return None,
            Item::End(_) | Item::Broken(..) => {}
        }
    }
    None
}

#[derive(Default)]
struct Tree {
    root: Option<Node>,
    open: Vec<(Node, Option<(String, Place)>)>,
}

impl Tree {
    fn event(&mut self, event: Event<'_>, place: Place) {
        match event {
            Event::Scalar(text, ..) => {
                if let Some((Node { parts: Parts::Map(_), .. }, key @ None)) = self.open.last_mut() {
                    *key = Some((text.into_owned(), place));
                } else {
                    self.attach(Node { place, parts: Parts::Leaf });
                }
            }
            Event::Alias(_) => self.attach(Node { place, parts: Parts::Leaf }),
            Event::ListStart(_) => {
                self.open.push((Node { place, parts: Parts::List(Vec::new()) }, None));
            }
            Event::MapStart(_) => self.open.push((Node { place, parts: Parts::Map(Vec::new()) }, None)),
            Event::ListEnd | Event::MapEnd => {
                if let Some((node, _)) = self.open.pop() {
                    self.attach(node);
                }
            }
            Event::DocumentStart | Event::DocumentEnd | Event::StreamEnd => {}
        }
    }

    fn attach(&mut self, node: Node) {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some((Node { parts: Parts::List(items), .. }, _)) => items.push(node),
            Some((Node { parts: Parts::Map(pairs), .. }, key)) => match key.take() {
                Some((name, place)) => pairs.push((name, place, node)),
                // A list, a map or an alias as a key: it has no name, but takes its turn.
                None => *key = Some((String::new(), node.place)),
            },
            Some((Node { parts: Parts::Leaf, .. }, _)) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use amethyst_object::FieldPath;

    use super::{locate, locate_key};

    #[test]
    fn parts_are_found_where_they_stand() {
        let text = "# first\na: 1\n---\nspec:\n  list:\n  - name: x\n    port: 80\n  - y\n";
        let path = FieldPath::of(["spec", "list"]).index(0).child("port");
        assert_eq!(locate(text, 1, &path), Some((7, 11)));
        assert_eq!(locate_key(text, 1, &path), Some((7, 5)));
        assert_eq!(locate(text, 1, &path.child("deeper")), Some((7, 11)));
        assert_eq!(locate(text, 1, &FieldPath::of(["spec", "none"])), Some((5, 3)));
        assert_eq!(locate(text, 0, &FieldPath::of(["a"])), Some((2, 4)));
        assert_eq!(locate(text, 2, &FieldPath::default()), None);
    }
}
