//! The transformers of one kustomization, in kustomize's order.

mod images;
mod labels;
mod names;
mod namespaces;
mod patches;
mod plugins;
mod replacements;
mod replicas;
mod structured;
mod value_add;
mod walk;

use amethyst_object::{FieldPath, Value};

use crate::decode::Spot;
use crate::fieldspec::{FieldSpec, Missing};
use crate::set::{Item, Set};
use crate::target::{Builder, Target, about};
use namespaces::{Namespaces, Subjects};
pub(crate) use plugins::{generators, transformers};

/// Transforms all of `set` as the kustomization says.
pub(crate) fn run(builder: &mut Builder<'_>, target: &Target, set: &mut Set) {
    let kustomization = &target.kustomization;
    let file = &target.file;
    let config = std::sync::Arc::clone(&set.config);
    if !kustomization.patches_strategic_merge.is_empty() {
        patches::strategic_merge(builder, file, &kustomization.patches_strategic_merge, set);
        noted(builder, target, set, "PatchStrategicMergeTransformer");
    }
    for patch in &kustomization.patches {
        patches::patch(builder, file, patch, set);
        set.drop_empty();
        noted(builder, target, set, "PatchTransformer");
    }
    set.drop_empty();
    if !kustomization.namespace.is_empty() {
        let namespaces = Namespaces {
            namespace: &kustomization.namespace,
            fields: &config.namespace,
            unset_only: false,
            subjects: Subjects::Default,
        };
        namespaces.run(builder, Spot::Field(file, &FieldPath::of(["namespace"])), set);
        noted(builder, target, set, "NamespaceTransformer");
    }
    if !kustomization.name_prefix.is_empty() {
        names::prefix(builder, set, &kustomization.name_prefix, &config.name_prefix);
        noted(builder, target, set, "PrefixTransformer");
    }
    if !kustomization.name_suffix.is_empty() {
        names::suffix(builder, set, &kustomization.name_suffix, &config.name_suffix);
        noted(builder, target, set, "SuffixTransformer");
    }
    for label in &kustomization.labels {
        match labels::fields(label, &config) {
            Ok(fields) => labels::put(builder, set, &label.pairs, &fields),
            Err(reason) => {
                let place = file.at_key(&FieldPath::of(["labels"]));
                builder.fault("kustomize-labels", format!("failed to merge labels: {reason}"), place);
            }
        }
        noted(builder, target, set, "LabelTransformer");
    }
    if !kustomization.labels.is_empty() || !kustomization.common_labels.is_empty() {
        labels::put(builder, set, &kustomization.common_labels, &config.common_labels);
        noted(builder, target, set, "LabelTransformer");
    }
    if !kustomization.common_annotations.is_empty() {
        labels::put(builder, set, &kustomization.common_annotations, &config.annotations);
        noted(builder, target, set, "AnnotationsTransformer");
    }
    for patch in &kustomization.patches_json {
        patches::json(builder, file, patch, set);
        set.drop_empty();
        noted(builder, target, set, "PatchJson6902Transformer");
    }
    for replica in &kustomization.replicas {
        replicas::run(builder, file, set, replica, &config.replicas);
        noted(builder, target, set, "ReplicaCountTransformer");
    }
    for image in &kustomization.images {
        images::run(builder, set, image, &config.images);
        noted(builder, target, set, "ImageTagTransformer");
    }
    if !kustomization.replacements.is_empty() {
        replacements::run(builder, file, &kustomization.replacements, set);
        noted(builder, target, set, "ReplacementTransformer");
    }
    set.touch();
    transformers(builder, target, set, &kustomization.transformers);
    validate(builder, target, set);
    set.touch();
}

/// Notes on every object that a built-in transformer went over it, where that is asked for.
fn noted(builder: &Builder<'_>, target: &Target, set: &mut Set, kind: &str) {
    if let Some(origin) = &builder.origin {
        let step = origin.builtin(target.file.name(), kind);
        set.items.iter_mut().for_each(|item| item.note(&step));
    }
}

/// Validators are transformers that may change nothing.
fn validate(builder: &mut Builder<'_>, target: &Target, set: &mut Set) {
    for entry in &target.kustomization.validators {
        let before: Vec<_> = set.items.iter().map(|item| item.object.clone()).collect();
        transformers(builder, target, set, std::slice::from_ref(entry));
        let after = set.items.iter().map(|item| &item.object);
        if !before.iter().eq(after) {
            let fault = "validator shouldn't modify the resource map";
            builder.fault("kustomize-validator", fault, target.file.place(entry.path.as_ref()));
        }
    }
}

/// Applies a field spec to an object; faults are told about it.
fn apply(
    builder: &mut Builder<'_>,
    item: &mut Item,
    field: &FieldSpec,
    missing: Missing,
    set: &mut dyn FnMut(&mut Value) -> Result<(), String>,
) {
    if let Err(reason) = field.apply(&mut item.object, missing, set) {
        builder.loader.faults.push(about(item, reason));
    }
}
