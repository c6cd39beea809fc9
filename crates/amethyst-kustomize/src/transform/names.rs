//! `namePrefix` and `nameSuffix`.

use amethyst_object::{Str, Value};

use super::apply;
use crate::fieldspec::{FieldSpec, Missing};
use crate::id::{Gvk, text};
use crate::set::{Item, Set};
use crate::target::Builder;

/// Puts a prefix before names; an empty one is remembered too.
pub(super) fn prefix(builder: &mut Builder<'_>, set: &mut Set, prefix: &Str, fields: &[FieldSpec]) {
    let change = |old: &str| format!("{prefix}{old}");
    run(
        builder,
        set,
        fields,
        prefix,
        |item| item.prefixes.push(prefix.clone()),
        change,
        |gvk| gvk.kind == "Namespace" || is_left_alone(gvk),
    );
}

/// Puts a suffix after names; an empty one is remembered too.
pub(super) fn suffix(builder: &mut Builder<'_>, set: &mut Set, suffix: &Str, fields: &[FieldSpec]) {
    let change = |old: &str| format!("{old}{suffix}");
    run(
        builder,
        set,
        fields,
        suffix,
        |item| item.suffixes.push(suffix.clone()),
        change,
        |gvk| gvk.kind == "Namespace" || is_left_alone(gvk),
    );
}

fn is_left_alone(gvk: &Gvk) -> bool {
    gvk.kind == "CustomResourceDefinition"
        || gvk.kind == "APIService" && gvk.group == "apiregistration.k8s.io"
}

fn run(
    builder: &mut Builder<'_>,
    set: &mut Set,
    fields: &[FieldSpec],
    affix: &Str,
    remember: impl Fn(&mut Item),
    change: impl Fn(&str) -> String,
    skips: impl Fn(&Gvk) -> bool,
) {
    for item in &mut set.items {
        let gvk = item.original_id().gvk;
        if skips(&gvk) {
            continue;
        }
        for field in fields.iter().filter(|field| gvk.is_selected(&field.gvk)) {
            if field.is(&["metadata", "name"]) {
                remember(item);
                if !affix.is_empty() {
                    item.store_id();
                }
            }
            if !affix.is_empty() {
                apply(builder, item, field, Missing::Scalar, &mut |value| {
                    *value = Value::from(change(&text(value)));
                    Ok(())
                });
            }
        }
    }
    set.touch();
}
