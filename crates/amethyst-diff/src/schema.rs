//! What is known of the fields of an object, from the tables of built-in kinds or from the definition that
//! one of the two sides holds.

use std::cell::OnceCell;
use std::collections::HashMap;

use amethyst_kinds::schema_of;
use amethyst_object::{Str, Value};
use amethyst_schema::{SchemaRef, Type};

use crate::path::{Path, Step};
use crate::secret::Kind;
use crate::side::Side;

/// The definitions of custom kinds that both sides hold, found when first asked for.
#[derive(Debug)]
pub(crate) struct Definitions<'a> {
    sides: [&'a Side; 2],
    known: OnceCell<HashMap<(&'a str, &'a str), &'a Value>>,
}

impl<'a> Definitions<'a> {
    pub(crate) fn new(before: &'a Side, after: &'a Side) -> Self {
        Self { sides: [before, after], known: OnceCell::new() }
    }

    /// The `spec` of the definition of a kind; that of the side after goes before.
    fn of(&self, group: &str, kind: &str) -> Option<&'a Value> {
        let known = self.known.get_or_init(|| {
            let objects = self.sides.iter().flat_map(|side| &side.objects);
            let specs = objects.filter_map(|rendered| {
                if rendered.object.kind() != "CustomResourceDefinition" {
                    return None;
                }
                let spec = rendered.object.at(&["spec"])?;
                Some(((spec.str_at(&["group"])?, spec.str_at(&["names", "kind"])?), spec))
            });
            specs.collect()
        });
        known.get(&(group, kind)).copied()
    }

    /// The schema of an object's root.
    pub(crate) fn root(&self, kind: Kind<'_>) -> Root<'a> {
        let spec = self.of(kind.group, kind.name);
        let versions =
            spec.and_then(|spec| spec.get("versions")).and_then(Value::as_array).unwrap_or_default();
        let version = versions.iter().find(|version| version.str_at(&["name"]) == Some(kind.version));
        Root {
            custom: version.and_then(|version| version.at(&["schema", "openAPIV3Schema"])),
            known: OnceCell::new(),
        }
    }
}

/// The schema of an object. The tables of built-in kinds are only read when something asks for it: most changes are
/// told without.
#[derive(Debug)]
pub(crate) struct Root<'a> {
    custom: Option<&'a Value>,
    known: OnceCell<Schema<'a>>,
}

impl<'a> Root<'a> {
    /// The schema of the field at `path`.
    pub(crate) fn at(&self, kind: Kind<'_>, path: &Path) -> Schema<'a> {
        path.steps().iter().fold(self.start(kind), Schema::step)
    }

    fn start(&self, kind: Kind<'_>) -> Schema<'a> {
        let known = || {
            schema_of(kind.group, kind.version, kind.name)
                .map_or(Schema::Unknown, |schema| Schema::Known(schema, ""))
        };
        self.custom.map_or_else(|| *self.known.get_or_init(known), Schema::Custom)
    }

    /// Whether the definition says that the field at `path`, or one above it, never changes.
    pub(crate) fn is_immutable(&self, path: &Path) -> bool {
        let Some(root) = self.custom else { return false };
        let mut schema = Schema::Custom(root);
        path.steps().iter().any(|step| {
            schema = schema.step(step);
            schema.is_immutable()
        })
    }
}

/// The schema of one field, as far as anything is known of it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Schema<'a> {
    /// A field of a built-in kind, with the key by which patches merge it.
    Known(SchemaRef<'static>, &'static str),
    /// A field of a custom kind: a part of its `openAPIV3Schema`.
    Custom(&'a Value),
    /// Nothing is known.
    Unknown,
}

impl<'a> Schema<'a> {
    fn step(self, step: &Step) -> Self {
        match step {
            Step::Key(key) => self.child(key),
            Step::Index(_) | Step::Item(_) => self.items(),
            Step::Embedded => Self::Unknown,
        }
    }

    /// Where a key of a map leads.
    fn child(self, key: &str) -> Self {
        match self {
            Self::Known(schema, _) => {
                let merge_key = schema.field(key).map_or("", |field| field.merge_key.as_str());
                schema.child(key).map_or(Self::Unknown, |child| Self::Known(child, merge_key))
            }
            Self::Custom(schema) => {
                let declared = schema.get("properties").and_then(|properties| properties.get(key));
                declared.or_else(|| schema.get("additionalProperties")).map_or(Self::Unknown, Schema::Custom)
            }
            Self::Unknown => Self::Unknown,
        }
    }

    /// The elements of a list.
    fn items(self) -> Self {
        match self {
            Self::Known(schema, _) => schema.items().map_or(Self::Unknown, |items| Self::Known(items, "")),
            Self::Custom(schema) => schema.get("items").map_or(Self::Unknown, Schema::Custom),
            Self::Unknown => Self::Unknown,
        }
    }

    /// The fields that name an element of this list.
    pub(crate) fn list_keys(self) -> Vec<&'a str> {
        match self {
            Self::Known(schema, _) if !schema.node().list_keys.is_empty() => {
                schema.node().list_keys.iter().map(Str::as_str).collect()
            }
            Self::Known(_, merge_key) if !merge_key.is_empty() => vec![merge_key],
            Self::Custom(schema) => {
                let keys = schema.get("x-kubernetes-list-map-keys").and_then(Value::as_array);
                keys.unwrap_or_default().iter().filter_map(Value::as_str).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether its values are quantities; `None` when nothing is known.
    pub(crate) fn is_quantity(self) -> Option<bool> {
        match self {
            Self::Known(schema, _) => Some(schema.node().ty == Type::Quantity),
            Self::Custom(schema) => {
                let pattern = schema.str_at(&["pattern"]).unwrap_or_default();
                Some(pattern.contains("KMGTPE") && pattern.contains("numkMGTPE"))
            }
            Self::Unknown => None,
        }
    }

    /// Whether its own rules say that it never changes.
    fn is_immutable(self) -> bool {
        let Self::Custom(schema) = self else { return false };
        let rules = schema.get("x-kubernetes-validations").and_then(Value::as_array).unwrap_or_default();
        rules.iter().filter_map(|rule| rule.str_at(&["rule"])).any(|rule| {
            let rule: String = rule.split_whitespace().collect();
            rule == "self==oldSelf" || rule == "oldSelf==self"
        })
    }
}
