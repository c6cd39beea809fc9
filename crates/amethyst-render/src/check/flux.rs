//! The Kustomizations of a repository, rendered parents first, and what they name.

use std::collections::{BTreeMap, BTreeSet};

use amethyst_diag::{Diagnostic, Location};
use amethyst_kustomize::Origin;
use amethyst_object::{FieldPath, Object, ObjectId, Value};
use amethyst_tree::Tree;
use rayon::prelude::*;

use super::schemas::Kinds;
use super::{Checked, dependencies, place};
use crate::repository::{Input, Outcome, Packed, Repository, Unit, UnitKind, declared_at, place_of};
use crate::unsupported_fields;

/// Namespaces that are there before anything is applied.
const NAMESPACES: &[&str] = &["default", "kube-node-lease", "kube-public", "kube-system"];

/// A namespace and a name.
pub(super) type Key = (String, String);

/// A Flux Kustomization, where it is declared, and who applies it.
pub(super) struct Kustomization {
    pub(super) object: Object,
    pub(super) origin: Origin,
    /// `None` for the first of all.
    pub(super) parent: Option<Key>,
}

/// Checks what a repository renders into.
pub(super) fn check(tree: &Tree, repository: &Repository, input: &Input<'_>, checked: &mut Checked) {
    let entry = input.entry;
    checked.diagnostics.extend(repository.diagnostics.iter().cloned());
    let key = |unit: &Unit| (unit.namespace.clone(), unit.name.clone());
    let mut known: BTreeMap<Key, Kustomization> = BTreeMap::new();
    let mut objects: Vec<Applied<'_>> = Vec::new();
    for unit in &repository.units {
        if unit.kind == UnitKind::Kustomization {
            let parent = unit.parent.and_then(|at| repository.units.get(at)).map(key);
            let (object, origin) = (unit.object.as_ref().clone(), unit.origin.clone());
            known.insert(key(unit), Kustomization { object, origin, parent });
            checked.diagnostics.extend(unsupported(tree, unit));
        }
        objects.extend(unit.objects.iter().map(|packed| Applied { by: unit, packed }));
    }
    checked.kustomizations += known.len();
    checked.releases += repository.units.len() - known.len();
    checked.objects += objects.len();
    dependencies::check(tree, repository, checked);
    super::definitions::check(tree, &known, &objects, input.definitions, checked);
    let mut kinds = Kinds::new(input.definitions);
    for applied in objects.iter().filter(|one| one.packed.id.kind == "CustomResourceDefinition") {
        kinds.define(&applied.packed.object());
    }
    kinds.recall(&objects);
    let mut namespaces: BTreeSet<&str> = NAMESPACES.iter().copied().collect();
    namespaces.insert(entry.kustomization.namespace());
    for applied in &objects {
        if applied.packed.is("", "Namespace") {
            namespaces.insert(&applied.packed.id.name);
        }
    }
    for unit in repository.units.iter().filter(|unit| unit.kind == UnitKind::HelmRelease) {
        let object = &unit.object;
        if object.at(&["spec", "install", "createNamespace"]).and_then(Value::as_bool) == Some(true) {
            namespaces.insert(object.str_at(&["spec", "targetNamespace"]).unwrap_or(&unit.namespace));
        }
    }
    let faults: Vec<Vec<Diagnostic>> = objects
        .par_iter()
        .map(|applied| {
            let mut said = Vec::new();
            kinds.check(tree, applied, &namespaces, &mut said);
            said
        })
        .collect();
    checked.diagnostics.extend(faults.into_iter().flatten());
    let is_whole = repository.units.iter().all(|unit| unit.outcome == Outcome::Rendered);
    checked.diagnostics.extend(kinds.unknown_kinds(tree, &objects, is_whole));
    twice(&objects, checked);
    for applied in &objects {
        let place = declared_at(&applied.packed.origin);
        checked.declared.entry(applied.packed.id.clone()).or_insert(place);
    }
    let seed = (entry.kustomization.id(), Location::new(entry.file.clone(), entry.line, 0));
    checked.declared.entry(seed.0).or_insert(seed.1);
}

/// Fields that this version does not honour.
fn unsupported(tree: &Tree, unit: &Unit) -> Vec<Diagnostic> {
    let spec = unit.object.at(&["spec"]).cloned().unwrap_or_default();
    let fault = |field: String| {
        let path: Vec<&str> = field.split('.').collect();
        let message = format!("this version does not honour `{field}`");
        Diagnostic::error("kustomization-unsupported-field", message)
            .at(place_of(tree, unit, &path))
            .about(unit.object.id())
            .hint("take the field out, or keep this Kustomization for a cluster under Flux")
    };
    unsupported_fields(&spec).into_iter().map(fault).collect()
}

/// An object, and the unit that applies it.
#[derive(Clone, Copy)]
pub(super) struct Applied<'a> {
    pub(super) by: &'a Unit,
    pub(super) packed: &'a Packed,
}

impl Applied<'_> {
    /// Where the object's author wrote the field: for what a chart made, where its release is declared.
    pub(super) fn place(&self, tree: &Tree, path: &FieldPath) -> Location {
        let origin = &self.packed.origin;
        match self.by.kind {
            UnitKind::Kustomization => place(tree, &origin.file, origin.document, origin.line, path),
            UnitKind::HelmRelease => declared_at(origin),
        }
    }
}

/// No object is declared twice.
fn twice(objects: &[Applied<'_>], checked: &mut Checked) {
    let mut first: BTreeMap<&ObjectId, &Applied<'_>> = BTreeMap::new();
    for applied in objects {
        let id = &applied.packed.id;
        let Some(other) = first.get(id) else {
            first.insert(id, applied);
            continue;
        };
        // Hooks are deleted before they are made again, and a chart may make one object under two names.
        let is_one_release = std::ptr::eq(other.by, applied.by) && applied.by.kind == UnitKind::HelmRelease;
        if is_one_release || applied.packed.is_hook || other.packed.is_hook {
            continue;
        }
        let message = format!(
            "is declared by {}/{}/{} at {} too; the two will overwrite each other for ever",
            other.by.kind.name(),
            other.by.namespace,
            other.by.name,
            declared_at(&other.packed.origin),
        );
        checked.diagnostics.push(
            Diagnostic::error("object-declared-twice", message)
                .at(declared_at(&applied.packed.origin))
                .about(id)
                .hint("keep one of the two"),
        );
    }
}
