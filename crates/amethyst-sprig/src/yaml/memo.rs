//! Texts that were read before: charts read what the same `include` gives again and again.

use std::collections::HashMap;

use amethyst_gotemplate::{Engine, Value};

use super::from_yaml;
use crate::copy::deep_copy;

/// What an engine's `fromYaml` read so far.
#[derive(Default)]
struct Memo {
    read: HashMap<Box<str>, Value>,
    size_bytes: usize,
}

/// How long all texts are that are kept. Values grow with their texts, as these name no anchors: by thirty times at
/// most, for lists of single digits.
const KEPT_BYTES_MAX: usize = 256 << 10;
/// How long one text is.
const TEXT_BYTES_MAX: usize = 16 << 10;

/// As [`from_yaml`]; a text that this engine has read before gives a copy of what it gave, which shares nothing
/// that can be changed.
pub(crate) fn from_yaml_again(engine: &mut Engine<'_>, bytes: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(bytes).ok();
    let text = text.filter(|text| text.len() <= TEXT_BYTES_MAX && !text.contains('*'));
    let Some(text) = text else { return from_yaml(bytes) };
    if let Some(known) = engine.kept::<Memo>().read.get(text) {
        return deep_copy(known);
    }
    let value = from_yaml(bytes)?;
    let memo = engine.kept::<Memo>();
    if memo.size_bytes + text.len() <= KEPT_BYTES_MAX {
        memo.size_bytes += text.len();
        memo.read.insert(text.into(), deep_copy(&value)?);
    }
    Ok(value)
}
