//! Selectors of patches and replacements.

use amethyst_diag::Diagnostic;
use amethyst_object::{FieldPath, Str};

use super::Entry;
use crate::decode::{Decoder, Field, Fields};

/// Selects resources; names are regular expressions in patches and in targets of replacements.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selector {
    pub(crate) group: Str,
    pub(crate) version: Str,
    pub(crate) kind: Str,
    pub(crate) name: Str,
    pub(crate) namespace: Str,
    pub(crate) labels: Str,
    pub(crate) annotations: Str,
}

const SELECTOR: [&str; 7] =
    ["group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector"];

impl Selector {
    pub(crate) fn decode(decoder: &Decoder<'_>, field: &Field<'_>) -> Self {
        Self::from_fields(decoder, &decoder.fields(field, &SELECTOR))
    }

    fn from_fields(decoder: &Decoder<'_>, fields: &Fields<'_>) -> Self {
        let text = |name| decoder.string(fields.get(name));
        Self {
            group: text("group"),
            version: text("version"),
            kind: text("kind"),
            name: text("name"),
            namespace: text("namespace"),
            labels: text("labelSelector"),
            annotations: text("annotationSelector"),
        }
    }

    /// Whether it asks for nothing but labels and annotations.
    pub(crate) fn names_nothing(&self) -> bool {
        [&self.group, &self.version, &self.kind, &self.name, &self.namespace]
            .iter()
            .all(|part| part.is_empty())
    }
}

/// An entry of `replacements`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Replacement {
    pub(crate) source: Option<Source>,
    pub(crate) source_value: Option<Str>,
    pub(crate) targets: Vec<Target>,
    /// A file that holds the replacements in place of this entry.
    pub(crate) file: Option<Entry>,
    pub(crate) path: Option<FieldPath>,
}

/// Where a replacement takes its value from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Source {
    pub(crate) selector: Selector,
    pub(crate) field: Str,
    pub(crate) options: FieldOptions,
}

/// Where a replacement puts its value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Target {
    pub(crate) select: Option<Selector>,
    pub(crate) reject: Vec<Selector>,
    pub(crate) fields: Vec<Str>,
    pub(crate) options: FieldOptions,
}

/// Which part of a text is meant.
#[derive(Clone, Debug, Default)]
pub(crate) struct FieldOptions {
    pub(crate) delimiter: Str,
    pub(crate) index: i64,
    pub(crate) create: bool,
}

impl FieldOptions {
    fn decode(decoder: &Decoder<'_>, field: Option<&Field<'_>>) -> Self {
        let Some(field) = field else { return Self::default() };
        let fields = decoder.fields(field, &["delimiter", "index", "encoding", "create"]);
        if let Some(encoding) = fields.get("encoding").filter(|field| !decoder.string(Some(field)).is_empty())
        {
            decoder.fault(
                Diagnostic::warning(
                    "kustomize-unsupported-field",
                    "`encoding` has no effect, here as in kustomize",
                )
                .at(decoder.file.at(&encoding.path)),
            );
        }
        Self {
            delimiter: decoder.string(fields.get("delimiter")),
            index: decoder.integer(fields.get("index")),
            create: decoder.bool(fields.get("create")),
        }
    }
}

/// Reads a list of replacements.
pub(crate) fn replacements(decoder: &Decoder<'_>, list: Option<&Field<'_>>) -> Vec<Replacement> {
    decoder.list(list).iter().map(|field| replacement(decoder, field)).collect()
}

fn replacement(decoder: &Decoder<'_>, field: &Field<'_>) -> Replacement {
    let fields = decoder.fields(field, &["path", "source", "sourceValue", "targets"]);
    let path = fields.get("path").map(|field| super::entry(decoder, field));
    Replacement {
        source: fields.get("source").map(|field| source(decoder, field)),
        source_value: fields.get("sourceValue").map(|field| decoder.string(Some(field))),
        targets: decoder.list(fields.get("targets")).iter().map(|field| target(decoder, field)).collect(),
        file: path.filter(|entry| !entry.text.is_empty()),
        path: Some(field.path.clone()),
    }
}

fn source(decoder: &Decoder<'_>, field: &Field<'_>) -> Source {
    let fields =
        decoder.fields(field, &["group", "version", "kind", "name", "namespace", "fieldPath", "options"]);
    Source {
        selector: Selector::from_fields(decoder, &fields),
        field: decoder.string(fields.get("fieldPath")),
        options: FieldOptions::decode(decoder, fields.get("options")),
    }
}

fn target(decoder: &Decoder<'_>, field: &Field<'_>) -> Target {
    let fields = decoder.fields(field, &["select", "reject", "fieldPaths", "options"]);
    let paths = decoder.list(fields.get("fieldPaths"));
    Target {
        select: fields.get("select").map(|field| Selector::decode(decoder, field)),
        reject: decoder
            .list(fields.get("reject"))
            .iter()
            .map(|field| Selector::decode(decoder, field))
            .collect(),
        fields: paths.iter().map(|field| decoder.string(Some(field))).collect(),
        options: FieldOptions::decode(decoder, fields.get("options")),
    }
}
