//! Nulls that say nothing.

use amethyst_object::Value;
use amethyst_schema::Type;

use crate::typed::Ty;

/// Drops the nulls of declared fields that have no null: merging leaves them where a map or list lost its
/// last entry, and upstream loses them when it decodes the object.
pub(super) fn drop_nulls(ty: Ty<'_>, value: &mut Value) {
    match value {
        Value::Object(map) => map.retain(|key, value| {
            let child = ty.child(key);
            if value.is_null() {
                return !child.refuses_null();
            }
            drop_nulls(child, value);
            true
        }),
        Value::Array(items) => {
            for item in items {
                drop_nulls(ty.item(), item);
            }
        }
        _ => {}
    }
}

impl Ty<'_> {
    fn refuses_null(self) -> bool {
        matches!(self, Self::Node(at, _) if at.node().ty != Type::Any && !at.node().nullable)
    }

    fn item(self) -> Self {
        match self {
            Self::Node(at, preserve) => at.items().map_or(Self::Untyped, |items| Self::Node(items, preserve)),
            other => other,
        }
    }
}
