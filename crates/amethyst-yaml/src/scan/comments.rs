//! Comments, as go-yaml v3 finds them.
//!
//! Without being asked the scanner passes comments over. go-yaml v3 keeps them, and that shows even where
//! nobody asks for them: behind a comment it looks through blank lines for the next one, tabs and all, and
//! ends of blocks stand where the last comment of the block ended.

use std::collections::VecDeque;

use super::chars::is_blank;
use super::{Kind, Mark, Scanner};

/// How many bytes go-yaml looks ahead for a comment.
const PEEK_MAX: usize = 512;

/// One line of a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CommentLine {
    /// Where its `#` stands.
    pub(crate) start: Mark,
    /// Where the line ends, in bytes.
    pub(crate) end: u32,
}

/// The lines of a comment; `None` is an empty one among them.
pub(crate) type CommentLines = Vec<Option<CommentLine>>;

/// What a comment is to what stands beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Head,
    Line,
    Foot,
}

/// A comment that no token has taken yet.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) side: Side,
    pub(crate) lines: CommentLines,
    /// The first token at this index or behind it takes it.
    pub(crate) token_index: i64,
    /// Where the search began.
    scan_index: i64,
    end_index: i64,
    /// go-yaml's mark of its beginning, whose line and column are at times others than the true ones.
    start: Place,
}

/// A mark as go-yaml counts while it looks ahead.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    index: i64,
    line: i64,
    column: i64,
}

/// The comments of a text.
#[derive(Debug, Default)]
pub(super) struct Comments {
    found: VecDeque<Found>,
    /// Where the search for the token at hand began.
    scan: Mark,
}

impl Scanner<'_> {
    /// Keeps comments from here on.
    pub(crate) fn keep_comments(&mut self) {
        self.comments = Some(Box::default());
    }

    #[inline]
    pub(super) fn keeps_comments(&self) -> bool {
        self.comments.is_some()
    }

    /// Takes the next comment if it belongs to a token that begins at this index. Heads of an end wait for
    /// what comes behind it.
    pub(crate) fn take_comment(&mut self, kind: Kind, start: Mark) -> Option<Found> {
        let found = &mut self.comments.as_mut()?.found;
        let first = found.front()?;
        let index = i64::from(start.index) - i64::from(kind == Kind::BlockEnd);
        let is_due = first.token_index <= index && !(first.side == Side::Head && kind == Kind::BlockEnd);
        is_due.then(|| found.pop_front()).flatten()
    }

    #[inline]
    pub(super) fn begin_comments(&mut self) {
        let mark = self.mark();
        if let Some(comments) = &mut self.comments {
            comments.scan = mark;
        }
    }

    /// How many line breaks stand between here and the last character that is not white.
    fn newlines(&self) -> usize {
        let (mut before, mut count) = (&self.bytes[..self.at], 0);
        loop {
            before = match before {
                [rest @ .., b' ' | b'\t'] => {
                    before = rest;
                    continue;
                }
                [rest @ .., b'\r', b'\n']
                | [rest @ .., b'\n' | b'\r']
                | [rest @ .., 0xc2, 0x85]
                | [rest @ .., 0xe2, 0x80, 0xa8 | 0xa9] => rest,
                _ => return count,
            };
            count += 1;
        }
    }

    /// A comment behind a token on its line.
    pub(super) fn line_comment(&mut self, token: Mark) {
        if self.newlines() > 0 {
            return;
        }
        let blanks = self.bytes[self.at..].iter().take(PEEK_MAX).take_while(|byte| is_blank(**byte)).count();
        if blanks == PEEK_MAX || self.byte(blanks) != b'#' {
            return;
        }
        self.at += blanks;
        let start = self.mark();
        self.skip_line();
        let line = CommentLine { start, end: self.at as u32 };
        let at = |mark: Mark| Place {
            index: i64::from(mark.index),
            line: i64::from(mark.line),
            column: i64::from(mark.column),
        };
        self.found(Found {
            side: Side::Line,
            lines: vec![Some(line)],
            token_index: i64::from(token.index),
            scan_index: 0,
            end_index: 0,
            start: at(start),
        });
    }

    fn found(&mut self, found: Found) {
        if let Some(comments) = &mut self.comments {
            comments.found.push_back(found);
        }
    }

    /// A comment on the line of the first `-` of a list is the head of what follows on a line of its own.
    pub(super) fn lift_line_comment(&mut self) {
        let mark = self.mark();
        let is_break = self.break_length().is_some();
        let [.., before, last] = self.tokens.make_contiguous() else { return };
        if before.kind != Kind::BlockSequenceStart || last.kind != Kind::BlockEntry || is_break {
            return;
        }
        let Some(found) = self.comments.as_mut().and_then(|comments| comments.found.back_mut()) else {
            return;
        };
        if found.side == Side::Line {
            found.side = Side::Head;
            if found.start.line == i64::from(mark.line) - 1 {
                found.token_index = i64::from(mark.index);
            }
        }
    }

    /// Comments from this one on, up to the next token: which of them are feet of what stood before, and
    /// which heads of what comes.
    pub(super) fn comment_block(&mut self) {
        let scan = self.comments.as_ref().map_or(Mark::default(), |comments| comments.scan);
        let token = match self.tokens.make_contiguous() {
            [.., before, last] if last.kind == Kind::FlowEntry => Some((before.start, before.kind)),
            [.., last] => Some((last.start, last.kind)),
            [] => None,
        };
        let mut token_index = token.map_or(0, |(start, _)| i64::from(start.index));
        let mut scan_index = i64::from(scan.index);
        let is_value = token.is_some_and(|(_, kind)| kind == Kind::Value);
        let newlines = self.newlines() as i64;
        let (mut line, mut column) = (i64::from(self.line), self.characters_of_line());
        let mut indent = i64::from(self.indent.max(0));
        let (mut recent_empty, mut first_empty) = (false, newlines <= 1);
        let foot_line = match scan.line {
            0 => -1,
            _ => line - newlines + 1 + i64::from(newlines == 0 && column > 1),
        };
        let (mut start, mut lines, mut peek) = (Place::default(), CommentLines::new(), 0);
        while peek < PEEK_MAX {
            column += 1;
            let (byte, index) = (self.byte(peek), (self.at + peek) as i64);
            if is_blank(byte) {
                peek += 1;
                continue;
            }
            let closes = self.flow_level > 0 && matches!(byte, b']' | b'}');
            let is_end = super::is_end(self.bytes, self.at + peek);
            let is_break = super::chars::break_length(self.bytes, self.at + peek).is_some();
            let is_dedented = start.column - 1 < indent;
            let ends_block = closes || is_end || is_break;
            let is_foot = if ends_block {
                closes
                    || !recent_empty && first_empty && (start.line == foot_line && !is_value || is_dedented)
            } else {
                column - 1 < indent && column != start.column
            };
            if is_foot && !lines.is_empty() {
                if ends_block && is_dedented {
                    token_index = start.index;
                }
                let lines = std::mem::take(&mut lines);
                let side = Side::Foot;
                self.found(Found { side, lines, token_index, scan_index, end_index: index, start });
                scan_index = index;
                token_index = index;
            } else if ends_block && !is_foot && !recent_empty && !is_end && !lines.is_empty() {
                lines.push(None);
            }
            if ends_block {
                if !is_break {
                    break;
                }
                (first_empty, recent_empty, column) = (false, true, 0);
                line += 1;
                peek += 1;
                continue;
            }
            if byte != b'#' {
                break;
            }
            if lines.is_empty() {
                start = Place { index, line, column };
            }
            recent_empty = false;
            self.pass_blank(self.at + peek);
            let mark = self.mark();
            self.skip_line();
            lines.push(Some(CommentLine { start: mark, end: self.at as u32 }));
            // The line break here is not looked at.
            (peek, column, line) = (1, 0, i64::from(self.line));
            indent = i64::from(self.indent.max(0));
        }
        if !lines.is_empty() {
            let (token_index, end_index) = (start.index, (self.at + peek) as i64 - 1);
            self.found(Found { side: Side::Head, lines, token_index, scan_index, end_index, start });
        }
    }

    /// Goes past blanks and line breaks.
    fn pass_blank(&mut self, to: usize) {
        while self.at < to {
            match self.break_length() {
                Some(length) => self.pass_break(length),
                None => self.at += 1,
            }
        }
    }

    fn characters_of_line(&self) -> i64 {
        let line = &self.bytes[self.line_start..self.at];
        line.iter().filter(|byte| **byte & 0xc0 != 0x80).count() as i64
    }

    /// Where the block at this indentation ends: at its last comment, or where the search began. A token's
    /// index is one more than where go-yaml lets it take comments.
    pub(super) fn block_end(&self, before: Option<Mark>) -> Mark {
        let Some(comments) = &self.comments else { return self.mark() };
        let mut end = before.unwrap_or(comments.scan);
        let mut stop = i64::from(end.index) - 1;
        for found in comments.found.iter().rev() {
            if found.end_index < stop {
                break;
            }
            if found.start.column == i64::from(self.indent) + 1
                && let Some(Some(CommentLine { start, .. })) = found.lines.first()
            {
                let line = u32::try_from(found.start.line).unwrap_or_default();
                end = Mark { index: start.index + 1, line, column: start.column + 1 };
            }
            stop = found.scan_index;
        }
        end
    }
}
