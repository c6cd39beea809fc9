//! What a kind's rules are asked about.

use amethyst_object::Map;

use crate::at::At;
use crate::faults::Faults;
use crate::metadata;
use crate::names::NameRule;

/// One object that somebody wants to write.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The object, defaulted and prepared, in the version of the request.
    pub new: &'a Map,
    /// The object that is there already, if the write changes one.
    pub old: Option<&'a Map>,
    /// The subresource; empty for the object itself.
    pub subresource: &'a str,
    /// The group of the request.
    pub group: &'a str,
    /// The version of the request.
    pub version: &'a str,
}

impl<'a> Case<'a> {
    /// A field of the new object.
    pub(crate) fn at(&self, key: &str) -> At<'a> {
        At::root(self.new, key)
    }

    /// A field of the old object; missing on a create.
    pub(crate) fn before(&self, key: &str) -> At<'a> {
        At::new(self.old.and_then(|old| old.get(key)), amethyst_object::FieldPath::of([key]))
    }

    /// Whether something is changed, not made.
    pub(crate) fn is_update(&self) -> bool {
        self.old.is_some()
    }

    /// Metadata of a new object, or the change of it.
    pub(crate) fn metadata(&self, namespaced: bool, rule: NameRule, faults: &mut Faults) {
        match self.old {
            Some(old) => metadata::change(self.new, old, faults),
            None => self.whole_metadata(namespaced, rule, faults),
        }
    }

    /// The change of metadata, if it is one, and metadata as it stands: what most update rules do upstream.
    pub(crate) fn both_metadata(&self, namespaced: bool, rule: NameRule, faults: &mut Faults) {
        if let Some(old) = self.old {
            metadata::change(self.new, old, faults);
        }
        self.whole_metadata(namespaced, rule, faults);
    }

    /// Metadata as it stands.
    pub(crate) fn whole_metadata(&self, namespaced: bool, rule: NameRule, faults: &mut Faults) {
        faults.extend(metadata::validate(self.new, namespaced, true, rule));
    }
}
