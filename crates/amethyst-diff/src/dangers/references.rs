//! Pods that refer to what is deleted, and objects that two producers apply.

use std::collections::{HashMap, HashSet};

use amethyst_object::Value;

use super::fate::Fate;
use super::text::{containers, list, pod_template};
use super::{Context, Danger, Level};
use crate::change::{ChangeKind, ObjectChange, title};
use crate::secret::{Kind, split_api_version};
use crate::side::Rendered;

/// Kind and name.
type Reference<'a> = (&'static str, &'a str);

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Danger>) {
    broken(context, found);
    applied_twice(context, found);
}

fn broken(context: &Context<'_>, found: &mut Vec<Danger>) {
    let mut gone: HashMap<(&str, &str, &str), &Rendered> = HashMap::new();
    for change in context
        .changes
        .iter()
        .filter(|change| change.kind == ChangeKind::Removed || change.renamed_from.is_some())
    {
        let Some(rendered) = context.before_of(change) else { continue };
        let object = &rendered.object;
        let kind = Kind::of(object);
        let counts = kind.group.is_empty()
            && matches!(kind.name, "ConfigMap" | "Secret" | "PersistentVolumeClaim" | "ServiceAccount");
        if counts && context.fate(rendered) == Fate::Deleted {
            gone.insert((kind.name, object.namespace(), object.name()), rendered);
        }
    }
    if gone.is_empty() {
        return;
    }
    for after in &context.after.objects {
        let Some((_, spec)) = pod_template(&after.object) else { continue };
        let mut told = HashSet::new();
        for (kind, name) in references(spec) {
            if !gone.contains_key(&(kind, after.object.namespace(), name)) || !told.insert((kind, name)) {
                continue;
            }
            let mut danger = context.danger("reference-broken", Level::Danger, after);
            danger.message =
                format!("it refers to the {kind} `{}`, which is deleted", context.redactor.text(name));
            danger.why = "pods that are made after the change do not start".into();
            danger.hint = "keep what is referred to, or take the reference out".into();
            found.push(danger);
        }
    }
}

/// What the pods of a template cannot start without.
fn references(spec: &Value) -> Vec<Reference<'_>> {
    let mut found = Vec::new();
    for volume in list(spec, &["volumes"]) {
        put(&mut found, "ConfigMap", volume.get("configMap"), "name");
        put(&mut found, "Secret", volume.get("secret"), "secretName");
        put(&mut found, "PersistentVolumeClaim", volume.get("persistentVolumeClaim"), "claimName");
        for source in list(volume, &["projected", "sources"]) {
            put(&mut found, "ConfigMap", source.get("configMap"), "name");
            put(&mut found, "Secret", source.get("secret"), "name");
        }
    }
    for container in containers(spec) {
        for from in list(container, &["envFrom"]) {
            put(&mut found, "ConfigMap", from.get("configMapRef"), "name");
            put(&mut found, "Secret", from.get("secretRef"), "name");
        }
        for variable in list(container, &["env"]) {
            put(&mut found, "ConfigMap", variable.at(&["valueFrom", "configMapKeyRef"]), "name");
            put(&mut found, "Secret", variable.at(&["valueFrom", "secretKeyRef"]), "name");
        }
    }
    put(&mut found, "ServiceAccount", Some(spec), "serviceAccountName");
    found
}

fn put<'a>(found: &mut Vec<Reference<'a>>, kind: &'static str, reference: Option<&'a Value>, name: &str) {
    if let Some(reference) = reference
        && reference.get("optional").and_then(Value::as_bool) != Some(true)
        && let Some(name) = reference.str_at(&[name])
    {
        found.push((kind, name));
    }
}

fn applied_twice(context: &Context<'_>, found: &mut Vec<Danger>) {
    let new_owner = |change: &ObjectChange| change.kind == ChangeKind::Added || change.moved_from.is_some();
    if !context.changes.iter().any(new_owner) {
        return;
    }
    let old = owners(&context.before.objects);
    for (key, owners) in owners(&context.after.objects) {
        if owners.len() < 2 || old.get(&key).is_some_and(|old| old.len() >= owners.len()) {
            continue;
        }
        let last = owners[owners.len() - 1];
        let mut danger = context.danger("applied-twice", Level::Danger, last);
        let names: Vec<String> = owners.iter().map(|owner| owner.producer.to_string()).collect();
        danger.message = format!("{} apply the same object", names.join(" and "));
        danger.why = "each undoes what the other applied, and what one prunes is gone for both".into();
        danger.hint = format!("leave {} to one of them", title(&danger.object));
        found.push(danger);
    }
}

type ObjectKey<'a> = (&'a str, &'a str, &'a str, &'a str);

/// Who applies each object, in the order of producers.
fn owners(objects: &[Rendered]) -> HashMap<ObjectKey<'_>, Vec<&Rendered>, foldhash::fast::RandomState> {
    let mut owners: HashMap<ObjectKey<'_>, Vec<&Rendered>, foldhash::fast::RandomState> = HashMap::default();
    for rendered in objects.iter().filter(|rendered| !rendered.object.name().is_empty()) {
        let object = &rendered.object;
        let group = split_api_version(object.api_version()).0;
        owners.entry((group, object.kind(), object.namespace(), object.name())).or_default().push(rendered);
    }
    for owners in owners.values_mut().filter(|owners| owners.len() > 1) {
        owners.sort_by(|left, right| left.producer.cmp(&right.producer));
    }
    owners
}
