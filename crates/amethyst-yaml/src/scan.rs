//! Text to tokens: libyaml's scanner as go-yaml has it.
//!
//! Columns count bytes here: what stands before a token that sets an indentation is always ASCII. Scalars
//! borrow from the text unless lines were folded or escapes read.

mod block;
mod chars;
mod comments;
mod keys;
mod mark;
mod plain;
mod quoted;
mod tag;
mod token;

use std::collections::VecDeque;

use crate::Dialect;
use chars::{BREAK, HASH_OR_INDICATOR, class, is_alpha};
use comments::Comments;
use keys::SimpleKey;

pub(crate) use comments::{CommentLine, CommentLines, Side};
pub(crate) use mark::{Mark, Problem};
pub(crate) use token::{Kind, Style, Token};

pub(crate) type Outcome<T> = Result<T, Box<Problem>>;

/// How deep flow collections and indentation may nest: go-yaml's limit.
const DEPTH_MAX: usize = 10_000;

/// How much of a text go-yaml reads at first.
const BUFFER_BYTES: usize = 509;

/// Reads tokens one after another.
pub(crate) struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    line: u32,
    line_start: usize,
    tokens: VecDeque<Token<'a>>,
    /// Tokens that have been taken out of the queue.
    taken: usize,
    /// The first token of the queue cannot change any more.
    is_ready: bool,
    /// How many tokens more than needed are read ahead: go-yaml v3 does so for its comments, and so finds
    /// the scanner's errors before the parser's.
    ahead: usize,
    /// The column of the innermost block collection; -1 outside of all.
    indent: i32,
    indents: Vec<i32>,
    flow_level: usize,
    simple_key_allowed: bool,
    /// The tokens that may turn out to be keys, at most one a level, outermost first.
    keys: VecDeque<SimpleKey>,
    /// Tokens that are no keys any more and their levels: see [`Scanner::is_head_possible_key`].
    outlived: Vec<(usize, usize)>,
    /// For each open flow collection the number of its bracket, until a token in it may be a key.
    opened: Vec<Option<usize>>,
    is_ascii: bool,
    /// The comments, when somebody wants them.
    comments: Option<Box<Comments>>,
    /// Where go-yaml takes the first character of any line for a byte order mark: it looks at the beginning
    /// of its buffer, where such a mark may stand.
    marked: std::ops::Range<usize>,
}

impl<'a> Scanner<'a> {
    /// Begins at the start of a text that holds no control characters.
    pub(crate) fn new(text: &'a str, dialect: Dialect) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            line: 0,
            line_start: 0,
            tokens: VecDeque::with_capacity(16),
            taken: 0,
            is_ready: false,
            ahead: if dialect == Dialect::GoV3 { 2 } else { 0 },
            indent: -1,
            indents: Vec::new(),
            flow_level: 0,
            simple_key_allowed: true,
            keys: VecDeque::new(),
            outlived: Vec::new(),
            opened: Vec::new(),
            is_ascii: text.is_ascii(),
            comments: None,
            marked: marked(text),
        }
    }

    /// The next token, which stays.
    #[inline]
    pub(crate) fn peek(&mut self) -> Outcome<&Token<'a>> {
        if !self.is_ready {
            self.fetch_more()?;
        }
        Ok(&self.tokens[0])
    }

    /// Takes the token that was peeked at.
    #[inline]
    pub(crate) fn take(&mut self) -> Token<'a> {
        self.is_ready = false;
        self.taken += 1;
        self.tokens.pop_front().unwrap_or(Token::bare(Kind::StreamEnd, Mark::default(), Mark::default()))
    }

    /// Where the scanner stands.
    #[inline]
    pub(crate) fn mark(&self) -> Mark {
        Mark { index: self.at as u32, line: self.line, column: (self.at - self.line_start) as u32 }
    }

    fn fetch_more(&mut self) -> Outcome<()> {
        loop {
            if self.tokens.len() > self.ahead && !self.is_head_possible_key()? {
                break;
            }
            self.fetch_next()?;
        }
        self.is_ready = true;
        Ok(())
    }

    #[inline]
    fn byte(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    #[inline]
    fn column(&self) -> i32 {
        (self.at - self.line_start) as i32
    }

    /// Whether a blank, a line break or the end stands `ahead` bytes from here.
    #[inline]
    fn is_blank_or_end(&self, ahead: usize) -> bool {
        chars::is_blank_or_end(self.bytes, self.at + ahead)
    }

    /// Whether a document's `---` or `...` stands here.
    #[inline]
    fn is_document_indicator(&self) -> bool {
        self.at == self.line_start
            && (self.bytes[self.at..].starts_with(b"---") || self.bytes[self.at..].starts_with(b"..."))
            && self.is_blank_or_end(3)
    }

    /// Goes past the line break of `length` bytes.
    #[inline]
    fn pass_break(&mut self, length: usize) {
        self.at += length;
        self.line += 1;
        self.line_start = self.at;
    }

    #[inline]
    fn break_length(&self) -> Option<usize> {
        chars::break_length(self.bytes, self.at)
    }

    fn push(&mut self, token: Token<'a>) {
        self.tokens.push_back(token);
    }

    fn push_indicator(&mut self, kind: Kind, length: usize) {
        let start = self.mark();
        self.at += length;
        let end = self.mark();
        self.push(Token::bare(kind, start, end));
    }

    fn fetch_next(&mut self) -> Outcome<()> {
        self.skip_to_token();
        self.unroll_indent(self.column());
        let byte = self.byte(0);
        if self.at >= self.bytes.len() {
            return self.fetch_stream_end();
        }
        if self.at == self.line_start {
            if byte == b'%' {
                return self.fetch_directive();
            }
            if (byte == b'-' || byte == b'.') && self.is_document_indicator() {
                return self.fetch_document_indicator();
            }
        }
        if self.keeps_comments() {
            return self.fetch_commented(byte);
        }
        self.fetch_token(byte)
    }

    /// The token that begins with this byte and the comment behind it.
    #[cold]
    fn fetch_commented(&mut self, byte: u8) -> Outcome<()> {
        let goes_to_last = if self.flow_level == 0 { byte == b':' } else { byte == b',' };
        let mark = match self.tokens.back() {
            Some(last) if goes_to_last => last.start,
            _ => self.mark(),
        };
        self.fetch_token(byte)?;
        // What stands behind a `-` is the head of what follows.
        if self.tokens.back().is_some_and(|last| last.kind != Kind::BlockEntry) {
            self.line_comment(mark);
        }
        Ok(())
    }

    #[inline]
    fn fetch_token(&mut self, byte: u8) -> Outcome<()> {
        if class(byte) & HASH_OR_INDICATOR == 0 {
            return self.fetch_plain();
        }
        match byte {
            b'[' => self.fetch_flow_start(Kind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(Kind::FlowMappingStart),
            b']' => self.fetch_flow_end(Kind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(Kind::FlowMappingEnd),
            b',' => {
                self.remove_simple_key()?;
                self.simple_key_allowed = true;
                self.push_indicator(Kind::FlowEntry, 1);
                Ok(())
            }
            b'-' if self.is_blank_or_end(1) => self.fetch_block_entry(),
            b'?' if self.flow_level > 0 || self.is_blank_or_end(1) => self.fetch_key(),
            b':' if self.flow_level > 0 || self.is_blank_or_end(1) => self.fetch_value(),
            b'*' => self.fetch_anchor(Kind::Alias),
            b'&' => self.fetch_anchor(Kind::Anchor),
            b'!' => self.fetch_tag(),
            b'|' if self.flow_level == 0 => self.fetch_block_scalar(true),
            b'>' if self.flow_level == 0 => self.fetch_block_scalar(false),
            b'\'' => self.fetch_quoted(true),
            b'"' => self.fetch_quoted(false),
            b'-' if !matches!(self.byte(1), b' ' | b'\t') => self.fetch_plain(),
            b'?' | b':' if self.flow_level == 0 => self.fetch_plain(),
            _ => {
                let mark = self.mark();
                Err(Problem::scanner(mark, mark, "found character that cannot start any token"))
            }
        }
    }

    /// Goes past blanks, comments and line breaks.
    fn skip_to_token(&mut self) {
        self.begin_comments();
        loop {
            if self.at == self.line_start && self.marked.contains(&self.at) {
                self.skip_mark();
            }
            let takes_tabs = self.flow_level > 0 || !self.simple_key_allowed;
            let mut byte = self.byte(0);
            while byte == b' ' || byte == b'\t' && takes_tabs {
                self.at += 1;
                byte = self.byte(0);
            }
            if self.keeps_comments() {
                self.lift_line_comment();
            }
            if byte == b'#' {
                if self.keeps_comments() {
                    self.comment_block();
                } else {
                    self.skip_line();
                }
                byte = self.byte(0);
            }
            if class(byte) & BREAK == 0 {
                return;
            }
            let Some(length) = self.break_length() else { return };
            self.pass_break(length);
            if self.flow_level == 0 {
                self.simple_key_allowed = true;
            }
        }
    }

    /// Goes past what go-yaml takes for a byte order mark. Its buffer moves on once a token begins with less
    /// than four characters to go.
    #[cold]
    fn skip_mark(&mut self) {
        let is_near_end = |index: usize| self.text[index..].chars().nth(3).is_none();
        let last = self.tokens.back().map(|token| token.start.index as usize);
        if self.marked.start > 0 || !last.is_some_and(is_near_end) {
            self.at += self.text[self.at..].chars().next().map_or(0, char::len_utf8);
        }
    }

    /// Goes to the line break or the end.
    fn skip_line(&mut self) {
        self.at = chars::line_end(self.bytes, self.at);
    }

    fn fetch_stream_end(&mut self) -> Outcome<()> {
        if self.at != self.line_start {
            self.line += 1;
            self.line_start = self.at;
        }
        self.begin_comments();
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        let mark = self.mark();
        self.push(Token::bare(Kind::StreamEnd, mark, mark));
        Ok(())
    }

    fn fetch_document_indicator(&mut self) -> Outcome<()> {
        let kind = if self.byte(0) == b'-' { Kind::DocumentStart } else { Kind::DocumentEnd };
        self.begin_comments();
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        self.push_indicator(kind, 3);
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: Kind) -> Outcome<()> {
        self.save_simple_key()?;
        self.opened.push(Some(self.taken + self.tokens.len()));
        self.flow_level += 1;
        if self.flow_level > DEPTH_MAX {
            let mark = self.mark();
            return Err(Problem::scanner(mark, mark, format!("exceeded max depth of {DEPTH_MAX}")));
        }
        self.simple_key_allowed = true;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: Kind) -> Outcome<()> {
        self.remove_simple_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            self.hide_key_of_empty();
        }
        self.simple_key_allowed = false;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Outcome<()> {
        if self.flow_level == 0 {
            let mark = self.mark();
            if !self.simple_key_allowed {
                let problem = "block sequence entries are not allowed in this context";
                return Err(Problem::scanner(mark, mark, problem));
            }
            self.roll_indent(mark, None, Kind::BlockSequenceStart)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push_indicator(Kind::BlockEntry, 1);
        Ok(())
    }

    fn fetch_key(&mut self) -> Outcome<()> {
        if self.flow_level == 0 {
            let mark = self.mark();
            if !self.simple_key_allowed {
                return Err(Problem::scanner(mark, mark, "mapping keys are not allowed in this context"));
            }
            self.roll_indent(mark, None, Kind::BlockMappingStart)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = self.flow_level == 0;
        self.push_indicator(Kind::Key, 1);
        Ok(())
    }

    fn fetch_value(&mut self) -> Outcome<()> {
        if let Some(key) = self.take_simple_key()? {
            self.insert(Some(key.number), Token::bare(Kind::Key, key.mark, key.mark));
            self.roll_indent(key.mark, Some(key.number), Kind::BlockMappingStart)?;
            self.simple_key_allowed = false;
        } else {
            if self.flow_level == 0 {
                let mark = self.mark();
                if !self.simple_key_allowed {
                    let problem = "mapping values are not allowed in this context";
                    return Err(Problem::scanner(mark, mark, problem));
                }
                self.roll_indent(mark, None, Kind::BlockMappingStart)?;
            }
            self.simple_key_allowed = self.flow_level == 0;
        }
        self.push_indicator(Kind::Value, 1);
        Ok(())
    }

    fn fetch_anchor(&mut self, kind: Kind) -> Outcome<()> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark();
        self.at += 1;
        let from = self.at;
        while is_alpha(self.byte(0)) {
            self.at += 1;
        }
        let end = self.mark();
        let ends = self.is_blank_or_end(0)
            || matches!(self.byte(0), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if self.at == from || !ends {
            let problem = "did not find expected alphabetic or numeric character";
            return Err(Problem::scanner(start, end, problem));
        }
        let name = &self.text[from..self.at];
        self.push(Token { value: name.into(), ..Token::bare(kind, start, end) });
        Ok(())
    }
}

/// Where lines of a text are taken to begin with a byte order mark whatever they begin with: near the beginning
/// of one with two such marks, and at the last character behind a token that is one.
fn marked(text: &str) -> std::ops::Range<usize> {
    const MARK: char = '\u{feff}';
    if text.starts_with(MARK) {
        return 0..BUFFER_BYTES.min(text.len());
    }
    let mut from_end = text.char_indices().rev();
    if let (Some((last, _)), Some((at, _)), Some((_, MARK))) =
        (from_end.next(), from_end.next(), from_end.next())
        && chars::break_length(text.as_bytes(), at) == Some(last - at)
        && from_end.next().is_none_or(|(before, _)| chars::is_blank_or_end(text.as_bytes(), before))
    {
        return last..text.len();
    }
    0..0
}

/// Whether the stream ends here.
#[inline]
fn is_end(bytes: &[u8], at: usize) -> bool {
    at >= bytes.len()
}
