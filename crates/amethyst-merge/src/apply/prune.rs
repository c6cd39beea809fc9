//! Taking out of the merged object what its applier does not apply any more.

use amethyst_object::Value;

use super::Owners;
use crate::{
    fields::FieldSet,
    typed::{self, Ty},
};

/// Removes the fields that were applied last time (`last`) and that nobody, the applier included, owns now.
pub(super) fn prune(ty: Ty<'_>, merged: Value, owners: &Owners, last: &FieldSet) -> Value {
    let owned = owners.all_fields();
    // Nothing is let go, and nothing empties because its parts are nobody's.
    if last.difference(&owned).is_empty() && !typed::goes_on(ty, &merged, last) {
        return merged;
    }
    let named = |value: &Value| typed::field_set(ty, value).ensure_named(ty);
    let last = last.ensure_named(ty);
    let merged_fields = named(&merged);

    let mut pruned = typed::remove(ty, &merged, &last);
    // Back with what someone still owns, and with what lies on the way to it.
    let gone = merged_fields.difference(&named(&pruned).union(&owned.ensure_named(ty)));
    pruned = typed::remove(ty, &merged, &gone);
    // Back with what the applier never owned itself.
    let gone = merged_fields.difference(&named(&pruned)).intersection(&last);
    typed::remove(ty, &merged, &gone)
}
