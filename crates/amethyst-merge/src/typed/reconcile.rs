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
    let changes: Vec<(usize, Change)> = fields
        .iter()
        .map(|(element, member, children)| below(ty.step(element), children, member && children.is_empty()))
        .enumerate()
        .filter(|(_, change)| !matches!(change, Change::None))
        .collect();
    if changes.is_empty() {
        return Change::None;
    }
    let mut changes = changes.into_iter().peekable();
    let mut builder = Builder::default();
    for (index, (element, member, children)) in fields.iter().enumerate() {
        match changes.next_if(|(at, _)| *at == index).map(|(_, change)| change) {
            None | Some(Change::None) => builder.push(element, member, children.clone()),
            Some(Change::Collapse) => builder.push(element, true, FieldSet::default()),
            Some(Change::Below(children)) => builder.push(element, member, children),
        }
    }
    Change::Below(builder.build())
}
