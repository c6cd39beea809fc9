//! Objects of custom kinds come after the CustomResourceDefinitions that define them.
//!
//! Flux applies Kustomizations side by side unless `dependsOn` says otherwise. One whose objects are of a
//! kind that another one defines fails until the other is through, and for ever when the other waits for it.

use std::collections::{BTreeMap, BTreeSet};

use amethyst_diag::{Diagnostic, Location};
use amethyst_object::{FieldPath, Object, Value};
use amethyst_tree::Tree;

use super::Checked;
use super::dependencies::dependencies_of;
use super::flux::{Applied, Key, Kustomization};
use crate::repository::UnitKind;

/// A group and a kind.
type Kind = (String, String);

/// What must be there before what, among all Kustomizations.
struct Order<'a> {
    known: &'a BTreeMap<Key, Kustomization>,
    children: BTreeMap<&'a Key, Vec<&'a Key>>,
}

/// Warns at the first object of each kind whose definition comes from a Kustomization that is not waited for.
pub(super) fn check(
    tree: &Tree,
    known: &BTreeMap<Key, Kustomization>,
    objects: &[Applied<'_>],
    definitions: &[Object],
    checked: &mut Checked,
) {
    let brought: BTreeSet<Kind> = definitions.iter().filter_map(defined).collect();
    let mut definers: BTreeMap<Kind, BTreeSet<&Key>> = BTreeMap::new();
    // What charts bring comes when they are installed; Flux tries again until then.
    let objects = objects.iter().filter(|applied| applied.by.kind == UnitKind::Kustomization);
    let owned = |applied: &Applied<'_>| {
        let key = (applied.by.namespace.clone(), applied.by.name.clone());
        known.get_key_value(&key).map(|(key, _)| key)
    };
    for applied in objects.clone().filter(|applied| applied.packed.id.kind == "CustomResourceDefinition") {
        let kind = defined(&applied.packed.object()).filter(|kind| !brought.contains(kind));
        if let (Some(kind), Some(owner)) = (kind, owned(applied)) {
            definers.entry(kind).or_default().insert(owner);
        }
    }
    let order = Order::new(known);
    let mut first_by: BTreeMap<&Key, BTreeSet<&Key>> = BTreeMap::new();
    let mut told = BTreeSet::new();
    for applied in objects {
        let id = &applied.packed.id;
        let found = definers.get_key_value(&(id.group.to_string(), id.kind.to_string()));
        let (Some((kind, definers)), Some(owner)) = (found, owned(applied)) else { continue };
        let first = first_by.entry(owner).or_insert_with(|| order.before(owner));
        if definers.iter().any(|definer| first.contains(definer)) || !told.insert((owner, kind)) {
            continue;
        }
        let Some(definer) = definers.first() else { continue };
        checked.diagnostics.push(warning(tree, applied, owner, definer, known));
    }
}

fn warning(
    tree: &Tree,
    applied: &Applied<'_>,
    owner: &Key,
    definer: &Key,
    known: &BTreeMap<Key, Kustomization>,
) -> Diagnostic {
    let id = &applied.packed.id;
    let message = format!(
        "kind `{}` is defined by Kustomization `{}/{}`, which Kustomization `{}/{}` does not depend on: it fails until the other is applied",
        id.kind, definer.0, definer.1, owner.0, owner.1,
    );
    let declared = known.get(owner).map(|kustomization| &kustomization.origin);
    let declared = declared.map(|origin| Location::new(origin.file.clone(), origin.line, 0).to_string());
    let entry = if definer.0 == owner.0 {
        format!("`- name: {}`", definer.1)
    } else {
        format!("`- {{name: {}, namespace: {}}}`", definer.1, definer.0)
    };
    Diagnostic::warning("kustomization-missing-definition-dependency", message)
        .at(applied.place(tree, &FieldPath::of(["kind"])))
        .about(id)
        .hint(format!("add {entry} to `spec.dependsOn` at {}", declared.unwrap_or_default()))
}

/// What a CustomResourceDefinition defines; `None` for other objects.
fn defined(object: &Object) -> Option<Kind> {
    if object.kind() != "CustomResourceDefinition" {
        return None;
    }
    let text = |keys: &[&str]| object.str_at(keys).map(str::to_owned);
    Some((text(&["spec", "group"])?, text(&["spec", "names", "kind"])?))
}

impl<'a> Order<'a> {
    fn new(known: &'a BTreeMap<Key, Kustomization>) -> Self {
        let mut children: BTreeMap<&Key, Vec<&Key>> = BTreeMap::new();
        for (key, kustomization) in known {
            if let Some(parent) = &kustomization.parent {
                children.entry(parent).or_default().push(key);
            }
        }
        Self { known, children }
    }

    /// The Kustomizations whose definitions are there when `key` applies its objects: itself and those that
    /// brought it, for definitions are applied before all else; and whatever one of these waits for.
    fn before(&self, key: &'a Key) -> BTreeSet<&'a Key> {
        let mut first = BTreeSet::new();
        let mut begun = Some(key);
        while let Some((key, kustomization)) = begun.and_then(|key| self.known.get_key_value(key)) {
            if !first.insert(key) {
                break;
            }
            self.done_before(kustomization, &mut first);
            begun = kustomization.parent.as_ref();
        }
        first
    }

    fn done_before(&self, kustomization: &'a Kustomization, first: &mut BTreeSet<&'a Key>) {
        let mut todo = dependencies_of(&kustomization.object);
        let mut done = BTreeSet::new();
        while let Some(next) = todo.pop() {
            let Some((key, kustomization)) = self.known.get_key_value(&next) else { continue };
            if !done.insert(key) {
                continue;
            }
            todo.extend(dependencies_of(&kustomization.object));
            // One that waits is Ready only when those that it brings are.
            if kustomization.object.at(&["spec", "wait"]).and_then(Value::as_bool) == Some(true) {
                todo.extend(self.children.get(key).into_iter().flatten().map(|child| (*child).clone()));
            }
        }
        first.extend(done);
    }
}
