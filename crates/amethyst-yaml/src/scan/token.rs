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
    /// A scalar's text, an anchor's name, a version; a handle, a NUL and a tag's suffix or the prefix that a
    /// directive gives the handle.
    pub(crate) value: Cow<'a, str>,
}

impl Token<'_> {
    /// The two parts of a tag or of its directive.
    pub(crate) fn handle_and_suffix(&self) -> (&str, &str) {
        self.value.split_once('\0').unwrap_or((&self.value, ""))
    }

    #[inline]
    pub(crate) fn bare(kind: Kind, start: Mark, end: Mark) -> Self {
        Token { kind, start, end, value: Cow::Borrowed("") }
    }
}
