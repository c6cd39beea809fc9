//! A list of faults that rules add to, one line each.

use amethyst_object::{FieldPath, Value};
use amethyst_schema::Fault;

use crate::at::At;

/// `IsNegativeErrorMsg` upstream.
pub(crate) const NEGATIVE: &str = "must be greater than or equal to 0";
/// `FieldImmutableErrorMsg` upstream.
pub(crate) const IMMUTABLE: &str = "field is immutable";

/// What is wrong so far.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// The faults.
    pub fn into_vec(self) -> Vec<Fault> {
        self.0
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds a fault.
    pub(crate) fn push(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Adds faults.
    pub(crate) fn extend(&mut self, faults: impl IntoIterator<Item = Fault>) {
        self.0.extend(faults);
    }

    /// The value at a place is refused.
    pub(crate) fn invalid(&mut self, at: &At<'_>, why: impl AsRef<str>) {
        self.0.push(Fault::invalid(at.path.clone(), at.shown(), why));
    }

    /// A string is refused; what is missing reads as the empty one.
    pub(crate) fn invalid_text(&mut self, at: &At<'_>, why: impl AsRef<str>) {
        self.0.push(Fault::invalid(at.path.clone(), at.str(), why));
    }

    /// A value is refused at a path.
    pub(crate) fn invalid_value(&mut self, path: &FieldPath, value: impl Into<Value>, why: impl AsRef<str>) {
        self.0.push(Fault::invalid(path.clone(), value, why));
    }

    /// A value is refused, shown as Go shows it.
    pub(crate) fn invalid_as(&mut self, path: &FieldPath, shown: &str, why: &str) {
        self.0.push(Fault::invalid_as(path.clone(), shown, why));
    }

    /// Each of `why` refuses the string at a place.
    pub(crate) fn texts(&mut self, at: &At<'_>, why: impl IntoIterator<Item = String>) {
        for why in why {
            self.invalid_text(at, why);
        }
    }

    /// Something is missing.
    pub(crate) fn required(&mut self, path: &FieldPath, why: &str) {
        self.0.push(Fault::required(path.clone(), why));
    }

    /// Something must not be there.
    pub(crate) fn forbidden(&mut self, path: &FieldPath, why: impl AsRef<str>) {
        self.0.push(Fault::forbidden(path.clone(), why));
    }

    /// The string at a place is none of those that are known.
    pub(crate) fn unsupported<S: AsRef<str>>(&mut self, at: &At<'_>, known: &[S]) {
        self.0.push(Fault::not_supported(at.path.clone(), at.str(), known));
    }

    /// Something is there twice.
    pub(crate) fn duplicate(&mut self, path: &FieldPath, value: impl Into<Value>) {
        self.0.push(Fault::duplicate(path.clone(), value));
    }

    /// A string is too long.
    pub(crate) fn too_long(&mut self, path: &FieldPath, limit: u64) {
        self.0.push(Fault::too_long(path.clone(), limit));
    }

    /// A number, when there, is not negative.
    pub(crate) fn non_negative(&mut self, at: &At<'_>) {
        if at.int().is_some_and(|number| number < 0) {
            self.invalid(at, NEGATIVE);
        }
    }

    /// Several numbers of a map, when there, are not negative.
    pub(crate) fn non_negatives(&mut self, at: &At<'_>, keys: &[&str]) {
        for key in keys {
            self.non_negative(&at.get(key));
        }
    }

    /// A number lies within bounds.
    pub(crate) fn in_range(&mut self, at: &At<'_>, low: i64, high: i64) {
        let number = at.int().unwrap_or_default();
        if !(low..=high).contains(&number) {
            self.invalid_value(&at.path, number, format!("must be between {low} and {high}, inclusive"));
        }
    }

    /// A port number.
    pub(crate) fn port(&mut self, at: &At<'_>) {
        self.in_range(at, 1, 65_535);
    }

    /// A string that must be there, and one of those that are known (`Required`, then `NotSupported`).
    pub(crate) fn one_of(&mut self, at: &At<'_>, known: &[&str]) {
        if at.str().is_empty() {
            self.required(&at.path, "");
        } else {
            self.enumerated(at, known);
        }
    }

    /// A string of those that are known; missing is wrong, too.
    pub(crate) fn enumerated(&mut self, at: &At<'_>, known: &[&str]) {
        if !known.contains(&at.str()) {
            self.unsupported(at, known);
        }
    }

    /// A string that must be there.
    pub(crate) fn needs_text(&mut self, at: &At<'_>) -> bool {
        let missing = at.str().is_empty();
        if missing {
            self.required(&at.path, "");
        }
        !missing
    }

    /// A field that cannot change.
    pub(crate) fn immutable(&mut self, new: &At<'_>, old: &At<'_>) {
        if new.value() != old.value() && !(new.is_empty() && old.is_empty()) {
            self.invalid(new, IMMUTABLE);
        }
    }
}
