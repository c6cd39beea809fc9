//! Where finished parts go: keys, values and merges.

use amethyst_object::Str;

use super::{
    Builder, Dialect, Duplicate, Frame, FrameKind, INVALID_KEY, Key, Make, Place, Rank, Role, Source,
};

impl<M: Make> Builder<'_, M> {
    pub(super) fn set_key(&mut self, found: Key, place: Place) {
        let Some(Frame { kind: FrameKind::Map { pairs, key, .. }, has_duplicates, .. }) =
            self.frames.last_mut()
        else {
            return;
        };
        if let Key::Field(name) = &found
            && let Some(first_line) = pairs.announce(name, place.line, self.nodes.all)
        {
            *has_duplicates = true;
            self.pending = Some(self.duplicates.len());
            self.duplicates.push(Duplicate {
                key: name.clone(),
                line: place.line,
                column: place.column,
                first_line,
                value_line: place.line,
            });
        }
        *key = Some(found);
    }

    /// go-yaml v3 finds duplicates by the text of a key, whatever it is.
    pub(super) fn note_odd_key(&mut self, text: &str, place: Place) {
        if self.dialect != Dialect::GoV3 {
            return;
        }
        let Some(Frame { kind: FrameKind::Map { odd, .. }, has_duplicates, .. }) = self.frames.last_mut()
        else {
            return;
        };
        if let Some((key, first_line)) = odd.iter().find(|(known, _)| known == text) {
            *has_duplicates = true;
            let Place { line, column } = place;
            let (key, first_line) = (key.clone(), *first_line);
            self.duplicates.push(Duplicate { key, line, column, first_line, value_line: line });
        }
        odd.push((text.into(), place.line));
    }

    pub(super) fn attach(&mut self, value: M::Value) {
        match self.frames.last_mut().map(|frame| &mut frame.kind) {
            None => self.root = Some(value),
            Some(FrameKind::List(items)) => items.push(value),
            Some(FrameKind::Map { pairs, key, .. }) => {
                if let Some(Key::Field(name)) = key.take()
                    && let Some((from, to)) = pairs.set(name, value, self.nodes.all)
                {
                    self.late.retain(|(_, _, at)| *at <= from || *at > to);
                }
            }
            Some(FrameKind::MergeList(_)) => {}
        }
    }

    /// A list or a map may stand where go-yaml reads none.
    pub(super) fn attach_as(&mut self, role: Role, value: M::Value, place: Place) {
        match role {
            Role::Item | Role::Field => self.attach(value),
            Role::Key => {
                self.fail(Rank::Decode, INVALID_KEY.to_owned(), place);
                self.note_odd_key("", place);
                self.set_key(Key::Unusable, place);
            }
            Role::Merge | Role::MergeItem => self.attach_nothing(role),
        }
    }

    /// Goes past a node that has been told to be wrong.
    pub(super) fn attach_nothing(&mut self, role: Role) {
        if let Some(Frame { kind: FrameKind::Map { key, .. }, .. }) = self.frames.last_mut() {
            *key = if role == Role::Key { Some(Key::Unusable) } else { None };
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
                if let Some(first_line) = pairs.announce(&name, place.line, self.nodes.all) {
                    let Place { line, column } = place;
                    let key = name.clone();
                    self.duplicates.push(Duplicate { key, line, column, first_line, value_line: line });
                }
                if let Some((from, to)) = pairs.set(name, value, self.nodes.all) {
                    self.late.retain(|(_, _, at)| *at <= from || *at > to);
                }
            }
        }
    }
}
