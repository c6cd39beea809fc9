//! The stream of events of a file, cut into documents; a syntax error ends only its own document.

use std::borrow::Cow;

use saphyr_parser::{Event as Found, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::YamlFault;
use super::event::{Event, Place, Properties, Style};

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
    parser: Option<Parser<'a, StrInput<'a>>>,
    /// Lines before the text that `parser` reads.
    lines_before: u32,
    index: usize,
    document_line: u32,
}

impl<'a> Stream<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self { text, parser: Some(parser(text)), lines_before: 0, index: 0, document_line: 0 }
    }

    fn place(&self, span: &Span) -> Place {
        Place { line: self.lines_before + span.start.line() as u32, column: span.start.col() as u32 + 1 }
    }

    /// libyaml gives a block scalar no last break when the file ends without one; saphyr-parser adds it.
    fn without_added_break(&self, event: Found<'a>, span: &Span) -> Found<'a> {
        match event {
            Found::Scalar(text, style @ (ScalarStyle::Literal | ScalarStyle::Folded), anchor, tag)
                if !self.text.ends_with('\n') && text.ends_with('\n') && self.is_end(span.end.index()) =>
            {
                Found::Scalar(text[..text.len() - 1].to_owned().into(), style, anchor, tag)
            }
            event => event,
        }
    }

    fn is_end(&self, index: usize) -> bool {
        let before: usize =
            self.text.split_inclusive('\n').take(self.lines_before as usize).map(str::len).sum();
        self.text[before..].chars().count() <= index
    }

    fn broken(&mut self, error: &ScanError) -> Item<'a> {
        let marker = error.marker();
        let line = self.lines_before + marker.line() as u32;
        let fault = YamlFault { message: error.info().to_owned(), line, column: marker.col() as u32 + 1 };
        self.resume(line.max(self.document_line + 1));
        self.index += 1;
        Item::Broken(self.index - 1, fault)
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
                self.parser = Some(parser(&self.text[offset..]));
                self.lines_before = number - 1;
                self.document_line = number;
                return;
            }
            offset += line.len();
        }
    }
}

fn ours(event: Found<'_>) -> Event<'_> {
    let properties = |anchor: usize, tag: Option<Cow<'_, Tag>>| Properties {
        anchor: (anchor > 0).then(|| anchor.to_string().into()),
        tag: tag.map(|tag| match (tag.handle.as_str(), tag.suffix.as_str()) {
            ("tag:yaml.org,2002:" | "!!", suffix) => format!("tag:yaml.org,2002:{suffix}").into(),
            ("" | "!", "" | "!") => "!".into(),
            (handle, suffix) => format!("{handle}{suffix}").into(),
        }),
    };
    match event {
        Found::Scalar(text, style, anchor, tag) => {
            let style = match style {
                ScalarStyle::Plain => Style::Plain,
                ScalarStyle::SingleQuoted => Style::SingleQuoted,
                ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
                ScalarStyle::Literal => Style::Literal,
                ScalarStyle::Folded => Style::Folded,
            };
            Event::Scalar(text, style, properties(anchor, tag))
        }
        Found::SequenceStart(anchor, tag) => Event::ListStart(properties(anchor, tag)),
        Found::MappingStart(anchor, tag) => Event::MapStart(properties(anchor, tag)),
        Found::SequenceEnd => Event::ListEnd,
        Found::Alias(id) => Event::Alias(id.to_string().into()),
        // All else has been taken out before.
        _ => Event::MapEnd,
    }
}

fn parser(text: &str) -> Parser<'_, StrInput<'_>> {
    Parser::new_from_str(text).keep_tags(true)
}

impl<'a> Iterator for Stream<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        loop {
            let (event, span) = match self.parser.as_mut()?.next_event()? {
                Ok(found) => found,
                Err(error) => return Some(self.broken(&error)),
            };
            match event {
                Found::Nothing | Found::StreamStart => {}
                Found::StreamEnd => {
                    self.parser = None;
                    return None;
                }
                Found::DocumentStart(_) => {
                    self.document_line = self.place(&span).line;
                    return Some(Item::Start);
                }
                Found::DocumentEnd => {
                    self.index += 1;
                    return Some(Item::End(self.index - 1));
                }
                event => {
                    let place = self.place(&span);
                    return Some(Item::Event(ours(self.without_added_break(event, &span)), place));
                }
            }
        }
    }
}

/// libyaml reads no control characters and no non-characters; saphyr-parser lets them pass.
pub(super) fn control_character(text: &str) -> Option<YamlFault> {
    let refused = |character: char| match character {
        '\t' | '\n' | '\r' | '\u{85}' => false,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => true,
        _ => false,
    };
    // Nearly all texts hold none: look at bytes first.
    let suspicious = |byte: &u8| matches!(byte, 0..=8 | 11 | 12 | 14..=0x1f | 0x7f | 0xc2 | 0xef);
    text.as_bytes().iter().find(|byte| suspicious(byte))?;
    let at = text.find(refused)?;
    let before = &text[..at];
    let line = before.matches('\n').count() as u32 + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() as u32 + 1;
    Some(YamlFault { message: "control characters are not allowed".to_owned(), line, column })
}
