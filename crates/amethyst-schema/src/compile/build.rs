//! From a sound schema to nodes; equal subtrees become one node.

use std::collections::HashMap;

use amethyst_object::{FieldPath, Value};

use super::props::{Additional, Props};
use super::{Compiled, Unenforced};
use crate::format::is_known_format;
use crate::{Field, ListType, Node, NodeId, PatchStrategy, Rules, Schemas, Type};

/// Adds the nodes of `props` to `schemas`.
pub(super) fn build(props: &Props, path: &FieldPath, schemas: &mut Schemas) -> Compiled {
    let mut builder = Builder { schemas, seen: HashMap::default(), unenforced: Vec::new() };
    let root = builder.node(props, path, false);
    Compiled { root, unenforced: builder.unenforced }
}

struct Builder<'a> {
    schemas: &'a mut Schemas,
    /// Nodes by their text: children are ids already, so equal subtrees have equal texts.
    seen: HashMap<String, NodeId, foldhash::fast::RandomState>,
    unenforced: Vec<Unenforced>,
}

impl Builder<'_> {
    fn intern(&mut self, node: Node) -> NodeId {
        let schemas = &mut *self.schemas;
        *self.seen.entry(format!("{node:?}")).or_insert_with(|| schemas.add(node))
    }

    /// `is_element`: a list's element or a free key's value, whose default no field holds.
    fn node(&mut self, props: &Props, path: &FieldPath, is_element: bool) -> NodeId {
        if !props.validations.is_empty() {
            let path = path.child("x-kubernetes-validations");
            self.unenforced.push(Unenforced { path, what: "x-kubernetes-validations" });
        }
        let node = Node {
            ty: ty(props),
            fields: self.fields(props, path),
            additional: self.additional(props, path),
            items: props.items.as_ref().map(|items| self.node(items, &path.child("items"), true)),
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
            format: if is_known_format(ty(props), &props.format) { props.format.clone() } else { "".into() },
            rules: self.rules(props, path, is_element),
        };
        self.intern(node)
    }

    fn fields(&mut self, props: &Props, path: &FieldPath) -> Box<[Field]> {
        let mut fields = Vec::with_capacity(props.properties.len());
        for (name, child) in &props.properties {
            let mut path = path.child("properties");
            path.push_map_key(name.clone());
            fields.push(Field {
                name: name.clone(),
                node: self.node(child, &path, false),
                required: props.required.contains(name),
                default: child.default.clone(),
                patch: PatchStrategy::default(),
                merge_key: "".into(),
            });
        }
        fields.into()
    }

    fn additional(&mut self, props: &Props, path: &FieldPath) -> Option<NodeId> {
        match props.additional.as_ref()? {
            Additional::Schema(schema) => Some(self.node(schema, &path.child("additionalProperties"), true)),
            // The values are anything; what is inside of them is unknown, and null stays.
            Additional::Allowed(_) => Some(self.intern(Node { nullable: true, ..Node::default() })),
        }
    }

    fn many(&mut self, props: &[Props], key: &str, path: &FieldPath) -> Vec<NodeId> {
        let path = path.child(key);
        props.iter().enumerate().map(|(index, props)| self.node(props, &path.index(index), false)).collect()
    }

    fn rules(&mut self, props: &Props, path: &FieldPath, is_element: bool) -> Option<Box<Rules>> {
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
            all_of: self.many(&props.all_of, "allOf", path),
            any_of: self.many(&props.any_of, "anyOf", path),
            one_of: self.many(&props.one_of, "oneOf", path),
            not: props.not.as_ref().map(|not| self.node(not, &path.child("not"), false)),
            required: props.required.iter().filter(|name| props.property(name).is_none()).cloned().collect(),
            closed: props.additional == Some(Additional::Allowed(false)),
            default: props.default.clone().filter(|default| is_element && *default != Value::Null),
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
