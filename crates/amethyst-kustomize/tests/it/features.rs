//! What kustomizations can say beyond resources and patches; the outputs are those of kustomize 5.8.

use amethyst_diag::Diagnostic;
use amethyst_kustomize::{Bases, HelmChart, HelmInflator, Options, build, to_yaml};
use amethyst_tree::Tree;

use crate::{CONFIG, check};

#[test]
fn vars_take_values_with_their_types() {
    let kustomization = "resources: [a.yaml]\nvars:\n- name: PORT\n  objref: {apiVersion: v1, kind: Service, name: s}\n  fieldref: {fieldpath: 'spec.ports[0].port'}\n";
    let objects = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 80}]}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: t, annotations: {u: 'http://s:$(PORT)/'}}\nspec: {ports: [{port: $(PORT)}]}\n";
    check(
        &[("kustomization.yaml", kustomization), ("a.yaml", objects)],
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: s\nspec:\n  ports:\n  - port: 80\n---\napiVersion: v1\nkind: Service\nmetadata:\n  annotations:\n    u: http://s:80/\n  name: t\nspec:\n  ports:\n  - port: 80\n",
    );
}

#[test]
fn built_in_transformers_are_configured_by_resources() {
    let kustomization = "resources: [a.yaml]\ntransformers:\n- |-\n  apiVersion: builtin\n  kind: NamespaceTransformer\n  metadata: {name: n, namespace: ns}\n  unsetOnly: true\n- prefix.yaml\nbuildMetadata: [originAnnotations]\n";
    let prefix = "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: p}\nprefix: x-\nfieldSpecs: [{path: metadata/name}]\n";
    check(
        &[("kustomization.yaml", kustomization), ("a.yaml", CONFIG), ("prefix.yaml", prefix)],
        "apiVersion: v1\ndata:\n  k: v\nkind: ConfigMap\nmetadata:\n  annotations:\n    config.kubernetes.io/origin: |\n      path: a.yaml\n    v: \"1.10\"\n  name: x-a\n  namespace: ns\n",
    );
}

#[test]
fn replacements_reach_into_the_text_of_a_field() {
    let kustomization = "resources: [a.yaml]\nreplacements:\n- sourceValue: new\n  targets:\n  - select: {kind: ConfigMap}\n    fieldPaths: [data.j.inner.key]\n";
    let object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  j: '{\"inner\": {\"key\": \"old\", \"z\": 1}}'\n";
    check(
        &[("kustomization.yaml", kustomization), ("a.yaml", object)],
        "apiVersion: v1\ndata:\n  j: '{\"inner\":{\"key\":\"new\",\"z\":1}}'\nkind: ConfigMap\nmetadata:\n  name: a\n",
    );
}

#[test]
fn plugins_that_are_not_built_in_are_refused_by_name() {
    let kustomization = "resources: [a.yaml]\ntransformers: [t.yaml]\n";
    let plugin = "apiVersion: x.example/v1\nkind: Sed\nmetadata: {name: s}\n";
    let tree =
        Tree::from_files([("kustomization.yaml", kustomization), ("a.yaml", CONFIG), ("t.yaml", plugin)]);
    let faults = build(&tree, "", &Options::default()).1;
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].code, "kustomize-unsupported-plugin");
    assert_eq!(faults[0].message, "external plugins disabled; unable to load external plugin 'Sed'");
}

#[test]
fn a_patch_without_a_merge_key_is_told() {
    let object =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: a, image: i}]}\n";
    let patch = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{image: j}]}\n";
    let tree = Tree::from_files([
        ("kustomization.yaml", "resources: [a.yaml]\npatches: [{path: p.yaml}]\n"),
        ("a.yaml", object),
        ("p.yaml", patch),
    ]);
    let (resources, faults) = build(&tree, "", &Options::default());
    assert!(to_yaml(&resources).ends_with("spec:\n  containers: []\n"));
    assert_eq!(faults.len(), 1);
    assert!(!faults[0].is_error() && faults[0].message.contains("lacks its merge key `name`"));
}

struct Lent;

impl Bases for Lent {
    fn fetch(&self, url: &str) -> Result<(Tree, String), Box<Diagnostic>> {
        if url != "https://git.example/org/repo//app?ref=v1" {
            return Err(Box::new(Diagnostic::error("fetch", format!("no `{url}`"))));
        }
        let files = [("app/kustomization.yaml", "resources: [../base/a.yaml]\n"), ("base/a.yaml", CONFIG)];
        Ok((Tree::from_files(files), "app".to_owned()))
    }

    fn read(&self, url: &str) -> Result<Option<Vec<u8>>, Box<Diagnostic>> {
        Ok(url.contains("files.").then(|| CONFIG.replace("name: a", "name: b").into_bytes()))
    }
}

#[test]
fn remote_bases_and_files_come_through_the_caller() {
    let kustomization = "namePrefix: p-\nresources:\n- https://git.example/org/repo//app?ref=v1\n- https://files.example/b.yaml\n- https://git.example/other\n";
    let tree = Tree::from_files([("kustomization.yaml", kustomization)]);
    let (resources, faults) = build(&tree, "", &Options { bases: Some(&Lent), ..Options::default() });
    let names: Vec<&str> = resources.iter().map(|resource| resource.object.name()).collect();
    assert_eq!(names, ["p-a", "p-b"]);
    assert_eq!(resources[0].origin.file, "https://git.example/org/repo//app?ref=v1/base/a.yaml");
    let place = faults[0].location.as_ref().expect("it has a place");
    assert_eq!((faults.len(), faults[0].code, place.line), (1, "fetch", 5));
}

impl HelmInflator for Lent {
    fn values(&self, _: &HelmChart) -> Result<String, Box<Diagnostic>> {
        Ok("a: 1\nb: {c: 2}\n".to_owned())
    }

    fn inflate(&self, chart: &HelmChart, _: &Tree) -> Result<String, Box<Diagnostic>> {
        let values = chart.values[0].replace('\n', ";");
        let (name, namespace) = (&chart.release_name, &chart.namespace);
        Ok(format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {namespace}}}\ndata: {{v: \"{values}\"}}\n"
        ))
    }
}

#[test]
fn charts_are_inflated_by_the_caller_with_merged_values() {
    let kustomization = "namespace: apps\nhelmCharts:\n- name: c\n  repo: https://charts.example\n  version: '1'\n  releaseName: r\n  valuesInline: {b: {d: 3}}\n";
    let tree = Tree::from_files([("kustomization.yaml", kustomization)]);
    let (resources, faults) = build(&tree, "", &Options { helm: Some(&Lent), ..Options::default() });
    assert_eq!(faults, []);
    let object = &resources[0].object;
    assert_eq!((object.name(), object.namespace()), ("r", "apps"));
    assert_eq!(object.str_at(&["data", "v"]), Some("a: 1;b:;  c: 2;  d: 3;"));
    let faults = build(&tree, "", &Options::default()).1;
    assert_eq!(faults[0].code, "kustomize-unsupported-field");
}
