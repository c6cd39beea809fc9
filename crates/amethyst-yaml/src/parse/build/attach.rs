//! Where finished parts go: keys, values and merges.

use amethyst_object::Str;

use super::scalar::KeyText;
use super::{Builder, Dialect, Duplicate, Frame, FrameKind, Key, Make, Place, Role, Source};

impl<M: Make> Builder<'_, M> {
    pub(super) fn set_key(&mut self, found: KeyText, place: Place) {
        let Some(Frame { kind: FrameKind::Map { pairs, key, .. }, .. }) = self.frames.last_mut() else {
            return;
        };
        let KeyText { text, is_odd } = found;
        if let Some(first) = pairs.announce(&text, place.line, is_odd) {
            if first.is_odd || is_odd {
                return self.odd();
            }
            self.pending = Some(self.duplicates.len());
            self.duplicates.push(Duplicate {
                key: text.clone(),
                line: place.line,
                column: place.column,
                first_line: first.line,
                value_line: place.line,
            });
        }
        *key = Some(Key::Field(text));
    }

    pub(super) fn set_merge_key(&mut self) {
        if let Some(Frame { kind: FrameKind::Map { key, merge, .. }, .. }) = self.frames.last_mut() {
            let is_first = merge.is_none();
            *key = Some(Key::Merge);
            // go-yaml v3 takes two of them for duplicates.
            if !is_first {
                self.odd();
            }
        }
    }

    pub(super) fn attach(&mut self, value: M::Value) {
        match self.frames.last_mut().map(|frame| &mut frame.kind) {
            None => self.root = Some(value),
            Some(FrameKind::List(items)) => items.push(value),
            Some(FrameKind::Map { pairs, key, .. }) => {
                if let Some(Key::Field(name)) = key.take() {
                    pairs.set(name, value);
                }
            }
            Some(FrameKind::MergeList(_)) => {}
        }
    }

    pub(super) fn merge_source(&mut self, source: Vec<(Str, M::Value)>, role: Role, place: Place) {
        if role == Role::Merge {
            self.merge(Source::Map(source), place);
        } else if let Some(Frame { kind: FrameKind::MergeList(sources), .. }) = self.frames.last_mut() {
            sources.push(source);
        }
    }

    pub(super) fn merge(&mut self, source: Source<M::Value>, place: Place) {
        let Some(Frame { kind: FrameKind::Map { pairs, key, merge, .. }, .. }) = self.frames.last_mut()
        else {
            return;
        };
        *key = None;
        if self.dialect == Dialect::GoV3 {
            *merge = Some(source);
            return;
        }
        // go-yaml v2: what is merged overrides what stood before; of several maps the first wins.
        let sources = match source {
            Source::Map(source) => vec![source],
            Source::List(sources) => sources,
        };
        for source in sources.into_iter().rev() {
            for (name, value) in source {
                if let Some(first) = pairs.announce(&name, place.line, false) {
                    let Place { line, column } = place;
                    let (key, first_line) = (name.clone(), first.line);
                    self.duplicates.push(Duplicate { key, line, column, first_line, value_line: line });
                }
                pairs.set(name, value);
            }
        }
    }
}
