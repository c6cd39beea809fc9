//! The steps through a document.

use std::borrow::Cow;

/// A place in the text; both count from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
    Folded,
}

/// An anchor and a tag; a tag in its long form, as `tag:yaml.org,2002:str` or `!local`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Properties<'a> {
    pub(crate) anchor: Option<Cow<'a, str>>,
    pub(crate) tag: Option<Cow<'a, str>>,
}

/// A node, or the end of a list or a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event<'a> {
    Scalar(Cow<'a, str>, Style, Properties<'a>),
    Alias(Cow<'a, str>),
    ListStart(Properties<'a>),
    ListEnd,
    MapStart(Properties<'a>),
    MapEnd,
}
