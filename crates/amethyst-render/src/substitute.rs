//! Variables in manifests: `${name}`, `${name:=default}`, `${name/old/new}`, ... as Flux substitutes them
//! after a build (fluxcd/pkg `envsubst`, a fork of drone/envsubst).
//!
//! An object is written as YAML, its text substituted, and the text read again: that a quoted number
//! loses its quotes and becomes a number is upstream's behaviour (fluxcd/kustomize-controller#625).

mod operators;
mod pattern;
mod template;

use std::collections::BTreeMap;

use amethyst_object::{Object, Value};
use amethyst_yaml::{Dialect, emit, parse_one};

/// The annotation, or label, that keeps an object from being substituted.
pub const SUBSTITUTE: &str = "kustomize.toolkit.fluxcd.io/substitute";

/// What to put in, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Substitution {
    /// The variables; line breaks in values are left out, as Flux does.
    pub variables: BTreeMap<String, String>,
    /// A variable that is not set and has no default is an error, not the empty string.
    pub strict: bool,
    /// Substitute even when no variable is given, for the sake of defaults.
    pub always: bool,
}

/// Why a substitution failed; the texts are upstream's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubstituteError {
    /// A variable's name makes no sense.
    #[error("'{0}' var name is invalid, must match '^[_[:alpha:]][_[:alpha:][:digit:]]*$'")]
    Name(String),
    /// An expression cannot be read.
    #[error("variable substitution failed: {0}")]
    Expression(&'static str),
    /// A variable is missing in strict mode.
    #[error("variable substitution failed: variable not set (strict mode): \"{0}\"")]
    Unset(String),
    /// What came out is not YAML.
    #[error("YAMLToJSON: {0}")]
    Yaml(String),
}

/// Substitutes the variables of one object. An object that opts out is left as it is.
pub fn substitute(object: &mut Object, substitution: &Substitution) -> Result<(), SubstituteError> {
    let disabled = |value: Option<&str>| value == Some("disabled");
    if disabled(object.label(SUBSTITUTE)) || disabled(object.annotation(SUBSTITUTE)) {
        return Ok(());
    }
    if substitution.variables.is_empty() && !substitution.always {
        return Ok(());
    }
    if let Some(name) = substitution.variables.keys().find(|name| !is_name(name)) {
        return Err(SubstituteError::Name(name.clone()));
    }
    // Nothing to expand and nothing to unescape: the text would come back as it is.
    if !object.0.iter().any(|(key, value)| key.contains('$') || has_dollar(value)) {
        return Ok(());
    }
    let text = expand(&emit(&Value::Object(std::mem::take(&mut object.0))), substitution)?;
    let value = parse_one(&text, Dialect::GoV2).map_err(|fault| SubstituteError::Yaml(fault.to_string()))?;
    *object = Object::from_value(value)
        .ok_or_else(|| SubstituteError::Yaml("the object is no longer a map".to_owned()))?;
    Ok(())
}

/// Whether a text in it has a dollar sign.
fn has_dollar(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('$'),
        Value::Array(items) => items.iter().any(has_dollar),
        Value::Object(map) => map.iter().any(|(key, value)| key.contains('$') || has_dollar(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Expands a text.
pub fn expand(text: &str, substitution: &Substitution) -> Result<String, SubstituteError> {
    let lookup = |name: &str| match substitution.variables.get(name) {
        Some(value) => Ok(Some(value.replace('\n', ""))),
        None if substitution.strict => Ok(None),
        None => Ok(Some(String::new())),
    };
    template::expand(text, &lookup)
}

fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    let head = |char: char| char == '_' || char.is_ascii_alphabetic();
    chars.next().is_some_and(head) && chars.all(|char| head(char) || char.is_ascii_digit())
}

#[cfg(test)]
mod tests;
