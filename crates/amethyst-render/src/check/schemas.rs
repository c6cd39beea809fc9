//! Objects against their schemas: built-in kinds, the CRDs that the repository brings, and those of well-known
//! projects for kinds that something else brings. The last are of one version of a project, and the cluster's
//! may be newer: what they do not allow is a warning.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use amethyst_diag::Diagnostic;
use amethyst_object::{FieldPath, GroupVersionKind, Object, Value, json};
use amethyst_schema::{
    NodeId, SchemaRef, Schemas, compile, decode_check, default, prune_nulls, unknown_fields, validate,
};
use amethyst_tree::Tree;
use rayon::prelude::*;

use super::flux::Applied;

/// The kinds that objects may be of.
pub(super) struct Kinds {
    custom: HashMap<GroupVersionKind, Custom>,
    /// Kinds whose CRD is there but whose schema does not compile: told once, at the CRD.
    broken: Vec<(Object, String)>,
}

struct Custom {
    namespaced: bool,
    /// The module that the schema is from, when nobody here brings the definition.
    module: Option<&'static str>,
    schemas: Schemas,
    root: Option<NodeId>,
}

impl Kinds {
    /// Built-in kinds and those of `definitions`.
    pub(super) fn new(definitions: &[Object]) -> Self {
        let mut kinds = Self { custom: HashMap::new(), broken: Vec::new() };
        for definition in definitions {
            kinds.define(definition);
        }
        kinds
    }

    /// Adds the kinds of a CustomResourceDefinition; any other object is passed over.
    pub(super) fn define(&mut self, object: &Object) {
        if object.kind() != "CustomResourceDefinition" {
            return;
        }
        let text = |keys: &[&str]| object.str_at(keys).unwrap_or_default();
        let (group, kind) = (text(&["spec", "group"]), text(&["spec", "names", "kind"]));
        let namespaced = text(&["spec", "scope"]) == "Namespaced";
        for version in object.at(&["spec", "versions"]).and_then(Value::as_array).unwrap_or_default() {
            let gvk = GroupVersionKind::new(group, version.str_at(&["name"]).unwrap_or_default(), kind);
            let (custom, broken) = Custom::new(namespaced, version);
            self.broken.extend(broken.map(|why| (object.clone(), why)));
            self.custom.insert(gvk, custom);
        }
    }

    /// Adds those kinds of `objects` that nobody here defines and that are well known.
    pub(super) fn recall(&mut self, objects: &[Applied<'_>]) {
        let mut wanted: BTreeSet<GroupVersionKind> = BTreeSet::new();
        for Applied { packed, .. } in objects {
            let gvk = GroupVersionKind::from_api_version(&packed.api_version, &packed.id.kind);
            if !self.is_known(&gvk) {
                wanted.insert(gvk);
            }
        }
        // Somebody here knows better which versions of it there are.
        let defined: BTreeSet<_> =
            self.custom.keys().map(|gvk| (gvk.group.clone(), gvk.kind.clone())).collect();
        wanted.retain(|gvk| !defined.contains(&(gvk.group.clone(), gvk.kind.clone())));
        let recalled: Vec<_> =
            wanted.into_par_iter().filter_map(|gvk| Some((gvk.clone(), Custom::recall(&gvk)?))).collect();
        self.custom.extend(recalled);
    }

    fn is_known(&self, gvk: &GroupVersionKind) -> bool {
        amethyst_kinds::by_kind(&gvk.group, &gvk.version, &gvk.kind).is_some()
            || self.custom.contains_key(gvk)
    }

    /// The kinds of `objects` that nobody defined, each told at its first object. As long as not everything
    /// could be rendered (`is_whole`), a definition may come with what is missing: a warning then.
    pub(super) fn unknown_kinds(
        &self,
        tree: &Tree,
        objects: &[Applied<'_>],
        is_whole: bool,
    ) -> Vec<Diagnostic> {
        let mut unknown: BTreeMap<GroupVersionKind, Vec<&Applied<'_>>> = BTreeMap::new();
        for applied in objects {
            let packed = applied.packed;
            let gvk = GroupVersionKind::from_api_version(&packed.api_version, &packed.id.kind);
            if !self.is_known(&gvk) {
                unknown.entry(gvk).or_default().push(applied);
            }
        }
        let tell = |(gvk, all): (GroupVersionKind, Vec<&Applied<'_>>)| {
            let first = all[0];
            let more = match all.len() {
                1 => String::new(),
                count => format!(" ({count} objects)"),
            };
            let version = gvk.api_version();
            let message = format!("no matches for kind \"{}\" in version \"{version}\"{more}", gvk.kind);
            let (fault, hint) = if is_whole {
                let hint = "no built-in kind and no CustomResourceDefinition of this repository is called so; \
                            its objects were held against no schema";
                (Diagnostic::error("kind-unknown", message), hint)
            } else {
                let hint = "no CustomResourceDefinition that could be rendered is called so, and not everything \
                            could be; its objects were held against no schema";
                (Diagnostic::warning("kind-unknown", message), hint)
            };
            let at = first.place(tree, &FieldPath::of(["kind"]));
            let elsewhere = amethyst_kinds::ecosystem_kind(&gvk.group, &gvk.kind).map(|known| {
                let versions = known.versions.join(", ");
                format!("{} serves it as {versions}; its objects were held against no schema", known.module)
            });
            fault.at(at).about(&first.packed.id).hint(elsewhere.unwrap_or_else(|| hint.to_owned()))
        };
        unknown.into_iter().map(tell).collect()
    }

    /// Checks one object.
    pub(super) fn check(
        &self,
        tree: &Tree,
        applied: &Applied<'_>,
        namespaces: &BTreeSet<&str>,
        said: &mut Vec<Diagnostic>,
    ) {
        let object = &applied.packed.object();
        let gvk = object.gvk();
        let at = |path: &FieldPath| applied.place(tree, path);
        let mut fault = |code: &'static str, message: String, path: FieldPath, hint: String| {
            said.push(Diagnostic::error(code, message).at(at(&path)).about(object.id()).hint(hint));
        };
        let built_in = amethyst_kinds::by_kind(&gvk.group, &gvk.version, &gvk.kind);
        let custom = self.custom.get(&gvk);
        let namespaced = match (built_in, custom) {
            (Some(kind), _) => kind.namespaced,
            (None, Some(custom)) => custom.namespaced,
            // Told once per kind, by `unknown_kinds`.
            (None, None) => return,
        };
        if !is_name(object.name(), &gvk) {
            let message = format!("`{}` is no valid name", object.name());
            let hint = "use lower-case letters, digits, `-` and `.`; begin and end with a letter or digit"
                .to_owned();
            fault("name-invalid", message, FieldPath::of(["metadata", "name"]), hint);
        }
        if namespaced && object.namespace().is_empty() {
            let hint =
                "write `metadata.namespace`, or `spec.targetNamespace` on the Kustomization".to_owned();
            fault("namespace-missing", "has no namespace".to_owned(), FieldPath::of(["metadata"]), hint);
        } else if namespaced && !namespaces.contains(object.namespace()) {
            let message = format!("lies in namespace `{}`, which nothing here creates", object.namespace());
            let hint = "add the Namespace to the repository, or name one that is there".to_owned();
            fault("namespace-unknown", message, FieldPath::of(["metadata", "namespace"]), hint);
        }
        if let Some((_, why)) = self.broken.iter().find(|(definition, _)| definition == object) {
            let hint = "the API server refuses this CustomResourceDefinition too".to_owned();
            fault("definition-schema", why.clone(), FieldPath::of(["spec", "versions"]), hint);
        }
        let value = Value::Object(object.0.clone());
        if let Some(kind) = built_in {
            built_in_faults(&value, kind.schema(), &mut fault);
        } else if let Some(Custom { schemas, root: Some(root), module, .. }) = custom {
            let Some(module) = module else {
                return custom_faults(&value, schemas.at(*root), &mut fault);
            };
            let mut doubt = |code: &'static str, message: String, path: FieldPath, _: String| {
                let hint = format!("so says the definition of {module}; the one of the cluster may be newer");
                said.push(Diagnostic::warning(code, message).at(at(&path)).about(object.id()).hint(hint));
            };
            custom_faults(&value, schemas.at(*root), &mut doubt);
        }
    }
}

impl Custom {
    /// What a version of a definition says, and why its schema does not compile.
    fn new(namespaced: bool, version: &Value) -> (Self, Option<String>) {
        let mut schemas = Schemas::new();
        let compiled = version.at(&["schema", "openAPIV3Schema"]).map(|schema| compile(schema, &mut schemas));
        let (root, broken) = match compiled.transpose() {
            Ok(compiled) => (compiled.map(|compiled| compiled.root), None),
            Err(faults) => (None, Some(faults.first().map(ToString::to_string).unwrap_or_default())),
        };
        (Self { namespaced, module: None, schemas, root }, broken)
    }

    /// What the definition of a well-known project says.
    fn recall(gvk: &GroupVersionKind) -> Option<Self> {
        let known = amethyst_kinds::ecosystem_kind(&gvk.group, &gvk.kind)?;
        if !known.versions.contains(&gvk.version.as_str()) {
            return None;
        }
        let definition = amethyst_kinds::ecosystem(&gvk.group, &gvk.kind)?;
        let object = json::parse(definition.object.as_bytes()).ok()?;
        let versions = object.at(&["spec", "versions"]).and_then(Value::as_array)?;
        let version = versions.iter().find(|one| one.str_at(&["name"]) == Some(gvk.version.as_str()))?;
        let (custom, _) = Self::new(known.namespaced, version);
        Some(Self { module: Some(definition.module), ..custom })
    }
}

/// Kinds whose names are more than DNS subdomains allow.
const FREE_NAMES: &[(&str, &str)] =
    &[("rbac.authorization.k8s.io", "*"), ("certificates.k8s.io", "*"), ("networking.k8s.io", "IPAddress")];

/// Whether an object may be called so: a DNS subdomain (RFC 1123). Some kinds want still less; that is told
/// by the API server.
fn is_name(name: &str, gvk: &GroupVersionKind) -> bool {
    if FREE_NAMES.iter().any(|(group, kind)| gvk.group == *group && (*kind == "*" || gvk.kind == *kind)) {
        return true;
    }
    let fit = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        let ends = [bytes.first(), bytes.last()];
        ends.into_iter().all(|end| end.is_some_and(|end| fit(*end)))
            && bytes.iter().all(|byte| fit(*byte) || *byte == b'-')
    };
    name.len() <= 253 && name.split('.').all(is_label)
}

type Say<'a> = dyn FnMut(&'static str, String, FieldPath, String) + 'a;

fn built_in_faults(value: &Value, schema: SchemaRef<'_>, fault: &mut Say<'_>) {
    if let Err(wrong) = decode_check(value, schema) {
        let message = wrong.message(schema.schemas(), None);
        fault("schema-type", message, wrong.path.clone(), format!("expected {}", wrong.expected));
    }
    unknown(value, schema, false, fault);
}

fn custom_faults(value: &Value, schema: SchemaRef<'_>, fault: &mut Say<'_>) {
    unknown(value, schema, true, fault);
    // As an API server reads it: a null where null is no value is nothing, and defaults are filled in.
    let mut value = value.clone();
    prune_nulls(&mut value, schema);
    default(&mut value, schema);
    for wrong in validate(&value, schema, FieldPath::default()) {
        let hint = "the API server refuses this value".to_owned();
        fault("schema-value", format!("{}: {}", wrong.path, wrong.message), wrong.path, hint);
    }
}

fn unknown(value: &Value, schema: SchemaRef<'_>, is_custom: bool, fault: &mut Say<'_>) {
    for path in unknown_fields(value, schema, is_custom) {
        let mut around = path.clone();
        around.pop();
        let hint = format!("`{around}` has no such field; check its spelling and its indentation");
        fault("schema-unknown-field", format!("unknown field \"{path}\""), path, hint);
    }
}
