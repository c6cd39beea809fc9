//! The values of a HelmRelease: those it refers to, in order, and its own over them.
//!
//! Follows fluxcd/pkg `chartutil.ChartValuesFromReferences`: a reference with a `targetPath` overrides even
//! the release's own values, as the place of a `--set` would.

use amethyst_diag::Diagnostic;
use amethyst_gotemplate::{Map, Value};
use amethyst_helm::{load_values, parse_into, parse_string_into};
use amethyst_object::{Object, Str};

use super::{Packed, State, Unit, encrypted};
use crate::repository::kustomizations::place_of;

/// The values, and what is wrong with them.
pub(super) fn of(state: &State<'_>, unit: &Unit) -> (Map, Vec<Diagnostic>) {
    let mut faults = Vec::new();
    let own = || match unit.object.at(&["spec", "values"]).map(Value::from_document) {
        Some(Value::Map(map)) => map,
        _ => Map::new(),
    };
    let mut result = Map::new();
    for reference in references(unit) {
        let text = |key: &str| reference.str_at(&[key]).filter(|text| !text.is_empty());
        let (kind, name) = (text("kind").unwrap_or_default(), text("name").unwrap_or_default());
        let is_optional = reference.get("optional").and_then(amethyst_object::Value::as_bool) == Some(true);
        let mut tell = |severe: bool, message: String, hint: &str| {
            let fault = if severe {
                Diagnostic::error("release-values", message)
            } else {
                Diagnostic::warning("release-unknown-values", message)
            };
            let at = place_of(state.input.tree, unit, &["spec", "valuesFrom"]);
            faults.push(fault.about(unit.object.id()).at(at).hint(hint));
        };
        let key = text("valuesKey").unwrap_or("values.yaml");
        let Some(found) = referred(state, unit, reference) else {
            if !is_optional {
                let message = format!(
                    "takes values from {kind}/{}/{name}, which nothing in the repository declares",
                    unit.namespace
                );
                tell(false, message, "the chart is rendered without them");
            }
            continue;
        };
        let found = found.keep();
        let Some(data) = data(&found, key) else {
            if !is_optional {
                let message =
                    format!("takes values from key `{key}` of {}, which has no such key", found.id());
                tell(true, message, "name a key of its `data` as `valuesKey`, or write `optional: true`");
            }
            continue;
        };
        if let Some(path) = text("targetPath") {
            result = merge(&result, &own());
            let is_literal = reference.get("literal").and_then(amethyst_object::Value::as_bool) == Some(true);
            if let Err(reason) = at_path(&result, path, &data, is_literal) {
                tell(
                    true,
                    format!("cannot set `{path}`: {reason}"),
                    "write `targetPath` as `--set` takes it",
                );
            }
            continue;
        }
        match load_values(data.as_bytes()) {
            Ok(document) => {
                if let Value::Map(map) = Value::from_document(&document) {
                    result = merge(&result, &map);
                }
            }
            Err(reason) => {
                let message = format!("cannot read the values in `{key}` of {}: {reason}", found.id());
                tell(true, message, "the key must hold a YAML map");
            }
        }
    }
    (merge(&result, &own()), faults)
}

/// The references of a release to values.
pub(super) fn references(unit: &Unit) -> &[amethyst_object::Value] {
    let references = unit.object.at(&["spec", "valuesFrom"]).and_then(amethyst_object::Value::as_array);
    references.unwrap_or_default()
}

/// What a reference refers to, if the repository declares it.
pub(super) fn referred<'a>(
    state: &'a State<'_>,
    unit: &Unit,
    reference: &amethyst_object::Value,
) -> Option<&'a Packed> {
    let text = |key: &str| reference.str_at(&[key]).unwrap_or_default();
    state.named(text("kind"), &unit.namespace, text("name"))
}

/// One text of a ConfigMap or a Secret.
fn data(found: &Object, key: &str) -> Option<String> {
    encrypted::strings(found).into_iter().find(|(name, _)| name == key).map(|(_, text)| text)
}

/// Flux's `MergeMaps`: maps into maps, all else replaced.
fn merge(below: &Map, over: &Map) -> Map {
    let out: Map = below.pairs().iter().cloned().collect();
    for (key, value) in over.pairs().iter() {
        let merged = match (value, out.get(key)) {
            (Value::Map(over), Some(Value::Map(below))) => Value::Map(merge(&below, over)),
            _ => value.clone(),
        };
        out.insert(Str::clone(key), merged);
    }
    out
}

/// Flux's `ReplacePathValue` and `ReplacePathLiteralValue`.
fn at_path(values: &Map, path: &str, value: &str, is_literal: bool) -> Result<(), String> {
    if is_literal {
        let mut escaped = String::with_capacity(value.len() + 8);
        for character in value.chars() {
            if matches!(character, '\\' | ',' | '[' | ']' | '{' | '}') {
                escaped.push('\\');
            }
            escaped.push(character);
        }
        return parse_string_into(&format!("{path}={escaped}"), values);
    }
    let quoted = |quote: char| value.starts_with(quote) && value.ends_with(quote);
    if quoted('\'') || quoted('"') {
        return parse_string_into(&format!("{path}={}", value.trim_matches(['\'', '"'])), values);
    }
    parse_into(&format!("{path}={value}"), values)
}
