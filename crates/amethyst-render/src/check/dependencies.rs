//! What waits for what: `dependsOn` of Kustomizations among themselves, and of HelmReleases.

use std::collections::{BTreeMap, BTreeSet};

use amethyst_diag::Diagnostic;
use amethyst_object::{FieldPath, Object, Value};
use amethyst_tree::Tree;

use super::flux::Key;
use super::{Checked, place};
use crate::repository::{Outcome, Repository, Unit, UnitKind};

/// `dependsOn` names what exists, and no circle.
pub(super) fn check(tree: &Tree, repository: &Repository, checked: &mut Checked) {
    let is_kustomization = |unit: &&Unit| unit.kind == UnitKind::Kustomization;
    // What was not rendered may hold the release that is named.
    let is_whole =
        repository.units.iter().filter(is_kustomization).all(|unit| unit.outcome == Outcome::Rendered);
    for kind in [UnitKind::Kustomization, UnitKind::HelmRelease] {
        let units = repository.units.iter().filter(|unit| unit.kind == kind);
        let known = units.map(|unit| ((unit.namespace.clone(), unit.name.clone()), unit)).collect();
        Waiting { tree, kind, is_whole: is_whole || kind == UnitKind::Kustomization, known }.check(checked);
    }
}

/// All units of one kind.
struct Waiting<'a> {
    tree: &'a Tree,
    kind: UnitKind,
    is_whole: bool,
    known: BTreeMap<Key, &'a Unit>,
}

impl Waiting<'_> {
    fn check(&self, checked: &mut Checked) {
        let mut edges: BTreeMap<&Key, Vec<Key>> = BTreeMap::new();
        for (key, unit) in &self.known {
            let needed = dependencies_of(&unit.object);
            for (index, needed) in needed.iter().enumerate() {
                if !self.known.contains_key(needed) {
                    checked.diagnostics.push(self.missing(unit, index, needed));
                }
            }
            edges.insert(key, needed);
        }
        for (key, unit) in &self.known {
            if let Some(circle) = circle(key, &edges) {
                checked.diagnostics.push(self.cycle(unit, &circle));
            }
        }
    }

    fn missing(&self, unit: &Unit, index: usize, needed: &Key) -> Diagnostic {
        let code = match self.kind {
            UnitKind::Kustomization => "kustomization-missing-dependency",
            UnitKind::HelmRelease => "release-missing-dependency",
        };
        let kind = self.kind.name();
        let message = format!("depends on {kind} `{}/{}`, which does not exist", needed.0, needed.1);
        let fault = if self.is_whole {
            Diagnostic::error(code, message)
        } else {
            Diagnostic::warning(code, format!("{message} in what was rendered"))
        };
        let path = FieldPath::of(["spec", "dependsOn"]).index(index);
        let hint = format!("name a {kind} of this repository, or take the entry out");
        self.at(fault, unit, &path).hint(hint)
    }

    fn cycle(&self, unit: &Unit, circle: &[Key]) -> Diagnostic {
        let code = match self.kind {
            UnitKind::Kustomization => "kustomization-dependency-cycle",
            UnitKind::HelmRelease => "release-dependency-cycle",
        };
        let names: Vec<String> =
            circle.iter().map(|(namespace, name)| format!("{namespace}/{name}")).collect();
        let fault = Diagnostic::error(code, format!("waits for itself: {}", names.join(" -> ")));
        self.at(fault, unit, &FieldPath::of(["spec", "dependsOn"])).hint("take one of these dependencies out")
    }

    fn at(&self, fault: Diagnostic, unit: &Unit, path: &FieldPath) -> Diagnostic {
        let origin = &unit.origin;
        fault.at(place(self.tree, &origin.file, origin.document, origin.line, path)).about(unit.object.id())
    }
}

/// The units of its kind that `spec.dependsOn` names; without a namespace they lie in its own.
pub(super) fn dependencies_of(object: &Object) -> Vec<Key> {
    let listed = object.at(&["spec", "dependsOn"]).and_then(Value::as_array).unwrap_or_default();
    let key = |dependency: &Value| {
        let namespace = dependency.str_at(&["namespace"]).filter(|namespace| !namespace.is_empty());
        let namespace = namespace.unwrap_or(object.namespace()).to_owned();
        (namespace, dependency.str_at(&["name"]).unwrap_or_default().to_owned())
    };
    listed.iter().map(key).collect()
}

/// The way from `start` back to itself, if `start` is the least name on it: each circle is told once.
fn circle(start: &Key, edges: &BTreeMap<&Key, Vec<Key>>) -> Option<Vec<Key>> {
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
