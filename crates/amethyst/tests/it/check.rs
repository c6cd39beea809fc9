//! `amethyst check`: every fault of a repository in one run, for people and for programs.

use serde_json::Value;

use crate::homelab::{Homelab, config_map, kustomization};
use crate::program::{run_in, same};

/// A repository with one of each fault.
fn faulty() -> Homelab {
    Homelab::new(&[
        ("cluster/apps.yaml", &kustomization("apps", "./apps", "  decryption:\n    provider: sops\n")),
        ("cluster/web.yaml", &kustomization("web", "./web", "  dependsOn:\n  - name: gone\n")),
        ("apps/broken.yaml.txt", "not ours: [\n"),
        (
            "apps/secret.yaml",
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  namespace: default\ndate: {}\n",
        ),
        (
            "apps/toaster.yaml",
            "apiVersion: example.org/v1\nkind: Toaster\nmetadata:\n  name: b\n  namespace: default\n",
        ),
        ("web/map.yaml", &config_map("Not_A_Name", "x")),
        ("web/lost.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: lost\n  namespace: nowhere\n"),
        ("notes/broken.yaml", "a: 1\n  b: 2\n"),
    ])
}

const EXPECTED: &[(&str, &str)] = &[
    ("apps/secret.yaml:6:7", "schema-unknown-field"),
    ("apps/toaster.yaml:2:7", "kind-unknown"),
    ("cluster/apps.yaml:15:5", "kustomization-unsupported-field"),
    ("cluster/web.yaml:15:5", "kustomization-missing-dependency"),
    ("notes/broken.yaml:2:4", "yaml-syntax"),
    ("web/lost.yaml:5:14", "namespace-unknown"),
    ("web/map.yaml:4:9", "name-invalid"),
];

#[test]
fn people_read_every_fault_with_its_place() {
    let homelab = faulty();
    let ended = run_in(&homelab.repository(), &["check"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    let heads: Vec<&str> = ended.stderr.lines().filter(|line| line.contains("]: ")).collect();
    for ((place, code), head) in EXPECTED.iter().zip(&heads) {
        assert!(head.starts_with(&format!("{place}: error[{code}]: ")), "{place} {code} is {head}");
    }
    assert_eq!(heads.len(), EXPECTED.len(), "{}", ended.stderr);
    assert_eq!(ended.stderr.matches("  hint: ").count(), EXPECTED.len(), "{}", ended.stderr);
    assert_eq!(ended.stderr.lines().last(), Some("7 errors in 8 files, 3 Kustomizations, 8 objects"));
}

#[test]
fn programs_read_the_same_faults() {
    let homelab = faulty();
    let ended = run_in(homelab.root(), &["check", "--output", "json", "home"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(1), ""));
    let faults: Vec<Value> = serde_json::from_str(&ended.stdout).unwrap();
    let told: Vec<(String, &str)> =
        faults.iter().map(|fault| (place(&fault["location"]), fault["code"].as_str().unwrap())).collect();
    let expected: Vec<(String, &str)> =
        EXPECTED.iter().map(|(place, code)| ((*place).to_owned(), *code)).collect();
    assert_eq!(told, expected);
    assert!(
        faults.iter().all(|fault| fault["severity"] == "error" && fault["hint"].is_string()),
        "{faults:?}"
    );
}

fn place(location: &Value) -> String {
    format!("{}:{}:{}", location["file"].as_str().unwrap(), location["line"], location["column"])
}

#[test]
fn code_scanning_reads_sarif() {
    let homelab = faulty();
    let ended = run_in(&homelab.repository(), &["check", "--output", "sarif"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(1), ""));
    let log: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let results = log["runs"][0]["results"].as_array().unwrap();
    let told: Vec<(String, &str)> = results
        .iter()
        .map(|result| {
            let place = &result["locations"][0]["physicalLocation"];
            let region = &place["region"];
            let file = place["artifactLocation"]["uri"].as_str().unwrap();
            (
                format!("{file}:{}:{}", region["startLine"], region["startColumn"]),
                result["ruleId"].as_str().unwrap(),
            )
        })
        .collect();
    let expected: Vec<(String, &str)> =
        EXPECTED.iter().map(|(place, code)| ((*place).to_owned(), *code)).collect();
    assert_eq!(told, expected);
}

#[test]
fn a_pull_request_reads_annotations() {
    let homelab = faulty();
    let ended = run_in(&homelab.repository(), &["check", "--output", "github"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(1), ""));
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert_eq!(lines.len(), EXPECTED.len(), "{}", ended.stdout);
    assert_eq!(
        lines[1],
        "::error file=apps/toaster.yaml,line=2,col=7,title=kind-unknown::Toaster/default/b: no matches for kind \
         \"Toaster\" in version \"example.org/v1\"%0Ahint: no built-in kind and no CustomResourceDefinition of this \
         repository is called so; its objects were held against no schema"
    );
}

#[test]
fn a_sound_repository_ends_with_0_in_every_format() {
    let homelab = Homelab::small();
    for (format, expect) in [("human", ""), ("json", "[]"), ("github", "")] {
        let ended = run_in(&homelab.repository(), &["check", "--output", format]);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        same(&ended.stdout, expect);
    }
    let human = run_in(&homelab.repository(), &["check"]);
    same(&human.stderr, "no faults in 3 files, 2 Kustomizations, 4 objects");
    let inside = run_in(&homelab.repository().join("apps"), &["check"]);
    same(&inside.stderr, "no faults in 3 files, 2 Kustomizations, 4 objects");
}

/// A warning does not end a check with 1, so that it is looked for here.
#[test]
fn the_homelab_of_this_repository_has_not_even_a_warning() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let ended = run_in(std::path::Path::new(root), &["check", "--output", "json"]);
    let mut told: Vec<Value> = serde_json::from_str(&ended.stdout).unwrap();
    // Whether the charts were fetched on this machine is no matter of the repository.
    told.retain(|fault| fault["code"] != "chart-missing");
    assert_eq!((ended.code, told), (Some(0), Vec::new()), "{}", ended.stderr);
}

#[test]
fn charts_that_were_not_fetched_are_one_remark() {
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: NAME, namespace: default}\nspec:\n  \
                   interval: 1h\n  chart: {spec: {chart: app, version: 1.0.0, sourceRef: {kind: HelmRepository, name: charts}}}\n";
    let homelab = Homelab::small();
    homelab.write(
        "apps/source.yaml",
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {name: charts, namespace: default}\n\
         spec: {url: \"https://charts.example.org\"}\n",
    );
    for name in ["one", "two"] {
        homelab.write(&format!("apps/{name}.yaml"), &release.replace("NAME", name));
    }
    let ended = run_in(&homelab.repository(), &["check"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    same(
        &ended.stderr,
        "info[chart-missing]: 2 charts were not rendered: they are not in the cache\n  hint: `amethyst fetch` gets them\n\
         no faults in 6 files, 2 Kustomizations, 2 HelmReleases, 7 objects",
    );
}

#[test]
fn what_cannot_be_checked_ends_with_2_or_3() {
    let homelab = Homelab::small();
    assert_eq!(run_in(&homelab.repository(), &["check", "--entry"]).code, Some(2));
    let ended = run_in(&homelab.repository(), &["check", "gone"]);
    assert_eq!(ended.code, Some(3));
    same(&ended.stderr, "error: `gone` is no folder\nhint: pass the folder of a homelab's repository");
}

const DEFINITION: &str = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: toasters.example.org
spec:
  group: example.org
  names: {kind: Toaster, plural: toasters}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}
";
const TOASTER: &str =
    "apiVersion: example.org/v1\nkind: Toaster\nmetadata:\n  name: kitchen\n  namespace: default\n";

/// Whether `kitchen` of the Kustomization `apps` waits for the definition of `crds`.
#[track_caller]
fn ordered(more: &str, others: &[(&str, &str)], expect: &str) {
    let homelab = Homelab::new(&[
        ("cluster/crds.yaml", &kustomization("crds", "./crds", "")),
        ("crds/toasters.yaml", DEFINITION),
        ("cluster/apps.yaml", &kustomization("apps", "./apps", more)),
        ("apps/toaster.yaml", TOASTER),
    ]);
    for (path, text) in others {
        homelab.write(path, text);
    }
    let ended = run_in(&homelab.repository(), &["check"]);
    assert_eq!(ended.code, Some(0), "a warning is no fault: {}", ended.stderr);
    let (told, _) = ended.stderr.trim_end().rsplit_once('\n').unwrap_or_default();
    same(told, expect);
}

#[test]
fn objects_come_after_their_definitions() {
    ordered(
        "",
        &[],
        "apps/toaster.yaml:2:7: warning[kustomization-missing-definition-dependency]: kind `Toaster` is defined by \
         Kustomization `flux-system/crds`, which Kustomization `flux-system/apps` does not depend on: it fails until \
         the other is applied\n  in Toaster/default/kitchen\n  \
         hint: add `- name: crds` to `spec.dependsOn` at cluster/apps.yaml:1",
    );
    ordered("  dependsOn:\n  - name: crds\n", &[], "");
    // Through another one.
    let middle = [
        ("cluster/middle.yaml", kustomization("middle", "./middle", "  dependsOn:\n  - name: crds\n")),
        ("middle/map.yaml", config_map("middle", "x")),
    ];
    let middle: Vec<(&str, &str)> = middle.iter().map(|(path, text)| (*path, text.as_str())).collect();
    ordered("  dependsOn:\n  - name: middle\n", &middle, "");
    // By the Kustomization itself, or by the one that brings it.
    ordered("", &[("apps/toasters.yaml", DEFINITION), ("crds/toasters.yaml", &config_map("none", "x"))], "");
    ordered(
        "",
        &[("cluster/toasters.yaml", DEFINITION), ("crds/toasters.yaml", &config_map("none", "x"))],
        "",
    );
    // One that waits is Ready only when those that it brings are.
    let waits = |wait: &str| {
        [
            ("cluster/crds.yaml", kustomization("parent", "./parent", wait)),
            ("parent/crds.yaml", kustomization("crds", "./crds", "")),
        ]
    };
    let depends = "  dependsOn:\n  - name: parent\n";
    let files = waits("  wait: true\n");
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    ordered(depends, &files, "");
}
