//! Words of cells: ages, labels, selectors, lists that end in "more".

use amethyst_object::Value;

use crate::time;

/// The string at a path, or nothing.
pub(super) fn at<'a>(value: &'a Value, path: &[&str]) -> &'a str {
    value.str_at(path).unwrap_or_default()
}

/// The integer at a path, or zero.
pub(super) fn integer(value: &Value, path: &[&str]) -> i64 {
    value.at(path).and_then(Value::as_i64).unwrap_or(0)
}

/// The elements of the list at a path, or none.
pub(super) fn list<'a>(value: &'a Value, path: &[&str]) -> &'a [Value] {
    value.at(path).and_then(Value::as_array).unwrap_or_default()
}

/// The strings of the list at a path.
pub(super) fn strings<'a>(value: &'a Value, path: &[&str]) -> Vec<&'a str> {
    list(value, path).iter().filter_map(Value::as_str).collect()
}

/// How many elements the list or map at a path has.
pub(super) fn count(value: &Value, path: &[&str]) -> usize {
    match value.at(path) {
        Some(Value::Array(items)) => items.len(),
        Some(Value::Object(map)) => map.len(),
        _ => 0,
    }
}

/// Whether something other than null is at a path.
pub(super) fn has(value: &Value, path: &[&str]) -> bool {
    value.at(path).is_some_and(|value| !value.is_null())
}

/// A scalar as text; null is nothing.
pub(super) fn plain(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A quantity as text; a missing one is zero.
pub(super) fn quantity(value: Option<&Value>) -> String {
    plain(value).unwrap_or_else(|| "0".to_owned())
}

/// The condition of a type.
pub(super) fn condition<'a>(conditions: &'a [Value], ty: &str) -> Option<&'a Value> {
    conditions.iter().find(|condition| at(condition, &["type"]) == ty)
}

/// Whether the condition of a type is true.
pub(super) fn is_true(conditions: &[Value], ty: &str) -> bool {
    condition(conditions, ty).is_some_and(|condition| at(condition, &["status"]) == "True")
}

/// How long ago a time was.
pub(super) fn since(value: Option<&Value>, now: i64) -> String {
    match value.and_then(Value::as_str).and_then(time::parse) {
        Some(then) => duration(now - then),
        None => "<unknown>".to_owned(),
    }
}

/// When an object was made; Go's zero time when it does not tell.
pub(super) fn created(object: &Value) -> String {
    match object.str_at(&["metadata", "creationTimestamp"]).and_then(time::parse) {
        Some(seconds) => time::format(seconds) + "Z",
        None => "0001-01-01T00:00:00Z".to_owned(),
    }
}

/// A duration as upstream's `HumanDuration` writes it: two units at most, fewer as it grows.
pub(super) fn duration(seconds: i64) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let (days, years) = (hours / 24, hours / 24 / 365);
    let two = |big: i64, unit: char, small: i64, small_unit: char| {
        if small == 0 { format!("{big}{unit}") } else { format!("{big}{unit}{small}{small_unit}") }
    };
    match seconds {
        ..-1 => "<invalid>".to_owned(),
        -1 => "0s".to_owned(),
        _ if seconds < 120 => format!("{seconds}s"),
        _ if minutes < 10 => two(minutes, 'm', seconds % 60, 's'),
        _ if minutes < 180 => format!("{minutes}m"),
        _ if hours < 8 => two(hours, 'h', minutes % 60, 'm'),
        _ if hours < 48 => format!("{hours}h"),
        _ if days < 8 => two(days, 'd', hours % 24, 'h'),
        _ if days < 365 * 2 => format!("{days}d"),
        _ if days < 365 * 8 => two(years, 'y', days % 365, 'd'),
        _ => format!("{years}y"),
    }
}

/// Labels as an equality selector, sorted; `<none>` when there are none.
pub(super) fn labels(value: Option<&Value>) -> String {
    let mut pairs = pairs(value);
    pairs.sort_unstable();
    if pairs.is_empty() { "<none>".to_owned() } else { pairs.join(",") }
}

fn pairs(value: Option<&Value>) -> Vec<String> {
    let map = value.and_then(Value::as_object);
    let pairs = map.into_iter().flat_map(amethyst_object::Map::iter);
    pairs.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect()
}

/// A label selector in its query form, `<none>` when it is empty or missing, nothing when it is none.
pub(super) fn selector(value: Option<&Value>) -> Option<String> {
    let text = selector_text(value)?;
    Some(if text.is_empty() { "<none>".to_owned() } else { text })
}

/// A label selector in its query form, nothing when it is none.
pub(super) fn selector_text(value: Option<&Value>) -> Option<String> {
    let Some(value) = value else { return Some(String::new()) };
    let labels = value.get("matchLabels").and_then(Value::as_object);
    let mut all: Vec<(&str, String)> = Vec::new();
    for (key, value) in labels.into_iter().flat_map(amethyst_object::Map::iter) {
        all.push((key, format!("{key}={}", value.as_str().unwrap_or_default())));
    }
    for expression in list(value, &["matchExpressions"]) {
        let key = at(expression, &["key"]);
        let mut values = strings(expression, &["values"]);
        values.sort_unstable();
        let joined = values.join(",");
        let text = match (at(expression, &["operator"]), values.is_empty()) {
            _ if key.is_empty() => return None,
            ("In", false) => format!("{key} in ({joined})"),
            ("NotIn", false) => format!("{key} notin ({joined})"),
            ("Exists", true) => key.to_owned(),
            ("DoesNotExist", true) => format!("!{key}"),
            _ => return None,
        };
        all.push((key, text));
    }
    all.sort_by_key(|(key, _)| *key);
    Some(all.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(","))
}

/// The first three of a list, and how many more there are; this when the list is empty.
pub(super) fn some_of(items: &[String], none: &str) -> String {
    match items {
        [first, second, third, rest @ ..] if !rest.is_empty() => {
            format!("{first},{second},{third} + {} more...", rest.len())
        }
        few => {
            let few = few.join(",");
            if few.is_empty() { none.to_owned() } else { few }
        }
    }
}
