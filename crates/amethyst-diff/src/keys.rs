//! By which fields the elements of a list are told apart.

use std::collections::HashSet;

use amethyst_object::{Str, Value};

use crate::schema::Schema;

/// The fields that name an element, and their values; equal for the same element on both sides.
pub(crate) type Name = Vec<(Str, Str)>;

/// Fields that name elements where no schema does, the surest first. A dot leads into a map.
const GUESSES: &[&[&str]] = &[
    &["name"],
    &["metadata.name"],
    &["metadata.namespace", "metadata.name"],
    &["kind", "name"],
    &["kind", "namespace", "name"],
    &["namespace", "name"],
    &["key"],
    &["id"],
    &["containerPort", "protocol"],
    &["port", "protocol"],
    &["mountPath"],
    &["host"],
    &["hostname"],
    &["ip"],
    &["path"],
    &["url"],
    &["secretName"],
    &["secretKey"],
    &["configMapRef.name"],
    &["secretRef.name"],
    &["topologyKey"],
    &["alert"],
    &["record"],
    &["type"],
    &["kind"],
];

/// What stands for a key that is missing (`protocol`, as Kubernetes defaults it).
const MISSING: &[(&str, &str)] = &[("protocol", "TCP")];

/// The names of the elements of both lists, when there are fields that name each of them.
pub(crate) fn names(before: &[Value], after: &[Value], schema: Schema<'_>) -> Option<(Vec<Name>, Vec<Name>)> {
    let all_maps = |items: &[Value]| items.iter().all(|item| item.as_object().is_some());
    if !all_maps(before) || !all_maps(after) || before.len() + after.len() == 0 {
        return None;
    }
    let declared = schema.list_keys();
    // Ports are keyed by their number, but people know them by name; a number that changes reads better so.
    let by_number = declared.iter().any(|key| matches!(*key, "port" | "containerPort"));
    let named = by_number.then_some(["name"].as_slice());
    let declared = (!declared.is_empty()).then_some(declared.as_slice());
    let candidates = named.into_iter().chain(declared).chain(GUESSES.iter().copied());
    for keys in candidates {
        if let (Some(before), Some(after)) = (all_named(before, keys), all_named(after, keys)) {
            return Some((before, after));
        }
    }
    None
}

fn all_named(items: &[Value], keys: &[&str]) -> Option<Vec<Name>> {
    let names: Vec<Name> = items.iter().map(|item| name(item, keys)).collect::<Option<_>>()?;
    let distinct: HashSet<&Name> = names.iter().collect();
    (distinct.len() == names.len()).then_some(names)
}

fn name(item: &Value, keys: &[&str]) -> Option<Name> {
    let mut name = Name::with_capacity(keys.len());
    for key in keys {
        let value = key.split('.').try_fold(item, |value, key| value.get(key));
        let value = match value {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.as_str().into(),
            Some(Value::Bool(truth)) => truth.to_string().into(),
            Some(_) => return None,
            None => MISSING.iter().find(|(missing, _)| missing == key)?.1.into(),
        };
        name.push(((*key).into(), value));
    }
    // A protocol only tells elements apart when it is not the usual one.
    if name.len() > 1 {
        name.retain(|(key, value)| !MISSING.contains(&(key, value)));
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use amethyst_object::value;

    use super::names;
    use crate::schema::Schema;

    fn check(before: &amethyst_object::Value, after: &amethyst_object::Value, expect: Option<&str>) {
        let found = names(before.as_array().unwrap(), after.as_array().unwrap(), Schema::Unknown);
        let keys = found.map(|(before, _)| {
            before[0].iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
        });
        assert_eq!(keys.as_deref(), expect);
    }

    #[test]
    fn the_first_fields_that_name_every_element_are_taken() {
        check(&value!([{"name": "a"}, {"name": "b"}]), &value!([{"name": "b"}]), Some("name=a"));
        check(&value!([{"name": "a"}, {"name": "a"}]), &value!([{"name": "b"}]), None);
        check(
            &value!([{"kind": "A", "name": "a"}, {"kind": "B", "name": "a"}]),
            &value!([{"kind": "B", "name": "b"}]),
            Some("kind=A,name=a"),
        );
        check(
            &value!([{"port": 53}, {"port": 53, "protocol": "UDP"}]),
            &value!([{"port": 54}]),
            Some("port=53"),
        );
        check(&value!([1, 2]), &value!([3]), None);
    }
}
