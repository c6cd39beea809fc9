//! Label selectors, in both spellings: `a=b,c in (d,e),!f` and `matchLabels`/`matchExpressions`.

use crate::{Str, Value};

/// All requirements must hold; none means everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector {
    /// What must hold.
    pub requirements: Vec<Requirement>,
}

/// One requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// The label is there with one of these values.
    In(Str, Vec<Str>),
    /// The label is missing or has none of these values.
    NotIn(Str, Vec<Str>),
    /// The label is there.
    Exists(Str),
    /// The label is missing.
    DoesNotExist(Str),
    /// The label is an integer greater than this.
    GreaterThan(Str, i64),
    /// The label is an integer less than this.
    LessThan(Str, i64),
}

/// A selector that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unable to parse requirement: {0}")]
pub struct SelectorError(pub String);

impl LabelSelector {
    /// Reads the query form.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        let mut requirements = Vec::new();
        for part in split_top(text)? {
            let part = part.trim();
            if !part.is_empty() {
                requirements.push(Requirement::parse(part)?);
            }
        }
        Ok(Self { requirements })
    }

    /// Reads a `metav1.LabelSelector`.
    pub fn from_value(selector: &Value) -> Result<Self, SelectorError> {
        let mut requirements = Vec::new();
        if let Some(labels) = selector.get("matchLabels").and_then(Value::as_object) {
            for (key, value) in labels.iter() {
                let value = value.as_str().unwrap_or_default();
                requirements.push(Requirement::In(key.clone(), vec![value.into()]));
            }
        }
        for expression in selector.get("matchExpressions").and_then(Value::as_array).unwrap_or_default() {
            let key: Str = expression.get("key").and_then(Value::as_str).unwrap_or_default().into();
            let values = expression.get("values").and_then(Value::as_array).unwrap_or_default();
            let values: Vec<Str> = values.iter().filter_map(|value| Some(value.as_str()?.into())).collect();
            requirements.push(match expression.get("operator").and_then(Value::as_str).unwrap_or_default() {
                "In" if !values.is_empty() => Requirement::In(key, values),
                "NotIn" if !values.is_empty() => Requirement::NotIn(key, values),
                "In" | "NotIn" => {
                    return Err(SelectorError(
                        "for 'in', 'notin' operators, values set can't be empty".into(),
                    ));
                }
                "Exists" => Requirement::Exists(key),
                "DoesNotExist" => Requirement::DoesNotExist(key),
                other => {
                    return Err(SelectorError(format!("\"{other}\" is not a valid label selector operator")));
                }
            });
        }
        Ok(Self { requirements })
    }

    /// Whether it selects everything.
    pub fn is_everything(&self) -> bool {
        self.requirements.is_empty()
    }

    /// Whether labels, looked up by `label`, satisfy all requirements.
    pub fn matches<'a>(&self, label: impl Fn(&str) -> Option<&'a str>) -> bool {
        self.requirements.iter().all(|requirement| requirement.matches(&label))
    }
}

impl Requirement {
    fn parse(part: &str) -> Result<Self, SelectorError> {
        let bad = || SelectorError(format!("found '{part}', expected a label requirement"));
        if let Some(key) = part.strip_prefix('!') {
            return Ok(Self::DoesNotExist(label_key(key).ok_or_else(bad)?));
        }
        for (operator, negated) in [("!=", true), ("==", false), ("=", false)] {
            if let Some((key, value)) = part.split_once(operator) {
                let (key, value) = (label_key(key).ok_or_else(bad)?, label_value(value).ok_or_else(bad)?);
                return Ok(if negated { Self::NotIn(key, vec![value]) } else { Self::In(key, vec![value]) });
            }
        }
        for operator in ['>', '<'] {
            if let Some((key, bound)) = part.split_once(operator) {
                let (key, bound) =
                    (label_key(key).ok_or_else(bad)?, bound.trim().parse().map_err(|_| bad())?);
                return Ok(if operator == '>' {
                    Self::GreaterThan(key, bound)
                } else {
                    Self::LessThan(key, bound)
                });
            }
        }
        if let Some((head, values)) = part.split_once('(') {
            let values = values.trim_end().strip_suffix(')').ok_or_else(bad)?;
            let values: Option<Vec<Str>> = values.split(',').map(label_value).collect();
            let mut head = head.split_whitespace();
            let key = head.next().and_then(label_key).ok_or_else(bad)?;
            let operator = head.next();
            return match (operator, head.next()) {
                (Some("in"), None) => Ok(Self::In(key, values.ok_or_else(bad)?)),
                (Some("notin"), None) => Ok(Self::NotIn(key, values.ok_or_else(bad)?)),
                _ => Err(bad()),
            };
        }
        Ok(Self::Exists(label_key(part).ok_or_else(bad)?))
    }

    fn matches<'a>(&self, label: &impl Fn(&str) -> Option<&'a str>) -> bool {
        let integer = |key: &str| label(key).and_then(|value| value.parse::<i64>().ok());
        match self {
            Self::In(key, values) => {
                label(key).is_some_and(|found| values.iter().any(|value| value == found))
            }
            Self::NotIn(key, values) => {
                label(key).is_none_or(|found| values.iter().all(|value| value != found))
            }
            Self::Exists(key) => label(key).is_some(),
            Self::DoesNotExist(key) => label(key).is_none(),
            Self::GreaterThan(key, bound) => integer(key).is_some_and(|found| found > *bound),
            Self::LessThan(key, bound) => integer(key).is_some_and(|found| found < *bound),
        }
    }
}

/// Splits at commas outside parentheses.
fn split_top(text: &str) -> Result<Vec<&str>, SelectorError> {
    let (mut parts, mut depth, mut from) = (Vec::new(), 0_i32, 0);
    for (at, char) in text.char_indices() {
        match char {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    if depth != 0 {
        return Err(SelectorError(format!("found '{text}', expected balanced parentheses")));
    }
    parts.push(&text[from..]);
    Ok(parts)
}

fn label_key(key: &str) -> Option<Str> {
    let key = key.trim();
    let name = key.rsplit_once('/').map_or(key, |(_, name)| name);
    let fine = !name.is_empty() && name.len() <= 63 && key.len() <= 317 && is_label_text(name);
    fine.then(|| key.into())
}

fn label_value(value: &str) -> Option<Str> {
    let value = value.trim();
    (value.is_empty() || value.len() <= 63 && is_label_text(value)).then(|| value.into())
}

fn is_label_text(text: &str) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    edge(text.as_bytes().first())
        && edge(text.as_bytes().last())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::LabelSelector;
    use crate::value;

    fn check(selector: &str, labels: &[(&str, &'static str)], expect: bool) {
        let selector = LabelSelector::parse(selector).unwrap();
        let find = |key: &str| labels.iter().find(|(found, _)| *found == key).map(|(_, value)| *value);
        assert_eq!(selector.matches(find), expect, "{selector:?} on {labels:?}");
    }

    #[test]
    fn the_query_form_matches_as_upstream_does() {
        check("", &[], true);
        check("a=b", &[("a", "b")], true);
        check("a==b,c", &[("a", "b")], false);
        check("a!=b", &[], true);
        check("app.kubernetes.io/name in (web, db),!canary", &[("app.kubernetes.io/name", "db")], true);
        check("a notin (b,c)", &[("a", "c")], false);
        check("n>3", &[("n", "4")], true);
        check("a=", &[("a", "")], true);
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for text in ["a in (b", "=b", "a b", "a=b c", "a in", "x/y/!=z"] {
            assert!(LabelSelector::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_object_form_reads_expressions() {
        let selector = value!({
            "matchLabels": {"a": "b"},
            "matchExpressions": [{"key": "c", "operator": "NotIn", "values": ["d"]}],
        });
        let selector = LabelSelector::from_value(&selector).unwrap();
        assert!(selector.matches(|key| (key == "a").then_some("b")));
        assert!(
            LabelSelector::from_value(&value!({"matchExpressions": [{"key": "c", "operator": "Is"}]}))
                .is_err()
        );
    }
}
