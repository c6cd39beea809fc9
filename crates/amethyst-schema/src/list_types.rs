//! Sets without twins and maps without twin keys (apiextensions-apiserver `schema/listtype`).

use std::collections::HashMap;

use amethyst_object::{FieldPath, Map, Value};

use crate::{Fault, ListType, SchemaRef, golang};

/// The entries of sets and maps that are there twice.
pub fn check_list_types(value: &Value, schema: SchemaRef<'_>, path: &FieldPath) -> Vec<Fault> {
    let mut faults = Vec::new();
    walk(value, schema, &mut path.clone(), &mut faults);
    faults
}

fn walk(value: &Value, schema: SchemaRef<'_>, path: &mut FieldPath, out: &mut Vec<Fault>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter() {
                if let Some(additional) = schema.node().additional {
                    path.push_map_key(key.clone());
                    walk(value, schema.go(additional), path, out);
                    path.pop();
                }
                if let Some(field) = schema.field(key) {
                    path.push_key(key.clone());
                    walk(value, schema.go(field.node), path, out);
                    path.pop();
                }
            }
        }
        Value::Array(items) => {
            match schema.node().list {
                ListType::Atomic => {}
                ListType::Set => {
                    for index in twins(items) {
                        out.push(Fault::duplicate(path.index(index), items[index].clone()));
                    }
                }
                ListType::Map => check_map(items, schema, path, out),
            }
            let Some(schema) = schema.items() else { return };
            for (index, item) in items.iter().enumerate() {
                path.push_index(index);
                walk(item, schema, path, out);
                path.pop();
            }
        }
        _ => {}
    }
}

fn check_map(items: &[Value], schema: SchemaRef<'_>, path: &FieldPath, out: &mut Vec<Fault>) {
    let wrong = items.iter().position(|item| !matches!(item, Value::Null | Value::Object(_)));
    if let Some(index) = wrong {
        let detail = "must be an object for an array of list-type map";
        out.push(Fault::invalid(path.index(index), items[index].clone(), detail));
        return;
    }
    let names = &schema.node().list_keys;
    let keys: Vec<Value> = items
        .iter()
        .map(|item| {
            let pairs = names.iter().filter_map(|name| Some((name.clone(), item.get(name)?.clone())));
            Value::Object(pairs.collect::<Map>())
        })
        .collect();
    for index in twins(&keys) {
        out.push(Fault::duplicate(path.index(index), keys[index].clone()));
    }
}

/// The index of the second of every group of equal values.
fn twins(values: &[Value]) -> Vec<usize> {
    let mut seen: HashMap<String, usize, foldhash::fast::RandomState> = HashMap::default();
    let mut twins = Vec::new();
    for (index, value) in values.iter().enumerate() {
        // The JSON text forgets the order of keys and the lexemes of numbers; as in Go, a float is no integer.
        let is_float =
            value.as_number().is_some_and(|number| matches!(golang::Num::of(number), golang::Num::Float(_)));
        let key = if is_float { format!("float {}", golang::json(value)) } else { golang::json(value) };
        let times = seen.entry(key).or_default();
        *times += 1;
        if *times == 2 {
            twins.push(index);
        }
    }
    twins
}
