//! Lists and maps in flow style.

use super::{Event, Kind, Parser, Place, Problem, Span, State, Step, empty_scalar};
use crate::scan::{Mark, Outcome};

impl<'a> Parser<'a> {
    pub(super) fn flow_sequence_entry(&mut self, first: bool) -> Step<'a> {
        if first {
            self.open_flow()?;
        }
        let (mut kind, mut start, mut end) = self.peek()?;
        if kind != Kind::FlowSequenceEnd {
            if !first {
                if kind != Kind::FlowEntry {
                    let context = self.marks.pop();
                    return Err(Problem::parser(context, start, "did not find expected ',' or ']'"));
                }
                self.scanner.take();
                (kind, start, end) = self.peek()?;
            }
            if kind == Kind::Key {
                self.state = State::FlowSequenceEntryMappingKey;
                self.scanner.take();
                return Ok((Event::MapStart(None), Span { start, end }));
            }
            if kind != Kind::FlowSequenceEnd {
                self.states.push(State::FlowSequenceEntry);
                return self.node(Place::Flow);
            }
        }
        self.close_flow();
        Ok((Event::ListEnd, Span { start, end }))
    }

    fn open_flow(&mut self) -> Outcome<()> {
        let mark: Mark = self.peek()?.1;
        self.marks.push(mark);
        self.scanner.take();
        Ok(())
    }

    fn close_flow(&mut self) {
        self.pop_state();
        self.marks.pop();
        self.set_comments();
        self.scanner.take();
    }

    /// The key of a map of one pair inside a list: `[a: b]`.
    pub(super) fn flow_sequence_entry_mapping_key(&mut self) -> Step<'a> {
        let (kind, _, end) = self.peek()?;
        if matches!(kind, Kind::Value | Kind::FlowEntry | Kind::FlowSequenceEnd) {
            self.scanner.take();
            self.state = State::FlowSequenceEntryMappingValue;
            return Ok(empty_scalar(end));
        }
        self.states.push(State::FlowSequenceEntryMappingValue);
        self.node(Place::Flow)
    }

    pub(super) fn flow_sequence_entry_mapping_value(&mut self) -> Step<'a> {
        let (kind, mark, _) = self.peek()?;
        if kind == Kind::Value {
            self.scanner.take();
            if !matches!(self.peek()?.0, Kind::FlowEntry | Kind::FlowSequenceEnd) {
                self.states.push(State::FlowSequenceEntryMappingEnd);
                return self.node(Place::Flow);
            }
        }
        self.state = State::FlowSequenceEntryMappingEnd;
        Ok(empty_scalar(mark))
    }

    pub(super) fn flow_sequence_entry_mapping_end(&mut self) -> Step<'a> {
        let mark = self.peek()?.1;
        self.state = State::FlowSequenceEntry;
        Ok((Event::MapEnd, Span { start: mark, end: mark }))
    }

    pub(super) fn flow_mapping_key(&mut self, first: bool) -> Step<'a> {
        if first {
            self.open_flow()?;
        }
        let (mut kind, mut start, mut end) = self.peek()?;
        if kind != Kind::FlowMappingEnd {
            if !first {
                if kind != Kind::FlowEntry {
                    let context = self.marks.pop();
                    return Err(Problem::parser(context, start, "did not find expected ',' or '}'"));
                }
                self.scanner.take();
                (kind, start, end) = self.peek()?;
            }
            if kind == Kind::Key {
                self.scanner.take();
                let (kind, mark, _) = self.peek()?;
                if matches!(kind, Kind::Value | Kind::FlowEntry | Kind::FlowMappingEnd) {
                    self.state = State::FlowMappingValue;
                    return Ok(empty_scalar(mark));
                }
                self.states.push(State::FlowMappingValue);
                return self.node(Place::Flow);
            }
            if kind != Kind::FlowMappingEnd {
                self.states.push(State::FlowMappingEmptyValue);
                return self.node(Place::Flow);
            }
        }
        self.close_flow();
        Ok((Event::MapEnd, Span { start, end }))
    }

    pub(super) fn flow_mapping_value(&mut self, empty: bool) -> Step<'a> {
        let (kind, mut mark, _) = self.peek()?;
        if !empty && kind == Kind::Value {
            self.scanner.take();
            let next;
            (next, mark, _) = self.peek()?;
            if !matches!(next, Kind::FlowEntry | Kind::FlowMappingEnd) {
                self.states.push(State::FlowMappingKey);
                return self.node(Place::Flow);
            }
        }
        self.state = State::FlowMappingKey;
        Ok(empty_scalar(mark))
    }
}
