//! `import-values`: what a subchart's values give to its parent's.

use amethyst_gotemplate::{Map, Value};
use amethyst_object::Value as Document;

use super::Member;
use crate::metadata::scalar_text;
use crate::values::{Warnings, coalesce_tables, deep_copy_map, merge_values, table};

/// Imports values into all charts of a release, innermost first. The defaults of a chart that names
/// dependencies are then those of its subcharts too.
pub(crate) fn import_values(member: &mut Member, warnings: &mut Warnings) -> Result<(), String> {
    for inner in &mut member.members {
        import_values(inner, warnings)?;
    }
    let Some(mut requirements) = member.requirements.take() else { return Ok(()) };
    let values = merge_values(member, &Map::new(), warnings)?;
    let imported = Map::new();
    for wanted in &mut requirements {
        let mut out = Vec::new();
        for import in wanted.import_values.iter().flatten() {
            let (child, parent) = match import {
                Document::Object(map) => {
                    let text =
                        |key: &str| map.get(key).and_then(scalar_text).unwrap_or_else(|| "<nil>".to_owned());
                    (text("child"), text("parent"))
                }
                Document::String(name) => (format!("exports.{name}"), ".".to_owned()),
                _ => continue,
            };
            match table(&values, &format!("{}.{child}", wanted.name)) {
                Ok(found) => {
                    // The first one to come is filled by the others, as in Helm.
                    let found = path_to_map(&parent, found);
                    coalesce_tables(&imported, &found, true, warnings);
                }
                Err(key) => {
                    let chart = &wanted.name;
                    warnings.add(format!(
                        "ImportValues missing table from chart `{chart}`: {key:?} is not a table"
                    ));
                }
            }
            out.push(amethyst_object::value!({ "child": child, "parent": parent }));
        }
        if wanted.import_values.is_some() {
            wanted.import_values = Some(out);
        }
    }
    let values = deep_copy_map(&values);
    coalesce_tables(&values, &imported, true, warnings);
    member.values = Some(values);
    member.requirements = Some(requirements);
    Ok(())
}

/// A table at a path of keys joined by dots.
fn path_to_map(path: &str, table: Map) -> Map {
    if path == "." {
        return table;
    }
    path.rsplit('.').fold(table, |inner, key| [(key, Value::Map(inner))].into_iter().collect())
}
