//! `ValueAddTransformer`: a value put into fields, or into paths that fields hold.

use amethyst_object::{Map, Str, Value};

use super::namespaces::{Namespaces, Subjects};
use crate::decode::{Decoder, Field, File, Spot};
use crate::fieldspec::{FieldSpec, Missing};
use crate::kustomization::Selector;
use crate::selector::Matcher;
use crate::set::Set;
use crate::target::{Builder, about};

const CODE: &str = "kustomize-value-add";

struct Target {
    selector: Option<Selector>,
    field: Str,
    position: i64,
}

pub(super) fn run(
    builder: &mut Builder<'_>,
    file: &File,
    decoder: &Decoder<'_>,
    config: &Field<'_>,
    set: &mut Set,
) {
    let place = file.place(None);
    let fields = decoder.fields(config, &["value", "targets", "targetFilePath"]);
    let mut value: Str = decoder.string(fields.get("value")).trim().into();
    if value.is_empty() {
        value = file.folder.rsplit('/').next().unwrap_or_default().into();
    }
    let mut targets = targets(decoder, fields.get("targets"));
    let path = decoder.string(fields.get("targetFilePath"));
    if !path.is_empty() {
        let Some(path) = builder.loader.resolve_file(&file.folder, &path, place) else { return };
        let Some(document) = builder.loader.document(&path, place) else { return };
        let fields = decoder.fields(&Field::root(&document.value), &["targets"]);
        targets.extend(self::targets(decoder, fields.get("targets")));
    }
    if targets.is_empty() {
        builder.fault(CODE, "must specify at least one target", place);
        return;
    }
    for target in &targets {
        if target.field.is_empty() {
            builder.fault(CODE, "fieldPath cannot be empty", place.location());
        } else if target.position < 0 {
            let text = format!("value of FilePathPosition ({}) cannot be negative", target.position);
            builder.fault(CODE, text, place.location());
        } else {
            add(builder, place, target, &value, set);
        }
    }
}

fn targets(decoder: &Decoder<'_>, list: Option<&Field<'_>>) -> Vec<Target> {
    let targets = decoder.list(list).into_iter().map(|field| {
        let fields = decoder.fields(&field, &["selector", "fieldPath", "filePathPosition"]);
        Target {
            selector: fields.get("selector").map(|field| Selector::decode(decoder, field)),
            field: decoder.string(fields.get("fieldPath")),
            position: decoder.integer(fields.get("filePathPosition")),
        }
    });
    targets.collect()
}

fn add(builder: &mut Builder<'_>, place: Spot<'_>, target: &Target, value: &Str, set: &mut Set) {
    let matcher = match target.selector.as_ref().map(Matcher::new).transpose() {
        Ok(matcher) => matcher,
        Err(reason) => {
            builder.fault(CODE, reason, place.location());
            return;
        }
    };
    for item in &mut set.items {
        if matcher.as_ref().is_some_and(|matcher| !matcher.selects(item)) {
            continue;
        }
        if target.field == "metadata/namespace" {
            let fields = &[];
            let subjects = Subjects::Default;
            Namespaces { namespace: value, fields, unset_only: false, subjects }.put(builder, item);
            continue;
        }
        let field = FieldSpec::new("", "", "", &target.field, true);
        let told = in_map(&mut item.object, &field, target.position, value);
        if let Err(reason) = told {
            builder.loader.faults.push(about(item, reason));
        }
    }
    set.touch();
}

fn in_map(object: &mut Map, field: &FieldSpec, position: i64, value: &Str) -> Result<(), String> {
    field.apply(object, Missing::Scalar, &mut |found| {
        if matches!(found, Value::Array(_) | Value::Object(_)) {
            return Err("wrong node kind: expected ScalarNode".to_owned());
        }
        let old = crate::id::text(found);
        *found = Value::from(match usize::try_from(position) {
            Ok(position) if position > 0 => with_part(&old, position - 1, value),
            _ => value.to_string(),
        });
        Ok(())
    })
}

/// A path with one more part at `position`, or at its end.
fn with_part(path: &str, position: usize, part: &str) -> String {
    let (start, rest) = path.strip_prefix('/').map_or(("", path), |rest| ("/", rest));
    let mut parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
    parts.insert(position.min(parts.len()), part);
    format!("{start}{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::with_part;

    #[test]
    fn parts_go_into_paths() {
        assert_eq!(with_part("", 0, "PEACH"), "PEACH");
        assert_eq!(with_part("/", 3, "PEACH"), "/PEACH");
        assert_eq!(with_part("/pie", 0, "PEACH"), "/PEACH/pie");
        assert_eq!(with_part("raw", 9, "PEACH"), "raw/PEACH");
        assert_eq!(with_part("/a/nice/warm/pie", 3, "PEACH"), "/a/nice/warm/PEACH/pie");
    }
}
