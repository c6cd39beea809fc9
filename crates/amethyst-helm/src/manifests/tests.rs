//! Splitting, hooks, orders, and what is no manifest.

use super::{INSTALL_ORDER, Manifest, UNINSTALL_ORDER, sort_by_kind, sort_manifests, split};

fn sorted(files: &[(&str, &str)]) -> (Vec<Manifest>, Vec<Manifest>) {
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
    sort_manifests(files).unwrap()
}

#[test]
fn documents_part_at_dashes_whatever_follows() {
    assert_eq!(split("\n---\na: 1\n---\n\n---  \n  b: 2\n"), ["a: 1\n", "b: 2\n"]);
    assert_eq!(split("a: 1\n---b: 2\n----\nc: 3"), ["a: 1\n", "b: 2\n", "-\nc: 3"]);
    assert_eq!(split("a: |\n  ---\n  x\n"), ["a: |\n  ---\n  x\n"]);
    assert_eq!(split("--- # Source: x\na: 1"), ["# Source: x\na: 1"]);
    assert!(split(" \n---\n").is_empty());
}

#[test]
fn hooks_are_told_from_manifests() {
    let (hooks, manifests) = sorted(&[
        (
            "c/templates/one",
            "apiVersion: v1\nkind: ReplicaSet\nmetadata:\n  name: first\n  annotations:\n    \"helm.sh/hook\": pre-install\n",
        ),
        (
            "c/templates/two",
            "apiVersion: v1\nkind: Job\nmetadata:\n  name: second\n  annotations:\n    helm.sh/hook: Post-Install , test-success\n    helm.sh/hook-weight: -5\n    helm.sh/hook-delete-policy: hook-succeeded,Hook-Failed\n",
        ),
        (
            "c/templates/three",
            "kind: ReplicaSet\napiVersion: v1beta1\nmetadata:\n  name: third\n  annotations:\n    helm.sh/hook: no-such-hook\n",
        ),
        (
            "c/templates/four",
            "kind: Pod\napiVersion: v1\nmetadata:\n  name: fourth\n  annotations:\n    nothing: here\n",
        ),
        (
            "c/templates/six",
            "kind: ReplicaSet\napiVersion: v1beta1\nmetadata:\n  name: sixth\n  annotations:\n    helm.sh/hook: ''\n",
        ),
        ("c/templates/eight", "kind: Namespace\nmetadata:\n  name: eighth\n  annotations:\n    number: 5\n"),
        ("c/templates/_nine", " \n"),
    ]);
    let names = |all: &[Manifest]| all.iter().map(|manifest| manifest.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&hooks), ["first", "second"]);
    assert_eq!(names(&manifests), ["eighth", "fourth"]);
    let hook = hooks[1].hook.as_ref().unwrap();
    assert_eq!(
        (hook.events.join(","), hook.weight, hook.is_test()),
        ("post-install,test".to_owned(), -5, true)
    );
    assert_eq!(hook.delete_policies, ["hook-succeeded", "hook-failed"]);
}

#[test]
fn kinds_are_installed_in_helms_order_and_others_by_name() {
    let manifest = |(index, kind): (usize, &&str)| Manifest {
        source: String::new(),
        text: String::new(),
        document: amethyst_object::Value::Null,
        api_version: String::new(),
        kind: (*kind).to_owned(),
        name: index.to_string(),
        hook: None,
    };
    let kinds = ["Zoo", "Deployment", "HPA", "Namespace", "Deployment", "Service", "Ape"];
    let mut manifests: Vec<Manifest> = kinds.iter().enumerate().map(manifest).collect();
    let order = |manifests: &[Manifest]| {
        manifests
            .iter()
            .map(|manifest| format!("{}{}", manifest.kind, manifest.name))
            .collect::<Vec<_>>()
            .join(" ")
    };
    sort_by_kind(&mut manifests, INSTALL_ORDER);
    assert_eq!(order(&manifests), "Namespace3 Service5 Deployment1 Deployment4 Ape6 HPA2 Zoo0");
    sort_by_kind(&mut manifests, UNINSTALL_ORDER);
    assert_eq!(order(&manifests), "Service5 Deployment1 Deployment4 Namespace3 Ape6 HPA2 Zoo0");
    assert_eq!((INSTALL_ORDER.len(), UNINSTALL_ORDER.len()), (38, 38));
}

#[test]
fn what_is_no_manifest_names_its_template() {
    let fails = |text: &str| {
        let files = vec![("chart/templates/a.yaml".to_owned(), text.as_bytes().to_vec())];
        sort_manifests(files).unwrap_err()
    };
    let error = fails("a: b: c\n");
    assert_eq!(
        error.text,
        "YAML parse error on chart/templates/a.yaml: error converting YAML to JSON: yaml: mapping values are not allowed in this context"
    );
    assert_eq!((error.file.as_str(), error.has_release), ("templates/a.yaml", true));
    assert_eq!(
        fails("kind: [a]\n").text,
        "YAML parse error on chart/templates/a.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go struct field SimpleHead.kind of type string"
    );
    let ends = |text: &str, expected: &str| {
        let found = fails(text).text;
        assert!(found.ends_with(expected), "{found}");
    };
    ends("just text\n", "cannot unmarshal string into Go value of type util.SimpleHead");
    ends("- a\n", "cannot unmarshal array into Go value of type util.SimpleHead");
    ends(
        "metadata: {annotations: [a]}\n",
        "array into Go struct field .metadata.annotations of type map[string]string",
    );
    ends(
        "metadata: {annotations: {a: [x]}}\n",
        "array into Go struct field .metadata.annotations of type string",
    );
    ends("metadata: {name: {a: b}}\n", "object into Go struct field .metadata.name of type string");
    ends(
        "metadata: 5\n",
        "number into Go struct field SimpleHead.metadata of type struct { Name string \"json:\\\"name\\\"\"; Annotations map[string]string \"json:\\\"annotations\\\"\" }",
    );
}
