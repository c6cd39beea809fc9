//! The kustomization file.

mod extras;
mod generators;
mod selectors;

use amethyst_diag::Diagnostic;
use amethyst_object::{FieldPath, Str, Value};

use crate::decode::{Decoder, Field, Fields};
use crate::fieldspec::FieldSpec;
use crate::hooks::HelmChart;
use crate::provenance::Metadata;
use crate::vars::Var;
pub(crate) use extras::{OpenApi, chart_generator};
pub(crate) use generators::{Generator, GeneratorOptions, decode_one as generator};
pub(crate) use selectors::{FieldOptions, Replacement, Selector, Source, Target, replacements};

/// A kustomization file, read.
#[derive(Debug, Default)]
pub(crate) struct Kustomization {
    pub(crate) is_component: bool,
    pub(crate) resources: Vec<Entry>,
    pub(crate) components: Vec<Entry>,
    pub(crate) namespace: Str,
    pub(crate) name_prefix: Str,
    pub(crate) name_suffix: Str,
    pub(crate) labels: Vec<Label>,
    pub(crate) common_labels: Vec<(Str, Str)>,
    pub(crate) common_annotations: Vec<(Str, Str)>,
    pub(crate) generators: Vec<Generator>,
    pub(crate) patches_strategic_merge: Vec<Entry>,
    pub(crate) patches: Vec<Patch>,
    pub(crate) patches_json: Vec<Patch>,
    pub(crate) images: Vec<Image>,
    pub(crate) replicas: Vec<Replica>,
    pub(crate) replacements: Vec<Replacement>,
    pub(crate) sort: Option<Sort>,
    pub(crate) vars: Vec<Var>,
    pub(crate) configurations: Vec<Entry>,
    pub(crate) crds: Vec<Entry>,
    pub(crate) open_api: Option<OpenApi>,
    /// Objects that configure generators, transformers and validators.
    pub(crate) generator_objects: Vec<Entry>,
    pub(crate) transformers: Vec<Entry>,
    pub(crate) validators: Vec<Entry>,
    pub(crate) charts: Vec<(HelmChart, FieldPath)>,
    pub(crate) metadata: Metadata,
    /// Nothing but kind and version stands there.
    pub(crate) is_empty: bool,
}

/// A string of the file, and where it stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    pub(crate) text: Str,
    /// `None` for what the caller of a build added.
    pub(crate) path: Option<FieldPath>,
}

/// An entry of `labels`.
#[derive(Debug, Default)]
pub(crate) struct Label {
    pub(crate) pairs: Vec<(Str, Str)>,
    pub(crate) include_selectors: bool,
    pub(crate) include_templates: bool,
    pub(crate) include_claims: bool,
    pub(crate) fields: Vec<FieldSpec>,
}

/// An entry of `patches` or `patchesJson6902`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Patch {
    pub(crate) text: Str,
    pub(crate) file: Str,
    pub(crate) target: Option<Selector>,
    pub(crate) allow_name_change: bool,
    pub(crate) allow_kind_change: bool,
    pub(crate) path: Option<FieldPath>,
}

/// An entry of `images`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Image {
    pub(crate) name: Str,
    pub(crate) new_name: Str,
    pub(crate) new_tag: Str,
    pub(crate) digest: Str,
    pub(crate) tag_suffix: Str,
}

/// An entry of `replicas`.
#[derive(Debug, Default)]
pub(crate) struct Replica {
    pub(crate) name: Str,
    pub(crate) count: i64,
    pub(crate) path: FieldPath,
}

/// `sortOptions`.
#[derive(Debug)]
pub(crate) enum Sort {
    Fifo,
    Legacy(Option<(Vec<Str>, Vec<Str>)>),
}

/// Fields that are read.
const FIELDS: &[&str] = &[
    "apiVersion",
    "kind",
    "metadata",
    "resources",
    "bases",
    "components",
    "namespace",
    "namePrefix",
    "nameSuffix",
    "labels",
    "commonLabels",
    "commonAnnotations",
    "configMapGenerator",
    "secretGenerator",
    "generatorOptions",
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "images",
    "imageTags",
    "replicas",
    "replacements",
    "sortOptions",
    "openapi",
    "vars",
    "crds",
    "helmGlobals",
    "helmCharts",
    "helmChartInflationGenerator",
    "configurations",
    "generators",
    "transformers",
    "validators",
    "buildMetadata",
];

const VERSION: &str = "kustomize.config.k8s.io/v1beta1";
const COMPONENT_VERSION: &str = "kustomize.config.k8s.io/v1alpha1";

impl Kustomization {
    /// Reads the file's document.
    pub(crate) fn decode(decoder: &Decoder<'_>, document: &Value) -> Self {
        let fields = decoder.fields(&Field::root(document), FIELDS);
        let is_component = decode_kind(decoder, &fields);
        let strings =
            |name: &str| decoder.list(fields.get(name)).iter().map(|field| entry(decoder, field)).collect();
        let mut resources: Vec<Entry> = strings("resources");
        resources.extend::<Vec<Entry>>(strings("bases"));
        let images =
            decoder.list(fields.get("images")).into_iter().chain(decoder.list(fields.get("imageTags")));
        let options = fields.get("generatorOptions").map(|field| GeneratorOptions::decode(decoder, field));
        let mut generators =
            generators::decode(decoder, fields.get("configMapGenerator"), false, options.as_ref());
        generators.extend(generators::decode(decoder, fields.get("secretGenerator"), true, options.as_ref()));
        let patches =
            |name: &str| decoder.list(fields.get(name)).iter().map(|field| patch(decoder, field)).collect();
        Self {
            is_component,
            resources,
            components: strings("components"),
            namespace: decoder.string(fields.get("namespace")),
            name_prefix: decoder.string(fields.get("namePrefix")),
            name_suffix: decoder.string(fields.get("nameSuffix")),
            labels: decoder.list(fields.get("labels")).iter().map(|field| label(decoder, field)).collect(),
            common_labels: decoder.strings(fields.get("commonLabels")),
            common_annotations: decoder.strings(fields.get("commonAnnotations")),
            generators,
            patches_strategic_merge: strings("patchesStrategicMerge"),
            patches: patches("patches"),
            patches_json: patches("patchesJson6902"),
            images: images.map(|field| Image::decode(decoder, &field)).collect(),
            replicas: decoder
                .list(fields.get("replicas"))
                .iter()
                .map(|field| replica(decoder, field))
                .collect(),
            replacements: selectors::replacements(decoder, fields.get("replacements")),
            sort: fields.get("sortOptions").and_then(|field| sort(decoder, field)),
            vars: extras::vars(decoder, fields.get("vars")),
            configurations: strings("configurations"),
            crds: strings("crds"),
            open_api: fields
                .get("openapi")
                .filter(|field| !field.value.is_null())
                .map(|field| OpenApi::decode(decoder, field)),
            generator_objects: strings("generators"),
            transformers: strings("transformers"),
            validators: strings("validators"),
            charts: extras::charts(decoder, &fields),
            metadata: extras::build_metadata(decoder, fields.get("buildMetadata")),
            is_empty: document.as_object().is_none_or(|map| {
                map.iter()
                    .all(|(key, value)| matches!(key.as_str(), "apiVersion" | "kind") || value.is_null())
            }),
        }
    }
}

fn decode_kind(decoder: &Decoder<'_>, fields: &Fields<'_>) -> bool {
    let kind = decoder.string(fields.get("kind"));
    let version = decoder.string(fields.get("apiVersion"));
    let is_component = kind == "Component";
    let fault = |field: &str, text: String| {
        let place = fields.get(field).map(|field| decoder.file.at(&field.path));
        let fault = Diagnostic::error("kustomize-kind", text);
        decoder.fault(if let Some(place) = place { fault.at(place) } else { fault });
    };
    if !matches!(kind.as_str(), "" | "Kustomization" | "Component") {
        fault("kind", "kind should be Kustomization or Component".to_owned());
    }
    let wanted = if is_component { COMPONENT_VERSION } else { VERSION };
    if !version.is_empty() && version != wanted {
        let kind = if kind.is_empty() { "Kustomization" } else { &kind };
        fault("apiVersion", format!("apiVersion for {kind} should be {wanted}"));
    }
    is_component
}

pub(crate) fn entry(decoder: &Decoder<'_>, field: &Field<'_>) -> Entry {
    Entry { text: decoder.string(Some(field)), path: Some(field.path.clone()) }
}

fn label(decoder: &Decoder<'_>, field: &Field<'_>) -> Label {
    let known = &["pairs", "includeSelectors", "includeTemplates", "includeVolumeClaimTemplates", "fields"];
    let fields = decoder.fields(field, known);
    let spec = |field: &Field<'_>| FieldSpec::decode(decoder, field);
    Label {
        pairs: decoder.strings(fields.get("pairs")),
        include_selectors: decoder.bool(fields.get("includeSelectors")),
        include_templates: decoder.bool(fields.get("includeTemplates")),
        include_claims: decoder.bool(fields.get("includeVolumeClaimTemplates")),
        fields: decoder.list(fields.get("fields")).iter().map(spec).collect(),
    }
}

pub(crate) fn patch(decoder: &Decoder<'_>, field: &Field<'_>) -> Patch {
    let fields = decoder.fields(field, &["path", "patch", "target", "options"]);
    let options =
        fields.get("options").map(|field| decoder.fields(field, &["allowNameChange", "allowKindChange"]));
    let option = |name| options.as_ref().is_some_and(|options| decoder.bool(options.get(name)));
    Patch {
        text: decoder.string(fields.get("patch")),
        file: decoder.string(fields.get("path")),
        target: fields
            .get("target")
            .filter(|field| !field.value.is_null())
            .map(|field| Selector::decode(decoder, field)),
        allow_name_change: option("allowNameChange"),
        allow_kind_change: option("allowKindChange"),
        path: Some(field.path.clone()),
    }
}

impl Image {
    pub(crate) fn decode(decoder: &Decoder<'_>, field: &Field<'_>) -> Self {
        let fields = decoder.fields(field, &["name", "newName", "newTag", "digest", "tagSuffix"]);
        let text = |name| decoder.string(fields.get(name));
        Self {
            name: text("name"),
            new_name: text("newName"),
            new_tag: text("newTag"),
            digest: text("digest"),
            tag_suffix: text("tagSuffix"),
        }
    }
}

pub(crate) fn replica(decoder: &Decoder<'_>, field: &Field<'_>) -> Replica {
    let fields = decoder.fields(field, &["name", "count"]);
    Replica {
        name: decoder.string(fields.get("name")),
        count: decoder.integer(fields.get("count")),
        path: field.path.clone(),
    }
}

fn sort(decoder: &Decoder<'_>, field: &Field<'_>) -> Option<Sort> {
    let fields = decoder.fields(field, &["order", "legacySortOptions"]);
    let legacy = fields.get("legacySortOptions").filter(|field| !field.value.is_null());
    let fault = |text: &str| {
        decoder.fault(Diagnostic::error("kustomize-sort-options", text).at(decoder.file.at(&field.path)));
    };
    match decoder.string(fields.get("order")).as_str() {
        "legacy" => Some(Sort::Legacy(legacy.map(|field| {
            let fields = decoder.fields(field, &["orderFirst", "orderLast"]);
            let kinds = |name: &str| {
                let list = decoder.list(fields.get(name));
                list.iter().map(|field| decoder.string(Some(field))).collect()
            };
            (kinds("orderFirst"), kinds("orderLast"))
        }))),
        "fifo" if legacy.is_none() => Some(Sort::Fifo),
        "fifo" => {
            fault(
                "the field 'sortOptions.legacySortOptions' is set but the selected sort order is 'fifo', not 'legacy'",
            );
            None
        }
        _ => {
            fault("the field 'sortOptions.order' must be one of [fifo, legacy]");
            None
        }
    }
}
