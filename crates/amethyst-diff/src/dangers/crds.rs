//! Definitions that are deleted, or stop to serve a version.

use std::collections::HashSet;

use amethyst_object::{Object, Value};

use super::data::left_behind;
use super::fate::Fate;
use super::text::{count, list};
use super::{Context, Danger, Level};
use crate::change::ChangeKind;
use crate::secret::split_api_version;
use crate::side::{Rendered, Side};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Danger>) {
    for change in context.changes.iter().filter(|change| change.id.kind == "CustomResourceDefinition") {
        match (change.kind, context.before_of(change), context.after_of(change)) {
            (ChangeKind::Removed, Some(gone), _) => deleted(context, gone, found),
            (ChangeKind::Changed, Some(before), Some(after)) => versions(context, before, after, found),
            _ => {}
        }
    }
}

fn deleted(context: &Context<'_>, gone: &Rendered, found: &mut Vec<Danger>) {
    if let Fate::LeftBehind(reason) = context.fate(gone) {
        found.push(left_behind(context, gone, reason));
        return;
    }
    let (before, after) =
        (instances(context.before, &gone.object, None), instances(context.after, &gone.object, None));
    let mut danger = context.danger("crd-deleted", Level::Danger, gone);
    danger.message = "the definition is deleted, and with it every object of its kind".into();
    danger.why = if after > 0 {
        format!("{} of its kind are still applied", count(after, "object"))
    } else if before > 0 {
        format!("this repository had {} of its kind; the cluster may have more", count(before, "object"))
    } else {
        "the cluster may hold objects of its kind that no repository shows".into()
    };
    danger.hint = "keep the definition until the cluster holds no object of its kind".into();
    found.push(danger);
}

/// The objects of a definition's kind, of one version or of all.
fn instances(side: &Side, definition: &Object, version: Option<&str>) -> usize {
    let (Some(group), Some(kind)) =
        (definition.str_at(&["spec", "group"]), definition.str_at(&["spec", "names", "kind"]))
    else {
        return 0;
    };
    let objects = side.objects.iter().map(|rendered| &rendered.object);
    objects
        .filter(|object| {
            let (of, at) = split_api_version(object.api_version());
            object.kind() == kind && of == group && version.is_none_or(|version| version == at)
        })
        .count()
}

fn served(definition: &Object) -> HashSet<&str> {
    let Some(spec) = definition.at(&["spec"]) else { return HashSet::new() };
    let served = list(spec, &["versions"]).iter().filter(|version| is(version, "served"));
    served.filter_map(|version| version.str_at(&["name"])).collect()
}

fn is(version: &Value, field: &str) -> bool {
    version.get(field).and_then(Value::as_bool) == Some(true)
}

fn storage(definition: &Object) -> Option<&str> {
    let versions = list(definition.at(&["spec"])?, &["versions"]);
    versions.iter().find(|version| is(version, "storage"))?.str_at(&["name"])
}

fn versions(context: &Context<'_>, before: &Rendered, after: &Rendered, found: &mut Vec<Danger>) {
    let still = served(&after.object);
    let mut gone: Vec<&str> =
        served(&before.object).into_iter().filter(|version| !still.contains(version)).collect();
    gone.sort_unstable();
    for version in gone {
        let users = instances(context.after, &after.object, Some(version));
        let level = if users > 0 { Level::Danger } else { Level::Warning };
        let mut danger = context.danger("crd-version-removed", level, after);
        danger.field = Some(format!("spec.versions[name={version}]"));
        danger.message = format!("version `{version}` is not served any more");
        danger.why = if users > 0 {
            format!("{} of this repository are written in it", count(users, "object"))
        } else {
            "clients and objects of the cluster may still use it".into()
        };
        danger.hint = "write the objects in a version that stays, before this is applied".into();
        found.push(danger);
    }
    let (Some(old), Some(_)) = (storage(&before.object), storage(&after.object)) else { return };
    let Some(spec) = after.object.at(&["spec"]) else { return };
    if !list(spec, &["versions"]).iter().any(|version| version.str_at(&["name"]) == Some(old)) {
        let mut danger = context.danger("crd-version-removed", Level::Danger, after);
        danger.field = Some(format!("spec.versions[name={old}]"));
        danger.message = format!("version `{old}`, in which objects are stored, is taken out");
        danger.why = "the API server refuses it while `status.storedVersions` names the version".into();
        danger.hint = "serve both versions first, store every object again, then take the old one out".into();
        found.push(danger);
    }
}
