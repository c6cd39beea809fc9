//! Lists and maps in block style.

use super::{Event, Kind, Parser, Place, Problem, Span, State, Step, empty_scalar};

impl<'a> Parser<'a> {
    pub(super) fn block_sequence_entry(&mut self, first: bool) -> Step<'a> {
        if first {
            let mark = self.peek()?.1;
            self.marks.push(mark);
            self.scanner.take();
        }
        let (kind, start, end) = self.peek()?;
        match kind {
            Kind::BlockEntry => {
                let heads = self.waiting_heads();
                self.scanner.take();
                self.split_stem(heads);
                if matches!(self.peek()?.0, Kind::BlockEntry | Kind::BlockEnd) {
                    self.state = State::BlockSequenceEntry;
                    return Ok(empty_scalar(end));
                }
                self.states.push(State::BlockSequenceEntry);
                self.node(Place::Block)
            }
            Kind::BlockEnd => {
                self.pop_state();
                self.marks.pop();
                self.scanner.take();
                Ok((Event::ListEnd, Span { start, end }))
            }
            _ => {
                let context = self.marks.pop();
                Err(Problem::parser(context, start, "did not find expected '-' indicator"))
            }
        }
    }

    pub(super) fn indentless_sequence_entry(&mut self) -> Step<'a> {
        let (kind, start, end) = self.peek()?;
        if kind != Kind::BlockEntry {
            self.pop_state();
            return Ok((Event::ListEnd, Span { start, end: start }));
        }
        let heads = self.waiting_heads();
        self.scanner.take();
        self.split_stem(heads);
        if matches!(self.peek()?.0, Kind::BlockEntry | Kind::Key | Kind::Value | Kind::BlockEnd) {
            self.state = State::IndentlessSequenceEntry;
            return Ok(empty_scalar(end));
        }
        self.states.push(State::IndentlessSequenceEntry);
        self.node(Place::Block)
    }

    pub(super) fn block_mapping_key(&mut self, first: bool) -> Step<'a> {
        if first {
            let mark = self.peek()?.1;
            self.marks.push(mark);
            self.scanner.take();
        }
        let (kind, start, end) = self.peek()?;
        match kind {
            Kind::Key => {
                self.scanner.take();
                if matches!(self.peek()?.0, Kind::Key | Kind::Value | Kind::BlockEnd) {
                    self.state = State::BlockMappingValue;
                    return Ok(empty_scalar(end));
                }
                self.states.push(State::BlockMappingValue);
                self.node(Place::BlockUnderKey)
            }
            Kind::BlockEnd => {
                self.pop_state();
                self.marks.pop();
                self.set_comments();
                self.scanner.take();
                Ok((Event::MapEnd, Span { start, end }))
            }
            _ => {
                let context = self.marks.pop();
                Err(Problem::parser(context, start, "did not find expected key"))
            }
        }
    }

    pub(super) fn block_mapping_value(&mut self) -> Step<'a> {
        let (kind, start, end) = self.peek()?;
        if kind != Kind::Value {
            self.state = State::BlockMappingKey;
            return Ok(empty_scalar(start));
        }
        self.scanner.take();
        if matches!(self.peek()?.0, Kind::Key | Kind::Value | Kind::BlockEnd) {
            self.state = State::BlockMappingKey;
            return Ok(empty_scalar(end));
        }
        self.states.push(State::BlockMappingKey);
        self.node(Place::BlockUnderKey)
    }
}
