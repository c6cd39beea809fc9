//! Tokens to events: libyaml's grammar as go-yaml has it.

mod block;
mod comments;
mod flow;

use std::borrow::Cow;

use crate::Dialect;
use crate::scan::{Kind, Mark, Outcome, Problem, Scanner, Style, Token};
use comments::Notes;

/// An anchor and a tag; a tag in its long form, as `tag:yaml.org,2002:str` or `!local`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Properties<'a> {
    pub(crate) anchor: Option<Cow<'a, str>>,
    pub(crate) tag: Option<String>,
}

/// A step through a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event<'a> {
    DocumentStart,
    DocumentEnd,
    Scalar(Cow<'a, str>, Style, Option<Box<Properties<'a>>>),
    Alias(Cow<'a, str>),
    ListStart(Option<Box<Properties<'a>>>),
    ListEnd,
    MapStart(Option<Box<Properties<'a>>>),
    MapEnd,
    StreamEnd,
}

/// From where to where an event's text goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: Mark,
    pub(crate) end: Mark,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    ImplicitDocumentStart,
    DocumentStart,
    DocumentContent,
    DocumentEnd,
    BlockNode,
    BlockSequenceFirstEntry,
    BlockSequenceEntry,
    IndentlessSequenceEntry,
    BlockMappingFirstKey,
    BlockMappingKey,
    BlockMappingValue,
    FlowSequenceFirstEntry,
    FlowSequenceEntry,
    FlowSequenceEntryMappingKey,
    FlowSequenceEntryMappingValue,
    FlowSequenceEntryMappingEnd,
    FlowMappingFirstKey,
    FlowMappingKey,
    FlowMappingValue,
    FlowMappingEmptyValue,
    End,
}

/// What may stand where a node is expected.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Block,
    /// Block context where a list need not be indented: under a key.
    BlockUnderKey,
    Flow,
}

type Step<'a> = Outcome<(Event<'a>, Span)>;

/// The events of a file, one after another.
pub(crate) struct Parser<'a> {
    scanner: Scanner<'a>,
    state: State,
    states: Vec<State>,
    /// Where the collections began that are open.
    marks: Vec<Mark>,
    /// Handles of tags with what they stand for.
    tags: Vec<(String, String)>,
    /// The comments, when somebody wants them.
    notes: Option<Box<Notes>>,
}

const CORE_PREFIX: &str = "tag:yaml.org,2002:";

impl<'a> Parser<'a> {
    pub(crate) fn new(text: &'a str, dialect: Dialect) -> Self {
        Self {
            scanner: Scanner::new(text, dialect),
            state: State::ImplicitDocumentStart,
            states: Vec::with_capacity(16),
            marks: Vec::with_capacity(16),
            tags: Vec::new(),
            notes: None,
        }
    }

    /// How many bytes were looked at.
    pub(crate) fn read_bytes(&self) -> usize {
        self.scanner.mark().index as usize
    }

    /// The next event; after [`Event::StreamEnd`] there is nothing but that.
    pub(crate) fn next(&mut self) -> Step<'a> {
        if self.notes.is_some() { self.next_with_comments() } else { self.step() }
    }

    #[inline]
    fn step(&mut self) -> Step<'a> {
        match self.state {
            State::ImplicitDocumentStart => self.document_start(true),
            State::DocumentStart => self.document_start(false),
            State::DocumentContent => self.document_content(),
            State::DocumentEnd => self.document_end(),
            State::BlockNode => self.node(Place::Block),
            State::BlockSequenceFirstEntry => self.block_sequence_entry(true),
            State::BlockSequenceEntry => self.block_sequence_entry(false),
            State::IndentlessSequenceEntry => self.indentless_sequence_entry(),
            State::BlockMappingFirstKey => self.block_mapping_key(true),
            State::BlockMappingKey => self.block_mapping_key(false),
            State::BlockMappingValue => self.block_mapping_value(),
            State::FlowSequenceFirstEntry => self.flow_sequence_entry(true),
            State::FlowSequenceEntry => self.flow_sequence_entry(false),
            State::FlowSequenceEntryMappingKey => self.flow_sequence_entry_mapping_key(),
            State::FlowSequenceEntryMappingValue => self.flow_sequence_entry_mapping_value(),
            State::FlowSequenceEntryMappingEnd => self.flow_sequence_entry_mapping_end(),
            State::FlowMappingFirstKey => self.flow_mapping_key(true),
            State::FlowMappingKey => self.flow_mapping_key(false),
            State::FlowMappingValue => self.flow_mapping_value(false),
            State::FlowMappingEmptyValue => self.flow_mapping_value(true),
            State::End => {
                let mark = self.scanner.mark();
                Ok((Event::StreamEnd, Span { start: mark, end: mark }))
            }
        }
    }

    /// The kind of the next token and where it stands.
    #[inline]
    fn peek(&mut self) -> Outcome<(Kind, Mark, Mark)> {
        let token = self.scanner.peek()?;
        let (kind, start, end) = (token.kind, token.start, token.end);
        if self.notes.is_some() {
            self.gather_comments(kind, start);
        }
        Ok((kind, start, end))
    }

    fn pop_state(&mut self) {
        self.state = self.states.pop().unwrap_or(State::End);
    }

    fn document_start(&mut self, implicit: bool) -> Step<'a> {
        let (mut kind, mut start, mut end) = self.peek()?;
        while !implicit && kind == Kind::DocumentEnd {
            self.scanner.take();
            (kind, start, end) = self.peek()?;
        }
        let is_directive = matches!(kind, Kind::VersionDirective | Kind::TagDirective);
        if kind == Kind::StreamEnd {
            self.scanner.take();
            self.state = State::End;
            return Ok((Event::StreamEnd, Span { start, end }));
        }
        if implicit && !is_directive && kind != Kind::DocumentStart {
            self.directives()?;
            self.states.push(State::DocumentEnd);
            self.state = State::BlockNode;
            self.set_comments_of_document_start();
            return Ok((Event::DocumentStart, Span { start, end }));
        }
        self.directives()?;
        let (kind, mark, end) = self.peek()?;
        if kind != Kind::DocumentStart {
            return Err(Problem::parser(None, mark, "did not find expected <document start>"));
        }
        self.scanner.take();
        self.states.push(State::DocumentEnd);
        self.state = State::DocumentContent;
        Ok((Event::DocumentStart, Span { start, end }))
    }

    fn directives(&mut self) -> Outcome<()> {
        let mut has_version = false;
        loop {
            let (kind, mark, _) = self.peek()?;
            match kind {
                Kind::VersionDirective => {
                    if std::mem::replace(&mut has_version, true) {
                        return Err(Problem::parser(None, mark, "found duplicate %YAML directive"));
                    }
                    if self.scanner.take().value != "1.1" {
                        return Err(Problem::parser(None, mark, "found incompatible YAML document"));
                    }
                }
                Kind::TagDirective => {
                    let token = self.scanner.take();
                    let (handle, prefix) = token.handle_and_suffix();
                    if self.tags.iter().any(|(known, _)| known == handle) {
                        return Err(Problem::parser(None, mark, "found duplicate %TAG directive"));
                    }
                    self.tags.push((handle.to_owned(), prefix.to_owned()));
                }
                _ => return Ok(()),
            }
        }
    }

    fn document_content(&mut self) -> Step<'a> {
        let (kind, start, _) = self.peek()?;
        match kind {
            Kind::VersionDirective
            | Kind::TagDirective
            | Kind::DocumentStart
            | Kind::DocumentEnd
            | Kind::StreamEnd => {
                self.pop_state();
                Ok(empty_scalar(start))
            }
            _ => self.node(Place::Block),
        }
    }

    fn document_end(&mut self) -> Step<'a> {
        let (kind, start, mut end) = self.peek()?;
        if kind == Kind::DocumentEnd {
            self.scanner.take();
        } else {
            end = start;
        }
        self.tags.clear();
        self.state = State::DocumentStart;
        self.set_comments_of_document_end();
        Ok((Event::DocumentEnd, Span { start, end }))
    }

    fn node(&mut self, place: Place) -> Step<'a> {
        let (mut kind, mut start, mut end) = self.peek()?;
        if kind == Kind::Alias {
            self.pop_state();
            self.set_comments();
            return Ok((Event::Alias(self.scanner.take().value), Span { start, end }));
        }
        let node_start = start;
        let mut properties = None;
        if matches!(kind, Kind::Anchor | Kind::Tag) {
            properties = self.properties(node_start)?;
            (kind, start, end) = self.peek()?;
        }
        let span = Span { start: node_start, end };
        match kind {
            Kind::BlockEntry if place == Place::BlockUnderKey => {
                self.state = State::IndentlessSequenceEntry;
                Ok((Event::ListStart(properties), span))
            }
            Kind::Scalar(style) => {
                self.pop_state();
                self.set_comments();
                let value = self.scanner.take().value;
                Ok((Event::Scalar(value, style, properties), span))
            }
            Kind::FlowSequenceStart => {
                self.state = State::FlowSequenceFirstEntry;
                self.set_comments();
                Ok((Event::ListStart(properties), span))
            }
            Kind::FlowMappingStart => {
                self.state = State::FlowMappingFirstKey;
                self.set_comments();
                Ok((Event::MapStart(properties), span))
            }
            Kind::BlockSequenceStart if place != Place::Flow => {
                self.state = State::BlockSequenceFirstEntry;
                self.set_stem();
                Ok((Event::ListStart(properties), span))
            }
            Kind::BlockMappingStart if place != Place::Flow => {
                self.state = State::BlockMappingFirstKey;
                self.set_stem();
                Ok((Event::MapStart(properties), span))
            }
            _ if properties.is_some() => {
                self.pop_state();
                let span = Span { start: node_start, end: node_start };
                Ok((Event::Scalar("".into(), Style::Plain, properties), span))
            }
            _ => {
                let problem = "did not find expected node content";
                Err(Problem::parser(Some(node_start), start, problem))
            }
        }
    }

    /// An anchor and a tag in either order.
    fn properties(&mut self, start: Mark) -> Outcome<Option<Box<Properties<'a>>>> {
        let mut properties = Properties { anchor: None, tag: None };
        let mut tag: Option<Token<'a>> = None;
        loop {
            let kind = self.peek()?.0;
            if kind == Kind::Anchor && properties.anchor.is_none() {
                properties.anchor = Some(self.scanner.take().value);
            } else if kind == Kind::Tag && tag.is_none() {
                tag = Some(self.scanner.take());
            } else {
                break;
            }
        }
        if let Some(tag) = tag {
            let (handle, suffix) = tag.handle_and_suffix();
            let prefix = match self.prefix_of(handle) {
                _ if handle.is_empty() => "",
                Some(prefix) => prefix,
                None => return Err(Problem::parser(Some(start), tag.start, "found undefined tag handle")),
            };
            let tag = format!("{prefix}{suffix}");
            properties.tag = (!tag.is_empty()).then_some(tag);
        }
        let is_any = properties.anchor.is_some() || properties.tag.is_some();
        Ok(is_any.then(|| Box::new(properties)))
    }

    fn prefix_of(&self, handle: &str) -> Option<&str> {
        match self.tags.iter().find(|(known, _)| known == handle) {
            Some((_, prefix)) => Some(prefix),
            None if handle == "!" => Some("!"),
            None if handle == "!!" => Some(CORE_PREFIX),
            None => None,
        }
    }
}

#[inline]
fn empty_scalar<'a>(mark: Mark) -> (Event<'a>, Span) {
    let event = Event::Scalar(Cow::Borrowed(""), Style::Plain, None);
    (event, Span { start: mark, end: mark })
}
