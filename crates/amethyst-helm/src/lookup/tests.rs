//! What Helm 4.3.1 got from an API server by `helm template --dry-run=server`, from a view.

use std::sync::Arc;

use amethyst_gotemplate::Map;
use amethyst_object::{Number, Object, Value as Document, value};
use amethyst_tree::Tree;

use super::{LookedUp, Lookup, ObjectView, ServedKind};
use crate::{Asked, Chart, Release, RenderOptions, Rendered, render};

fn view() -> ObjectView {
    let kind = |api_version: &str, kind: &str, is_namespaced| ServedKind {
        api_version: api_version.into(),
        kind: kind.into(),
        is_namespaced,
    };
    let kinds = [
        kind("v1", "Namespace", false),
        kind("v1", "ConfigMap", true),
        kind("v1", "Secret", true),
        kind("v1", "Service", true),
    ];
    let objects = [
        value!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "z", "namespace": "b"},
            "spec": {"ports": [{"port": 80}], "weight": (Number::from_lexeme("1.5"))}}),
        value!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "y", "namespace": "b"},
            "spec": {"ports": [{"port": 443}], "nothing": null}}),
        value!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x", "namespace": "c"}}),
        value!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "b"}}),
        value!({"apiVersion": "example.org/v1", "kind": "Foo", "metadata": {"name": "b"}}),
    ];
    ObjectView::new(kinds, objects.into_iter().filter_map(Object::from_value), "333")
}

/// What one template makes of the view.
fn run(template: &str, view: Option<Arc<dyn Lookup>>, asked: Option<Arc<Asked>>) -> Rendered {
    let template = format!("kind: T\ntext: |-\n  <{template}>\n");
    let files = [
        ("Chart.yaml", "apiVersion: v2\nname: lk\nversion: 0.1.0\n"),
        ("templates/t.yaml", template.as_str()),
    ];
    let chart = Chart::from_tree(&Tree::from_files(files), "").unwrap();
    let options = RenderOptions { lookup: view, asked, ..RenderOptions::new(Release::new("x", "default")) };
    render(&chart, &Map::new(), &options).0
}

fn text(template: &str) -> String {
    let rendered = run(template, Some(Arc::new(view())), None);
    assert!(rendered.error.is_none(), "{:?}", rendered.error);
    let text = rendered.manifests[0].document.str_at(&["text"]).unwrap_or_default();
    text.trim_start_matches('<').trim_end_matches('>').to_owned()
}

fn error(template: &str) -> String {
    run(template, Some(Arc::new(view())), None).error.expect("an error is expected").text
}

#[test]
fn objects_are_found_by_name() {
    assert_eq!(text(r#"{{ (lookup "v1" "Service" "b" "y").metadata.name }}"#), "y");
    // What lies in no namespace is found whatever namespace is named.
    assert_eq!(text(r#"{{ (lookup "v1" "Namespace" "photos" "b").metadata.name }}"#), "b");
    for nothing in [
        r#"lookup "v1" "ConfigMap" "default" "nope""#,
        r#"lookup "v1" "Service" "" "y""#,
        r#"lookup "v1" "Service" "Not Valid" "y""#,
        r#"lookup "v1" "Nope" "default" "x""#,
    ] {
        assert_eq!(
            text(&format!("{{{{ {nothing} }}}} {{{{ empty ({nothing}) }}}}")),
            "map[] true",
            "{nothing}"
        );
    }
}

#[test]
fn whole_numbers_stay_whole() {
    let port = r#"(first (lookup "v1" "Service" "b" "y").spec.ports).port"#;
    assert_eq!(text(&format!("{{{{ {port} }}}} {{{{ typeOf {port} }}}}")), "443 int64");
    assert_eq!(
        text(r#"{{ with (lookup "v1" "Service" "b" "z").spec.weight }}{{ . }} {{ typeOf . }}{{ end }}"#),
        "1.5 float64"
    );
}

#[test]
fn lists_are_those_of_the_api_server() {
    let list = r#"{{ $l := lookup "v1" "Service" "" "" }}"#;
    assert_eq!(
        text(&format!(
            "{list}{{{{ keys $l | sortAlpha }}}} {{{{ $l.kind }}}} {{{{ $l.apiVersion }}}} {{{{ len $l.items }}}} \
             {{{{ typeOf $l.items }}}} {{{{ typeOf (first $l.items) }}}} {{{{ toJson $l.metadata }}}}"
        )),
        "[apiVersion items kind metadata] ServiceList v1 3 []interface {} map[string]interface {} \
         {\"resourceVersion\":\"333\"}"
    );
    assert_eq!(text(&format!("{list}{{{{ range $l.items }}}}{{{{ .metadata.name }}}}{{{{ end }}}}")), "yzx");
    assert_eq!(text(r#"{{ len (lookup "v1" "Service" "b" "").items }}"#), "2");
    assert_eq!(
        text(r#"{{ toJson (lookup "v1" "Secret" "nonexistent" "") }}"#),
        r#"{"apiVersion":"v1","items":[],"kind":"SecretList","metadata":{"resourceVersion":"333"}}"#
    );
}

#[test]
fn errors_are_those_of_helm() {
    let at = "template: lk/templates/t.yaml:3:6: executing \"lk/templates/t.yaml\" at";
    assert_eq!(
        error(r#"{{ lookup "example.org/v1" "Foo" "default" "x" }}"#),
        format!(
            "{at} <lookup \"example.org/v1\" \"Foo\" \"default\" \"x\">: error calling lookup: unable to get \
             apiresource from unstructured: example.org/v1, Kind=Foo: the server could not find the requested \
             resource"
        )
    );
    for version in ["", "a/b/c"] {
        assert_eq!(
            error(&format!(r#"{{{{ lookup "{version}" "Foo" "default" "x" }}}}"#)),
            format!(
                "{at} <lookup \"{version}\" \"Foo\" \"default\" \"x\">: error calling lookup: unable to get \
                 apiresource from unstructured: /, Kind=Foo: groupVersion shouldn't be empty"
            )
        );
    }
    assert_eq!(
        error(r#"{{ lookup "v1" "ConfigMap" "default" "a/b%" }}"#),
        format!(
            "{at} <lookup \"v1\" \"ConfigMap\" \"default\" \"a/b%\">: error calling lookup: invalid resource name \
             \"a/b%\": [may not contain '/' may not contain '%']"
        )
    );
}

/// A view whose Services are others.
struct Other;

impl Lookup for Other {
    fn lookup(&self, _: &str, kind: &str, _: &str, _: &str) -> Result<Document, String> {
        if kind == "Service" { Err("no access".to_owned()) } else { Ok(Document::object()) }
    }
}

#[test]
fn what_was_asked_is_told_and_decides_whether_a_result_holds() {
    let question = |kind: &str, name: &str| LookedUp {
        api_version: "v1".to_owned(),
        kind: kind.to_owned(),
        namespace: "b".to_owned(),
        name: name.to_owned(),
    };
    let template = r#"{{ lookup "v1" "Secret" "b" "s" }}{{ lookup "v1" "Secret" "b" "s" }}"#;
    let asked = Arc::new(Asked::default());
    let rendered = run(template, Some(Arc::new(view())), Some(Arc::clone(&asked)));
    assert_eq!(rendered.looked_up, [question("Secret", "s")]);
    assert_eq!(asked.looked_up(), rendered.looked_up);
    assert!(asked.holds_in(Some(&view())) && asked.holds_in(Some(&Other)) && asked.holds_in(None));

    let template = r#"{{ lookup "v1" "Service" "b" "y" }}{{ fail "no" }}"#;
    let asked = Arc::new(Asked::default());
    let rendered = run(template, Some(Arc::new(view())), Some(Arc::clone(&asked)));
    assert_eq!(rendered.looked_up, [question("Service", "y")], "a render that failed tells it too");
    assert!(rendered.error.is_some());
    assert!(asked.holds_in(Some(&view())) && !asked.holds_in(Some(&Other)) && !asked.holds_in(None));
}
