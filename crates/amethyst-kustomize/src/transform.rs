//! The transformers of one kustomization, in kustomize's order.

mod images;
mod patches;
mod replacements;
mod walk;

use amethyst_diag::Diagnostic;
use amethyst_object::{FieldPath, Map, Number, Str, Value};

use crate::fieldspec::{FieldSpec, Missing};
use crate::id::{Id, is_null};
use crate::kustomization::{Label, Replica};
use crate::set::{Item, Set};
use crate::specs;
use crate::target::{Builder, Target, about};

/// Transforms all of `set` as the kustomization says.
pub(crate) fn run(builder: &mut Builder<'_>, target: &Target, set: &mut Set) {
    let kustomization = &target.kustomization;
    patches::strategic_merge(builder, target, set);
    patches::patches(builder, target, set);
    set.drop_empty();
    if !kustomization.namespace.is_empty() {
        namespace(builder, target, set);
    }
    name(builder, set, &kustomization.name_prefix, Affix::Prefix);
    name(builder, set, &kustomization.name_suffix, Affix::Suffix);
    for label in &kustomization.labels {
        match label_fields(label) {
            Ok(fields) => put(builder, set, &label.pairs, &fields),
            Err(reason) => {
                let place = target.file.at_key(&FieldPath::of(["labels"]));
                builder.fault("kustomize-labels", format!("failed to merge labels: {reason}"), place);
            }
        }
    }
    put(builder, set, &kustomization.common_labels, &specs::COMMON_LABELS);
    put(builder, set, &kustomization.common_annotations, &specs::ANNOTATIONS);
    patches::json(builder, target, set);
    for replica in &kustomization.replicas {
        replicas(builder, target, set, replica);
    }
    for image in &kustomization.images {
        images::run(builder, set, image);
    }
    replacements::run(builder, target, set);
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

fn namespace(builder: &mut Builder<'_>, target: &Target, set: &mut Set) {
    let namespace = &target.kustomization.namespace;
    for item in &mut set.items {
        item.store_id();
        if !item.gvk().is_cluster_scoped() {
            item.set_meta("namespace", namespace.clone());
        }
        if matches!(item.object.str("kind"), Some("RoleBinding" | "ClusterRoleBinding")) {
            subjects(&mut item.object, namespace);
        }
        for field in specs::NAMESPACES.iter() {
            apply(builder, item, field, Missing::Scalar, &mut |value| set_scalar(value, namespace));
        }
    }
    let ids: Vec<Id> = set.items.iter().map(Item::id).collect();
    for (at, id) in ids.iter().enumerate() {
        if ids[..at].iter().any(|other| other.is(id)) {
            let text = format!("namespace transformation produces ID conflict: {id}");
            let place = target.file.at(&FieldPath::of(["namespace"]));
            let fault = Diagnostic::error("kustomize-duplicate-object", text).about(set.items[at].label());
            builder.loader.faults.push(fault.at(place).hint("two objects differ by namespace only"));
        }
    }
}

/// The service account named `default` in a binding is that of the namespace.
fn subjects(object: &mut Map, namespace: &Str) {
    let subjects = object.get_mut("subjects").and_then(Value::as_array_mut);
    for subject in subjects.into_iter().flatten().filter_map(Value::as_object_mut) {
        if subject.str("name") == Some("default") {
            subject.insert("namespace", namespace.clone());
        }
    }
}

fn set_scalar(value: &mut Value, text: &Str) -> Result<(), String> {
    match value {
        Value::Array(_) | Value::Object(_) => Err("field specs must target scalar nodes".to_owned()),
        _ => {
            *value = Value::String(text.clone());
            Ok(())
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Affix {
    Prefix,
    Suffix,
}

fn name(_builder: &mut Builder<'_>, set: &mut Set, affix: &Str, side: Affix) {
    if affix.is_empty() {
        return;
    }
    for item in &mut set.items {
        let gvk = item.original_id().gvk;
        let skipped = matches!(gvk.kind.as_str(), "CustomResourceDefinition" | "Namespace")
            || gvk.kind == "APIService" && gvk.group == "apiregistration.k8s.io";
        if skipped {
            continue;
        }
        item.store_id();
        let name = item.name();
        let name = match side {
            Affix::Prefix => {
                item.prefixes.push(affix.clone());
                format!("{affix}{name}")
            }
            Affix::Suffix => {
                item.suffixes.push(affix.clone());
                format!("{name}{affix}")
            }
        };
        item.set_meta("name", name.into());
    }
}

fn label_fields(label: &Label) -> Result<Vec<FieldSpec>, String> {
    let mut fields = label.fields.clone();
    let mut merge = |more: &[FieldSpec]| {
        for field in more {
            // A spec that is at least as narrow stands for the wider one.
            let same =
                fields.iter().find(|found| found.path == field.path && found.gvk.is_selected(&field.gvk));
            match same {
                Some(found) if found.create != field.create => {
                    return Err("conflicting fieldspecs".to_owned());
                }
                Some(_) => {}
                None => fields.push(field.clone()),
            }
        }
        Ok(())
    };
    if label.include_selectors {
        merge(&specs::COMMON_LABELS)?;
    } else {
        if label.include_templates {
            merge(&specs::TEMPLATE_LABELS)?;
        }
        if label.include_claims {
            merge(&specs::CLAIM_LABELS)?;
        }
        merge(&[FieldSpec::new("", "", "", "metadata/labels", true)])?;
    }
    Ok(fields)
}

/// Puts labels or annotations into every map the fields lead to.
fn put(builder: &mut Builder<'_>, set: &mut Set, pairs: &[(Str, Str)], fields: &[FieldSpec]) {
    if pairs.is_empty() {
        return;
    }
    for item in &mut set.items {
        for field in fields {
            apply(builder, item, field, Missing::Map, &mut |value| {
                if is_null(value) {
                    return Ok(());
                }
                let map = value.as_object_mut().ok_or("wrong node kind: expected MappingNode")?;
                for (key, value) in pairs {
                    map.insert(key.clone(), value.clone());
                }
                Ok(())
            });
        }
    }
}

fn replicas(builder: &mut Builder<'_>, target: &Target, set: &mut Set, replica: &Replica) {
    let mut found = false;
    for field in specs::REPLICAS.iter() {
        for item in &mut set.items {
            if item.any_id(|id| id.name == replica.name && id.gvk.is_selected(&field.gvk)) {
                found = true;
                apply(builder, item, field, Missing::Scalar, &mut |value| {
                    *value = Value::Number(Number::from(replica.count));
                    Ok(())
                });
            }
        }
    }
    if !found {
        let gvks: Vec<String> = specs::REPLICAS.iter().map(|field| field.gvk.to_string()).collect();
        let text = format!(
            "resource with name {} does not match a config with the following GVK [{}]",
            replica.name,
            gvks.join(" ")
        );
        builder.fault("kustomize-replicas", text, target.file.at(&replica.path));
    }
}
