//! Documents whose scalars keep their text, for kustomize.
//!
//! kyaml works on nodes that remember how a scalar was written: `1.10` in an annotation comes out as the
//! string "1.10", and a patch drops `key:` but keeps `key: null`. Such a document holds every scalar that is
//! neither a string nor a boolean nor an explicit null as a number whose lexeme is the text; [`settle`] turns
//! it into an ordinary document.

use amethyst_object::{Number, Value};

use crate::Dialect;
use crate::parse::{Document, YamlFault, read_raw};
use crate::resolve::{Scalar, resolve};
use crate::scan::Style;

/// Reads all documents as [`Dialect::GoV3`], but numbers, timestamps and empty scalars become
/// [`Value::Number`] with their text as the lexeme. [`settle`] them before they leave.
pub fn parse_raw(text: &str) -> (Vec<Document>, Vec<YamlFault>) {
    read_raw(text)
}

/// The raw value of a plain scalar.
pub fn raw_scalar(text: &str) -> Value {
    raw_value(&resolve(text, Dialect::GoV3), text)
}

/// The raw value of any scalar.
pub(crate) fn raw_styled(scalar: &Scalar, text: &str, style: Style) -> Value {
    match if style == Style::Folded { folded_again(text) } else { None } {
        Some(again) => raw_value(scalar, &again),
        None => raw_value(scalar, text),
    }
}

fn raw_value(scalar: &Scalar, text: &str) -> Value {
    match scalar {
        Scalar::Null if text.is_empty() => Value::Number(Number::from_lexeme("")),
        Scalar::Null => Value::Null,
        Scalar::Bool(value) => Value::Bool(*value),
        Scalar::Int(_) | Scalar::Float(_) | Scalar::Timestamp => Value::Number(Number::from_lexeme(text)),
        Scalar::String => Value::String(text.into()),
    }
}

/// Turns a raw document into an ordinary one; the message says which number JSON cannot hold.
pub fn settle(value: &mut Value) -> Result<(), String> {
    match value {
        Value::Number(number) => {
            let settled =
                resolve(number.as_str(), Dialect::GoV3).into_value(number.as_str(), Dialect::GoV3)?;
            *value = settled;
            Ok(())
        }
        Value::Array(items) => items.iter_mut().try_for_each(settle),
        Value::Object(map) => map.iter_mut().try_for_each(|(_, value)| settle(value)),
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
    }
}

/// What a folded scalar says after kyaml has written and read it once more, as it does on the way out.
///
/// go-yaml's emitter looks at the beginning of the text where it should look at the next line
/// (`yaml_emitter_write_folded_scalar`), so an indented line gains an empty one before it.
fn folded_again(text: &str) -> Option<String> {
    let body = text.strip_suffix('\n').unwrap_or(text);
    if !body.contains('\n') || !may_fold(text) {
        return None;
    }
    let mut written = String::from(">");
    let first = text.chars().next()?;
    if matches!(first, ' ' | '\n') {
        written.push('2');
    }
    match (text.ends_with('\n'), body.ends_with('\n')) {
        (false, _) => written.push('-'),
        (true, true) => written.push('+'),
        (true, false) => {}
    }
    written.push('\n');
    let start = text.trim_start_matches('\n').chars().next();
    let doubles = !matches!(start, None | Some(' ' | '\t'));
    let (mut breaks, mut leading_spaces) = (true, true);
    for character in text.chars() {
        if character == '\n' {
            if doubles && !breaks && !leading_spaces {
                written.push('\n');
            }
            written.push('\n');
            breaks = true;
        } else {
            if breaks {
                written.push_str("  ");
                leading_spaces = matches!(character, ' ' | '\t');
            }
            written.push(character);
            breaks = false;
        }
    }
    match crate::parse_one(&written, Dialect::GoV2) {
        Ok(Value::String(read)) if read != text => Some(read.into()),
        _ => None,
    }
}

/// Whether go-yaml writes such a text as a block at all.
fn may_fold(text: &str) -> bool {
    let printable = |character| matches!(character, '\t' | '\n' | ' '..='~' | '\u{a0}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}');
    !text.ends_with(' ') && !text.contains(" \n") && text.chars().all(printable)
}

#[cfg(test)]
mod tests {
    use super::folded_again;

    #[test]
    fn indented_lines_of_folded_scalars_move() {
        assert_eq!(folded_again("a(\n  b\n)").as_deref(), Some("a(\n\n  b\n)"));
        assert_eq!(folded_again("a\nb"), None);
        assert_eq!(folded_again("a\n"), None);
    }
}
