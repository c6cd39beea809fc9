//! Maps: `set`, `unset` and the merges change the map that all its holders share.

mod merge;

use amethyst_gotemplate::{Function, List, Map, Value};

use crate::arguments::{ANY, Answer, MAP, STRING, any, fixed, map, text, variadic};
use crate::nil::is_nil_map;
use crate::text::key_of;

pub(crate) const FUNCTIONS: &[Function] = &[
    variadic("dict", &[], ANY, |_, a| Ok(dict(a))),
    fixed("get", &[MAP, STRING], |_, a| {
        let found = any(a, 0).as_map().and_then(|map| map.get(&text(a, 1)));
        Ok(found.unwrap_or_else(|| Value::from("")))
    }),
    fixed("set", &[MAP, STRING, ANY], |_, a| set(a)),
    fixed("unset", &[MAP, STRING], |_, a| {
        let map = map(a, 0);
        map.remove(&text(a, 1));
        Ok(map.into())
    }),
    fixed("hasKey", &[MAP, STRING], |_, a| {
        Ok(Value::Bool(any(a, 0).as_map().is_some_and(|map| map.contains_key(&text(a, 1)))))
    }),
    variadic("pluck", &[STRING], MAP, |_, a| {
        let key = text(a, 0);
        let found = a[1..].iter().filter_map(|value| value.as_map()?.get(&key));
        Ok(List::new(found.collect()).into())
    }),
    variadic("keys", &[], MAP, |_, a| {
        let mut keys = Vec::new();
        for map in a.iter().filter_map(Value::as_map) {
            keys.extend(map.pairs().iter().map(|(key, _)| key.clone()));
        }
        Ok(List::strings(keys).into())
    }),
    fixed("values", &[MAP], |_, a| {
        Ok(List::new(map(a, 0).pairs().iter().map(|(_, value)| value.clone()).collect()).into())
    }),
    variadic("pick", &[MAP], STRING, |_, a| {
        let map = map(a, 0);
        let keys = a[1..].iter().filter_map(Value::as_str);
        let picked: Map =
            keys.filter_map(|key| map.get(&key).map(|value| (key.into_owned(), value))).collect();
        Ok(picked.into())
    }),
    variadic("omit", &[MAP], STRING, |_, a| {
        let omitted: Vec<_> = a[1..].iter().filter_map(Value::as_str).collect();
        let map = map(a, 0);
        let pairs = map.pairs();
        let kept = pairs.iter().filter(|(key, _)| !omitted.iter().any(|omitted| *omitted == key.as_str()));
        Ok(kept.cloned().collect::<Map>().into())
    }),
    variadic("merge", &[MAP], MAP, |_, a| Ok(merged(a, false).unwrap_or_else(|_| Value::from("")))),
    variadic("mustMerge", &[MAP], MAP, |_, a| Ok(merged(a, false)?)),
    variadic("mergeOverwrite", &[MAP], MAP, |_, a| Ok(merged(a, true).unwrap_or_else(|_| Value::from("")))),
    variadic("mustMergeOverwrite", &[MAP], MAP, |_, a| Ok(merged(a, true)?)),
    variadic("dig", &[], ANY, |_, a| dig(a)),
];

fn dict(arguments: &[Value]) -> Value {
    let pairs = arguments
        .chunks(2)
        .map(|pair| (key_of(&pair[0]), pair.get(1).cloned().unwrap_or_else(|| Value::from(""))));
    pairs.collect::<Map>().into()
}

fn set(arguments: &[Value]) -> Answer {
    let map = map(arguments, 0);
    if is_nil_map(&map) {
        return Err("assignment to entry in nil map".into());
    }
    map.insert(text(arguments, 1).as_ref(), any(arguments, 2).clone());
    Ok(map.into())
}

fn merged(arguments: &[Value], overwrite: bool) -> Result<Value, String> {
    let mut into = map(arguments, 0);
    for from in arguments[1..].iter().filter_map(Value::as_map) {
        if is_nil_map(&into) && !is_nil_map(from) {
            into = Map::new();
        }
        merge::merge(&into, from, overwrite)?;
    }
    Ok(into.into())
}

fn dig(arguments: &[Value]) -> Answer {
    let [keys @ .., default, start] = arguments else {
        return Err("dig needs at least three arguments".into());
    };
    if keys.is_empty() {
        return Err("dig needs at least three arguments".into());
    }
    let mut map = asserted_map(start)?;
    if let Some(odd) = keys.iter().find(|key| key.as_bytes().is_none()) {
        return Err(conversion(odd, "string").into());
    }
    for (index, key) in keys.iter().enumerate() {
        let Some(step) = map.get(&key.as_str().unwrap_or_default()) else { return Ok(default.clone()) };
        if index + 1 == keys.len() {
            return Ok(step);
        }
        map = asserted_map(&step)?;
    }
    Ok(default.clone())
}

/// `value.(map[string]interface {})`: the type itself, none that is like it.
fn asserted_map(value: &Value) -> Result<Map, String> {
    match value {
        Value::Map(map) if map.kind() == amethyst_gotemplate::MapKind::Any => Ok(map.clone()),
        other => Err(conversion(other, "map[string]interface {}")),
    }
}

fn conversion(value: &Value, wanted: &str) -> String {
    let found = if value.is_nil() { "nil".into() } else { value.type_name() };
    format!("interface conversion: interface {{}} is {found}, not {wanted}")
}
