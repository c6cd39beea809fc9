//! Values as people read them.

use amethyst_object::{Value, json};
use amethyst_yaml::emit;

/// A value on one line: strings bare when nobody can take them for something else, lists and maps as JSON.
pub(crate) fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) if is_bare(text) => text.to_string(),
        other => json::to_string_in_order(other),
    }
}

/// A value as lines: lists and maps and texts of several lines as YAML.
pub(crate) fn lines(value: &Value) -> Vec<String> {
    match value {
        Value::Object(map) if !map.is_empty() => yaml(value),
        Value::Array(items) if !items.is_empty() => yaml(value),
        Value::String(text) if text.contains('\n') => {
            text.trim_end_matches('\n').split('\n').map(ToOwned::to_owned).collect()
        }
        other => vec![scalar(other)],
    }
}

fn yaml(value: &Value) -> Vec<String> {
    emit(value).trim_end_matches('\n').split('\n').map(ToOwned::to_owned).collect()
}

/// Whether the text reads as a string without quotes.
fn is_bare(text: &str) -> bool {
    let speaks_otherwise = matches!(
        text.to_ascii_lowercase().as_str(),
        "" | "null" | "~" | "true" | "false" | "yes" | "no" | "on" | "off"
    );
    let number = text.parse::<f64>().is_ok();
    !speaks_otherwise
        && !number
        && !text.contains(char::is_control)
        && !text.starts_with([' ', '"', '\'', '{', '['])
        && !text.ends_with(' ')
}

/// The text up to a number of characters.
pub(crate) fn clip(text: &str, chars_max: usize) -> std::borrow::Cow<'_, str> {
    match text.char_indices().nth(chars_max) {
        Some((at, _)) => format!("{}…", &text[..at]).into(),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use amethyst_object::{Value, value};

    use super::scalar;

    #[test]
    fn strings_are_bare_unless_they_look_like_something_else() {
        let check = |value: Value, expect: &str| assert_eq!(scalar(&value), expect);
        check(value!("ghcr.io/a/b:1"), "ghcr.io/a/b:1");
        check(value!("1"), "\"1\"");
        check(value!(1), "1");
        check(value!("true"), "\"true\"");
        check(value!(true), "true");
        check(value!(""), "\"\"");
        check(value!({}), "{}");
        check(value!([1, "a"]), "[1,\"a\"]");
    }
}
