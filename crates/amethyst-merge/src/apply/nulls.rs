//! Nulls that say nothing.

use amethyst_object::Value;
use amethyst_schema::Type;

use crate::typed::Ty;

/// Drops the nulls of declared fields that have no null: merging leaves them where a map or list lost its
/// last entry, and upstream loses them when it decodes the object. What is null in the live object, as lists
/// are that are always there, stays.
pub(super) fn drop_nulls(ty: Ty<'_>, value: &mut Value, live: &Value) {
    // Most objects hold none, and looking for them needs no schema.
    if holds_null(value) {
        walk(ty, value, Some(live));
    }
}

fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(map) => map.values().any(holds_null),
        Value::Array(items) => items.iter().any(holds_null),
        _ => false,
    }
}

fn walk(ty: Ty<'_>, value: &mut Value, live: Option<&Value>) {
    match value {
        Value::Object(map) => map.retain(|key, value| {
            let live = live.and_then(|live| live.get(key));
            if value.is_null() {
                return live.is_some_and(Value::is_null) || !ty.refuses_null(key);
            }
            walk(ty.child(key), value, live);
            true
        }),
        Value::Array(items) => {
            let live = live.and_then(Value::as_array).filter(|live| live.len() == items.len());
            for (at, item) in items.iter_mut().enumerate() {
                walk(ty.item(), item, live.map(|live| &live[at]));
            }
        }
        _ => {}
    }
}

impl Ty<'_> {
    fn refuses_null(self, key: &str) -> bool {
        let Self::Node(at, _) = self.child(key) else {
            return false;
        };
        let always_there = match self {
            // The null of a free key becomes the zero value of its type.
            Self::Node(parent, _) => parent.field(key).is_none_or(|field| field.required),
            _ => false,
        };
        !always_there && at.node().ty != Type::Any && !at.node().nullable
    }

    fn item(self) -> Self {
        match self {
            Self::Node(at, preserve) => at.items().map_or(Self::Untyped, |items| Self::Node(items, preserve)),
            other => other,
        }
    }
}
