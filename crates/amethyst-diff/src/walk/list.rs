//! Lists: by the names of their elements, or else by their longest common sequence.

use std::collections::{HashMap, HashSet};

use amethyst_object::{Map, Value, json};

use super::Walk;
use crate::change::Change;
use crate::equal::equal;
use crate::keys::{Name, names};
use crate::myers::{Edit, edits};
use crate::path::Step;

/// In a run of more replaced elements than this, they are paired by their place, not by likeness.
const LIKENESS_ELEMENTS_MAX: usize = 32;
/// Names of reordered elements are shown up to this length.
const LABEL_CHARS_MAX: usize = 80;

impl Walk<'_> {
    pub(super) fn lists(&mut self, before: &[Value], after: &[Value]) {
        match names(before, after, self.root.at(self.kind, &self.path)) {
            Some((mut before_names, after_names)) => {
                self.rename(&mut before_names);
                self.named(before, &before_names, after, &after_names);
            }
            None => self.sequences(before, after),
        }
    }

    fn named(&mut self, before: &[Value], before_names: &[Name], after: &[Value], after_names: &[Name]) {
        let places: HashMap<&Name, usize> = after_names.iter().zip(0..).collect();
        let old_places: HashMap<&Name, usize> = before_names.iter().zip(0..).collect();
        for (name, old) in before_names.iter().zip(before) {
            match places.get(name) {
                Some(at) => {
                    let step = self.item(name);
                    self.path.push(step);
                    self.values(old, &after[*at]);
                    self.path.pop();
                }
                None => self.removed(self.item(name), old),
            }
        }
        for (name, new) in after_names.iter().zip(after) {
            if !old_places.contains_key(name) {
                self.added(self.item(name), new);
            }
        }
        let common: Vec<&Name> = before_names.iter().filter(|name| places.contains_key(name)).collect();
        let now: Vec<&Name> = after_names.iter().filter(|name| old_places.contains_key(name)).collect();
        if common != now {
            let label = |name: &&Name| {
                let values: Vec<&str> = name.iter().map(|(_, value)| value.as_str()).collect();
                self.redactor.text(&values.join("/")).to_string()
            };
            let before = common.iter().map(label).collect();
            let after = now.iter().map(label).collect();
            self.tell(Change::Reordered { before, after });
        }
    }

    /// Gives elements that are named by a generated name its new one.
    fn rename(&self, names: &mut [Name]) {
        if self.renames.is_empty() {
            return;
        }
        let mut renamed = names.to_vec();
        for (_, value) in renamed.iter_mut().flatten() {
            if let Some(new) = self.renames.get(value.as_str()) {
                *value = (*new).into();
            }
        }
        // Unless two become one by it.
        if renamed.iter().collect::<HashSet<_>>().len() == names.len() {
            names.clone_from_slice(&renamed);
        }
    }

    fn item(&self, name: &Name) -> Step {
        Step::Item(name.iter().map(|(key, value)| (key.clone(), self.redactor.text(value))).collect())
    }

    fn sequences(&mut self, before: &[Value], after: &[Value]) {
        let mut known: HashMap<Vec<u8>, u32> = HashMap::new();
        let mut number = |value: &Value| {
            let next = known.len() as u32;
            *known.entry(json::to_vec(value)).or_insert(next)
        };
        let before_ids: Vec<u32> = before.iter().map(&mut number).collect();
        let after_ids: Vec<u32> = after.iter().map(&mut number).collect();
        if is_same_bag(&before_ids, &after_ids) {
            let before = before.iter().map(|value| label(&self.shown(value))).collect();
            let after = after.iter().map(|value| label(&self.shown(value))).collect();
            return self.tell(Change::Reordered { before, after });
        }
        let edits = edits(&before_ids, &after_ids);
        let is_keep = |edit: &Edit| matches!(edit, Edit::Keep(..));
        for run in edits.chunk_by(|left, right| is_keep(left) == is_keep(right)) {
            self.replaced(run, before, after);
        }
    }

    /// A run of elements that are gone, and of those that took their place: alike ones are compared.
    fn replaced(&mut self, run: &[Edit], before: &[Value], after: &[Value]) {
        let gone: Vec<usize> = run
            .iter()
            .filter_map(|edit| if let Edit::Delete(at) = edit { Some(*at) } else { None })
            .collect();
        let mut new: Vec<Option<usize>> = run
            .iter()
            .filter_map(|edit| if let Edit::Insert(at) = edit { Some(Some(*at)) } else { None })
            .collect();
        let by_place = gone.len().max(new.len()) > LIKENESS_ELEMENTS_MAX;
        for (place, old) in gone.iter().enumerate() {
            let likeness = |at: usize| likeness(&before[*old], &after[at]);
            let partner = if by_place {
                new.get(place).copied().flatten().filter(|at| likeness(*at) > 0).map(|_| place)
            } else {
                let alike = new.iter().enumerate().filter_map(|(index, at)| Some((index, likeness((*at)?))));
                // The first of the most alike.
                let best =
                    alike.filter(|(_, likeness)| *likeness > 0).rev().max_by_key(|(_, likeness)| *likeness);
                best.map(|(index, _)| index)
            };
            match partner.and_then(|index| new[index].take()) {
                Some(at) => {
                    self.path.push(Step::Index(at));
                    self.values(&before[*old], &after[at]);
                    self.path.pop();
                }
                None => self.removed(Step::Index(*old), &before[*old]),
            }
        }
        for at in new.into_iter().flatten() {
            self.added(Step::Index(at), &after[at]);
        }
    }
}

/// How alike two elements are; those of 0 are not compared. Scalars take each other's place; maps need a third
/// of their fields in common.
fn likeness(before: &Value, after: &Value) -> usize {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            let same = |(key, value): (&amethyst_object::Str, &Value)| {
                after.get(key).map_or(0, |other| if equal(value, other) { 3 } else { 1 })
            };
            let common: usize = before.iter().map(same).sum();
            let all = before.len().max(after.len());
            if common >= all.max(1) || is_same_keys(before, after) { common + 1 } else { 0 }
        }
        (Value::Array(_), Value::Array(_)) => 1,
        (Value::Object(_) | Value::Array(_), _) | (_, Value::Object(_) | Value::Array(_)) => 0,
        _ => 1,
    }
}

fn is_same_keys(before: &Map, after: &Map) -> bool {
    before.len() == after.len() && before.keys().all(|key| after.contains_key(key))
}

fn is_same_bag(before: &[u32], after: &[u32]) -> bool {
    let sorted = |ids: &[u32]| {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids
    };
    before.len() == after.len() && sorted(before) == sorted(after)
}

fn label(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| json::to_string_in_order(value), ToOwned::to_owned);
    if text.chars().count() <= LABEL_CHARS_MAX {
        return text;
    }
    let mut short: String = text.chars().take(LABEL_CHARS_MAX - 1).collect();
    short.push('…');
    short
}
