//! `labels`, `commonLabels` and `commonAnnotations`.

use amethyst_object::{Str, Value};

use super::apply;
use crate::config::{Config, merge_one};
use crate::fieldspec::{FieldSpec, Missing};
use crate::id::is_null;
use crate::kustomization::Label;
use crate::set::Set;
use crate::target::Builder;

/// The fields that an entry of `labels` goes to.
pub(super) fn fields(label: &Label, config: &Config) -> Result<Vec<FieldSpec>, String> {
    let mut fields = label.fields.clone();
    let mut merge = |more: &[FieldSpec]| more.iter().try_for_each(|field| merge_one(&mut fields, field));
    merge(&config.labels)?;
    if label.include_selectors {
        merge(&config.common_labels)?;
    } else {
        if label.include_templates {
            merge(&config.template_labels)?;
        }
        if label.include_claims {
            merge(&config.claim_labels)?;
        }
        merge(&[FieldSpec::new("", "", "", "metadata/labels", true)])?;
    }
    Ok(fields)
}

/// Puts labels or annotations into every map the fields lead to.
pub(super) fn put(builder: &mut Builder<'_>, set: &mut Set, pairs: &[(Str, Str)], fields: &[FieldSpec]) {
    if pairs.is_empty() {
        return;
    }
    for item in &mut set.items {
        for field in fields {
            apply(builder, item, field, Missing::Map, &mut |value| put_into(value, pairs));
        }
    }
}

fn put_into(value: &mut Value, pairs: &[(Str, Str)]) -> Result<(), String> {
    if is_null(value) {
        return Ok(());
    }
    let map = value.as_object_mut().ok_or("wrong node kind: expected MappingNode")?;
    for (key, value) in pairs {
        map.insert(key.clone(), value.clone());
    }
    Ok(())
}
