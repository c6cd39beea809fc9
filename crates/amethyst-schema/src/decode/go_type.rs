//! The names of Go types, as far as an arena knows them.

use crate::{NodeId, SchemaRef, Schemas, Type};

/// The Go type of a node: `int32`, `[]string`, `map[string]string`, `v1.PodSpec`.
pub(super) fn of(schema: SchemaRef<'_>) -> String {
    let node = schema.node();
    let format = node.format.as_str();
    match node.ty {
        Type::Any => "interface {}".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::Integer => if format.is_empty() { "int64" } else { format }.to_owned(),
        Type::Number => "float64".to_owned(),
        Type::String if format == "byte" => "[]uint8".to_owned(),
        Type::String => "string".to_owned(),
        Type::IntOrString => "intstr.IntOrString".to_owned(),
        Type::Quantity => "resource.Quantity".to_owned(),
        Type::Array => format!("[]{}", schema.items().map_or_else(|| "interface {}".to_owned(), of)),
        Type::Object => match (full_name(schema.schemas(), schema.id), node.additional) {
            (Some(name), _) => {
                let mut parts = name.rsplit('.');
                let (ty, package) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
                if package.is_empty() { ty.to_owned() } else { format!("{package}.{ty}") }
            }
            (None, Some(values)) => format!("map[string]{}", of(schema.go(values))),
            (None, None) => "struct".to_owned(),
        },
    }
}

/// The last word of a named node.
pub(super) fn short_name(schemas: &Schemas, id: NodeId) -> String {
    full_name(schemas, id).and_then(|name| name.rsplit('.').next()).unwrap_or_default().to_owned()
}

fn full_name(schemas: &Schemas, id: NodeId) -> Option<&str> {
    // Errors only: no index is kept for this. The smallest name wins, so that equal nodes answer the same.
    schemas.names().filter(|(_, named)| *named == id).map(|(name, _)| name.as_str()).min()
}
