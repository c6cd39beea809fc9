//! Places in the text, and what is wrong there.

use std::borrow::Cow;

/// A place in the text; all count from 0, index and column in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) index: u32,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// A syntax error.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) message: Cow<'static, str>,
    /// Where it was noticed.
    pub(crate) mark: Mark,
    /// Where that began which could not be read.
    pub(crate) context: Option<Mark>,
    /// The scanner noticed it: go-yaml counts its lines from 1, the parser's from 0.
    pub(crate) is_scanner: bool,
}

impl Problem {
    #[cold]
    #[expect(clippy::unnecessary_box_returns, reason = "results stay small")]
    pub(crate) fn scanner(context: Mark, mark: Mark, message: impl Into<Cow<'static, str>>) -> Box<Self> {
        Box::new(Self { message: message.into(), mark, context: Some(context), is_scanner: true })
    }

    #[cold]
    #[expect(clippy::unnecessary_box_returns, reason = "results stay small")]
    pub(crate) fn parser(context: Option<Mark>, mark: Mark, message: &'static str) -> Box<Self> {
        Box::new(Self { message: message.into(), mark, context, is_scanner: false })
    }
}
