//! From a sound schema to nodes; equal subtrees become one node.

use std::collections::HashMap;

use amethyst_object::Value;

use super::Compiled;
use super::props::{Additional, Props};
use crate::format::is_known_format;
use crate::{Field, ListType, Node, NodeId, PatchStrategy, Rules, Schemas, Type, Validation};

/// Adds the nodes of `props` to `schemas`.
pub(super) fn build(props: &Props, flavour: Flavour, schemas: &mut Schemas) -> Compiled {
    let mut builder = Builder { schemas, flavour, seen: HashMap::default() };
    Compiled { root: builder.node(props, Place::Field) }
}

/// For whom a schema is built: upstream checks defaults with a laxer translation of it.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Flavour {
    /// For objects: formats that mean nothing are left out.
    Objects,
    /// For defaults: int-or-string has no type but through `anyOf`, formats stay, and junctors say nothing
    /// of free keys.
    Defaults,
}

/// What a schema describes.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// The object, or a field, whose default the field holds.
    Field,
    /// A list's element or a free key's value, whose default no field holds.
    Element,
    /// A value that is described elsewhere, under a junctor.
    Junctor,
}

impl Place {
    /// Further down: whatever is under a junctor stays there.
    fn inner(self, place: Self) -> Self {
        if self == Self::Junctor { self } else { place }
    }
}

struct Builder<'a> {
    schemas: &'a mut Schemas,
    flavour: Flavour,
    /// Nodes by their text: children are ids already, so equal subtrees have equal texts.
    seen: HashMap<String, NodeId, foldhash::fast::RandomState>,
}

impl Builder<'_> {
    fn intern(&mut self, node: Node) -> NodeId {
        let schemas = &mut *self.schemas;
        *self.seen.entry(format!("{node:?}")).or_insert_with(|| schemas.add(node))
    }

    fn node(&mut self, props: &Props, place: Place) -> NodeId {
        let own = ty(props);
        let lax = self.flavour == Flavour::Defaults;
        let says_additional = !(lax && place == Place::Junctor);
        let node = Node {
            ty: if lax && own == Type::IntOrString { Type::Any } else { own },
            fields: self.fields(props, place),
            additional: if says_additional { self.additional(props, place) } else { None },
            items: props.items.as_ref().map(|items| self.node(items, place.inner(Place::Element))),
            list: match props.list_type.as_deref() {
                Some("set") => ListType::Set,
                Some("map") => ListType::Map,
                _ => ListType::Atomic,
            },
            list_keys: props.list_keys.clone().into(),
            map_atomic: props.map_type.as_deref() == Some("atomic"),
            preserve_unknown: props.preserves(),
            embedded: props.embedded,
            nullable: props.nullable,
            format: if lax || is_known_format(own, &props.format) { props.format.clone() } else { "".into() },
            rules: self.rules(props, place),
            validations: props.validations.iter().map(Validation::read).collect(),
        };
        self.intern(node)
    }

    fn fields(&mut self, props: &Props, place: Place) -> Box<[Field]> {
        let mut fields = Vec::with_capacity(props.properties.len());
        for (name, child) in &props.properties {
            fields.push(Field {
                name: name.clone(),
                node: self.node(child, place.inner(Place::Field)),
                required: props.required.contains(name),
                default: child.default.clone(),
                patch: PatchStrategy::default(),
                merge_key: "".into(),
            });
        }
        fields.into()
    }

    fn additional(&mut self, props: &Props, place: Place) -> Option<NodeId> {
        match props.additional.as_ref()? {
            Additional::Schema(schema) => Some(self.node(schema, place.inner(Place::Element))),
            // The values are anything; what is inside of them is unknown, and null stays.
            Additional::Allowed(_) => Some(self.intern(Node::anything())),
        }
    }

    fn many(&mut self, props: &[Props]) -> Vec<NodeId> {
        props.iter().map(|props| self.node(props, Place::Junctor)).collect()
    }

    fn rules(&mut self, props: &Props, place: Place) -> Option<Box<Rules>> {
        let limit = |limit: &Option<_>, exclusive| limit.clone().map(|limit| (limit, exclusive));
        let rules = Rules {
            enumeration: props.enumeration.clone(),
            pattern: (!props.pattern.is_empty()).then(|| props.pattern.clone()),
            length_min: props.length_min,
            length_max: props.length_max,
            items_min: props.items_min,
            items_max: props.items_max,
            items_unique: props.items_unique,
            properties_min: props.properties_min,
            properties_max: props.properties_max,
            minimum: limit(&props.minimum, props.minimum_exclusive),
            maximum: limit(&props.maximum, props.maximum_exclusive),
            multiple_of: props.multiple_of.clone(),
            all_of: self.many(&props.all_of),
            any_of: self.many(&props.any_of),
            one_of: self.many(&props.one_of),
            not: props.not.as_ref().map(|not| self.node(not, Place::Junctor)),
            required: props.required.iter().filter(|name| props.property(name).is_none()).cloned().collect(),
            closed: props.additional == Some(Additional::Allowed(false))
                && !(self.flavour == Flavour::Defaults && place == Place::Junctor),
            default: props
                .default
                .clone()
                .filter(|default| place == Place::Element && *default != Value::Null),
        };
        (rules != Rules::default()).then(|| Box::new(rules))
    }
}

fn ty(props: &Props) -> Type {
    if props.int_or_string {
        return Type::IntOrString;
    }
    match props.ty.as_str() {
        "boolean" => Type::Boolean,
        "integer" => Type::Integer,
        "number" => Type::Number,
        "string" => Type::String,
        "object" => Type::Object,
        "array" => Type::Array,
        _ => Type::Any,
    }
}
