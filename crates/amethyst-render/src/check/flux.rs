//! The Kustomizations of a repository, rendered parents first, and what they name.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use amethyst_diag::{Diagnostic, Location};
use amethyst_kustomize::Origin;
use amethyst_object::{FieldPath, Map, Object, ObjectId, Value};
use amethyst_tree::Tree;

use super::schemas::Kinds;
use super::{Checked, place, seeds};
use crate::entry::{Entry, KUSTOMIZE_GROUP};
use crate::{KustomizationInput, RenderedObject, render_kustomization, unsupported_fields};

/// How many Kustomizations a repository may unfold into.
const KUSTOMIZATIONS_MAX: usize = 10_000;

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

impl Kustomization {
    fn key(&self) -> Key {
        (self.object.namespace().to_owned(), self.object.name().to_owned())
    }
}

/// Renders everything from `entry` on and checks what comes out.
pub(super) fn check(tree: &Tree, entry: &Entry, definitions: &[Object], checked: &mut Checked) {
    let origin = Origin { file: entry.file.clone(), line: entry.line, ..Origin::default() };
    let [_, first] = seeds(entry);
    let mut queue = VecDeque::from([Kustomization { object: first.clone(), origin, parent: None }]);
    let mut known: BTreeMap<Key, Kustomization> = BTreeMap::new();
    let mut objects: Vec<(Key, RenderedObject)> = Vec::new();
    while let Some(next) = queue.pop_front() {
        if known.contains_key(&next.key()) || known.len() >= KUSTOMIZATIONS_MAX {
            continue;
        }
        for rendered in render(tree, &next, &objects, checked) {
            let is_child =
                rendered.object.kind() == "Kustomization" && rendered.object.gvk().group == KUSTOMIZE_GROUP;
            if is_child {
                let (object, origin) = (rendered.object.clone(), rendered.origin.clone());
                queue.push_back(Kustomization { object, origin, parent: Some(next.key()) });
            }
            objects.push((next.key(), rendered));
        }
        known.insert(next.key(), next);
    }
    checked.kustomizations += known.len();
    checked.objects += objects.len();
    dependencies(tree, &known, checked);
    super::definitions::check(tree, &known, &objects, definitions, checked);
    let objects: Vec<RenderedObject> = objects.into_iter().map(|(_, rendered)| rendered).collect();
    let mut kinds = Kinds::new(definitions);
    for rendered in &objects {
        kinds.define(&rendered.object);
    }
    let mut namespaces: BTreeSet<&str> = NAMESPACES.iter().copied().collect();
    namespaces.insert(entry.kustomization.namespace());
    namespaces
        .extend(objects.iter().filter(|one| one.object.kind() == "Namespace").map(|one| one.object.name()));
    for rendered in &objects {
        kinds.check(tree, rendered, &namespaces, &mut checked.diagnostics);
    }
    checked.diagnostics.extend(kinds.unknown_kinds(tree, &objects));
    twice(&objects, checked);
    let declared = |rendered: &RenderedObject| {
        let origin = &rendered.origin;
        (rendered.object.id(), Location::new(origin.file.clone(), origin.line, 0))
    };
    checked.declared.extend(objects.iter().map(declared));
    let seed = (entry.kustomization.id(), Location::new(entry.file.clone(), entry.line, 0));
    checked.declared.entry(seed.0).or_insert(seed.1);
}

fn render(
    tree: &Tree,
    kustomization: &Kustomization,
    objects: &[(Key, RenderedObject)],
    checked: &mut Checked,
) -> Vec<RenderedObject> {
    let (object, origin) = (&kustomization.object, &kustomization.origin);
    let spec = object.at(&["spec"]).cloned().unwrap_or_default();
    for field in unsupported_fields(&spec) {
        let path = FieldPath::of(field.split('.'));
        let message = format!("this version does not honour `{field}`");
        checked.diagnostics.push(
            Diagnostic::error("kustomization-unsupported-field", message)
                .at(place(tree, &origin.file, origin.document, origin.line, &path))
                .about(object.id())
                .hint("take the field out, or keep this Kustomization for a cluster under Flux"),
        );
    }
    let mut input = KustomizationInput::from_spec(&spec);
    if let Some(substitution) = &mut input.substitution {
        for (name, value) in variables_from(object, objects) {
            substitution.variables.entry(name).or_insert(value);
        }
    }
    let rendered = render_kustomization(tree, &input);
    checked.diagnostics.extend(rendered.diagnostics.into_iter().map(|fault| {
        match (&fault.object, &fault.location) {
            (None, None) => {
                let path = FieldPath::of([
                    "spec",
                    if fault.code == "kustomization-path" { "path" } else { "postBuild" },
                ]);
                fault.about(object.id()).at(place(tree, &origin.file, origin.document, origin.line, &path))
            }
            (None, Some(_)) => fault.about(object.id()),
            _ => fault,
        }
    }));
    rendered.objects
}

/// The variables of `substituteFrom` as far as the repository itself declares them in ConfigMaps.
fn variables_from(object: &Object, objects: &[(Key, RenderedObject)]) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    let from =
        object.at(&["spec", "postBuild", "substituteFrom"]).and_then(Value::as_array).unwrap_or_default();
    for reference in from.iter().filter(|reference| reference.str_at(&["kind"]) == Some("ConfigMap")) {
        let name = reference.str_at(&["name"]).unwrap_or_default();
        let found = objects.iter().map(|(_, rendered)| &rendered.object).find(|found| {
            found.kind() == "ConfigMap" && found.name() == name && found.namespace() == object.namespace()
        });
        let data = found.and_then(|found| found.at(&["data"])).and_then(Value::as_object);
        for (name, value) in data.into_iter().flat_map(Map::iter) {
            if let Some(value) = value.as_str() {
                variables.insert(name.to_string(), value.to_owned());
            }
        }
    }
    variables
}

/// `dependsOn` names Kustomizations that exist, and no circle.
fn dependencies(tree: &Tree, known: &BTreeMap<Key, Kustomization>, checked: &mut Checked) {
    let mut edges: BTreeMap<Key, Vec<Key>> = BTreeMap::new();
    for (key, kustomization) in known {
        let object = &kustomization.object;
        for (index, needed) in dependencies_of(object).into_iter().enumerate() {
            let origin = &kustomization.origin;
            let path = FieldPath::of(["spec", "dependsOn"]).index(index);
            let at = || place(tree, &origin.file, origin.document, origin.line, &path);
            if !known.contains_key(&needed) {
                let message =
                    format!("depends on Kustomization `{}/{}`, which does not exist", needed.0, needed.1);
                let fault = Diagnostic::error("kustomization-missing-dependency", message)
                    .at(at())
                    .about(object.id());
                checked
                    .diagnostics
                    .push(fault.hint("name a Kustomization of this repository, or take the entry out"));
            }
            edges.entry(key.clone()).or_default().push(needed);
        }
    }
    for (key, kustomization) in known {
        let Some(circle) = circle(key, &edges) else { continue };
        let origin = &kustomization.origin;
        let names: Vec<String> =
            circle.iter().map(|(namespace, name)| format!("{namespace}/{name}")).collect();
        let message = format!("waits for itself: {}", names.join(" -> "));
        checked.diagnostics.push(
            Diagnostic::error("kustomization-dependency-cycle", message)
                .at(place(
                    tree,
                    &origin.file,
                    origin.document,
                    origin.line,
                    &FieldPath::of(["spec", "dependsOn"]),
                ))
                .about(kustomization.object.id())
                .hint("take one of these dependencies out"),
        );
    }
}

/// The Kustomizations that `spec.dependsOn` names.
pub(super) fn dependencies_of(object: &Object) -> Vec<Key> {
    let listed = object.at(&["spec", "dependsOn"]).and_then(Value::as_array).unwrap_or_default();
    let key = |dependency: &Value| {
        let namespace = dependency.str_at(&["namespace"]).unwrap_or(object.namespace()).to_owned();
        (namespace, dependency.str_at(&["name"]).unwrap_or_default().to_owned())
    };
    listed.iter().map(key).collect()
}

/// The way from `start` back to itself, if `start` is the least name on it: each circle is told once.
fn circle(start: &Key, edges: &BTreeMap<Key, Vec<Key>>) -> Option<Vec<Key>> {
    let mut ways = vec![vec![start.clone()]];
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop() {
        for next in edges.get(way.last()?).into_iter().flatten() {
            if next == start {
                let least = way.iter().min() == Some(start);
                return least.then(|| way.iter().chain([start]).cloned().collect());
            }
            if seen.insert(next.clone()) {
                let mut longer = way.clone();
                longer.push(next.clone());
                ways.push(longer);
            }
        }
    }
    None
}

/// No object is declared by two files.
fn twice(objects: &[RenderedObject], checked: &mut Checked) {
    let mut first: BTreeMap<ObjectId, &Origin> = BTreeMap::new();
    for rendered in objects {
        let id = rendered.object.id();
        if let Some(other) = first.get(&id) {
            let message = format!(
                "is declared at {}:{} too; the two will overwrite each other for ever",
                other.file, other.line
            );
            checked.diagnostics.push(
                Diagnostic::error("object-declared-twice", message)
                    .at(Location::new(rendered.origin.file.clone(), rendered.origin.line, 0))
                    .about(&id)
                    .hint("keep one of the two"),
            );
        } else {
            first.insert(id, &rendered.origin);
        }
    }
}
