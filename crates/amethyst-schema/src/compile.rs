//! Compiles the schema of a CustomResourceDefinition (`JSONSchemaProps`) into an arena.
//!
//! What upstream refuses is refused in its words: the rules of structural schemas, the limits on OpenAPI
//! keywords, and defaults that do not fit their own schema. Rules in CEL (`x-kubernetes-validations`) are kept
//! in the nodes as they are written: what they mean is `amethyst-cel`'s business.

mod build;
mod defaults;
mod openapi;
mod props;
mod structural;

use amethyst_object::{FieldPath, Value};

use build::Flavour;

use crate::{Fault, NodeId, Schemas};

#[cfg(test)]
mod tests;

/// A compiled schema.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The node of the whole object.
    pub root: NodeId,
}

/// What is wrong with a schema.
pub type SchemaFault = Fault;

/// How deep schemas may nest.
const DEPTH_MAX: usize = 200;

/// Compiles a CRD's `openAPIV3Schema`; paths of faults begin inside the schema (`properties[spec].type`).
pub fn compile(schema: &Value, schemas: &mut Schemas) -> Result<Compiled, Vec<SchemaFault>> {
    compile_at(schema, &FieldPath::default(), schemas)
}

/// Compiles a CRD's `openAPIV3Schema` that stands at `path` of its CRD.
pub fn compile_at(
    schema: &Value,
    path: &FieldPath,
    schemas: &mut Schemas,
) -> Result<Compiled, Vec<SchemaFault>> {
    let mut reader = props::Reader::default();
    let props = reader.read(schema, &mut path.clone());
    if !reader.faults.is_empty() {
        return Err(reader.faults);
    }
    let mut openapi_faults = Vec::new();
    openapi::check(&props, path, &mut openapi_faults);
    if let Some(keyword) = props.unsupported() {
        // Upstream has no structural schema then, and complains of that only when it has nothing else to say.
        if openapi_faults.is_empty() {
            let detail = format!("OpenAPIV3Schema '{keyword}' is not supported");
            openapi_faults.push(Fault::invalid(path.clone(), "", detail));
        }
        return Err(openapi_faults);
    }
    let mut faults = structural::check(&props, path);
    if !faults.is_empty() {
        faults.append(&mut openapi_faults);
        return Err(faults);
    }
    if props.has_default() {
        // Defaults are checked against a trial arena, so that a refused schema leaves nothing behind.
        let mut trial = Schemas::new();
        let compiled = build::build(&props, Flavour::Defaults, &mut trial);
        faults = defaults::check(&props, trial.at(compiled.root), path);
    }
    faults.append(&mut openapi_faults);
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(build::build(&props, Flavour::Objects, schemas))
}
