//! Who comes first: whether dependencies are ready, and whether anybody waits for himself.

use std::collections::{HashMap, HashSet};

use amethyst_controller::{ObjectKey, conditions};

use super::api::Kustomization;

/// Why a dependency holds its dependents back, as Flux words it; `None` when it does not.
pub(crate) fn unready(
    dependent: &Kustomization,
    name: &ObjectKey,
    dependency: Option<&Kustomization>,
    revision: &str,
) -> Option<String> {
    let Some(dependency) = dependency else {
        return Some(format!(
            "dependency '{name}' not found: kustomizations.kustomize.toolkit.fluxcd.io \"{}\" not found",
            name.name
        ));
    };
    let status = &dependency.status;
    let observed = status.observed_generation == Some(dependency.metadata.generation);
    if !observed || !status.conditions.is_true(conditions::READY) {
        return Some(format!("dependency '{name}' is not ready"));
    }
    let same_source = dependency.source() == dependent.source()
        && dependency.spec.source_ref.kind == dependent.spec.source_ref.kind;
    if same_source && status.last_applied_revision.as_deref() != Some(revision) {
        return Some(format!("dependency '{name}' revision is not up to date"));
    }
    None
}

/// The circle that leads from `start` back to it, if there is one: `a -> b -> a`.
pub(crate) fn cycle(start: &ObjectKey, graph: &HashMap<ObjectKey, Vec<ObjectKey>>) -> Option<Vec<ObjectKey>> {
    let mut seen = HashSet::new();
    let mut path = vec![start.clone()];
    walk(start, start, graph, &mut seen, &mut path).then_some(path)
}

fn walk(
    start: &ObjectKey,
    at: &ObjectKey,
    graph: &HashMap<ObjectKey, Vec<ObjectKey>>,
    seen: &mut HashSet<ObjectKey>,
    path: &mut Vec<ObjectKey>,
) -> bool {
    for next in graph.get(at).into_iter().flatten() {
        path.push(next.clone());
        if next == start || (seen.insert(next.clone()) && walk(start, next, graph, seen, path)) {
            return true;
        }
        path.pop();
    }
    false
}

/// A circle in words.
pub(crate) fn cycle_text(cycle: &[ObjectKey]) -> String {
    let names: Vec<String> = cycle.iter().map(ToString::to_string).collect();
    format!("circular dependency detected: {}", names.join(" -> "))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use amethyst_controller::ObjectKey;

    use super::{cycle, cycle_text, unready};
    use crate::kustomization::api::Kustomization;

    fn check(edges: &[(&str, &[&str])], start: &str, expect: Option<&str>) {
        let key = |name: &str| ObjectKey::new("ns", name);
        let graph: HashMap<_, Vec<_>> =
            edges.iter().map(|(from, to)| (key(from), to.iter().map(|name| key(name)).collect())).collect();
        assert_eq!(cycle(&key(start), &graph).map(|found| cycle_text(&found)).as_deref(), expect);
    }

    #[test]
    fn circles_are_found_and_named() {
        check(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &[])], "a", None);
        let circle = [("a", &["x", "b"] as &[&str]), ("x", &["y"]), ("b", &["c"]), ("c", &["a"])];
        check(&circle, "a", Some("circular dependency detected: ns/a -> ns/b -> ns/c -> ns/a"));
        check(&[("a", &["a"])], "a", Some("circular dependency detected: ns/a -> ns/a"));
        check(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"])], "a", None);
    }

    fn kustomization(generation: i64, observed: i64, ready: &str, revision: &str) -> Kustomization {
        let object = serde_json::json!({
            "metadata": {"name": "db", "namespace": "ns", "generation": generation},
            "spec": {"interval": "1m", "prune": true, "sourceRef": {"kind": "GitRepository", "name": "home"}},
            "status": {"observedGeneration": observed, "lastAppliedRevision": revision,
                "conditions": [{"type": "Ready", "status": ready}]},
        });
        serde_json::from_value(object).unwrap()
    }

    #[test]
    fn a_dependency_is_ready_when_it_applied_what_stands_there_now() {
        let dependent = kustomization(1, 1, "True", "r2");
        let name = ObjectKey::new("ns", "db");
        let check = |dependency: Option<Kustomization>, expect: Option<&str>| {
            assert_eq!(unready(&dependent, &name, dependency.as_ref(), "r2").as_deref(), expect);
        };
        check(Some(kustomization(1, 1, "True", "r2")), None);
        check(Some(kustomization(2, 1, "True", "r2")), Some("dependency 'ns/db' is not ready"));
        check(Some(kustomization(1, 1, "False", "r2")), Some("dependency 'ns/db' is not ready"));
        check(Some(kustomization(1, 1, "True", "r1")), Some("dependency 'ns/db' revision is not up to date"));
        let missing =
            "dependency 'ns/db' not found: kustomizations.kustomize.toolkit.fluxcd.io \"db\" not found";
        check(None, Some(missing));
    }

    #[test]
    fn another_source_has_revisions_of_its_own() {
        let mut other = kustomization(1, 1, "True", "r1");
        other.spec.source_ref.name = "elsewhere".to_owned();
        assert_eq!(
            unready(&kustomization(1, 1, "True", "r2"), &ObjectKey::new("ns", "db"), Some(&other), "r2"),
            None
        );
    }
}
