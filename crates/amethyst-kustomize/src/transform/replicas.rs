//! `replicas`.

use amethyst_object::{Number, Value};

use super::apply;
use crate::decode::File;
use crate::fieldspec::{FieldSpec, Missing};
use crate::kustomization::Replica;
use crate::set::Set;
use crate::target::Builder;

pub(super) fn run(
    builder: &mut Builder<'_>,
    file: &File,
    set: &mut Set,
    replica: &Replica,
    fields: &[FieldSpec],
) {
    let mut found = false;
    for field in fields {
        for item in &mut set.items {
            if item.any_id(|id| id.name == replica.name && id.gvk.is_selected(&field.gvk)) {
                found = true;
                apply(builder, item, field, Missing::Scalar, &mut |value| {
                    *value = Value::Number(Number::from(replica.count));
                    Ok(())
                });
            }
        }
    }
    if !found {
        let gvks: Vec<String> = fields.iter().map(|field| field.gvk.to_string()).collect();
        let text = format!(
            "resource with name {} does not match a config with the following GVK [{}]",
            replica.name,
            gvks.join(" ")
        );
        builder.fault("kustomize-replicas", text, file.at(&replica.path));
    }
}
