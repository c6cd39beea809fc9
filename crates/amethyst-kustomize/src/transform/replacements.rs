//! `replacements`: values of some fields copied into others.

use amethyst_diag::Location;
use amethyst_object::{Str, Value};
use amethyst_yaml::raw_scalar;

use super::structured;
use super::walk::find_all;
use crate::cache::SoleDocument;
use crate::decode::{Decoder, Field, File, Spot};
use crate::id::{Id, is_null, text};
use crate::kustomization::{FieldOptions, Replacement, Source, Target as Copy, replacements};
use crate::lookup::follow;
use crate::path::split_bracketed;
use crate::selector::Matcher;
use crate::set::{Item, Set};
use crate::target::Builder;

const CODE: &str = "kustomize-replacement";
/// The field that is meant when none is named.
const NAME: &str = "metadata.name";

pub(super) fn run(builder: &mut Builder<'_>, file: &File, list: &[Replacement], set: &mut Set) {
    for replacement in list {
        let place = file.place(replacement.path.as_ref());
        match &replacement.file {
            None => tell(builder, replace(set, replacement), place),
            Some(_) if replacement.source.is_some() || !replacement.targets.is_empty() => {
                builder.fault(CODE, "cannot specify both path and inline replacement", place);
            }
            Some(entry) => {
                for replacement in read(builder, file, &entry.text, place) {
                    tell(builder, replace(set, &replacement), place);
                }
            }
        }
    }
    set.touch();
}

fn tell(builder: &mut Builder<'_>, told: Result<(), String>, place: Spot<'_>) {
    if let Err(reason) = told {
        builder.fault(CODE, reason, place.location());
    }
}

/// The replacements in a file of their own: one, or a list.
fn read(builder: &mut Builder<'_>, file: &File, path: &str, place: Spot<'_>) -> Vec<Replacement> {
    let Some((text, path)) = builder.loader.load_text(&file.folder, path, place) else { return Vec::new() };
    let document = SoleDocument::new(&text);
    builder.loader.faults.extend(document.faults(&path));
    let value = match &document.value {
        list @ Value::Array(_) => list.clone(),
        Value::Object(_) => Value::Array(vec![document.value.clone()]),
        _ => {
            let text = "unsupported replacement type encountered within replacement path";
            builder.fault(CODE, text, Location::file(path));
            return Vec::new();
        }
    };
    let file = File {
        path,
        folder: file.folder.clone(),
        text: std::sync::Arc::clone(&document.text),
        document: document.index,
        line: 0,
    };
    let decoder = Decoder::new(&file);
    let found = replacements(&decoder, Some(&Field::root(&value)));
    builder.loader.faults.extend(decoder.faults.take());
    found
}

fn replace(set: &mut Set, replacement: &Replacement) -> Result<(), String> {
    let value = match (&replacement.source, &replacement.source_value) {
        (Some(_), Some(_)) => return Err("value and resource selectors are mutually exclusive".to_owned()),
        (None, Some(value)) => raw_scalar(value),
        (Some(source), None) => source_value(set, source)?,
        (None, None) => return Err("replacements must specify a source and at least one target".to_owned()),
    };
    if replacement.targets.is_empty() {
        return Err("replacements must specify a source and at least one target".to_owned());
    }
    replacement.targets.iter().try_for_each(|target| copy(set, &value, target))
}

/// All that a resource is or was called; scope plays no part here.
fn ids(item: &Item) -> Vec<Id> {
    let mut ids = vec![Id { cluster_scoped: false, ..item.id() }];
    ids.extend(item.previous_ids());
    ids
}

fn source_value(set: &Set, source: &Source) -> Result<Value, String> {
    let selector = &source.selector;
    let part = |wanted: &Str, found: &Str| wanted.is_empty() || wanted == found;
    let wanted = Id { namespace: selector.namespace.clone(), ..Id::default() };
    let selected = |id: &Id| {
        part(&selector.name, &id.name)
            && (selector.namespace.is_empty() || wanted.same_namespace(id))
            && part(&selector.group, &id.gvk.group)
            && part(&selector.version, &id.gvk.version)
            && part(&selector.kind, &id.gvk.kind)
    };
    let mut found = set.items.iter().filter(|item| ids(item).iter().any(&selected));
    let named = || format!("{}/{}", selector.kind, selector.name);
    let item = found.next().ok_or_else(|| format!("nothing selected by {}", named()))?;
    if found.next().is_some() {
        return Err(format!("multiple matches for selector {}", named()));
    }
    let field = if source.field.is_empty() { NAME } else { &source.field };
    let missing = || format!("fieldPath `{field}` is missing for replacement source {}", named());
    let steps = split_bracketed(field);
    let value = steps.split_first().and_then(|(first, rest)| follow(item.object.get(first)?, rest)).cloned();
    let is_nothing = |value: &Value| {
        is_null(value)
            || value.as_object().is_some_and(amethyst_object::Map::is_empty)
            || value.as_array() == Some(&[])
    };
    let value = value.filter(|value| !is_nothing(value)).ok_or_else(missing)?;
    refined(value, &source.options)
}

fn refined(value: Value, options: &FieldOptions) -> Result<Value, String> {
    if options.delimiter.is_empty() {
        return Ok(value);
    }
    if matches!(value, Value::Array(_) | Value::Object(_)) {
        return Err("delimiter option can only be used with scalar nodes".to_owned());
    }
    let whole = text(&value);
    let part = usize::try_from(options.index)
        .ok()
        .and_then(|index| whole.split(options.delimiter.as_str()).nth(index));
    let part =
        part.ok_or_else(|| format!("options.index {} is out of bounds for value {whole}", options.index))?;
    Ok(like(&value, part))
}

/// A scalar of the same kind as `model` with another text: strings stay strings.
fn like(model: &Value, text: &str) -> Value {
    if matches!(model, Value::String(_)) { Value::from(text) } else { raw_scalar(text) }
}

fn copy(set: &mut Set, value: &Value, target: &Copy) -> Result<(), String> {
    let select = target.select.as_ref().ok_or("target must specify resources to select")?;
    let matcher = Matcher::new(select)?;
    let rejects = target.reject.iter().map(|reject| Ok((reject, Matcher::new(reject)?)));
    let rejects: Vec<_> = rejects.collect::<Result<_, String>>()?;
    let name = [Str::from(NAME)];
    let fields = if target.fields.is_empty() { &name[..] } else { &target.fields };
    for item in &mut set.items {
        let ids = ids(item);
        let rejected = rejects.iter().any(|(selector, matcher)| {
            let by_labels = !(selector.labels.is_empty() && selector.annotations.is_empty());
            by_labels && matcher.selects_labels(item)
                || !selector.names_nothing() && ids.iter().any(|id| matcher.selects_id(id))
        });
        if rejected || !matcher.selects_labels(item) || !ids.iter().any(|id| matcher.selects_id(id)) {
            continue;
        }
        for field in fields {
            copy_into(item, value, field, &target.options)?;
        }
    }
    Ok(())
}

fn copy_into(item: &mut Item, value: &Value, field: &str, options: &FieldOptions) -> Result<(), String> {
    let create = options.create.then_some(value);
    let path = split_bracketed(field);
    crate::size::check(value, path.len())?;
    if structured::replace(&mut item.object, &path, create, &mut |found| set(found, value, options)) {
        return Ok(());
    }
    let mut object = Value::Object(std::mem::take(&mut item.object));
    let mut count = 0;
    let told = find_all(&mut object, &path, create, &mut |found| {
        count += 1;
        set(found, value, options)
    });
    if let Value::Object(map) = object {
        item.object = map;
    }
    let verb = if options.create { "find or create" } else { "find" };
    let missing = format!("unable to {verb} field \"{field}\" in replacement target");
    told.map_err(|reason| if reason.is_empty() { missing.clone() } else { format!("{missing}: {reason}") })?;
    if count == 0 { Err(missing) } else { Ok(()) }
}

fn set(found: &mut Value, value: &Value, options: &FieldOptions) -> Result<(), String> {
    let is_scalar = |value: &Value| !matches!(value, Value::Array(_) | Value::Object(_));
    if options.delimiter.is_empty() {
        *found = if is_scalar(found) && is_scalar(value) { like(found, &text(value)) } else { value.clone() };
        return Ok(());
    }
    if !is_scalar(found) {
        return Err("delimiter option can only be used with scalar nodes".to_owned());
    }
    let whole = text(found);
    let mut parts: Vec<Str> = whole.split(options.delimiter.as_str()).map(Str::from).collect();
    let part = text(value);
    match usize::try_from(options.index) {
        Err(_) => parts.insert(0, part),
        Ok(index) if index >= parts.len() => parts.push(part),
        Ok(index) => parts[index] = part,
    }
    *found = like(found, &parts.join(options.delimiter.as_str()));
    Ok(())
}
