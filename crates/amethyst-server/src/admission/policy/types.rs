//! Types of expressions out of the schemas of resources
//! (`SchemaDeclType` of kubernetes/apiserver `pkg/cel/common/schemas.go`): for warnings, not for evaluation.

use std::sync::Arc;

use amethyst_cel::{ObjectType, Type};
use amethyst_object::Str;
use amethyst_schema::{NodeId, SchemaRef, Type as Kind};

use crate::catalog::Resource;

/// An object of a resource, or a part of one; its fields are looked up when they are named.
#[derive(Debug)]
struct Part {
    resource: Arc<Resource>,
    node: NodeId,
    name: Str,
}

impl ObjectType for Part {
    fn name(&self) -> &str {
        &self.name
    }

    fn field(&self, name: &str) -> Option<Type> {
        let raw = amethyst_cel::unescape(name)?;
        let schema = self.resource.schema()?.go(self.node);
        if let Some(field) = schema.field(&raw) {
            let below = Str::from(format!("{}.{raw}", self.name));
            return Some(of_node(&self.resource, schema.go(field.node), below));
        }
        // Fields that nobody declared, but that are kept, may be anything.
        schema.node().preserve_unknown.then_some(Type::Dyn)
    }
}

/// The type of a resource's objects; anything when it has no schema.
pub(super) fn of_resource(resource: &Arc<Resource>) -> Type {
    let Some(schema) = resource.schema() else { return Type::Dyn };
    of_node(resource, schema, resource.kind.clone())
}

fn of_node(resource: &Arc<Resource>, schema: SchemaRef<'_>, name: Str) -> Type {
    let node = schema.node();
    match node.ty {
        Kind::Boolean => Type::Bool,
        Kind::Integer => Type::Int,
        Kind::Number => Type::Double,
        Kind::String => match node.format.as_str() {
            "date" | "date-time" => Type::Timestamp,
            "duration" => Type::Duration,
            "byte" => Type::Bytes,
            _ => Type::String,
        },
        Kind::Any | Kind::IntOrString | Kind::Quantity => Type::Dyn,
        Kind::Array => {
            let items = schema.items().map(|items| of_node(resource, items, format!("{name}.@idx").into()));
            Type::list(items.unwrap_or(Type::Dyn))
        }
        Kind::Object => match node.additional {
            Some(values) => {
                let values = of_node(resource, schema.go(values), format!("{name}.@elem").into());
                Type::map(Type::String, values)
            }
            None if node.fields.is_empty() => Type::Dyn,
            None => Type::Object(Arc::new(Part { resource: Arc::clone(resource), node: schema.id, name })),
        },
    }
}
