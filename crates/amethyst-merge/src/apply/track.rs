//! Who owns what after a write that is no apply.

use amethyst_object::Value;
use amethyst_schema::SchemaRef;

use super::{
    name_of, or_unknown,
    owners::{Owners, stripped},
    without_managed,
};
use crate::{
    fields::FieldSet,
    managed::{Managed, ManagedEntry, Operation},
    typed::{self, Ty},
};

/// A create, update or patch that is worked out already.
#[derive(Clone, Copy, Debug)]
pub struct UpdateRequest<'a> {
    /// The object as it was; on a create `None`, or what a new object of the kind
    /// holds (see [`crate::ApplyRequest::empty`]).
    pub live: Option<&'a Value>,
    /// The object as it will be.
    pub new: &'a Value,
    /// Who owns what so far: what [`Managed::for_update`] says.
    pub managed: &'a Managed,
    /// Who writes.
    pub manager: &'a str,
    /// Through which subresource; empty for the object itself.
    pub subresource: &'a str,
    /// The version of both objects.
    pub api_version: &'a str,
    /// The time now: RFC 3339, whole seconds, `Z`.
    pub now: &'a str,
    /// The kind's schema; `None` when there is none.
    pub schema: Option<SchemaRef<'a>>,
    /// Fields that this request cannot change.
    pub reset_fields: &'a FieldSet,
}

/// Who owns what after the write.
///
/// An object whose owners were reset, and that is not new, stays without owners until someone applies.
///
/// # Errors
/// When an object does not fit its schema. Upstream then writes the object and keeps the owners as they
/// were.
pub fn update(request: &UpdateRequest<'_>) -> Result<Managed, String> {
    let exists =
        request.live.is_some_and(|live| live.str_at(&["metadata", "uid"]).is_some_and(|uid| !uid.is_empty()));
    if request.managed.is_empty() && exists {
        return Ok(Managed::default());
    }
    let nothing = Value::object();
    let live = without_managed(request.live.unwrap_or(&nothing));
    let new = without_managed(request.new);
    let write = Write {
        live: &live,
        new: &new,
        manager: request.manager,
        subresource: request.subresource,
        api_version: request.api_version,
        now: request.now,
        schema: request.schema,
        reset_fields: request.reset_fields,
    };
    write.track(Owners::new(request.managed)).map(Owners::finish)
}

/// One write of one manager.
pub(super) struct Write<'a> {
    pub(super) live: &'a Value,
    pub(super) new: &'a Value,
    pub(super) manager: &'a str,
    pub(super) subresource: &'a str,
    pub(super) api_version: &'a str,
    pub(super) now: &'a str,
    pub(super) schema: Option<SchemaRef<'a>>,
    pub(super) reset_fields: &'a FieldSet,
}

impl Write<'_> {
    pub(super) fn track(&self, mut owners: Owners) -> Result<Owners, String> {
        let ty = Ty::root(self.schema);
        for (what, value) in [("new", self.new), ("live", self.live)] {
            let errors = typed::validate(ty, value, true);
            if !errors.is_empty() {
                return Err(format!(
                    "failed to convert {what} object ({}) to smd typed: {errors}",
                    name_of(value)
                ));
            }
        }
        owners.reconcile(ty);
        let comparison = typed::compare(ty, self.live, self.new)
            .map_err(|errors| format!("failed to compare objects: {errors}"))?
            .without(self.reset_fields);
        // The writer, too, loses what it changes, and owns it again below: only so does its time tell a
        // write that changes something from one that does not.
        if owners.hand_over(&comparison, None, true).is_err() {
            unreachable!("a forced hand-over has no conflicts");
        }
        let fields = comparison.modified.union(&comparison.added).difference(stripped());
        if !fields.is_empty() {
            let mut me = ManagedEntry {
                manager: or_unknown(self.manager),
                operation: Operation::Update,
                api_version: self.api_version.to_owned(),
                time: Some(self.now.to_owned()),
                subresource: self.subresource.to_owned(),
                fields,
            };
            if let Some(previous) = owners.take(&me) {
                me.fields = me.fields.union(&previous.fields);
            }
            owners.put(me);
        }
        owners.cap();
        Ok(owners)
    }
}
