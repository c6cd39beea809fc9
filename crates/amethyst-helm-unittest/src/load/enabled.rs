//! Whether the suites of a subchart run: its condition or its tags, as helm-unittest evaluates them.

use amethyst_helm::{Chart, Metadata};
use amethyst_object::Value;
use amethyst_yaml::{Dialect, parse_one};

use crate::run::Options;

/// The values of the chart under the files that the caller brought.
pub(super) fn merged(chart: &Chart, options: &Options<'_>) -> Value {
    let mut values = chart.values().clone();
    for (_, text) in &options.values {
        if let Ok(over) = parse_one(text, Dialect::GoV3) {
            merge(&mut values, over, 0);
        }
    }
    values
}

fn merge(base: &mut Value, over: Value, depth: usize) {
    let (Value::Object(base), Value::Object(over)) = (base, over) else { return };
    for (key, value) in over {
        match (base.get_mut(&key), &value) {
            (Some(own @ Value::Object(_)), Value::Object(_)) if depth < 100 => merge(own, value, depth + 1),
            _ => {
                base.insert(key, value);
            }
        }
    }
}

/// Whether the subchart of this name is enabled; what names no dependency is.
pub(super) fn is_enabled(above: &Metadata, name: &str, values: &Value) -> bool {
    let called = |alias: &str, own: &str| if alias.is_empty() { own == name } else { alias == name };
    let Some(wanted) = above.dependencies.iter().flatten().find(|wanted| called(&wanted.alias, &wanted.name))
    else {
        return true;
    };
    if !wanted.condition.is_empty() {
        let keys: Vec<&str> = wanted.condition.split('.').collect();
        return values.at(&keys).and_then(Value::as_bool).unwrap_or(true);
    }
    let tags = wanted.tags.as_deref().unwrap_or_default();
    match values.get("tags") {
        Some(set @ Value::Object(_)) if !tags.is_empty() => {
            tags.iter().any(|tag| set.get(tag).and_then(Value::as_bool) == Some(true))
        }
        _ => true,
    }
}
