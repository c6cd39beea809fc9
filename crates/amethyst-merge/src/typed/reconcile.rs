//! Owned fields after the schema changed under them: what became atomic is owned as one.

use super::{Atom, ListTy, Ty};
use crate::fields::{Builder, FieldSet};

/// The set as the schema of today sees it; `None` when that is no different.
pub(crate) fn reconcile(ty: Ty<'_>, fields: &FieldSet) -> Option<FieldSet> {
    match below(ty, fields, false) {
        Change::None | Change::Collapse => None,
        Change::Below(fields) => Some(fields),
    }
}

enum Change {
    None,
    /// The place became atomic: it is owned, what was below it is not.
    Collapse,
    Below(FieldSet),
}

fn below(ty: Ty<'_>, fields: &FieldSet, leaf: bool) -> Change {
    match ty.atom(None) {
        Atom::Map { atomic: true } if !leaf && !fields.is_empty() => return Change::Collapse,
        Atom::List(ListTy { atomic: true, .. }) if !leaf => return Change::Collapse,
        // Types that values suggest know neither atomic nor granular.
        Atom::Map { atomic: false } if ty.suggested() => return Change::None,
        Atom::Map { atomic: false } | Atom::List(ListTy { atomic: false, .. }) => {}
        _ => return Change::None,
    }
    let mut changed = false;
    let mut builder = Builder::default();
    for (element, member, children) in fields.iter() {
        let change = below(ty.step(element), children, member && children.is_empty());
        changed |= !matches!(change, Change::None);
        match change {
            Change::None => builder.push(element.clone(), member, children.clone()),
            Change::Collapse => builder.push(element.clone(), true, FieldSet::default()),
            Change::Below(children) => builder.push(element.clone(), member, children),
        }
    }
    if changed { Change::Below(builder.build()) } else { Change::None }
}
