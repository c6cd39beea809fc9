//! Which fields the transformers change: kustomize's own table, `configurations` and `crds` merged into it.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use amethyst_object::{Map, Str, Value};

use crate::decode::{Decoder, Field};
use crate::fieldspec::FieldSpec;
use crate::id::Gvk;
use crate::specs;

/// The fields of the transformers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Config {
    pub(crate) name_prefix: Vec<FieldSpec>,
    pub(crate) name_suffix: Vec<FieldSpec>,
    pub(crate) namespace: Vec<FieldSpec>,
    pub(crate) common_labels: Vec<FieldSpec>,
    pub(crate) labels: Vec<FieldSpec>,
    pub(crate) template_labels: Vec<FieldSpec>,
    pub(crate) claim_labels: Vec<FieldSpec>,
    pub(crate) annotations: Vec<FieldSpec>,
    pub(crate) variables: Vec<FieldSpec>,
    pub(crate) images: Vec<FieldSpec>,
    pub(crate) replicas: Vec<FieldSpec>,
    /// By the kind that refers; the empty one refers whatever its kind.
    pub(crate) references: HashMap<Str, Vec<NameReference>>,
}

/// A field that holds the name of another object.
#[derive(Clone, Debug)]
pub(crate) struct NameReference {
    /// The kind of the other object.
    pub(crate) target: Gvk,
    /// The field.
    pub(crate) field: FieldSpec,
}

static DEFAULT: LazyLock<Arc<Config>> = LazyLock::new(|| Arc::new(specs::config()));

/// kustomize's own table.
pub(crate) fn default() -> Arc<Config> {
    Arc::clone(&DEFAULT)
}

/// Both tables, each of which holds the default one already.
pub(crate) fn merged(own: &Arc<Config>, added: &Arc<Config>) -> Result<Arc<Config>, String> {
    if Arc::ptr_eq(own, added) || Arc::ptr_eq(added, &DEFAULT) {
        Ok(Arc::clone(own))
    } else if Arc::ptr_eq(own, &DEFAULT) {
        Ok(Arc::clone(added))
    } else {
        extended(own, added)
    }
}

/// A table with what another one adds.
pub(crate) fn extended(own: &Arc<Config>, added: &Config) -> Result<Arc<Config>, String> {
    let mut whole = Config::clone(own);
    whole.merge(added)?;
    Ok(Arc::new(whole))
}

/// A table with that of a kustomization, which holds the default one.
///
/// Where there was none, upstream merges into an empty table what it has sorted by kind, so that a wider field
/// is lost to a narrower one of the same path that stands before it.
pub(crate) fn begun(own: Option<&Arc<Config>>, mut added: Config) -> Result<Arc<Config>, String> {
    if let Some(own) = own {
        return extended(own, &added);
    }
    for (name, list) in added.lists() {
        list.sort_by_cached_key(|field| crate::sort::gvk_key(&field.gvk));
        let mut kept = Vec::with_capacity(list.len());
        for field in list.iter() {
            merge_one(&mut kept, field)
                .map_err(|reason| format!("failed to merge {name} fieldSpec: {reason}"))?;
        }
        *list = kept;
    }
    Ok(Arc::new(added))
}

/// Adds a field unless it is there; kustomize's `FsSlice.MergeOne`.
pub(crate) fn merge_one(fields: &mut Vec<FieldSpec>, field: &FieldSpec) -> Result<(), String> {
    // A field that is at least as narrow stands for the wider one.
    match fields.iter().find(|found| found.stands_for(field)) {
        Some(found) if found.create != field.create => Err("conflicting fieldspecs".to_owned()),
        Some(_) => Ok(()),
        None => {
            fields.push(field.clone());
            Ok(())
        }
    }
}

impl Config {
    fn lists(&mut self) -> [(&'static str, &mut Vec<FieldSpec>); 11] {
        [
            ("NamePrefix", &mut self.name_prefix),
            ("NameSuffix", &mut self.name_suffix),
            ("NameSpace", &mut self.namespace),
            ("CommonAnnotations", &mut self.annotations),
            ("CommonLabels", &mut self.common_labels),
            ("Labels", &mut self.labels),
            ("TemplateLabels", &mut self.template_labels),
            ("VolumeClaimTemplateLabels", &mut self.claim_labels),
            ("VarReference", &mut self.variables),
            ("Images", &mut self.images),
            ("Replicas", &mut self.replicas),
        ]
    }

    /// Adds the fields of another table.
    pub(crate) fn merge(&mut self, other: &Self) -> Result<(), String> {
        let mut other = other.clone();
        for ((name, own), (_, added)) in self.lists().into_iter().zip(other.lists()) {
            for field in added {
                merge_one(own, field)
                    .map_err(|reason| format!("failed to merge {name} fieldSpec: {reason}"))?;
            }
        }
        for reference in other.references.values().flatten() {
            self.refer(reference)
                .map_err(|reason| format!("failed to merge NameReference fieldSpec: {reason}"))?;
        }
        Ok(())
    }

    /// Adds a reference unless it is there.
    pub(crate) fn refer(&mut self, reference: &NameReference) -> Result<(), String> {
        let kind = &reference.field.gvk.kind;
        let found = self.references.iter().filter(|(found, _)| kind.is_empty() || *found == kind);
        let same = found
            .flat_map(|(_, references)| references)
            .find(|found| found.target == reference.target && found.field.stands_for(&reference.field));
        match same {
            Some(found) if found.field.create != reference.field.create => {
                Err("conflicting fieldspecs".to_owned())
            }
            Some(_) => Ok(()),
            None => {
                self.references.entry(kind.clone()).or_default().push(reference.clone());
                Ok(())
            }
        }
    }

    /// Reads a file of `configurations`.
    pub(crate) fn decode(decoder: &Decoder<'_>, document: &Value) -> Self {
        const KNOWN: &[&str] = &[
            "namePrefix",
            "nameSuffix",
            "namespace",
            "commonAnnotations",
            "commonLabels",
            "labels",
            "templateLabels",
            "volumeClaimTemplateLabels",
            "varReference",
            "images",
            "replicas",
            "nameReference",
        ];
        let fields = decoder.fields(&Field::root(document), KNOWN);
        let mut config = Self::default();
        for ((_, list), name) in config.lists().into_iter().zip(KNOWN) {
            list.extend(decoder.list(fields.get(name)).iter().map(|field| FieldSpec::decode(decoder, field)));
        }
        for field in decoder.list(fields.get("nameReference")) {
            let fields = decoder.fields(&field, &["group", "version", "kind", "fieldSpecs"]);
            let text = |name| decoder.string(fields.get(name));
            let target = Gvk { group: text("group"), version: text("version"), kind: text("kind") };
            for field in decoder.list(fields.get("fieldSpecs")) {
                let field = FieldSpec::decode(decoder, &field);
                let reference = NameReference { target: target.clone(), field };
                config.references.entry(reference.field.gvk.kind.clone()).or_default().push(reference);
            }
        }
        config
    }

    /// Reads what a file of `crds` says about its kinds: OpenAPI definitions by name, with kustomize's
    /// extensions.
    pub(crate) fn from_crds(document: &Value) -> Self {
        let mut config = Self::default();
        let none = Map::new();
        let definitions = document.as_object().unwrap_or(&none);
        for (name, definition) in definitions.iter() {
            let properties = definition.at(&["Schema", "properties"]);
            let has = |key| properties.is_some_and(|found| found.get(key).is_some());
            if has("kind") && has("apiVersion") && has("metadata") {
                let kind = name.rsplit('.').next().unwrap_or_default();
                read_crd(&mut config, definitions, kind, name, &mut Vec::new());
            }
        }
        config
    }
}

/// How deep definitions of a CRD may nest.
const DEPTH_MAX: usize = 32;

fn read_crd(config: &mut Config, definitions: &Map, kind: &str, name: &str, path: &mut Vec<Str>) {
    let properties = definitions.get(name).and_then(|found| found.at(&["Schema", "properties"]));
    let Some(properties) = properties.and_then(Value::as_object).filter(|_| path.len() < DEPTH_MAX) else {
        return;
    };
    for (key, property) in properties.iter() {
        path.push(key.clone());
        let field = FieldSpec { gvk: Gvk::new("", "", kind), path: path.clone(), create: false };
        let says = |key: &str| property.str_at(&[key]);
        for (mark, list) in [
            ("x-kubernetes-annotation", &mut config.annotations),
            ("x-kubernetes-label-selector", &mut config.common_labels),
            ("x-kubernetes-identity", &mut config.name_prefix),
        ] {
            if says(mark).is_some() {
                list.push(field.clone());
            }
        }
        let version = says("x-kubernetes-object-ref-api-version");
        if let (Some(version), Some(target)) = (version, says("x-kubernetes-object-ref-kind")) {
            let mut field = field;
            field.path.push(says("x-kubernetes-object-ref-name-key").unwrap_or("name").into());
            let reference = NameReference { target: Gvk::new("", version, target), field };
            config.references.entry(kind.into()).or_default().push(reference);
        }
        if let Some(reference) = says("$ref") {
            read_crd(config, definitions, kind, reference, path);
        }
        path.pop();
    }
}
