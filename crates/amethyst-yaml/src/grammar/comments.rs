//! Which event a comment goes to: go-yaml v3's parser.

use super::{Kind, Mark, Parser, Problem, Step};
use crate::scan::{CommentLine, CommentLines, Side};

/// The comments of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) head: CommentLines,
    pub(crate) line: CommentLines,
    pub(crate) foot: CommentLines,
}

/// Comments on their way from tokens to events.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// Those of the tokens that no event has taken yet.
    waiting: Said,
    /// The head of a list's item, when a list or a map begins in it.
    stem: CommentLines,
    /// Those of the last event.
    said: Said,
    /// An error that go-yaml forgets until the event is complete.
    forgotten: Option<Box<Problem>>,
}

impl<'a> Parser<'a> {
    /// As [`Parser::new`] for go-yaml v3, and keeps comments.
    pub(crate) fn with_comments(text: &'a str) -> Self {
        let mut parser = Self::new(text, crate::Dialect::GoV3);
        parser.scanner.keep_comments();
        parser.notes = Some(Box::default());
        parser
    }

    /// The comments of the last event.
    pub(crate) fn take_said(&mut self) -> Said {
        self.notes.as_mut().map(|notes| std::mem::take(&mut notes.said)).unwrap_or_default()
    }

    /// The token that was peeked at takes what stands before it.
    #[cold]
    pub(super) fn gather_comments(&mut self, kind: Kind, start: Mark) {
        let Some(notes) = &mut self.notes else { return };
        while let Some(found) = self.scanner.take_comment(kind, start) {
            let waiting = match found.side {
                Side::Head => &mut notes.waiting.head,
                Side::Line => &mut notes.waiting.line,
                Side::Foot => &mut notes.waiting.foot,
            };
            waiting.extend(found.lines);
        }
    }

    /// The event at hand takes all that waits.
    #[inline]
    pub(super) fn set_comments(&mut self) {
        if let Some(notes) = &mut self.notes {
            notes.said = std::mem::take(&mut notes.waiting);
            notes.stem.clear();
        }
    }

    /// A document's end has no head.
    #[inline]
    pub(super) fn set_comments_of_document_end(&mut self) {
        self.set_comments();
        if let Some(notes) = &mut self.notes
            && notes.said.foot.is_empty()
        {
            notes.said.foot = std::mem::take(&mut notes.said.head);
        }
    }

    /// A list or a map in block style takes the stem.
    #[inline]
    pub(super) fn set_stem(&mut self) {
        if let Some(notes) = &mut self.notes {
            notes.said = Said { head: std::mem::take(&mut notes.stem), ..Said::default() };
        }
    }

    /// The next event with its comments, unless an error was forgotten on the way.
    #[cold]
    pub(super) fn next_with_comments(&mut self) -> Step<'a> {
        if let Some(notes) = &mut self.notes {
            notes.said = Said::default();
        }
        let found = self.step()?;
        match self.notes.as_mut().and_then(|notes| notes.forgotten.take()) {
            Some(problem) => Err(problem),
            None => Ok(found),
        }
    }

    /// Of the comments before an implicit document, those before the last empty line are its own.
    #[inline]
    pub(super) fn set_comments_of_document_start(&mut self) {
        let Some(notes) = &mut self.notes else { return };
        notes.said = Said::default();
        let head = &mut notes.waiting.head;
        if let Some(empty) = head.iter().rposition(Option::is_none) {
            let rest = head.split_off(empty + 1);
            head.pop();
            notes.said.head = std::mem::replace(head, rest);
        }
    }

    /// How many lines wait to be the head of what comes.
    #[inline]
    pub(super) fn waiting_heads(&self) -> usize {
        self.notes.as_ref().map_or(0, |notes| notes.waiting.head.len())
    }

    /// Behind a `-`: where a list or a map begins, the first `length` lines of its head are of the whole.
    ///
    /// go-yaml looks at the next token here and forgets an error that this brings, until it meets another or the
    /// event is complete.
    #[inline]
    pub(super) fn split_stem(&mut self, length: usize) {
        if length == 0 {
            return;
        }
        let found = self.peek();
        let Some(notes) = &mut self.notes else { return };
        match found {
            Ok((Kind::BlockSequenceStart | Kind::BlockMappingStart, ..)) => {
                let rest: Vec<Option<CommentLine>> = notes.waiting.head.split_off(length);
                notes.stem = std::mem::replace(&mut notes.waiting.head, rest);
            }
            Ok(_) => {}
            Err(problem) => notes.forgotten = Some(problem),
        }
    }
}
