//! `vars`, `openapi`, `buildMetadata` and `helmCharts`.

use amethyst_diag::Diagnostic;
use amethyst_object::{FieldPath, GroupVersion, Str, Value};

use super::{Entry, entry};
use crate::decode::{Decoder, Field, Fields};
use crate::hooks::HelmChart;
use crate::id::Gvk;
use crate::provenance::Metadata;
use crate::vars::Var;

/// `openapi`.
#[derive(Debug, Default)]
pub(crate) struct OpenApi {
    pub(crate) path: Option<Entry>,
    pub(crate) version: Option<Entry>,
}

impl OpenApi {
    pub(super) fn decode(decoder: &Decoder<'_>, field: &Field<'_>) -> Self {
        let mut open_api = Self::default();
        for (key, text) in decoder.strings(Some(field)) {
            let entry = Entry { text, path: Some(field.path.child(key.clone())) };
            match key.as_str() {
                "path" => open_api.path = Some(entry),
                "version" => open_api.version = Some(entry),
                _ => {}
            }
        }
        open_api
    }
}

pub(super) fn vars(decoder: &Decoder<'_>, list: Option<&Field<'_>>) -> Vec<Var> {
    decoder.list(list).iter().map(|field| var(decoder, field)).collect()
}

fn var(decoder: &Decoder<'_>, field: &Field<'_>) -> Var {
    let fields = decoder.fields(field, &["name", "objref", "fieldref"]);
    let known = &["apiVersion", "group", "version", "kind", "name", "namespace"];
    let object = fields.get("objref").map(|field| decoder.fields(field, known));
    let text = |name| object.as_ref().map(|fields| decoder.string(fields.get(name))).unwrap_or_default();
    let mut gvk = Gvk { group: text("group"), version: text("version"), kind: text("kind") };
    let api_version = text("apiVersion");
    if !api_version.is_empty() {
        let GroupVersion { group, version } = GroupVersion::parse(&api_version);
        gvk.version = version;
        if api_version.contains('/') {
            gvk.group = group;
        }
    }
    let place = fields.get("fieldref").map(|field| decoder.fields(field, &["fieldPath"]));
    let path = place.map(|fields| decoder.string(fields.get("fieldPath"))).unwrap_or_default();
    Var {
        name: decoder.string(fields.get("name")),
        gvk,
        object_name: text("name"),
        namespace: text("namespace"),
        field: if path.is_empty() { "metadata.name".into() } else { path },
        place: decoder.file.at(&field.path),
    }
}

pub(super) fn build_metadata(decoder: &Decoder<'_>, list: Option<&Field<'_>>) -> Metadata {
    let mut metadata = Metadata::default();
    for field in decoder.list(list) {
        match decoder.string(Some(&field)).as_str() {
            "originAnnotations" => metadata.origins = true,
            "transformerAnnotations" => metadata.transformations = true,
            "managedByLabel" => metadata.managed_by = true,
            other => decoder.fault(
                Diagnostic::warning("kustomize-build-metadata", format!("`{other}` has no meaning here"))
                    .at(decoder.file.at(&field.path))
                    .hint("one of `originAnnotations`, `transformerAnnotations`, `managedByLabel`"),
            ),
        }
    }
    metadata
}

/// The charts of `helmCharts` and of its predecessor, and where each stands.
pub(super) fn charts(decoder: &Decoder<'_>, fields: &Fields<'_>) -> Vec<(HelmChart, FieldPath)> {
    let globals = fields.get("helmGlobals").map(|field| decoder.fields(field, &["chartHome", "configHome"]));
    let mut home = globals.map(|fields| decoder.string(fields.get("chartHome"))).unwrap_or_default();
    let old = decoder.list(fields.get("helmChartInflationGenerator"));
    let old: Vec<_> = old.iter().map(|field| (old_chart(decoder, field), field.path.clone())).collect();
    if fields.get("helmGlobals").is_none() {
        let mut homes = old.iter().map(|((_, home), _)| home);
        home = homes.rfind(|home| !home.is_empty()).cloned().unwrap_or_default();
    }
    let new = decoder.list(fields.get("helmCharts"));
    let new = new.iter().map(|field| (chart(decoder, field, CHART), field.path.clone()));
    let charts = new.chain(old.iter().map(|((chart, _), path)| (chart.clone(), path.clone())));
    charts.map(|(chart, path)| (HelmChart { chart_home: home.to_string(), ..chart }, path)).collect()
}

const CHART: &[&str] = &[
    "name",
    "version",
    "repo",
    "releaseName",
    "namespace",
    "additionalValuesFiles",
    "valuesFile",
    "valuesInline",
    "valuesMerge",
    "includeCRDs",
    "skipHooks",
    "apiVersions",
    "kubeVersion",
    "nameTemplate",
    "skipTests",
    "debug",
    "devel",
];

/// Reads a chart, of a list or of a generator of its own.
pub(crate) fn chart(decoder: &Decoder<'_>, field: &Field<'_>, known: &[&'static str]) -> HelmChart {
    let fields = decoder.fields(field, known);
    let text = |name| decoder.string(fields.get(name)).to_string();
    let texts = |name| {
        let list = decoder.list(fields.get(name));
        list.iter().map(|field| entry(decoder, field).text.to_string()).collect::<Vec<_>>()
    };
    let flag = |name| decoder.bool(fields.get(name));
    HelmChart {
        name: text("name"),
        version: text("version"),
        repo: text("repo"),
        release_name: text("releaseName"),
        namespace: text("namespace"),
        name_template: text("nameTemplate"),
        folder: None,
        values: Vec::new(),
        include_crds: flag("includeCRDs"),
        skip_hooks: flag("skipHooks"),
        skip_tests: flag("skipTests"),
        api_versions: texts("apiVersions"),
        kube_version: text("kubeVersion"),
        devel: flag("devel"),
        values_file: text("valuesFile"),
        additional_values_files: texts("additionalValuesFiles"),
        values_inline: fields.get("valuesInline").map(|field| field.value.clone()).filter(is_filled),
        values_merge: text("valuesMerge"),
        chart_home: String::new(),
    }
}

/// Reads a generator of charts: `helmCharts`' fields and `helmGlobals`' in one object.
pub(crate) fn chart_generator(decoder: &Decoder<'_>, field: &Field<'_>) -> HelmChart {
    let fields = decoder.fields(field, &["chartHome", "configHome"]);
    let home = decoder.string(fields.get("chartHome")).to_string();
    HelmChart { chart_home: home, ..chart(decoder, field, CHART) }
}

fn is_filled(value: &Value) -> bool {
    value.as_object().is_some_and(|map| !map.is_empty())
}

fn old_chart(decoder: &Decoder<'_>, field: &Field<'_>) -> (HelmChart, Str) {
    let known = &[
        "chartName",
        "chartVersion",
        "chartRepoUrl",
        "chartHome",
        "chartRepoName",
        "helmBin",
        "helmHome",
        "values",
        "valuesLocal",
        "valuesMerge",
        "releaseName",
        "releaseNamespace",
        "extraArgs",
    ];
    let fields = decoder.fields(field, known);
    let text = |name| decoder.string(fields.get(name)).to_string();
    let chart = HelmChart {
        name: text("chartName"),
        version: text("chartVersion"),
        repo: text("chartRepoUrl"),
        release_name: text("releaseName"),
        values_file: text("values"),
        values_inline: fields.get("valuesLocal").map(|field| field.value.clone()).filter(is_filled),
        values_merge: text("valuesMerge"),
        ..HelmChart::default()
    };
    (chart, decoder.string(fields.get("chartHome")))
}
