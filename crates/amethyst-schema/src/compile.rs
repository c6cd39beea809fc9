//! Compiles the schema of a CustomResourceDefinition (`JSONSchemaProps`) into an arena.
//!
//! What upstream refuses is refused in its words: the rules of structural schemas, the limits on OpenAPI
//! keywords, and defaults that do not fit their own schema. Rules in CEL (`x-kubernetes-validations`) are
//! none of this crate's business: they are reported as unenforced.

mod build;
mod defaults;
mod openapi;
mod props;
mod structural;

use amethyst_object::{FieldPath, Value};

use crate::{Fault, NodeId, Schemas};

#[cfg(test)]
mod tests;

/// A compiled schema.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The node of the whole object.
    pub root: NodeId,
    /// What the schema asks for and this crate does not check.
    pub unenforced: Vec<Unenforced>,
}

/// A part of a schema that is not checked here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unenforced {
    /// Where in the schema.
    pub path: FieldPath,
    /// The keyword: `x-kubernetes-validations`.
    pub what: &'static str,
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
    let mut faults = structural::check(&props, path);
    let structural = faults.is_empty();
    openapi::check(&props, path, &mut faults);
    if !structural || has_ill_formed(&faults) {
        return Err(faults);
    }
    // Defaults are checked against a trial arena, so that a refused schema leaves nothing behind.
    let mut trial = Schemas::new();
    let compiled = build::build(&props, path, &mut trial);
    let mut default_faults = defaults::check(&props, trial.at(compiled.root), path);
    default_faults.append(&mut faults);
    if !default_faults.is_empty() {
        return Err(default_faults);
    }
    Ok(build::build(&props, path, schemas))
}

/// Whether the schema is too wrong to try its defaults.
fn has_ill_formed(faults: &[Fault]) -> bool {
    faults.iter().any(|fault| {
        fault.path.elements().last().is_some_and(|last| {
            matches!(last, amethyst_object::PathElement::Key(key)
                if matches!(key.as_str(), "items" | "type" | "$ref" | "definitions" | "patternProperties" | "dependencies"))
        })
    })
}
