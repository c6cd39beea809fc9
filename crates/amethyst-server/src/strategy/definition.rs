//! CustomResourceDefinitions: what they default to, what is refused, and their status, which is settled in
//! the very write (kubernetes/apiextensions-apiserver `pkg/apis/apiextensions`, `pkg/controller/{status,establish}`).

use amethyst_object::{FieldPath, Map, Str, Value, value};
use amethyst_schema::{Fault, Schemas};
use amethyst_validation::names;

use super::custom::condition;
use crate::catalog::Source;
use crate::registry::metadata::{self, path};
use crate::registry::write::Attempt;

/// The finalizer that stays until a definition's objects are gone.
pub(crate) const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

pub(super) fn defaults(definition: &mut Map) {
    let spec = definition.object_mut("spec");
    let names = spec.object_mut("names");
    let kind = names.str("kind").unwrap_or_default().to_owned();
    for (key, default) in [("singular", kind.to_lowercase()), ("listKind", format!("{kind}List"))] {
        if names.str(key).unwrap_or_default().is_empty() && !kind.is_empty() {
            names.insert(key, default);
        }
    }
    spec.get_or_insert_with("conversion", || value!({"strategy": "None"}));
    if spec.get("preserveUnknownFields").and_then(Value::as_bool) == Some(false) {
        spec.remove("preserveUnknownFields");
    }
}

pub(super) fn prepare_create(attempt: &Attempt<'_>, definition: &mut Map) {
    definition.remove("status");
    let stored: Vec<Value> = storage_version(definition).into_iter().map(Value::from).collect();
    definition.object_mut("status").insert("storedVersions", stored);
    settle(attempt, definition);
}

pub(super) fn prepare_update(attempt: &Attempt<'_>, new: &mut Map, _: &Map) {
    if attempt.call.subresource == "status" {
        return;
    }
    if let Some(version) = storage_version(new) {
        let stored =
            new.object_mut("status").get_or_insert_with("storedVersions", || Value::Array(Vec::new()));
        if let Some(list) = stored.as_array_mut()
            && !list.iter().any(|known| known.as_str() == Some(&version))
        {
            list.push(version.into());
        }
    }
    settle(attempt, new);
}

pub(super) fn begin_delete(attempt: &Attempt<'_>, definition: &mut Map) {
    let mut finalizers: Vec<String> =
        metadata::finalizers(definition).into_iter().map(str::to_owned).collect();
    if !finalizers.iter().any(|name| name == CLEANUP) {
        finalizers.push(CLEANUP.to_owned());
    }
    let borrowed: Vec<&str> = finalizers.iter().map(String::as_str).collect();
    metadata::set_finalizers(definition, &borrowed);
    let message = "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon";
    set_condition(attempt, definition, "Terminating", true, "InstanceDeletionPending", message);
}

fn versions(definition: &Map) -> &[Value] {
    let spec = definition.get("spec");
    spec.and_then(|spec| spec.get("versions")).and_then(Value::as_array).unwrap_or_default()
}

fn storage_version(definition: &Map) -> Option<String> {
    let storage = versions(definition)
        .iter()
        .find(|version| version.get("storage").and_then(Value::as_bool) == Some(true));
    storage.and_then(|version| version.str_at(&["name"])).map(str::to_owned)
}

/// Accepts each name that nobody else in the group has, and establishes the definition once all are.
fn settle(attempt: &Attempt<'_>, definition: &mut Map) {
    let names = definition.get("spec").and_then(|spec| spec.get("names")).cloned().unwrap_or_default();
    let taken = Taken::by_others(attempt, definition);
    let status = definition.object_mut("status");
    let mut accepted = status.get("acceptedNames").and_then(Value::as_object).cloned().unwrap_or_default();
    for key in ["plural", "kind"] {
        accepted.get_or_insert_with(key, || "".into());
    }
    let mut conflict: Option<(&str, String)> = None;
    for (key, reason, among) in [
        ("plural", "PluralConflict", &taken.resources),
        ("singular", "SingularConflict", &taken.resources),
        ("shortNames", "ShortNamesConflict", &taken.resources),
        ("kind", "KindConflict", &taken.kinds),
        ("listKind", "ListKindConflict", &taken.kinds),
    ] {
        let Some(wanted) = names.get(key) else { continue };
        let mut each =
            wanted.as_array().unwrap_or(std::slice::from_ref(wanted)).iter().filter_map(Value::as_str);
        match each.find(|name| among.iter().any(|known| known == name)) {
            // As upstream, the last conflict is the one that is told.
            Some(name) => conflict = Some((reason, format!("{name:?} is already in use"))),
            None => {
                accepted.insert(key, wanted.clone());
            }
        }
    }
    if let Some(categories) = names.get("categories") {
        accepted.insert("categories", categories.clone());
    }
    status.insert("acceptedNames", accepted);
    if let Some((reason, message)) = conflict {
        set_condition(attempt, definition, "NamesAccepted", false, reason, &message);
        if !condition(definition, "Established") {
            let message = "not all names are accepted";
            set_condition(attempt, definition, "Established", false, "NotAccepted", message);
        }
        return;
    }
    set_condition(attempt, definition, "NamesAccepted", true, "NoConflicts", "no conflicts found");
    let message = "the initial names have been accepted";
    set_condition(attempt, definition, "Established", true, "InitialNamesAccepted", message);
}

/// The names that other resources of the group have.
#[derive(Default)]
struct Taken {
    resources: Vec<Str>,
    kinds: Vec<Str>,
}

impl Taken {
    fn by_others(attempt: &Attempt<'_>, definition: &Map) -> Self {
        let group = definition.get("spec").and_then(|spec| spec.str_at(&["group"])).unwrap_or_default();
        let own = metadata::text(definition, "name");
        let catalog = attempt.registry.catalog();
        let others = catalog.all().filter(|row| {
            row.gvr.group == group
                && match &row.source {
                    Source::Custom(version) => version.definition != own,
                    Source::BuiltIn(_) => true,
                }
        });
        let mut taken = Self::default();
        for row in others {
            taken.resources.extend([row.gvr.resource.clone(), row.singular.clone()]);
            taken.resources.extend(row.short_names.iter().cloned());
            taken.kinds.extend([row.kind.clone(), row.list_kind.clone()]);
        }
        taken
    }
}

fn set_condition(
    attempt: &Attempt<'_>,
    definition: &mut Map,
    kind: &str,
    status: bool,
    reason: &str,
    message: &str,
) {
    let list = definition.object_mut("status").get_or_insert_with("conditions", || Value::Array(Vec::new()));
    let Some(list) = list.as_array_mut() else { return };
    let new = metadata::condition(kind, status, reason, message, &attempt.now);
    match list.iter_mut().find(|known| known.str_at(&["type"]) == Some(kind)) {
        Some(known) if known.get("status") == new.get("status") => {}
        Some(known) => *known = new,
        None => list.push(new),
    }
}

pub(super) fn validate(attempt: &Attempt<'_>, new: &Map, old: Option<&Map>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let spec = new.get("spec").cloned().unwrap_or_default();
    let text = |keys: &[&str]| spec.str_at(keys).unwrap_or_default().to_owned();
    let (group, plural) = (text(&["group"]), text(&["names", "plural"]));
    let name = metadata::text(new, "name");
    if old.is_none() && name != format!("{plural}.{group}") {
        let why = "must be spec.names.plural+\".\"+spec.group";
        faults.push(Fault::invalid(path(&["metadata", "name"]), name, why));
    }
    validate_names(&spec, &mut faults);
    match text(&["scope"]).as_str() {
        "Cluster" | "Namespaced" => {}
        "" => faults.push(Fault::required(path(&["spec", "scope"]), "")),
        other => {
            faults.push(Fault::not_supported(path(&["spec", "scope"]), other, &["Cluster", "Namespaced"]));
        }
    }
    validate_versions(new, &mut faults);
    validate_conversion(attempt, &spec, &mut faults);
    if let Some(old) = old
        && condition(old, "Established")
    {
        let old_spec = old.get("spec").cloned().unwrap_or_default();
        for keys in [&["group"][..], &["scope"], &["names", "plural"], &["names", "kind"]] {
            if spec.at(keys) != old_spec.at(keys) {
                let mut at = path(&["spec"]);
                for key in keys {
                    at.push_key(*key);
                }
                let value = spec.at(keys).cloned().unwrap_or_default();
                faults.push(Fault::invalid(at, value, "field is immutable"));
            }
        }
        validate_stored(new, &mut faults);
    }
    if spec.get("preserveUnknownFields").and_then(Value::as_bool) == Some(true) {
        let why = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in \
                   spec.versions[*].schema instead";
        faults.push(Fault::invalid(path(&["spec", "preserveUnknownFields"]), true, why));
    }
    faults
}

fn validate_names(spec: &Value, faults: &mut Vec<Fault>) {
    let text = |keys: &[&str]| spec.str_at(keys).unwrap_or_default().to_owned();
    let group = text(&["group"]);
    let at = path(&["spec", "group"]);
    if group.is_empty() {
        faults.push(Fault::required(at, ""));
    } else {
        let wrong = names::subdomain(&group);
        if !wrong.is_empty() {
            faults.push(Fault::invalid(at, group.as_str(), wrong.join(",")));
        } else if !group.contains('.') {
            faults.push(Fault::invalid(at, group.as_str(), "should be a domain with at least one dot"));
        }
    }
    for key in ["plural", "singular", "kind", "listKind"] {
        let name = text(&["names", key]);
        let at = path(&["spec", "names", key]);
        if name.is_empty() {
            faults.push(Fault::required(at, ""));
            continue;
        }
        let wrong = names::label_1035(&name.to_lowercase());
        let wrong = if matches!(key, "plural" | "singular") { names::label_1035(&name) } else { wrong };
        if !wrong.is_empty() {
            faults.push(Fault::invalid(at, name.as_str(), wrong.join(",")));
        }
    }
    let (kind, list_kind) = (text(&["names", "kind"]), text(&["names", "listKind"]));
    if !kind.is_empty() && kind == list_kind {
        let why = "kind and listKind may not be the same";
        faults.push(Fault::invalid(path(&["spec", "names", "listKind"]), list_kind.as_str(), why));
    }
    for key in ["shortNames", "categories"] {
        let list = spec.at(&["names", key]).and_then(Value::as_array).unwrap_or_default();
        for (index, name) in list.iter().enumerate() {
            let wrong = names::label_1035(name.as_str().unwrap_or_default());
            if !wrong.is_empty() {
                let at = path(&["spec", "names", key]).index(index);
                faults.push(Fault::invalid(at, name.clone(), wrong.join(",")));
            }
        }
    }
}

fn validate_versions(definition: &Map, faults: &mut Vec<Fault>) {
    let (at, list) = (path(&["spec", "versions"]), versions(definition));
    let names_of: Vec<&str> = list.iter().filter_map(|version| version.str_at(&["name"])).collect();
    for (index, version) in list.iter().enumerate() {
        let name = version.str_at(&["name"]).unwrap_or_default();
        let wrong = names::label_1035(name);
        if !wrong.is_empty() {
            faults.push(Fault::invalid(at.index(index).child("name"), name, wrong.join(",")));
        }
        if version.at(&["schema", "openAPIV3Schema"]).is_none() {
            let at = at.index(index).child("schema").child("openAPIV3Schema");
            faults.push(Fault::required(at, ""));
        }
    }
    let mut unique = names_of.clone();
    unique.sort_unstable();
    unique.dedup();
    if unique.len() < names_of.len() {
        let value = Value::Array(list.to_vec());
        faults.push(Fault::invalid(at.clone(), value, "must contain unique version names"));
    }
    let storage = list.iter().filter(|version| version.get("storage").and_then(Value::as_bool) == Some(true));
    if storage.count() != 1 {
        let value = Value::Array(list.to_vec());
        faults.push(Fault::invalid(at, value, "must have exactly one version marked as storage version"));
    }
    validate_schemas(list, faults);
}

/// Compiles the schemas and their rules. As upstream, one that all versions share is spoken of as `spec.validation`'s.
fn validate_schemas(list: &[Value], faults: &mut Vec<Fault>) {
    let schema = |version: &Value| version.at(&["schema", "openAPIV3Schema"]).cloned();
    let first = list.first().and_then(schema);
    let shared = first.is_some() && list.iter().all(|version| schema(version) == first);
    let places: Vec<(FieldPath, Value)> = if shared {
        first.into_iter().map(|first| (path(&["spec", "validation", "openAPIV3Schema"]), first)).collect()
    } else {
        let at = |index| path(&["spec", "versions"]).index(index).child("schema").child("openAPIV3Schema");
        list.iter().enumerate().filter_map(|(index, version)| Some((at(index), schema(version)?))).collect()
    };
    for (at, schema) in places {
        let mut schemas = Schemas::new();
        match amethyst_schema::compile_at(&schema, &at, &mut schemas) {
            Ok(compiled) => {
                faults.extend(amethyst_cel::rules::check_definition(schemas.at(compiled.root), &at));
            }
            Err(wrong) => faults.extend(wrong),
        }
    }
}

fn validate_conversion(attempt: &Attempt<'_>, spec: &Value, faults: &mut Vec<Fault>) {
    let at = path(&["spec", "conversion", "strategy"]);
    match spec.str_at(&["conversion", "strategy"]).unwrap_or_default() {
        "None" => {}
        "Webhook" => attempt.call.warnings.add(
            "spec.conversion: the webhook is not called by this version; requests for another version than the \
             stored one are refused",
        ),
        "" => faults.push(Fault::required(at, "")),
        other => faults.push(Fault::not_supported(at, other, &["None", "Webhook"])),
    }
}

fn validate_stored(definition: &Map, faults: &mut Vec<Fault>) {
    let stored = definition.get("status").and_then(|status| status.get("storedVersions"));
    let stored = stored.and_then(Value::as_array).unwrap_or_default();
    for (index, version) in stored.iter().enumerate() {
        let name = version.as_str().unwrap_or_default();
        if !versions(definition).iter().any(|known| known.str_at(&["name"]) == Some(name)) {
            let at = path(&["status", "storedVersions"]).index(index);
            let why = format!(
                "missing from spec.versions; {name} was previously a storage version, and must remain in \
                 spec.versions until a storage migration ensures no data remains persisted in {name} and removes \
                 {name} from status.storedVersions"
            );
            faults.push(Fault::invalid(at, name, why));
        }
    }
}
