//! What helm-controller does to the manifests of a release before they are applied.
//!
//! In its order: the release's `postRenderers`, each a kustomization over all manifests; the labels and
//! annotations of `commonMetadata`; the labels that name the release (helm-controller
//! `internal/postrender/build.go`).

use amethyst_diag::Diagnostic;
use amethyst_kustomize::{Options, build};
use amethyst_object::{Map, Object, Value, json, value};
use amethyst_tree::Tree;

/// The labels that name the release.
const HELM_NAME: &str = "helm.toolkit.fluxcd.io/name";
const HELM_NAMESPACE: &str = "helm.toolkit.fluxcd.io/namespace";

/// The file that the manifests are, to the kustomization of a post-renderer.
const MANIFESTS: &str = "helm-output.yaml";

/// An object of a release, and the number by which its origin is found again.
pub(super) type Numbered = (usize, Object);

/// The annotation that carries an object's number through a kustomization.
const NUMBER: &str = "amethyst.home.arpa/number";

/// Runs the post-renderers of a release.
pub(super) fn render(release: &Object, mut objects: Vec<Numbered>) -> (Vec<Numbered>, Vec<Diagnostic>) {
    let mut faults = Vec::new();
    let renderers = release.at(&["spec", "postRenderers"]).and_then(Value::as_array).unwrap_or_default();
    for renderer in renderers.iter().filter_map(|renderer| renderer.get("kustomize")) {
        let (made, said) = kustomize(renderer, &objects);
        if said.iter().any(Diagnostic::is_error) {
            faults.extend(said);
            return (objects, faults);
        }
        faults.extend(said);
        objects = made;
    }
    for key in ["labels", "annotations"] {
        let pairs = release.at(&["spec", "commonMetadata", key]).and_then(Value::as_object);
        for (name, text) in pairs.into_iter().flat_map(Map::iter) {
            for (_, object) in &mut objects {
                set(object, key, name, text);
            }
        }
    }
    for (_, object) in &mut objects {
        name_release(release, object);
    }
    (objects, faults)
}

/// Sets the labels that name the release.
pub(super) fn name_release(release: &Object, object: &mut Object) {
    let labels = object.metadata_mut().object_mut("labels");
    labels.insert(HELM_NAME, release.name());
    labels.insert(HELM_NAMESPACE, release.namespace());
}

fn set(object: &mut Object, key: &str, name: &str, value: &Value) {
    object.metadata_mut().object_mut(key).insert(name, value.clone());
}

/// One `kustomize` post-renderer.
fn kustomize(renderer: &Value, objects: &[Numbered]) -> (Vec<Numbered>, Vec<Diagnostic>) {
    let mut manifests = String::new();
    for (number, object) in objects {
        let mut object = object.clone();
        set(&mut object, "annotations", NUMBER, &Value::from(number.to_string()));
        manifests += "---\n";
        manifests += &json::to_string(&object.into_value());
        manifests.push('\n');
    }
    let mut kustomization = value!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": [MANIFESTS],
    });
    for key in ["patches", "images"] {
        if let (Some(list), Some(map)) = (renderer.get(key), kustomization.as_object_mut()) {
            map.insert(key, list.clone());
        }
    }
    let kustomization = json::to_string(&kustomization);
    let tree = Tree::from_files([(MANIFESTS, manifests.as_str()), ("kustomization.yaml", &kustomization)]);
    let (resources, faults) = build(&tree, "", &Options::default());
    let numbered = resources.into_iter().enumerate().map(|(at, resource)| {
        let mut object = resource.object;
        let number = object.annotation(NUMBER).and_then(|number| number.parse().ok()).unwrap_or(at);
        let annotations = object.metadata_mut().object_mut("annotations");
        annotations.remove(NUMBER);
        if annotations.is_empty() {
            object.metadata_mut().remove("annotations");
        }
        (number, object)
    });
    // The places of these faults are in files that nobody has.
    let faults = faults.into_iter().map(|fault| Diagnostic { location: None, ..fault }).collect();
    (numbered.collect(), faults)
}

#[cfg(test)]
mod tests {
    use amethyst_object::{Object, value};

    use super::render;

    #[test]
    fn patches_come_before_labels_and_keep_the_origin() {
        let release = Object::from_value(value!({
            "metadata": {"name": "app", "namespace": "web"},
            "spec": {
                "commonMetadata": {"labels": {"team": "home"}},
                "postRenderers": [{"kustomize": {"patches": [{
                    "target": {"kind": "ConfigMap"},
                    "patch": "- {op: add, path: /data/b, value: \"2\"}",
                }]}}],
            },
        }))
        .unwrap();
        let object = |kind: &str| {
            let object =
                value!({"apiVersion": "v1", "kind": kind, "metadata": {"name": "x"}, "data": {"a": "1"}});
            Object::from_value(object).unwrap()
        };
        let (made, faults) = render(&release, vec![(7, object("ConfigMap")), (9, object("Secret"))]);
        assert_eq!(faults, []);
        let [(7, map), (9, secret)] = made.as_slice() else { panic!("{made:?}") };
        assert_eq!(map.at(&["data"]), Some(&value!({"a": "1", "b": "2"})));
        assert_eq!(secret.at(&["data"]), Some(&value!({"a": "1"})));
        assert_eq!(
            (map.label("team"), map.label("helm.toolkit.fluxcd.io/name")),
            (Some("home"), Some("app"))
        );
        assert_eq!(map.at(&["metadata", "annotations"]), None);
    }
}
