//! Tokens.

use std::borrow::Cow;

use super::Mark;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    StreamEnd,
    VersionDirective,
    TagDirective,
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias,
    Anchor,
    Tag,
    Scalar(Style),
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
    Folded,
}

/// One token.
#[derive(Clone, Debug)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) start: Mark,
    pub(crate) end: Mark,
    /// A scalar's text, an anchor's name, a tag's handle, or a version.
    pub(crate) value: Cow<'a, str>,
    /// A tag's suffix, or the prefix that a directive gives a handle.
    pub(crate) suffix: Option<Box<str>>,
}

impl Token<'_> {
    #[inline]
    pub(crate) fn bare(kind: Kind, start: Mark, end: Mark) -> Self {
        Token { kind, start, end, value: Cow::Borrowed(""), suffix: None }
    }
}
