//! `deepCopy`: maps and lists of their own, all the way down.

use amethyst_gotemplate::{Engine, List, Map, Value};

use crate::arguments::{DEPTH_MAX, PARTS_MAX, TOO_LARGE};
use crate::nil::{is_nil_list, is_nil_map};
use crate::semver::Version;

/// A copy that shares no map with the value. Fails for what holds itself, where Go's stack overflows.
pub(crate) fn deep_copy(value: &Value) -> Result<Value, String> {
    copy(value, 0, &mut { usize::MAX })
}

/// As [`deep_copy`], of so many parts at most, and counted by the engine.
pub(crate) fn counted_copy(engine: &mut Engine<'_>, value: &Value) -> Result<Value, String> {
    let mut parts = PARTS_MAX;
    let copied = copy(value, 0, &mut parts)?;
    engine.charge((PARTS_MAX - parts) * size_of::<Value>());
    Ok(copied)
}

fn copy(value: &Value, depth: usize, parts: &mut usize) -> Result<Value, String> {
    *parts = parts.checked_sub(1).ok_or(TOO_LARGE)?;
    Ok(match value {
        _ if depth > DEPTH_MAX => return Err("cannot copy a map that holds itself".to_owned()),
        Value::List(list) if !is_nil_list(list) => {
            let items = list.iter().map(|item| copy(item, depth + 1, parts));
            List::with_kind(list.kind(), items.collect::<Result<_, _>>()?).into()
        }
        Value::Map(map) if !is_nil_map(map) => {
            let pairs = map.pairs();
            let pairs = pairs.iter().map(|(key, item)| Ok((key.clone(), copy(item, depth + 1, parts)?)));
            Map::with_kind(map.kind(), pairs.collect::<Result<_, String>>()?).into()
        }
        // Upstream copies no field that is not exported, and a version has no other.
        Value::Native(_) if value.as_native::<Version>().is_some() => Version::default().into(),
        other => other.clone(),
    })
}
