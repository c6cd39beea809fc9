//! Whole small repositories, and the faults they must be told.

use amethyst_tree::Tree;

use super::{Subject, check};
use crate::repository::{Cache, NoCharts};

const SYNC: &str = "\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {url: https://example.org/home.git, interval: 1m}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {path: ./k, prune: true, interval: 10m, sourceRef: {kind: GitRepository, name: flux-system}}
";

/// The definitions that the controllers bring, as far as these tests need them.
const DEFINITIONS: &str = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: kustomizations.kustomize.toolkit.fluxcd.io}
spec:
  group: kustomize.toolkit.fluxcd.io
  scope: Namespaced
  names: {kind: Kustomization, plural: kustomizations}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, x-kubernetes-preserve-unknown-fields: true}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gitrepositories.source.toolkit.fluxcd.io}
spec:
  group: source.toolkit.fluxcd.io
  scope: Namespaced
  names: {kind: GitRepository, plural: gitrepositories}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}
";

fn faults(files: &[(&str, &str)]) -> Vec<String> {
    let (documents, _) = amethyst_yaml::parse_all(DEFINITIONS, amethyst_yaml::Dialect::GoV2);
    let definitions: Vec<_> = documents
        .into_iter()
        .filter_map(|document| amethyst_object::Object::from_value(document.value))
        .collect();
    let files = files.iter().copied().chain([("k/flux-system/gotk-sync.yaml", SYNC)]);
    let (tree, cache) = (Tree::from_files(files), Cache::new(0));
    let checked = check(&Subject {
        tree: &tree,
        entry: None,
        definitions: &definitions,
        kubernetes_version: "1.37.2",
        charts: &NoCharts,
        schemas: None,
        cache: &cache,
    });
    checked.diagnostics.iter().map(ToString::to_string).collect()
}

fn told(files: &[(&str, &str)], expect: &[&str]) {
    let said = faults(files);
    for part in expect {
        assert!(said.iter().any(|line| line.contains(part)), "expected `{part}` in {said:#?}");
    }
    assert_eq!(said.len(), expect.len(), "{said:#?}");
}

fn child(name: &str, path: &str, more: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: {name}\n  \
         namespace: flux-system\nspec:\n  path: {path}\n  sourceRef: {{kind: GitRepository, name: flux-system}}\n{more}"
    )
}

const FINE: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\ndata: {x: \"1\"}\n";

#[test]
fn a_sound_repository_has_no_faults() {
    told(&[("k/apps.yaml", &child("apps", "./apps", "")), ("apps/a.yaml", FINE)], &[]);
}

#[test]
fn every_fault_is_told_in_one_run_with_its_place() {
    told(
        &[
            ("k/apps.yaml", &child("apps", "./apps", "  decryption: {provider: sops}\n")),
            ("k/gone.yaml", &child("gone", "./gone", "")),
            (
                "apps/a.yaml",
                "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  namespace: default\ndate: {}\ntype: 5\n",
            ),
            (
                "apps/b.yaml",
                "apiVersion: example.org/v1\nkind: Nothing\nmetadata: {name: b, namespace: default}\n",
            ),
            ("apps/c.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"),
            ("apps/d.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: d, namespace: nowhere}\n"),
        ],
        &[
            "k/apps.yaml:9:15: error[kustomization-unsupported-field]",
            "error[kustomization-path]: kustomization path not found: `./gone`",
            "apps/a.yaml:7:7: error[schema-type]",
            "apps/a.yaml:6:7: error[schema-unknown-field]: unknown field \"date\"",
            "apps/b.yaml:2:7: warning[kind-unknown]: no matches for kind \"Nothing\"",
            "apps/c.yaml:3:11: error[namespace-missing]",
            "apps/d.yaml:3:32: error[namespace-unknown]",
        ],
    );
}

#[test]
fn kinds_that_something_else_brings_are_held_against_what_their_projects_say() {
    let certificate = |version: &str, more: &str| {
        format!(
            "apiVersion: cert-manager.io/{version}\nkind: Certificate\nmetadata: {{name: a{more}\nspec:\n  secretName: a\n  issuerRef: {{name: b}}\n"
        )
    };
    told(
        &[
            ("k/apps.yaml", &child("apps", "./apps", "")),
            ("apps/a.yaml", &(certificate("v1", ", namespace: default}") + "  dnsName: [a.example.org]\n")),
            ("apps/b.yaml", &certificate("v1", "b}")),
            ("apps/c.yaml", &certificate("v1alpha1", "c, namespace: default}")),
            (
                "apps/d.yaml",
                "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: d}\nspec: {selfSigned: 5, ca: null}\n",
            ),
        ],
        &[
            "apps/a.yaml:7:12: warning[schema-unknown-field]: unknown field \"spec.dnsName\"",
            "apps/b.yaml:3:11: error[namespace-missing]",
            "apps/c.yaml:2:7: error[kind-unknown]: no matches for kind \"Certificate\" in version \"cert-manager.io/v1alpha1\"",
            "apps/d.yaml:4:20: warning[schema-value]: spec.selfSigned",
        ],
    );
    // What the repository itself brings is what counts.
    let definition = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: certificates.cert-manager.io}
spec:
  group: cert-manager.io
  scope: Namespaced
  names: {kind: Certificate, plural: certificates}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
";
    told(
        &[
            ("k/apps.yaml", &child("apps", "./apps", "")),
            ("apps/a.yaml", &(certificate("v1", ", namespace: default}") + "  dnsName: [a.example.org]\n")),
            ("apps/crd.yaml", definition),
        ],
        &[],
    );
}

#[test]
fn dependencies_must_exist_and_not_go_in_circles() {
    let depends = |on: &str| format!("  dependsOn:\n  - name: {on}\n");
    told(
        &[
            ("k/a.yaml", &child("a", "./apps", &depends("b"))),
            ("k/b.yaml", &child("b", "./more", &depends("a"))),
            ("k/c.yaml", &child("c", "./third", &depends("nope"))),
            ("apps/a.yaml", FINE),
            ("more/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b, namespace: default}\n"),
            ("third/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: default}\n"),
        ],
        &[
            "k/a.yaml:10:3: error[kustomization-dependency-cycle]: waits for itself: flux-system/a -> flux-system/b -> flux-system/a",
            "k/c.yaml:10:5: error[kustomization-missing-dependency]: depends on Kustomization `flux-system/nope`",
        ],
    );
}

#[test]
fn a_broken_file_does_not_hide_the_others() {
    let said = faults(&[
        ("k/apps.yaml", &child("apps", "./apps", "")),
        ("apps/a.yaml", "a: [\n"),
        ("apps/b.yaml", "b: \"\n"),
        ("notes/c.yaml", "c: }\n"),
    ]);
    for file in ["apps/a.yaml:", "apps/b.yaml:", "notes/c.yaml:"] {
        assert!(
            said.iter().any(|line| line.starts_with(file) && line.contains("yaml-syntax")),
            "{file} in {said:#?}"
        );
    }
}

#[test]
fn what_a_chart_takes_in_as_text_need_not_be_yaml() {
    let broken = "a: {{ .Values.b }\n";
    told(
        &[
            ("charts/a/Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n"),
            ("charts/a/values.yaml", "a: [\n"),
            ("charts/a/templates/a.yaml", broken),
            ("charts/a/files/a.yaml", broken),
            ("charts/a/charts/b/Chart.yaml", "apiVersion: v2\nname: b\nversion: 1.0.0\n"),
            ("charts/a/charts/b/rules/a.yaml", broken),
            ("charts/a/charts/b/crds/a.yaml", broken),
            ("charts/c.yaml", broken),
        ],
        &["charts/a/values.yaml:", "charts/a/charts/b/crds/a.yaml:", "charts/c.yaml:"],
    );
}

#[test]
fn a_fault_is_silenced_by_a_comment_or_an_annotation_with_a_reason() {
    let object = |name: &str, annotation: &str, comment: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  namespace: default\n{annotation}{comment}date: {{}}\n"
        )
    };
    let annotation =
        "  annotations:\n    amethyst.home.arpa/ignore: \"schema-unknown-field: kept for a client\"\n";
    told(
        &[
            ("k/apps.yaml", &child("apps", "./apps", "")),
            ("apps/a.yaml", &object("a", "", "# amethyst:ignore schema-unknown-field kept for a client\n")),
            ("apps/b.yaml", &object("b", annotation, "")),
            ("apps/c.yaml", &object("c", "", "# amethyst:ignore schema-unknown-field\n")),
            ("apps/d.yaml", &object("d", "", "# amethyst:ignore kind-unknown of another code\n")),
        ],
        &[
            "apps/c.yaml:7:7: error[schema-unknown-field]",
            "apps/c.yaml:6: warning[ignore-without-reason]",
            "apps/d.yaml:7:7: error[schema-unknown-field]",
        ],
    );
}

#[test]
fn only_what_was_not_there_before_is_new() {
    use amethyst_diag::{Diagnostic, Location};
    let fault = |line, message: &str| Diagnostic::error("x", message).at(Location::new("a.yaml", line, 1));
    let before = [fault(1, "one"), fault(5, "two")];
    let after = vec![fault(3, "one"), fault(4, "one"), fault(9, "three")];
    assert_eq!(super::new_faults(&before, after), [fault(4, "one"), fault(9, "three")]);
}

#[test]
fn releases_wait_for_releases_that_exist_and_not_in_circles() {
    let release = |name: &str, namespace: &str, depends: &str| {
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
             spec:\n  interval: 1h\n  chart:\n    spec:\n      chart: ./charts/a\n      sourceRef: {{kind: GitRepository, name: flux-system, namespace: flux-system}}\n{depends}"
        )
    };
    let on = |entries: &str| format!("  dependsOn:\n{entries}");
    let files = [
        ("charts/a/Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n".to_owned()),
        ("k/a.yaml", release("a", "default", &on("  - name: b\n    namespace: \"\"\n"))),
        ("k/b.yaml", release("b", "default", &on("  - name: a\n"))),
        ("k/c.yaml", release("c", "default", &on("  - name: a\n  - name: a\n    namespace: kube-system\n"))),
        ("k/d.yaml", release("d", "kube-system", &on("  - {name: a, namespace: default}\n"))),
        ("k/e.yaml", release("e", "kube-system", &on("  - name: e\n"))),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    told(
        &files,
        &[
            "k/a.yaml:11:3: error[release-dependency-cycle]: waits for itself: default/a -> default/b -> default/a",
            "k/c.yaml:12:5: error[release-missing-dependency]: depends on HelmRelease `kube-system/a`, which does not exist",
            "k/e.yaml:11:3: error[release-dependency-cycle]: waits for itself: kube-system/e -> kube-system/e",
        ],
    );
    // What was not rendered may hold it.
    let other = child("other", "./other", "").replace("name: flux-system}", "name: elsewhere}");
    let said = faults(&[
        ("charts/a/Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n"),
        ("k/a.yaml", &release("a", "default", &on("  - name: b\n"))),
        ("k/other.yaml", &other),
    ]);
    assert!(said.iter().any(|line| line.contains("warning[release-missing-dependency]")), "{said:#?}");
}
