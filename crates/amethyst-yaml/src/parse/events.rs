//! The stream of events of a file, cut into documents; a syntax error ends only its own document.

use std::ops::Range;

use super::YamlFault;
use crate::Dialect;
use crate::comments::CommentSide;
use crate::grammar::{Event, Parser, Span};
use crate::scan::{Mark, Problem};

/// The largest text that is read.
const TEXT_BYTES_MAX: usize = 1 << 30;

/// A place in the text; both count from 1, columns in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// One step through a file.
pub(crate) enum Item<'a> {
    /// A document begins.
    Start,
    /// A node, or the end of a list or a map.
    Event(Event<'a>, Place),
    /// The document with this number is complete.
    End(usize),
    /// The document with this number cannot be read.
    Broken(usize, YamlFault),
}

/// Steps through a file.
pub(crate) struct Stream<'a> {
    text: &'a str,
    dialect: Dialect,
    parser: Option<Parser<'a>>,
    /// Where the text begins that `parser` reads, in bytes and in lines.
    base: usize,
    lines_before: u32,
    index: usize,
    document_line: u32,
    columns: Columns,
    /// How many events `parser` has given.
    given: usize,
    /// `parser` keeps comments.
    is_commented: bool,
    /// Comments are asked for.
    wants_comments: bool,
}

/// Counts characters; marks come in ascending order nearly always, so it goes on where it was.
struct Columns {
    is_ascii: bool,
    line_start: usize,
    index: usize,
    characters: u32,
}

impl Columns {
    fn column(&mut self, text: &str, index: usize, column: u32) -> u32 {
        if self.is_ascii {
            return column + 1;
        }
        let line_start = index - column as usize;
        if self.line_start != line_start || index < self.index {
            (self.line_start, self.index, self.characters) = (line_start, line_start, 0);
        }
        let between = &text.as_bytes()[self.index..index];
        self.characters += between.iter().filter(|byte| **byte & 0xc0 != 0x80).count() as u32;
        self.index = index;
        self.characters + 1
    }
}

impl<'a> Stream<'a> {
    pub(crate) fn new(text: &'a str, dialect: Dialect) -> Self {
        let base = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let mut stream = Self {
            text,
            dialect,
            parser: Some(Parser::new(&text[base..], dialect)),
            base,
            lines_before: 0,
            index: 0,
            document_line: 0,
            columns: Columns { is_ascii: text.is_ascii(), line_start: 0, index: 0, characters: 0 },
            given: 0,
            is_commented: false,
            wants_comments: false,
        };
        // Behind a second mark go-yaml drops the first character of lines, but not of those in a comment.
        if dialect == Dialect::GoV3 && text[base..].starts_with('\u{feff}') {
            stream.keep_comments();
        }
        stream
    }

    /// As [`Stream::new`] for go-yaml v3, and keeps comments.
    pub(crate) fn with_comments(text: &'a str) -> Self {
        let mut stream = Self::new(text, Dialect::GoV3);
        stream.wants_comments = true;
        stream.keep_comments();
        stream
    }

    /// The comments of the last event, line by line.
    pub(crate) fn take_comments(&mut self) -> Vec<(CommentSide, Place, Range<usize>)> {
        let said = self.parser.as_mut().map(Parser::take_said).unwrap_or_default();
        let sides =
            [(CommentSide::Head, said.head), (CommentSide::Line, said.line), (CommentSide::Foot, said.foot)];
        let mut found = Vec::new();
        for (side, lines) in sides {
            found.extend(lines.into_iter().flatten().map(|line| {
                let span = self.base + line.start.index as usize..self.base + line.end as usize;
                (side, self.place(line.start), span)
            }));
        }
        found
    }

    fn keep_comments(&mut self) {
        self.is_commented = true;
        self.parser = Some(Parser::with_comments(&self.text[self.base..]));
    }

    /// Comments are kept by go-yaml v3, and where something is wrong that shows. So what was read is read
    /// again with them.
    fn again_with_comments(&mut self) -> Option<Result<(Event<'a>, Span), Box<Problem>>> {
        self.keep_comments();
        let parser = self.parser.as_mut()?;
        for _ in 0..self.given {
            if let Err(problem) = parser.next() {
                return Some(Err(problem));
            }
        }
        Some(parser.next())
    }

    /// How many bytes were looked at.
    pub(super) fn read_bytes(&self) -> usize {
        self.parser.as_ref().map_or(self.text.len(), |parser| self.base + parser.read_bytes())
    }

    fn place(&mut self, mark: Mark) -> Place {
        let column = self.columns.column(self.text, self.base + mark.index as usize, mark.column);
        Place { line: self.lines_before + mark.line + 1, column }
    }

    fn broken(&mut self, problem: Problem) -> Item<'a> {
        let Place { line, column } = self.place(problem.mark);
        let go_line = self.go_line(&problem);
        let fault = YamlFault { message: problem.message.into_owned(), line, column, go_line };
        self.resume(line.max(self.document_line + 1));
        self.index += 1;
        Item::Broken(self.index - 1, fault)
    }

    /// The line that go-yaml tells: parser's errors count from 0, and where that is 0 there is none.
    fn go_line(&self, problem: &Problem) -> Option<u32> {
        let line = |mark: Mark| Some(self.lines_before + mark.line).filter(|line| *line > 0);
        let one = u32::from(problem.is_scanner);
        match self.dialect {
            Dialect::GoV2 => {
                let at_problem = line(problem.mark).map(|line| line + one);
                at_problem.or_else(|| problem.context.and_then(line))
            }
            Dialect::GoV3 => {
                let in_context = problem.context.and_then(line);
                in_context.or_else(|| line(problem.mark)).map(|line| line + one)
            }
        }
    }

    /// Goes on at the first `---` of line `from` or later.
    fn resume(&mut self, from: u32) {
        let mut offset = 0;
        self.parser = None;
        for (number, line) in (1..).zip(self.text.split_inclusive('\n')) {
            let rest = line.strip_prefix("---");
            if number >= from
                && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
            {
                self.base = offset;
                self.given = 0;
                self.parser = Some(Parser::new(&self.text[offset..], self.dialect));
                if std::mem::take(&mut self.is_commented) && self.wants_comments {
                    self.keep_comments();
                }
                self.lines_before = number - 1;
                self.document_line = number;
                return;
            }
            offset += line.len();
        }
    }
}

impl<'a> Iterator for Stream<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        let mut found = self.parser.as_mut()?.next();
        if found.is_err() && self.dialect == Dialect::GoV3 && !self.is_commented {
            found = self.again_with_comments()?;
        }
        let (event, span) = match found {
            Ok(found) => found,
            Err(problem) => return Some(self.broken(*problem)),
        };
        self.given += 1;
        let Span { start, .. } = span;
        Some(match event {
            Event::StreamEnd => {
                self.parser = None;
                return None;
            }
            Event::DocumentStart => {
                self.document_line = self.lines_before + start.line + 1;
                Item::Start
            }
            Event::DocumentEnd => {
                self.index += 1;
                Item::End(self.index - 1)
            }
            event => Item::Event(event, self.place(start)),
        })
    }
}

/// libyaml reads no control characters and no non-characters; and what no memory holds is not read here.
pub(crate) fn control_character(text: &str) -> Option<YamlFault> {
    control_character_at(text).map(|(_, fault)| fault)
}

/// As [`control_character`], with the byte where it stands.
#[expect(clippy::needless_bitwise_bool, reason = "without branches many bytes are looked at together")]
pub(super) fn control_character_at(text: &str) -> Option<(usize, YamlFault)> {
    if text.len() > TEXT_BYTES_MAX {
        let message = format!("the text is larger than {TEXT_BYTES_MAX} bytes");
        return Some((0, YamlFault { message, line: 1, column: 1, go_line: None }));
    }
    if let Some(fault) = super::parts::too_many(text) {
        return Some((0, fault));
    }
    // Nearly all texts hold none: look at bytes first, many at once.
    let is_suspicious = |byte: &u8| {
        (*byte < 0x20) & (*byte != b'\t') & (*byte != b'\n') & (*byte != b'\r')
            | (*byte == 0x7f)
            | (*byte == 0xc2)
            | (*byte == 0xef)
    };
    let chunks = text.as_bytes().chunks(64);
    let suspicious = |chunk: &[u8]| chunk.iter().fold(false, |any, byte| any | is_suspicious(byte));
    chunks.into_iter().position(suspicious)?;
    let refused = |character: char| match character {
        '\t' | '\n' | '\r' | '\u{85}' => false,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => true,
        _ => false,
    };
    let at = text.find(refused)?;
    Some((at, fault_at_end(&text[..at], "control characters are not allowed")))
}

/// A fault of the reader right behind `before`.
pub(super) fn fault_at_end(before: &str, message: &str) -> YamlFault {
    let line = before.matches('\n').count() as u32 + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() as u32 + 1;
    YamlFault { message: message.to_owned(), line, column, go_line: None }
}
