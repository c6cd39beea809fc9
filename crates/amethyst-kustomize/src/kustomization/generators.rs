//! `configMapGenerator`, `secretGenerator` and `generatorOptions`.

use amethyst_diag::Diagnostic;
use amethyst_object::{FieldPath, Str};

use super::{Entry, entry};
use crate::decode::{Decoder, Field};
use crate::set::Behavior;

/// An entry of `configMapGenerator` or `secretGenerator`.
#[derive(Debug, Default)]
pub(crate) struct Generator {
    pub(crate) is_secret: bool,
    pub(crate) name: Str,
    pub(crate) namespace: Str,
    pub(crate) behavior: Behavior,
    pub(crate) literals: Vec<Entry>,
    pub(crate) files: Vec<Entry>,
    pub(crate) envs: Vec<Entry>,
    /// `type` of a Secret.
    pub(crate) secret_type: Str,
    pub(crate) options: GeneratorOptions,
    pub(crate) path: FieldPath,
}

/// `options` of a generator, or `generatorOptions`.
#[derive(Clone, Debug, Default)]
pub(crate) struct GeneratorOptions {
    pub(crate) labels: Vec<(Str, Str)>,
    pub(crate) annotations: Vec<(Str, Str)>,
    pub(crate) disable_hash: bool,
    pub(crate) immutable: bool,
}

impl GeneratorOptions {
    pub(super) fn decode(decoder: &Decoder<'_>, field: &Field<'_>) -> Self {
        let fields = decoder.fields(field, &["labels", "annotations", "disableNameSuffixHash", "immutable"]);
        Self {
            labels: decoder.strings(fields.get("labels")),
            annotations: decoder.strings(fields.get("annotations")),
            disable_hash: decoder.bool(fields.get("disableNameSuffixHash")),
            immutable: decoder.bool(fields.get("immutable")),
        }
    }

    /// What a generator does not say itself, `generatorOptions` says.
    fn merge_global(&mut self, global: &Self) {
        for (own, global) in
            [(&mut self.labels, &global.labels), (&mut self.annotations, &global.annotations)]
        {
            for pair in global {
                if !own.iter().any(|(key, _)| *key == pair.0) {
                    own.push(pair.clone());
                }
            }
            own.sort();
        }
        self.disable_hash |= global.disable_hash;
        self.immutable |= global.immutable;
    }
}

pub(super) fn decode(
    decoder: &Decoder<'_>,
    list: Option<&Field<'_>>,
    is_secret: bool,
    global: Option<&GeneratorOptions>,
) -> Vec<Generator> {
    decoder.list(list).iter().map(|field| decode_one(decoder, field, is_secret, global)).collect()
}

pub(crate) fn decode_one(
    decoder: &Decoder<'_>,
    field: &Field<'_>,
    is_secret: bool,
    global: Option<&GeneratorOptions>,
) -> Generator {
    const KNOWN: &[&str] =
        &["name", "namespace", "behavior", "literals", "files", "envs", "env", "options", "type"];
    let known = if is_secret { KNOWN } else { &KNOWN[..KNOWN.len() - 1] };
    let fields = decoder.fields(field, known);
    let entries = |name: &str| -> Vec<Entry> {
        decoder.list(fields.get(name)).iter().map(|field| entry(decoder, field)).collect()
    };
    let mut envs = entries("envs");
    envs.extend(fields.get("env").map(|field| entry(decoder, field)).filter(|entry| !entry.text.is_empty()));
    let mut options =
        fields.get("options").map(|field| GeneratorOptions::decode(decoder, field)).unwrap_or_default();
    if let Some(global) = global {
        options.merge_global(global);
    }
    let behavior = match decoder.string(fields.get("behavior")).as_str() {
        "create" => Behavior::Create,
        "replace" => Behavior::Replace,
        "merge" => Behavior::Merge,
        _ => Behavior::Unspecified,
    };
    let name = decoder.string(fields.get("name"));
    if name.is_empty() {
        decoder.fault(
            Diagnostic::error("kustomize-generator", "a configmap must have a name")
                .at(decoder.file.at(&field.path)),
        );
    }
    Generator {
        is_secret,
        name,
        namespace: decoder.string(fields.get("namespace")),
        behavior,
        literals: entries("literals"),
        files: entries("files"),
        envs,
        secret_type: decoder.string(fields.get("type")),
        options,
        path: field.path.clone(),
    }
}
