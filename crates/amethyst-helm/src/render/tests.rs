//! Whole charts, and what Helm 4.3.1 makes of them.

use std::sync::Arc;

use amethyst_diag::{Diagnostic, Severity};
use amethyst_gotemplate::{Map, Value};
use amethyst_object::{Value as Document, value};
use amethyst_tree::Tree;

use super::{Release, RenderOptions, Rendered, World, name_from_template, render};
use crate::values::load_values;
use crate::{Capabilities, Chart, HelmVersion, Lookup, OutputFlags, to_template_output};

fn chart(files: &[(&str, &str)]) -> Chart {
    let metadata = ("Chart.yaml", "apiVersion: v2\nname: top\nversion: 1.2.3\n");
    let own = files.iter().any(|(name, _)| *name == "Chart.yaml");
    let all = files.iter().copied().chain((!own).then_some(metadata));
    Chart::from_tree(&Tree::from_files(all), "").unwrap()
}

fn values(text: &str) -> Map {
    match Value::from_document(&load_values(text.as_bytes()).unwrap()) {
        Value::Map(map) => map,
        _ => Map::new(),
    }
}

fn options() -> RenderOptions {
    RenderOptions { location: "charts/top".to_owned(), ..RenderOptions::new(Release::new("dyin", "ns")) }
}

fn run(files: &[(&str, &str)], given: &str) -> (Rendered, Vec<Diagnostic>) {
    render(&chart(files), &values(given), &options())
}

/// What one template renders, which may be no manifest: it is put into one.
fn text(template: &str, given: &str) -> String {
    let template = format!("kind: T\ntext: |-\n  <{template}>\n");
    let (rendered, _) = run(&[("templates/t.yaml", &template)], given);
    match (&rendered.error, rendered.manifests.first()) {
        (Some(error), _) => panic!("{error}"),
        (None, Some(manifest)) => {
            manifest.document.str_at(&["text"]).unwrap_or_default().trim_matches(['<', '>']).to_owned()
        }
        (None, None) => String::new(),
    }
}

fn error(files: &[(&str, &str)], given: &str) -> (String, String) {
    let (rendered, diagnostics) = run(files, given);
    let text = rendered.error.expect("an error is expected").text;
    let said = diagnostics.iter().find(|said| said.is_error()).expect("it is told").to_string();
    (text, said)
}

#[test]
fn templates_see_the_objects_of_helm() {
    let check = |template: &str, expected: &str| {
        assert_eq!(text(template, "{a: 1, big: 1000000}"), expected, "{template}");
    };
    check(
        "{{ .Release.Name }} {{ .Release.Namespace }} {{ .Release.IsInstall }} {{ .Release.Service }}",
        "dyin ns true Helm",
    );
    check(
        "{{ .Chart.Name }} {{ .Chart.Version }} {{ .Chart.IsRoot }} {{ .Chart.nothing }}",
        "top 1.2.3 true ",
    );
    check("{{ .Template.Name }} {{ .Template.BasePath }}", "top/templates/t.yaml top/templates");
    check(
        "{{ .Capabilities.KubeVersion }} {{ .Capabilities.KubeVersion.Minor }} {{ .Capabilities.KubeVersion.GitVersion }}",
        "v1.37.0 37 v1.37.0",
    );
    check(
        "{{ .Capabilities.APIVersions.Has \"apps/v1\" }} {{ has \"apps/v1\" .Capabilities.APIVersions }} {{ len .Capabilities.APIVersions }}",
        "true true 57",
    );
    check("{{ .Capabilities.HelmVersion.Version }}", "v4.3.1");
    check(
        "{{ .Values.big }} {{ .Values.big | int }} {{ .Values.missing }} {{ typeOf .Values }} {{ typeOf . }}",
        "1e+06 1000000  common.Values common.Values",
    );
    check("{{ lookup \"v1\" \"Secret\" \"a\" \"b\" }}{{ getHostByName \"helm.sh\" }}", "map[]");
    check(
        "{{ toYaml .Chart.Maintainers }} {{ toJson .Template }}",
        "[] {\"BasePath\":\"top/templates\",\"Name\":\"top/templates/t.yaml\"}",
    );
}

#[test]
fn helm_3_has_fewer_functions_and_a_strict_chart() {
    let render_3 = |template: &str| {
        let options = RenderOptions { capabilities: Capabilities::new(HelmVersion::V3), ..options() };
        let chart = chart(&[("templates/t.yaml", template)]);
        let (rendered, _) = render(&chart, &Map::new(), &options);
        rendered.error.map_or_else(|| rendered.manifests[0].text.clone(), |error| error.text)
    };
    assert_eq!(
        render_3("a: {{ mustToYaml 1 }}"),
        "parse error at (top/templates/t.yaml:1): function \"mustToYaml\" not defined"
    );
    assert_eq!(render_3("a: {{ .Chart.Name }} {{ .Capabilities.HelmVersion.Version }}"), "a: top v3.21.4");
    assert!(render_3("a: {{ .Chart.nothing }}").contains("can't evaluate field nothing in type"));
}

#[test]
fn files_are_read_globbed_and_encoded() {
    let files = [
        ("author.txt", "Virgil\nAeneid\n"),
        ("book/title.txt", "Aeneid"),
        (
            "templates/t.yaml",
            "a: {{ .Files.Get \"author.txt\" | quote }}\nlines: {{ .Files.Lines \"author.txt\" | toJson }}\nnone: {{ .Files.Get \"x\" | quote }}\nglob:\n{{ (.Files.Glob \"**.txt\").AsConfig | indent 2 }}\nsecrets:\n{{ (.Files.Glob \"book/*\").AsSecrets | indent 2 }}\nnames: [{{ range $name, $_ := .Files.Glob \"*.txt\" }}{{ $name }}{{ end }}]\n",
        ),
    ];
    let (rendered, _) = run(&files, "{}");
    assert_eq!(
        rendered.manifests[0].text,
        "a: \"Virgil\\nAeneid\\n\"\nlines: [\"Virgil\",\"Aeneid\"]\nnone: \"\"\nglob:\n  author.txt: |\n    Virgil\n    Aeneid\n  title.txt: Aeneid\nsecrets:\n  title.txt: QWVuZWlk\nnames: [author.txt]\n"
    );
}

#[test]
fn subcharts_have_their_own_values_and_partials_of_all() {
    let files = [
        ("templates/_h.tpl", "{{ define \"shared\" }}from top{{ end }}"),
        (
            "templates/t.yaml",
            "a: {{ .Subcharts.inner.Values.what }} {{ .Values.inner.what }} {{ include \"own\" . }}\n",
        ),
        ("values.yaml", "what: stinkweed\ninner: {who: time}\n"),
        ("charts/inner/Chart.yaml", "apiVersion: v2\nname: inner\nversion: 1.0.0\n"),
        ("charts/inner/values.yaml", "who: Robert\nwhat: glasses\n"),
        (
            "charts/inner/templates/_h.tpl",
            "{{ define \"shared\" }}from inner{{ end }}{{ define \"own\" }}own{{ end }}",
        ),
        (
            "charts/inner/templates/t.yaml",
            "a: {{ .Values.who }} {{ .Values.global.when }} {{ include \"shared\" . }} {{ .Chart.Name }} {{ .Chart.IsRoot }} {{ .Template.Name }}{{ $_ := set .Values \"what\" \"Sun\" }}\n",
        ),
        ("charts/lib/Chart.yaml", "apiVersion: v2\nname: lib\nversion: 1.0.0\ntype: library\n"),
        ("charts/lib/templates/no.yaml", "{{ fail \"a library renders nothing\" }}"),
    ];
    let (rendered, _) = run(&files, "global: {when: to-day}");
    assert_eq!(rendered.error, None);
    let texts: Vec<&str> = rendered.manifests.iter().map(|manifest| manifest.text.as_str()).collect();
    // The inner chart is rendered first, and what it sets is seen outside.
    assert_eq!(
        texts,
        ["a: time to-day from top inner false top/charts/inner/templates/t.yaml\n", "a: Sun Sun own\n"]
    );
}

#[test]
fn faults_of_templates_name_file_line_and_what_led_there() {
    let partial = ("templates/_p.tpl", "{{ define \"p\" }}\n{{ .Values.a.b.c }}\n{{ end }}");
    let (found, said) = error(&[partial, ("templates/t.yaml", "x: 1\ny: {{ include \"p\" . }}\n")], "{}");
    assert_eq!(
        found,
        "top/templates/t.yaml:2:6\n  executing \"top/templates/t.yaml\" at <include \"p\" .>:\n    error calling include:\ntop/templates/_p.tpl:2:10\n  executing \"p\" at <.Values.a.b.c>:\n    nil pointer evaluating interface {}.b"
    );
    assert_eq!(
        said,
        "charts/top/templates/_p.tpl:2:11: error[helm-template]: nil pointer evaluating interface {}.b (included at templates/t.yaml:2); hint: a value on the way is not set: set it, or guard it with `if` or `default`"
    );
    let one = |template: &str| error(&[("templates/t.yaml", template)], "{}").0;
    assert_eq!(
        one("{{ required \"who is it\" .Values.who }}"),
        "execution error at (top/templates/t.yaml:1:3): who is it"
    );
    assert_eq!(one("\n {{ fail \"no\" }}"), "execution error at (top/templates/t.yaml:2:4): no");
    assert_eq!(one("{{ .Values.a }"), "parse error at (top/templates/t.yaml:1): unexpected \"}\" in operand");
    assert_eq!(
        one("{{ nosuch }}"),
        "parse error at (top/templates/t.yaml:1): function \"nosuch\" not defined"
    );
    assert_eq!(
        one("{{ tpl \"{{ nosuch }}\" . }}"),
        "template: top/templates/t.yaml:1:3: executing \"top/templates/t.yaml\" at <tpl \"{{ nosuch }}\" .>: error calling tpl: cannot parse template \"{{ nosuch }}\": template: gotpl:1: function \"nosuch\" not defined"
    );
    assert_eq!(
        one("{{ include \"nope\" . }}"),
        "top/templates/t.yaml:1:3\n  executing \"top/templates/t.yaml\" at <include \"nope\" .>:\n    error calling include:\ntemplate: no template \"nope\" associated with template \"gotpl\""
    );
}

#[test]
fn tpl_sees_and_defines_templates() {
    let given = "{value: v, inner: '{{ .Values.value | quote }}', define: '{{ define \"x\" }}X{{ end }}{{ include \"x\" . }}'}";
    assert_eq!(
        text("{{ tpl .Values.inner . }} {{ tpl .Values.define . }} {{ tpl \"\" . }}", given),
        "\"v\" X "
    );
    assert_eq!(text("{{ tpl \"{{ .Values.none }}\" . }}", given), "");
    assert_eq!(text("{{ tpl \"{{ .Template.Name }}\" . }}", given), "top/templates/t.yaml");
}

#[test]
fn recursion_and_loops_without_end_are_faults() {
    let (found, said) = error(&[("templates/t.yaml", "{{ include \"top/templates/t.yaml\" . }}")], "{}");
    assert!(
        found.contains(
            "rendering template has a nested reference name: top/templates/t.yaml: unable to execute template"
        ) || found.contains("exceeded maximum template depth"),
        "{found}"
    );
    assert!(said.starts_with("charts/top/templates/t.yaml:1:4: error[helm-template]"), "{said}");
    let (found, _) = error(
        &[("templates/t.yaml", "{{ range 1000000000 }}{{ range 1000000000 }}{{ end }}{{ end }}")],
        "{}",
    );
    assert!(found.contains("exceeded maximum"), "{found}");
    let (found, _) =
        error(&[("templates/t.yaml", "{{ range 1000000000 }}{{ repeat 100000 \"x\" }}{{ end }}")], "{}");
    assert!(found.contains("exceeded maximum"), "{found}");
}

#[test]
fn charts_that_cannot_be_installed_say_why() {
    let metadata = |more: &str| format!("apiVersion: v2\nname: top\nversion: 1.0.0\n{more}");
    let with = |more: &str| error(&[("Chart.yaml", &metadata(more))], "{}").0;
    assert_eq!(with("type: library"), "library charts are not installable");
    assert_eq!(
        with("dependencies: [{name: a, version: '1'}, {name: b, version: '1'}]"),
        "an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: a, b"
    );
    assert_eq!(
        with("kubeVersion: '>=1.99.0'"),
        "chart requires kubeVersion: >=1.99.0 which is incompatible with Kubernetes v1.37.0"
    );
    let options = RenderOptions::new(Release::new("No_Name", "ns"));
    let (rendered, _) = render(&chart(&[]), &Map::new(), &options);
    assert!(
        rendered
            .error
            .unwrap()
            .text
            .starts_with("release name check failed: release name \"No_Name\": invalid release name")
    );
}

#[test]
fn values_that_break_the_schema_are_a_fault_and_a_missing_schema_is_none() {
    let schema = "{\"properties\": {\"port\": {\"type\": \"integer\"}}}";
    let (found, said) = error(&[("values.schema.json", schema)], "port: x");
    assert_eq!(
        found,
        "values don't meet the specifications of the schema(s) in the following chart(s):\ntop:\n- at '/port': got string, want integer\n"
    );
    assert!(said.starts_with("charts/top/values.schema.json: error[helm-values-schema]"), "{said}");
    let files = [
        ("values.schema.json", "{\"$ref\": \"https://example.com/x.json\"}"),
        ("templates/t.yaml", "a: 1\n"),
    ];
    let (rendered, diagnostics) = run(&files, "port: x");
    assert_eq!((rendered.error, rendered.manifests.len()), (None, 1));
    assert_eq!(
        diagnostics[0].message,
        "the values of chart `top` were not checked: its schema refers to `https://example.com/x.json`, which is not at hand"
    );
    assert_eq!(diagnostics[0].severity, Severity::Warning);
}

#[test]
fn what_is_printed_is_what_helm_prints() {
    let files = [
        ("crds/crd.yaml", "kind: CustomResourceDefinition\n"),
        ("templates/NOTES.txt", "hello {{ .Release.Name }}"),
        ("templates/b.yaml", "kind: Deployment\n---\nkind: Service\n"),
        ("templates/a.yaml", "# nothing but a comment\n"),
        ("templates/hook.yaml", "kind: Pod\nmetadata:\n  annotations:\n    helm.sh/hook: test\n"),
    ];
    let (rendered, _) = run(&files, "{}");
    assert_eq!(rendered.notes, "hello dyin");
    let print = |flags: OutputFlags| to_template_output(&rendered, &flags);
    let hook = "---\n# Source: top/templates/hook.yaml\nkind: Pod\nmetadata:\n  annotations:\n    helm.sh/hook: test\n\n";
    let none = print(OutputFlags { no_hooks: true, ..OutputFlags::default() }).unwrap();
    assert_eq!(print(OutputFlags::default()).unwrap(), format!("{none}{hook}"));
    assert_eq!(print(OutputFlags { skip_tests: true, ..OutputFlags::default() }).unwrap(), none);
    let with = print(OutputFlags { include_crds: true, no_hooks: true, ..OutputFlags::default() }).unwrap();
    assert_eq!(with, format!("---\n# Source: top/crds/crd.yaml\nkind: CustomResourceDefinition\n\n{none}"));
    let only =
        |pattern: &str| print(OutputFlags { show_only: vec![pattern.to_owned()], ..OutputFlags::default() });
    assert_eq!(only("templates/hook.yaml").unwrap().matches("# Source").count(), 1);
    assert_eq!(only("templates/x.yaml").unwrap_err(), "could not find template templates/x.yaml in chart");
}

struct Cluster;

impl Lookup for Cluster {
    fn lookup(&self, _: &str, kind: &str, _: &str, name: &str) -> Result<Document, String> {
        match kind {
            "Secret" => Ok(value!({ "data": { "name": name } })),
            _ => Err("no such kind".to_owned()),
        }
    }
}

impl World for Cluster {
    fn now(&self) -> i128 {
        0
    }

    fn random(&self, out: &mut [u8]) {
        out.fill(7);
    }
}

#[test]
fn the_cluster_and_the_world_come_from_the_caller() {
    let chart = chart(&[(
        "templates/t.yaml",
        "a: {{ (lookup \"v1\" \"Secret\" \"n\" \"x\").data.name }} {{ now | unixEpoch }}\n",
    )]);
    let (rendered, diagnostics) = render(
        &chart,
        &Map::new(),
        &RenderOptions { lookup: Some(Arc::new(Cluster)), world: Some(Arc::new(Cluster)), ..options() },
    );
    assert_eq!(rendered.manifests[0].text, "a: x 0\n");
    assert_eq!(
        diagnostics[0].message,
        "the chart `top` calls functions whose results differ from render to render: `now`"
    );
}

#[test]
fn renders_repeat_and_differ_by_release() {
    let chart = chart(&[("templates/t.yaml", "a: {{ randAlphaNum 20 }} {{ uuidv4 }}\n")]);
    let render_as = |name: &str| {
        let (rendered, diagnostics) =
            render(&chart, &Map::new(), &RenderOptions::new(Release::new(name, "ns")));
        assert_eq!(diagnostics[0].code, "helm-not-reproducible");
        rendered.manifests[0].text.clone()
    };
    assert_eq!(render_as("a"), render_as("a"));
    assert_ne!(render_as("a"), render_as("b"));
}

#[test]
fn threads_share_a_chart() {
    let chart = chart(&[("templates/t.yaml", "a: {{ .Release.Name }}\n")]);
    let texts: Vec<String> = std::thread::scope(|scope| {
        let render_one = |name: String| {
            let (rendered, _) = render(&chart, &Map::new(), &RenderOptions::new(Release::new(name, "ns")));
            rendered.manifests[0].text.clone()
        };
        let all: Vec<_> = (0..8).map(|at| scope.spawn(move || render_one(format!("r{at}")))).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(texts[7], "a: r7\n");
}

#[test]
fn names_may_come_from_templates() {
    assert_eq!(name_from_template("foobar-{{ b64enc \"abc\" | lower }}-baz").unwrap(), "foobar-ywjj-baz");
    assert_eq!(name_from_template("{{ .x").unwrap_err(), "template: name-template:1: unclosed action");
}

#[test]
fn hostile_charts_and_values_do_not_panic() {
    let mut aliases = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for letter in b'b'..b'l' {
        let (this, last) = (char::from(letter), char::from(letter - 1));
        let items = vec![format!("*{last}"); 9].join(", ");
        aliases.push_str(&format!("{this}: &{this} [{items}]\n"));
    }
    assert!(load_values(aliases.as_bytes()).unwrap_err().text.contains("excessive aliasing"));
    let (found, _) = error(&[("templates/t.yaml", "a: {{ \"\\xff\" }}\n")], "{}");
    assert!(found.contains("YAML parse error on top/templates/t.yaml"), "{found}");
    let deep = format!("a: {}{}", "[".repeat(400), "]".repeat(400));
    let (rendered, _) = run(&[("templates/t.yaml", "a: {{ toJson .Values | quote }}\n")], &deep);
    assert_eq!(rendered.error, None);
}
