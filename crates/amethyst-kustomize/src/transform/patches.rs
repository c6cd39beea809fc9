//! `patches`, `patchesStrategicMerge` and `patchesJson6902`.

use amethyst_diag::Diagnostic;
use amethyst_object::{Number, Value};
use amethyst_yaml::{Dialect, parse_one, settle};

use crate::decode::{File, Spot};
use crate::id::Id;
use crate::kustomization::{Entry, Patch};
use crate::load::{Loaded, parse_objects};
use crate::schema::Schemas;
use crate::selector::Matcher;
use crate::set::{Item, Set};
use crate::target::{Builder, about};
use crate::{json_patch, merge};

const CODE: &str = "kustomize-patch";

/// What a patch's text is.
enum Parsed {
    Merge(Vec<Item>),
    Json(Vec<Value>),
}

pub(super) fn strategic_merge(builder: &mut Builder<'_>, file: &File, entries: &[Entry], set: &mut Set) {
    let faults_before = builder.loader.faults.len();
    let mut any = false;
    for entry in entries {
        let place = file.place(entry.path.as_ref());
        // An entry that reads as objects is the patch itself, else the name of its file.
        let (inline, faults) = parse_objects(&entry.text, &file.path);
        let loaded = if faults.is_empty() && !inline.is_empty() {
            inline
        } else {
            let read = builder.loader.load_text(&file.folder, &entry.text, place);
            let Some((text, path)) = read else { continue };
            let (loaded, faults) = parse_objects(&text, &path);
            builder.loader.faults.extend(faults);
            loaded
        };
        any |= !loaded.is_empty();
        for mut patch in loaded.into_iter().map(item) {
            let id = patch.id();
            with_string_metadata(&mut patch);
            by_id(builder, set, &id, &patch, &Patch::default(), place);
        }
        set.drop_empty();
    }
    if let Some(entry) = entries.first().filter(|_| !any && builder.loader.faults.len() == faults_before) {
        builder.fault(CODE, "patch appears to be empty", file.place(entry.path.as_ref()));
    }
}

/// An entry of `patches`.
pub(super) fn patch(builder: &mut Builder<'_>, file: &File, patch: &Patch, set: &mut Set) {
    let place = file.place(patch.path.as_ref());
    let trimmed = patch.text.trim();
    let (text, source) = match (trimmed.is_empty(), patch.file.is_empty()) {
        (true, true) => return builder.fault(CODE, "must specify one of patch and path", place),
        (false, false) => return builder.fault(CODE, "patch and path can't be set at the same time", place),
        (false, true) => (trimmed.to_owned(), None),
        (true, false) => match builder.loader.load_text(&file.folder, &patch.file, place) {
            Some((text, source)) => (text, Some(source)),
            None => return,
        },
    };
    match parse(&text, source.as_deref(), &file.path) {
        Ok(Parsed::Merge(mut parsed)) => {
            if patch.allow_name_change || patch.allow_kind_change {
                // Upstream notes the permission in the patch's annotations, which makes strings of them.
                for item in &mut parsed {
                    let annotations = item.strings("annotations");
                    item.set_strings("annotations", annotations);
                }
            }
            apply_merge(builder, set, patch, &parsed, place);
        }
        Ok(Parsed::Json(operations)) => apply_json(builder, set, patch, &operations, place),
        Err(faults) => {
            let source = source.map_or_else(|| "[patch]".to_owned(), |path| format!("[path: \"{path}\"]"));
            builder.fault(CODE, format!("unable to parse SM or JSON patch from {source}"), place);
            builder.loader.faults.extend(faults);
        }
    }
}

/// An entry of `patchesJson6902`.
pub(super) fn json(builder: &mut Builder<'_>, file: &File, patch: &Patch, set: &mut Set) {
    let place = file.place(patch.path.as_ref());
    if patch.target.as_ref().is_none_or(|target| target.name.is_empty()) {
        return builder.fault(CODE, "must specify the target name", place);
    }
    let text = match (patch.text.is_empty(), patch.file.is_empty()) {
        (true, true) => return builder.fault(CODE, "empty file path and empty jsonOp", place),
        (false, false) => {
            return builder.fault(CODE, "must specify a file path or jsonOp, not both", place);
        }
        (false, true) => patch.text.to_string(),
        (true, false) => match builder.loader.load_text(&file.folder, &patch.file, place) {
            Some((text, _)) => text,
            None => return,
        },
    };
    match operations(&text) {
        Ok(operations) => apply_json(builder, set, patch, &operations, place),
        Err(reason) => builder.fault(CODE, reason, place),
    }
}

fn item(loaded: Loaded) -> Item {
    Item::new(loaded.object, loaded.origin)
}

fn parse(text: &str, file: Option<&str>, kustomization: &str) -> Result<Parsed, Vec<Diagnostic>> {
    let (objects, mut faults) = parse_objects(text, file.unwrap_or(kustomization));
    if faults.is_empty() {
        return Ok(Parsed::Merge(objects.into_iter().map(item).collect()));
    }
    // Lines of an inline patch are those of the patch, not of the file it stands in.
    if file.is_none() {
        for fault in &mut faults {
            fault.location = None;
        }
    }
    operations(text).map(Parsed::Json).map_err(|_| faults)
}

fn operations(text: &str) -> Result<Vec<Value>, String> {
    let value = parse_one(text, Dialect::GoV2).map_err(|fault| fault.to_string())?;
    match value {
        Value::Array(operations) if json_patch::is_patch(&Value::Array(operations.clone())) => Ok(operations),
        _ => Err("a JSON patch is a list of operations".to_owned()),
    }
}

fn apply_merge(builder: &mut Builder<'_>, set: &mut Set, entry: &Patch, patches: &[Item], place: Spot<'_>) {
    let Some(target) = &entry.target else {
        for patch in patches {
            by_id(builder, set, &patch.id(), patch, entry, place);
        }
        return;
    };
    let [patch] = patches else {
        if patches.len() > 1 {
            let text = "Multiple Strategic-Merge Patches in one `patches` entry is not allowed to set `patches.target` field";
            builder.fault(CODE, text, place.location());
        }
        return;
    };
    let matcher = match Matcher::new(target) {
        Ok(matcher) => matcher,
        Err(reason) => {
            builder.fault(
                CODE,
                format!("unable to find patch target in `resources`: {reason}"),
                place.location(),
            );
            return;
        }
    };
    let mut patch = patch.clone();
    with_string_metadata(&mut patch);
    let selected: Vec<bool> = set.items.iter().map(|item| matcher.selects(item)).collect();
    for (item, _) in set.items.iter_mut().zip(selected).filter(|(_, selected)| *selected) {
        // Such a patch is taken to be of its target's version.
        if let Some(version) = item.object.get("apiVersion") {
            patch.object.insert("apiVersion", version.clone());
        }
        let (name, kind) = (entry.allow_name_change, entry.allow_kind_change);
        let told = merge_into(&builder.schemas, item, &patch, name, kind);
        tell(builder, item, told, place);
    }
    set.touch();
    conflict(builder, set, place);
}

fn by_id(builder: &mut Builder<'_>, set: &mut Set, id: &Id, patch: &Item, entry: &Patch, place: Spot<'_>) {
    match set.find(id) {
        Ok(at) => {
            let item = &mut set.items[at];
            let (name, kind) = (entry.allow_name_change, entry.allow_kind_change);
            let told = merge_into(&builder.schemas, item, patch, name, kind);
            tell(builder, item, told, place);
        }
        Err(reason) => {
            let text = format!("no resource matches strategic merge patch \"{id}\": {reason}");
            let fault = Diagnostic::error("kustomize-patch-target", text).at(place.location());
            let hint = "give the patch the kind, name and namespace of an object of this kustomization, or a `target`";
            builder.loader.faults.push(fault.hint(hint));
        }
    }
}

/// Tells what came of a merge.
fn tell(builder: &mut Builder<'_>, item: &Item, told: Result<Vec<String>, String>, place: Spot<'_>) {
    match told {
        Ok(notes) => {
            for text in notes {
                let note = Diagnostic::warning(CODE, text).about(item.label()).at(place.location());
                builder.loader.faults.push(note.hint("give every element of the list its key"));
            }
        }
        Err(reason) => builder.loader.faults.push(failed(item, &reason, place)),
    }
}

/// Upstream copies labels and annotations of some patches by way of strings, so that a null becomes a text.
fn with_string_metadata(patch: &mut Item) {
    for key in ["labels", "annotations"] {
        let pairs = patch.strings(key);
        patch.set_strings(key, pairs);
    }
}

/// Tells when a patch has made two resources the same.
fn conflict(builder: &mut Builder<'_>, set: &Set, place: Spot<'_>) {
    if let Some(item) = set.conflict() {
        let text = format!("may not add resource with an already registered id: {}", item.id());
        let fault =
            Diagnostic::error("kustomize-duplicate-object", text).about(item.label()).at(place.location());
        builder.loader.faults.push(fault.hint("the patch gives two objects the same name"));
    }
}

fn failed(item: &Item, reason: &str, place: Spot<'_>) -> Diagnostic {
    Diagnostic::error(CODE, format!("failed to apply the patch: {reason}"))
        .about(item.label())
        .at(place.location())
}

fn merge_into(
    schemas: &Schemas,
    item: &mut Item,
    patch: &Item,
    allow_name: bool,
    allow_kind: bool,
) -> Result<Vec<String>, String> {
    let (name, namespace, kind) = (item.name(), item.namespace(), item.gvk().kind);
    if allow_name || allow_kind {
        item.store_id();
    }
    let object = std::mem::take(&mut item.object);
    let notes = std::cell::RefCell::default();
    let merged = merge::merge(schemas, object.clone(), &patch.object, &notes);
    let Some(merged) = merged.inspect_err(|_| item.object = object)? else {
        return Ok(notes.take());
    };
    item.object = merged;
    if !allow_kind {
        item.object.insert("kind", kind);
    }
    if !allow_name {
        item.set_meta("name", name);
    }
    item.set_meta("namespace", namespace);
    Ok(notes.take())
}

fn apply_json(
    builder: &mut Builder<'_>,
    set: &mut Set,
    entry: &Patch,
    operations: &[Value],
    place: Spot<'_>,
) {
    let Some(target) = &entry.target else {
        builder.fault(CODE, "must specify a target for JSON patch", place.location());
        return;
    };
    let matcher = match Matcher::new(target) {
        Ok(matcher) => matcher,
        Err(reason) => {
            builder.fault(CODE, reason, place.location());
            return;
        }
    };
    for item in set.items.iter_mut().filter(|item| matcher.selects(item)) {
        item.store_id();
        let mut object = Value::Object(std::mem::take(&mut item.object));
        if let Err(reason) = settle(&mut object) {
            builder.loader.faults.push(about(item, reason));
        }
        let Value::Object(mut object) = object else { continue };
        // Upstream keeps the history of names in annotations, so that these are there to be added to.
        let annotations = object.object_mut("metadata").get_or_insert_with("annotations", Value::object);
        if annotations.is_null() {
            *annotations = Value::object();
        }
        let told = json_patch::apply_to_object(&mut object, operations);
        let rounded = object.iter_mut().map(|(_, value)| round(value)).fold(false, |any, one| any | one);
        if rounded {
            let text = "kustomize rounds integers above 2^53 in what a JSON patch changes";
            let note = Diagnostic::warning(CODE, text).about(item.label()).at(place.location());
            builder.loader.faults.push(note.hint("put the number in quotes, or use a strategic merge patch"));
        }
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut)
            && metadata
                .get("annotations")
                .and_then(Value::as_object)
                .is_some_and(amethyst_object::Map::is_empty)
        {
            metadata.remove("annotations");
        }
        item.object = object;
        if let Err(reason) = told {
            builder.loader.faults.push(failed(item, &reason, place));
        }
    }
    conflict(builder, set, place);
}

/// Makes of integers what is left of them after they were floating point numbers, as upstream's JSON has it;
/// whether any changed.
fn round(value: &mut Value) -> bool {
    const EXACT_MAX: u64 = 1 << 53;
    match value {
        Value::Array(items) => items.iter_mut().map(round).fold(false, |any, one| any | one),
        Value::Object(map) => map.iter_mut().map(|(_, value)| round(value)).fold(false, |any, one| any | one),
        Value::Number(number) if number.is_integer() => {
            let exact = number.as_i64().is_some_and(|number| number.unsigned_abs() <= EXACT_MAX);
            let rounded = number.as_f64();
            if exact || rounded.abs() >= 1e21 {
                return false;
            }
            let rounded = Number::from_lexeme(format!("{rounded:.0}"));
            let changed = rounded.as_str() != number.as_str();
            *number = rounded;
            changed
        }
        _ => false,
    }
}
