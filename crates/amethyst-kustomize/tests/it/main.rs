//! Overlays in, text and diagnostics out.

mod bounds;
mod features;

use amethyst_kustomize::{Options, Overlay, build, to_yaml};
use amethyst_object::value;
use amethyst_tree::Tree;

const CONFIG: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations:\n    v: 1.10\ndata:\n  k: v\n";

fn check(files: &[(&str, &str)], expect: &str) {
    let tree = Tree::from_files(files.iter().copied());
    let (resources, faults) = build(&tree, "", &Options::default());
    assert_eq!(faults, [], "no faults");
    assert_eq!(to_yaml(&resources), expect);
}

#[test]
fn names_namespaces_and_annotations_follow_kustomize() {
    check(
        &[("kustomization.yaml", "resources: [a.yaml]\nnamespace: ns\nnamePrefix: p-\n"), ("a.yaml", CONFIG)],
        "apiVersion: v1\ndata:\n  k: v\nkind: ConfigMap\nmetadata:\n  annotations:\n    v: \"1.10\"\n  name: p-a\n  namespace: ns\n",
    );
}

#[test]
fn a_flux_overlay_is_merged_and_origins_are_told() {
    let tree = Tree::from_files([("app/a.yaml", CONFIG)]);
    let overlay = Overlay::from_flux(&value!({"targetNamespace": "apps"}));
    let (resources, faults) =
        build(&tree, "./app", &Options { overlay: Some(&overlay), generate: true, ..Options::default() });
    assert_eq!(faults, []);
    assert_eq!(resources[0].object.namespace(), "apps");
    assert_eq!((resources[0].origin.file.as_str(), resources[0].origin.line), ("app/a.yaml", 1));
}

#[test]
fn faults_have_places_and_hide_nothing() {
    let kustomization =
        "resources:\n- a.yaml\n- b.yaml\n- https://x.example/y\nvars: [{name: X}]\nresource: []\n";
    let tree = Tree::from_files([("kustomization.yaml", kustomization), ("a.yaml", CONFIG)]);
    let (resources, faults) = build(&tree, "", &Options::default());
    assert_eq!(resources.len(), 1);
    let told: Vec<_> =
        faults.iter().map(|fault| (fault.code, fault.location.as_ref().map(|place| place.line))).collect();
    assert_eq!(
        told,
        [
            ("kustomize-unknown-field", Some(6)),
            ("kustomize-missing-file", Some(3)),
            ("kustomize-unsupported-remote", Some(4)),
            ("kustomize-vars", Some(5)),
        ]
    );
}
