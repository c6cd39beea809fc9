//! Documents as trees of nodes that know where they stand and how they were written: what go-yaml's decoder
//! works on.
//!
//! The reader of documents ([`crate::parse_all`]) makes no such trees. They are for who must know more than
//! a document says: the types that Go decodes into, keys that are no strings, the place of every part, and
//! which of several faults Go comes upon first.

mod any;
mod decode;
mod map;
mod read;

use std::sync::Arc;

use amethyst_object::Str;

use crate::Dialect;
use crate::parse::Place;
use crate::scan::Style;
pub use any::{Any, AnyKey, AnyMap};
pub(crate) use decode::{Decoded, Decoder, Failure};
pub use decode::{NodeFault, decode};
pub(crate) use read::Trees;
pub use read::parse_nodes;

/// A part of a document.
#[derive(Debug)]
pub struct Node {
    place: Place,
    /// How deep lists, maps and aliases nest in it.
    depth: usize,
    /// The tag that is written, in its long form.
    tag: Option<String>,
    pub(crate) part: Part,
}

/// What a part is.
#[derive(Debug)]
pub(crate) enum Part {
    Scalar(Str, Style),
    /// The name, and what it stands for.
    Alias(Str, Target),
    List(Vec<Arc<Node>>),
    Map(Vec<(Arc<Node>, Arc<Node>)>),
}

/// What an alias stands for.
#[derive(Debug)]
pub(crate) enum Target {
    Node(Arc<Node>),
    /// A part that the alias is in.
    Around {
        is_map: bool,
    },
}

/// What stands at a node, aliases followed.
#[derive(Clone, Copy, Debug)]
pub enum View<'n> {
    /// A scalar's text.
    Scalar(&'n Str),
    /// A list's items.
    List(&'n [Arc<Node>]),
    /// A map's pairs in their order, merges (`<<`) and duplicates among them.
    Map(&'n [(Arc<Node>, Arc<Node>)]),
    /// An alias of a part that it is in.
    Circle,
}

const CORE: &str = "tag:yaml.org,2002:";

/// What a plain scalar without a tag is to Go.
pub fn plain(text: &str, dialect: Dialect) -> Any {
    let content = crate::parse::Content::Resolved(crate::resolve::resolve(text, dialect));
    any::of_content(&content, &text.into(), dialect)
}

impl Node {
    /// The line, from 1.
    pub fn line(&self) -> u32 {
        self.place.line
    }

    /// The column in characters, from 1.
    pub fn column(&self) -> u32 {
        self.place.column
    }

    /// What stands here; behind an alias, what it stands for.
    pub fn view(&self) -> View<'_> {
        match &self.part {
            Part::Scalar(text, _) => View::Scalar(text),
            Part::List(items) => View::List(items),
            Part::Map(pairs) => View::Map(pairs),
            Part::Alias(_, Target::Node(target)) => target.view(),
            Part::Alias(_, Target::Around { .. }) => View::Circle,
        }
    }

    /// What a scalar is to Go; `None` for anything else and for what does not fit its tag.
    pub fn scalar(&self, dialect: Dialect) -> Option<Any> {
        match &self.part {
            Part::Scalar(text, _) => {
                self.content(text, dialect).ok().map(|content| any::of_content(&content, text, dialect))
            }
            Part::Alias(_, Target::Node(target)) => target.scalar(dialect),
            _ => None,
        }
    }

    /// The node itself, or what it stands for if it is an alias; `None` for an alias of a part that it is in.
    pub fn target(self: &Arc<Self>) -> Option<Arc<Self>> {
        match &self.part {
            Part::Alias(_, Target::Node(target)) => Some(Arc::clone(target)),
            Part::Alias(_, Target::Around { .. }) => None,
            _ => Some(Arc::clone(self)),
        }
    }

    /// go-yaml's short name of the tag, as `!!str`; of an alias that of what it stands for.
    pub fn tag(&self, dialect: Dialect) -> String {
        match (&self.tag, &self.part) {
            (Some(tag), _) if tag != "!" => match tag.strip_prefix(CORE) {
                Some(name) => format!("!!{name}"),
                None => tag.clone(),
            },
            (_, Part::Scalar(text, style)) => {
                if self.is_merge(dialect) {
                    return "!!merge".to_owned();
                }
                match style {
                    Style::Plain => crate::resolve::resolve(text, dialect).tag().to_owned(),
                    _ => "!!str".to_owned(),
                }
            }
            (_, Part::Map(_) | Part::Alias(_, Target::Around { is_map: true })) => "!!map".to_owned(),
            (_, Part::List(_) | Part::Alias(_, Target::Around { .. })) => "!!seq".to_owned(),
            (_, Part::Alias(_, Target::Node(target))) => target.tag(dialect),
        }
    }

    /// Whether it is a key whose value is merged into its map.
    pub fn is_merge(&self, dialect: Dialect) -> bool {
        matches!(&self.part, Part::Scalar(text, style)
            if text == "<<" && crate::parse::is_merge(*style == Style::Plain, self.tag.as_deref(), dialect))
    }

    fn content(&self, text: &str, dialect: Dialect) -> Result<crate::parse::Content, String> {
        let Part::Scalar(_, style) = &self.part else { return Ok(crate::parse::Content::Tagged) };
        crate::parse::resolve_tagged(text, *style == Style::Plain, self.tag.as_deref(), dialect)
    }

    /// Whether a merge takes it.
    fn is_map(&self) -> bool {
        match &self.part {
            Part::Map(_) | Part::Alias(_, Target::Around { is_map: true }) => true,
            Part::Alias(_, Target::Node(target)) => target.is_map(),
            _ => false,
        }
    }
}
