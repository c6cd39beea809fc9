//! `deepCopy`: maps and lists of their own, all the way down.

use amethyst_gotemplate::{List, Map, Value};

use crate::arguments::DEPTH_MAX;
use crate::nil::{is_nil_list, is_nil_map};
use crate::semver::Version;

/// A copy that shares no map with the value. Fails for what holds itself, where Go's stack overflows.
pub(crate) fn deep_copy(value: &Value) -> Result<Value, String> {
    copy(value, 0)
}

fn copy(value: &Value, depth: usize) -> Result<Value, String> {
    Ok(match value {
        _ if depth > DEPTH_MAX => return Err("cannot copy a map that holds itself".to_owned()),
        Value::List(list) if !is_nil_list(list) => {
            let items = list.iter().map(|item| copy(item, depth + 1));
            List::with_kind(list.kind(), items.collect::<Result<_, _>>()?).into()
        }
        Value::Map(map) if !is_nil_map(map) => {
            let pairs = map.pairs();
            let pairs = pairs.iter().map(|(key, item)| Ok((key.clone(), copy(item, depth + 1)?)));
            Map::with_kind(map.kind(), pairs.collect::<Result<_, String>>()?).into()
        }
        // Upstream copies no field that is not exported, and a version has no other.
        Value::Native(_) if value.as_native::<Version>().is_some() => Version::default().into(),
        other => other.clone(),
    })
}
