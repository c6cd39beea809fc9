//! One repository with one bad release or Kustomization of each kind beside good ones: each bad one is told
//! by one error with its place, and the good ones render.

use super::archive::pack;
use super::{Homelab, fetched, objects, outcome};
use crate::repository::{Outcome, UnitKind};
use amethyst_diag::Diagnostic;

const FINE: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fine}\n";

/// The bad releases, and how the error of each begins.
const RELEASES: &[(&str, &str)] = &[
    (
        "absolute",
        "absolute/absolute//etc/passwd: error[helm-chart-invalid]: chart illegally contains absolute paths",
    ),
    ("aliases", "charts/aliases/values.yaml:4:25: error[helm-chart-invalid]: cannot load values.yaml: "),
    ("dependency", "charts/dependency/Chart.yaml: error[helm-missing-dependency]: "),
    (
        "enormous",
        "charts/enormous/values.yaml: error[helm-chart-invalid]: error reading values.yaml: chart exceeds",
    ),
    (
        "function",
        "charts/function/templates/a.yaml:3: error[helm-template-syntax]: function \"nope\" not defined",
    ),
    (
        "heavy",
        "charts/heavy/values.yaml:1:1: error[helm-chart-invalid]: cannot load values.yaml: cannot unmarshal yaml document: \
         error converting YAML to JSON: yaml: the text holds more than 4000000 values",
    ),
    ("links", "charts/links/templates/a.yaml: error[helm-chart-invalid]: error evaluating symlink"),
    ("octets", "charts/octets/templates/a.yaml:2: error[helm-template-syntax]: invalid leading UTF-8 octet"),
    ("range", "charts/range/templates/a.yaml:2:"),
    ("recursion", "charts/recursion/templates/_a.tpl:1:"),
    (
        "schema",
        "charts/schema/values.schema.json: error[helm-values-schema]: values don't meet the specifications",
    ),
    ("valueoctets", "charts/valueoctets/values.yaml:2: error[helm-chart-invalid]: cannot load values.yaml: "),
];

/// Ten levels of lists of twenty aliases of the level below.
fn aliases() -> String {
    let levels = (1..=10).map(|level| {
        let below = vec![format!("*a{}", level - 1); 20].join(", ");
        format!("a{level}: &a{level} [{below}]")
    });
    format!("a0: &a0 [1]\n{}\n", levels.collect::<Vec<_>>().join("\n"))
}

fn homelab() -> Homelab {
    let aliases = format!("{}last: *a10\n", aliases());
    // 101 MiB, one more than a chart may have.
    let enormous = format!("a: 1\n#{}\n", "x".repeat(101 << 20));
    // Eight megabytes of text that would take a hundred times that.
    let heavy = format!("a: [{}1]\n", "1,".repeat(4_000_001));
    let one = |line: &str| FINE.replace("metadata", line);
    let recursion = "{{ define \"again\" }}{{ include \"again\" . }}{{ end }}\n";
    let mut homelab = Homelab::new()
        .chart("fine", &[("templates/a.yaml", FINE)])
        .chart("aliases", &[("values.yaml", &aliases), ("templates/a.yaml", FINE)])
        .chart("enormous", &[("values.yaml", &enormous), ("templates/a.yaml", FINE)])
        .chart("heavy", &[("values.yaml", &heavy), ("templates/a.yaml", FINE)])
        .chart("function", &[("templates/a.yaml", &one("x: {{ nope 1 }}\nmetadata"))])
        .chart("octets", &[])
        .file("charts/octets/templates/a.yaml", b"kind: ConfigMap\nname: caf\xe9\n")
        .chart("valueoctets", &[("templates/a.yaml", FINE)])
        .file("charts/valueoctets/values.yaml", b"a: 1\nb: caf\xe9\n")
        .chart("links", &[])
        .link("charts/links/templates/a.yaml", "b.yaml")
        .link("charts/links/templates/b.yaml", "./a.yaml")
        .chart("range", &[("templates/a.yaml", "kind: ConfigMap\n{{ range until 1000000000 }}x{{ end }}\n")])
        .chart("recursion", &[("templates/_a.tpl", recursion), ("templates/a.yaml", "{{ include \"again\" . }}")])
        .chart("schema", &[
            ("values.schema.json", r#"{"properties": {"port": {"type": "integer"}}}"#),
            ("templates/a.yaml", FINE),
        ])
        .chart("dependency", &[("templates/a.yaml", FINE)])
        .file(
            "charts/dependency/Chart.yaml",
            "apiVersion: v2\nname: dependency\nversion: 1.0.0\ndependencies:\n- {name: nope, version: 1.0.0, repository: https://example.org}\n",
        );
    for name in
        ["fine", "aliases", "enormous", "function", "octets", "valueoctets", "links", "range", "heavy"]
    {
        homelab = homelab.release_of_folder(name, "");
    }
    for name in ["recursion", "dependency"] {
        homelab = homelab.release_of_folder(name, "");
    }
    homelab = homelab.release_of_folder("schema", "  values: {port: none}\n");
    homelab.fetched.insert("absolute".to_owned(), pack(&[("absolute//etc/passwd", "x")]).into());
    homelab.fetched.insert(
        "packed".to_owned(),
        pack(&[
            ("packed/Chart.yaml", "apiVersion: v2\nname: packed\nversion: 1.0.0\n"),
            ("packed/templates/a.yaml", FINE),
        ])
        .into(),
    );
    homelab.release("absolute", &fetched("absolute", ""), "").release("packed", &fetched("packed", ""), "")
}

fn kustomization(name: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: {name}, namespace: flux-system}}\n\
         spec:\n  path: ./{name}\n  sourceRef: {{kind: GitRepository, name: flux-system}}\n"
    )
}

#[test]
fn each_bad_release_is_one_located_error_and_hides_nothing() {
    let repository = homelab().render();
    let told: Vec<String> = repository.diagnostics.iter().map(ToString::to_string).collect();
    let mut wrong = Vec::new();
    for (name, begin) in RELEASES {
        let about = format!("(HelmRelease/default/{name})");
        let own: Vec<&String> = told.iter().filter(|fault| fault.contains(&about)).collect();
        let has_failed =
            outcome(&repository, UnitKind::HelmRelease, "default", name) == Some(Outcome::Failed);
        if !has_failed || own.len() != 1 || !own[0].starts_with(begin) {
            wrong.push((name, begin, own));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(told.len(), RELEASES.len(), "{told:#?}");
    assert!(repository.diagnostics.iter().all(|fault| fault.is_error() && fault.hint.is_some()), "{told:#?}");
    for name in ["fine", "packed"] {
        assert_eq!(outcome(&repository, UnitKind::HelmRelease, "default", name), Some(Outcome::Rendered));
        assert_eq!(objects(&repository, name).len(), 1);
    }
}

#[test]
fn each_bad_kustomization_is_one_located_error_and_hides_nothing() {
    let list = |names: &[&str]| format!("resources: [{}]\n", names.join(", "));
    let aliases = format!("{FINE}data:\n{}", aliases());
    let enormous = format!("{FINE}#{}\n", "x".repeat(65 << 20));
    let heavy = format!("{FINE}data: [{}1]\n", "{a},".repeat(2_000_001));
    let mut homelab = Homelab::new()
        .file("good/kustomization.yaml", list(&["a.yaml"]))
        .file("good/a.yaml", FINE)
        .file("linked/kustomization.yaml", list(&["fine.yaml", "a.yaml"]))
        .file("linked/fine.yaml", FINE)
        .link("linked/a.yaml", "b.yaml")
        .link("linked/b.yaml", "a.yaml")
        .file("folders/kustomization.yaml", list(&["inner"]))
        .link("folders/inner", "../folders")
        .file("octets/kustomization.yaml", list(&["a.yaml"]))
        .file("octets/a.yaml", b"kind: ConfigMap\nname: caf\xe9\n")
        .file("aliases/kustomization.yaml", list(&["a.yaml"]))
        .file("aliases/a.yaml", &aliases)
        .file("enormous/kustomization.yaml", list(&["a.yaml"]))
        .file("enormous/a.yaml", &enormous)
        .file("heavy/kustomization.yaml", list(&["a.yaml"]))
        .file("heavy/a.yaml", &heavy);
    let bad = ["linked", "folders", "octets", "aliases", "enormous", "heavy"];
    for name in bad.iter().chain(&["good"]) {
        homelab = homelab.file(&format!("k/{name}.yaml"), kustomization(name));
    }
    let repository = homelab.render();
    let told: Vec<String> = repository.diagnostics.iter().map(ToString::to_string).collect();
    for name in bad {
        assert_eq!(
            outcome(&repository, UnitKind::Kustomization, "flux-system", name),
            Some(Outcome::Failed),
            "{name}: {told:#?}"
        );
        let own: Vec<&String> = told.iter().filter(|fault| fault.starts_with(&format!("{name}/"))).collect();
        assert_eq!(own.len(), 1, "{name}: {told:#?}");
    }
    assert_eq!(told.len(), bad.len(), "{told:#?}");
    assert!(repository.diagnostics.iter().all(Diagnostic::is_error), "{told:#?}");
    assert_eq!(outcome(&repository, UnitKind::Kustomization, "flux-system", "good"), Some(Outcome::Rendered));
}
