//! A set of owned paths, as a trie of sorted vectors.

use std::{cmp::Ordering, fmt, sync::Arc};

use super::Element;
use crate::typed::Ty;

/// A set of owned paths. An inner place may be a member or merely lead to members.
///
/// Clones share what they hold, and so do the results of operations.
#[derive(Clone, Default)]
pub struct FieldSet {
    /// Sorted, unique; each is a member or has children. None for the empty set.
    entries: Option<Arc<Vec<Entry>>>,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) element: Element,
    pub(super) member: bool,
    pub(super) children: FieldSet,
}

/// How one entry of a result comes from the entries of two sets under the same element.
type Join = fn(Option<&Entry>, Option<&Entry>) -> Option<(bool, FieldSet)>;

impl FieldSet {
    /// A set of paths of plain fields: `FieldSet::of(&[&["metadata", "name"]])`.
    pub fn of(paths: &[&[&str]]) -> Self {
        let mut set = Self::default();
        for path in paths {
            set.insert(&path.iter().map(|name| Element::field(*name)).collect::<Vec<_>>());
        }
        set
    }

    /// Whether it holds no path.
    pub fn is_empty(&self) -> bool {
        self.entries.is_none()
    }

    /// How many paths it holds.
    pub fn len(&self) -> usize {
        self.entries().iter().map(|entry| usize::from(entry.member) + entry.children.len()).sum()
    }

    /// Puts a path in; the empty path is nothing anyone can own.
    pub fn insert(&mut self, path: &[Element]) {
        let Some((first, rest)) = path.split_first() else {
            return;
        };
        let found = self.find(first);
        let entries = Arc::make_mut(self.entries.get_or_insert_default());
        let at = found.unwrap_or_else(|at| {
            let entry = Entry { element: first.clone(), member: false, children: Self::default() };
            entries.insert(at, entry);
            at
        });
        if rest.is_empty() {
            entries[at].member = true;
        } else {
            entries[at].children.insert(rest);
        }
    }

    /// Whether it holds the path.
    pub fn contains(&self, path: &[Element]) -> bool {
        match path {
            [] => false,
            [last] => self.entry(last).is_some_and(|entry| entry.member),
            [first, rest @ ..] => self.entry(first).is_some_and(|entry| entry.children.contains(rest)),
        }
    }

    /// What is in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        if other.is_empty() || self.shares(other) {
            return self.clone();
        }
        if self.is_empty() {
            return other.clone();
        }
        self.join(other, |left, right| match (left, right) {
            (Some(left), Some(right)) => {
                Some((left.member || right.member, left.children.union(&right.children)))
            }
            (Some(one), None) | (None, Some(one)) => Some((one.member, one.children.clone())),
            (None, None) => None,
        })
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        if self.is_empty() || other.is_empty() {
            return Self::default();
        }
        self.join(other, |left, right| {
            let (left, right) = (left?, right?);
            Some((left.member && right.member, left.children.intersection(&right.children)))
        })
    }

    /// What is here and not in `other`. A path in `other` does not take those below it away.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        if other.is_empty() {
            return self.clone();
        }
        self.join(other, |left, right| {
            let left = left?;
            Some(match right {
                Some(right) => (left.member && !right.member, left.children.difference(&right.children)),
                None => (left.member, left.children.clone()),
            })
        })
    }

    /// What is here and neither in `other` nor below a path of `other`.
    #[must_use]
    pub fn recursive_difference(&self, other: &Self) -> Self {
        if other.is_empty() {
            return self.clone();
        }
        self.join(other, |left, right| {
            let left = left?;
            match right {
                Some(right) if right.member => None,
                Some(right) => Some((left.member, left.children.recursive_difference(&right.children))),
                None => Some((left.member, left.children.clone())),
            }
        })
    }

    /// The paths that no other path of the set goes through.
    #[must_use]
    pub fn leaves(&self) -> Self {
        let mut builder = Builder::with_capacity(self.entries().len());
        for entry in self.entries() {
            builder.push(&entry.element, entry.member && entry.children.is_empty(), entry.children.leaves());
        }
        builder.build()
    }

    /// All paths; at each place its members come before what is below them, as upstream iterates.
    pub fn paths(&self) -> Vec<Vec<Element>> {
        let mut paths = Vec::new();
        self.collect_paths(&mut Vec::new(), &mut paths);
        paths
    }

    fn collect_paths(&self, prefix: &mut Vec<Element>, paths: &mut Vec<Vec<Element>>) {
        for entry in self.entries().iter().filter(|entry| entry.member) {
            let mut path = prefix.clone();
            path.push(entry.element.clone());
            paths.push(path);
        }
        for entry in self.entries() {
            prefix.push(entry.element.clone());
            entry.children.collect_paths(prefix, paths);
            prefix.pop();
        }
    }

    /// The set with the declared fields on the way to its members made members too.
    pub(crate) fn ensure_named(&self, ty: Ty<'_>) -> Self {
        let mut entries = Vec::with_capacity(self.entries().len());
        for entry in self.entries() {
            let declared = match &entry.element {
                Element::Field(name) => ty.declares(name),
                _ => false,
            };
            let children = if entry.children.is_empty() {
                Self::default()
            } else {
                entry.children.ensure_named(ty.step(&entry.element))
            };
            let member = entry.member || (declared && !children.is_empty());
            entries.push(Entry { element: entry.element.clone(), member, children });
        }
        Self::from_sorted(entries)
    }

    /// Whether `element` is a member here, and what the set holds below it.
    pub(crate) fn below(&self, element: &Element) -> (bool, Option<&Self>) {
        match self.entry(element) {
            Some(entry) => (entry.member, Some(&entry.children).filter(|children| !children.is_empty())),
            None => (false, None),
        }
    }

    /// The same for a plain field, without making an element of it.
    pub(crate) fn below_field(&self, name: &str) -> (bool, Option<&Self>) {
        let entries = self.entries();
        let found = entries.binary_search_by(|entry| match &entry.element {
            Element::Field(field) => field.as_str().cmp(name),
            _ => Ordering::Greater,
        });
        match found.map(|at| &entries[at]) {
            Ok(entry) => (entry.member, Some(&entry.children).filter(|children| !children.is_empty())),
            Err(_) => (false, None),
        }
    }

    /// The elements here, with whether each is a member and what is below it.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Element, bool, &Self)> {
        self.entries().iter().map(|entry| (&entry.element, entry.member, &entry.children))
    }

    pub(super) fn entries(&self) -> &[Entry] {
        self.entries.as_deref().map_or(&[], Vec::as_slice)
    }

    fn from_sorted(entries: Vec<Entry>) -> Self {
        Self { entries: (!entries.is_empty()).then(|| Arc::new(entries)) }
    }

    /// Whether both are one piece of memory.
    fn shares(&self, other: &Self) -> bool {
        match (&self.entries, &other.entries) {
            (Some(left), Some(right)) => Arc::ptr_eq(left, right),
            (None, None) => true,
            _ => false,
        }
    }

    fn find(&self, element: &Element) -> Result<usize, usize> {
        self.entries().binary_search_by(|entry| entry.element.cmp(element))
    }

    fn entry(&self, element: &Element) -> Option<&Entry> {
        self.find(element).ok().map(|at| &self.entries()[at])
    }

    fn join(&self, other: &Self, join: Join) -> Self {
        let mut builder = Builder::with_capacity(self.entries().len());
        let (mut left, mut right) = (self.entries(), other.entries());
        loop {
            let order = match (left.first(), right.first()) {
                (Some(one), Some(two)) => one.element.cmp(&two.element),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            let one = if order.is_le() { left.split_off_first() } else { None };
            let two = if order.is_ge() { right.split_off_first() } else { None };
            let element = one.or(two).map(|entry| &entry.element);
            if let (Some(element), Some((member, children))) = (element, join(one, two)) {
                builder.push(element, member, children);
            }
        }
        builder.build()
    }
}

impl PartialEq for FieldSet {
    fn eq(&self, other: &Self) -> bool {
        self.shares(other) || self.entries() == other.entries()
    }
}

impl Eq for FieldSet {}

impl fmt::Debug for FieldSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Vec::new();
        self.write_fields_v1(&mut out);
        f.write_str(&String::from_utf8_lossy(&out))
    }
}

/// Collects the entries of one place, in any order.
#[derive(Default)]
pub(crate) struct Builder {
    entries: Vec<Entry>,
    unsorted: bool,
}

impl Builder {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self { entries: Vec::with_capacity(capacity), unsorted: false }
    }

    /// Puts a place in, unless it is no member and has no children.
    pub(crate) fn push(&mut self, element: &Element, member: bool, children: FieldSet) {
        if !member && children.is_empty() {
            return;
        }
        self.unsorted |= self.entries.last().is_some_and(|last| last.element >= *element);
        self.entries.push(Entry { element: element.clone(), member, children });
    }

    pub(crate) fn build(self) -> FieldSet {
        let mut entries = self.entries;
        if self.unsorted {
            entries.sort_by(|left, right| left.element.cmp(&right.element));
            let mut merged: Vec<Entry> = Vec::with_capacity(entries.len());
            for entry in entries {
                match merged.last_mut() {
                    Some(last) if last.element == entry.element => {
                        last.member |= entry.member;
                        last.children = last.children.union(&entry.children);
                    }
                    _ => merged.push(entry),
                }
            }
            entries = merged;
        }
        FieldSet::from_sorted(entries)
    }
}
