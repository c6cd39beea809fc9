//! The table of schemas, from the OpenAPI v3 documents: types, list and map types, merge keys, defaults.
//!
//! Of the declared defaults only two sorts are kept. `{}` on a struct, and `""`, `0` and `false`, say no more
//! than that Go has zero values there; they are dropped, but for the fields that key a list, because
//! server-side apply takes the key of an element from them. All others are applied by upstream too.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use amethyst_object::{Value, json};
use anyhow::{Context, bail};

use super::kinds::{is_stable, read};
use super::modules::Modules;

const REF: &str = "#/components/schemas/";

/// Types that are not what their definition says, and how the table spells them.
const SPECIAL: [(&str, &str); 11] = [
    ("io.k8s.apimachinery.pkg.api.resource.Quantity", "quantity"),
    ("io.k8s.apimachinery.pkg.util.intstr.IntOrString", "int-or-string"),
    ("io.k8s.apimachinery.pkg.runtime.RawExtension", "atomic-object"),
    ("io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1", "object"),
    ("io.k8s.apimachinery.pkg.apis.meta.v1.Patch", "object"),
    ("io.k8s.apimachinery.pkg.apis.meta.v1.Time", "string:date-time"),
    ("io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime", "string:micro-time"),
    ("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON", "any"),
    ("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray", "any"),
    ("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool", "any"),
    ("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray", "any"),
];

/// All definitions of the stable versions.
pub(crate) struct Definitions {
    types: BTreeMap<String, Value>,
    kinds: BTreeMap<(String, String, String), String>,
}

impl Definitions {
    /// Reads the documents of the stable versions.
    pub(crate) fn read(modules: &Modules) -> anyhow::Result<Self> {
        let folder = modules.kubernetes.join("api/openapi-spec/v3");
        let mut types = BTreeMap::new();
        for entry in
            std::fs::read_dir(&folder).with_context(|| format!("failed to list `{}`", folder.display()))?
        {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let version = name.strip_suffix("_openapi.json").and_then(|name| name.rsplit("__").next());
            if !version.is_some_and(|version| version == "version" || is_stable(version)) {
                continue;
            }
            let document = read(&path)?;
            let found = document.at(&["components", "schemas"]).and_then(Value::as_object);
            let found = found.with_context(|| format!("`{}` has no schemas", path.display()))?;
            types.extend(found.iter().map(|(name, value)| (name.to_string(), value.clone())));
        }
        let kinds =
            types.iter().flat_map(|(name, value)| gvks(value).map(|gvk| (gvk, name.clone()))).collect();
        Ok(Self { types, kinds })
    }

    /// The name of the definition of a kind.
    pub(crate) fn by_gvk(&self, group: &str, version: &str, kind: &str) -> Option<&str> {
        let key = (group.to_owned(), version.to_owned(), kind.to_owned());
        self.kinds.get(&key).map(String::as_str)
    }

    /// The fields that key some list, by type.
    fn list_keys(&self) -> BTreeSet<(String, String)> {
        let mut found = BTreeSet::new();
        for definition in self.types.values() {
            for (_, field) in properties(definition) {
                let item = field.get("items").and_then(reference);
                for key in
                    field.get("x-kubernetes-list-map-keys").and_then(Value::as_array).unwrap_or_default()
                {
                    if let (Some(item), Some(key)) = (item, key.as_str()) {
                        found.insert((item.to_owned(), key.to_owned()));
                    }
                }
            }
        }
        found
    }
}

/// Renders the table.
pub(crate) fn table(definitions: &Definitions) -> anyhow::Result<String> {
    let mut out = String::new();
    out.push_str("# package PACKAGE, then type NAME [GROUP/VERSION] [atomic], or type NAME = TYPE, with\n");
    out.push_str("#  FIELD TYPE [required] [default=JSON] [merge] [retain] [replace] [key=FIELD].\n");
    out.push_str("# []T is an atomic list, [set]T a set, [=a,b]T a list keyed by a and b; {}T is a map,\n");
    out.push_str("# {atomic}T an atomic one; @NAME a type, @.NAME one of the same package.\n");
    let keys = definitions.list_keys();
    let mut package_before = "";
    for (name, definition) in &definitions.types {
        let (package, short) = name.rsplit_once('.').with_context(|| format!("`{name}` has no package"))?;
        if package != package_before {
            writeln!(out, "package {package}")?;
            package_before = package;
        }
        if let Some((_, spelled)) = SPECIAL.iter().find(|(special, _)| special == name) {
            writeln!(out, "type {short} = {spelled}")?;
            continue;
        }
        one_type(&mut out, (package, short), definition, &keys)
            .with_context(|| format!("failed to render `{name}`"))?;
    }
    Ok(out)
}

fn one_type(
    out: &mut String,
    (package, short): (&str, &str),
    definition: &Value,
    keys: &BTreeSet<(String, String)>,
) -> anyhow::Result<()> {
    if definition.str_at(&["type"]) != Some("object") {
        bail!("neither an object nor a special type");
    }
    write!(out, "type {short}")?;
    let mut gvks = gvks(definition).filter(|(_, _, kind)| kind == short);
    if let (Some((group, version, _)), None) = (gvks.next(), gvks.next()) {
        write!(out, " {group}/{version}")?;
    }
    match definition.str_at(&["x-kubernetes-map-type"]) {
        Some("atomic") => out.push_str(" atomic"),
        None | Some("granular") => {}
        Some(other) => bail!("unknown map type `{other}`"),
    }
    out.push('\n');
    let required = definition.get("required").and_then(Value::as_array).unwrap_or_default();
    let mut fields: Vec<_> = properties(definition).collect();
    fields.sort_unstable_by_key(|(name, _)| *name);
    for (name, field) in fields {
        write!(out, " {name} {}", spell(package, field).with_context(|| format!("field `{name}`"))?)?;
        if required.iter().any(|word| word.as_str() == Some(name)) {
            out.push_str(" required");
        }
        let is_key = keys.contains(&(format!("{package}.{short}"), name.to_owned()));
        if let Some(default) = field.get("default").filter(|default| !is_zero(default) || is_key) {
            write!(out, " default={}", json::to_string(default))?;
        }
        strategy(out, field)?;
        out.push('\n');
    }
    Ok(())
}

fn strategy(out: &mut String, field: &Value) -> anyhow::Result<()> {
    for word in field.str_at(&["x-kubernetes-patch-strategy"]).unwrap_or_default().split(',') {
        match word {
            "merge" => out.push_str(" merge"),
            "retainKeys" => out.push_str(" retain"),
            "replace" => out.push_str(" replace"),
            "" => {}
            other => bail!("unknown patch strategy `{other}`"),
        }
    }
    if let Some(key) = field.str_at(&["x-kubernetes-patch-merge-key"]) {
        write!(out, " key={key}")?;
    }
    Ok(())
}

fn spell(package: &str, schema: &Value) -> anyhow::Result<String> {
    if let Some(name) = reference(schema) {
        let sigil = match schema.str_at(&["x-kubernetes-map-type"]) {
            None => "@",
            Some("granular") => "granular@",
            Some(other) => bail!("unknown map type `{other}` on a reference"),
        };
        let short =
            name.strip_prefix(package).filter(|rest| rest.starts_with('.') && rest.rfind('.') == Some(0));
        return Ok(format!("{sigil}{}", short.unwrap_or(name)));
    }
    let format = schema.str_at(&["format"]).map(|format| format!(":{format}")).unwrap_or_default();
    Ok(match schema.str_at(&["type"]) {
        Some(word @ ("string" | "boolean" | "integer" | "number")) => format!("{word}{format}"),
        Some("array") => {
            let items = spell(package, schema.get("items").context("a list without items")?)?;
            format!("[{}]{items}", list_type(schema)?)
        }
        Some("object") => {
            let values = schema.get("additionalProperties").context("a map without values")?;
            let atomic = schema.str_at(&["x-kubernetes-map-type"]) == Some("atomic");
            format!("{{{}}}{}", if atomic { "atomic" } else { "" }, spell(package, values)?)
        }
        other => bail!("unknown type {other:?}"),
    })
}

fn list_type(schema: &Value) -> anyhow::Result<String> {
    Ok(match schema.str_at(&["x-kubernetes-list-type"]) {
        None | Some("atomic") => String::new(),
        Some("set") => "set".to_owned(),
        Some("map") => {
            let keys =
                schema.get("x-kubernetes-list-map-keys").and_then(Value::as_array).context("no keys")?;
            format!("={}", keys.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","))
        }
        Some(other) => bail!("unknown list type `{other}`"),
    })
}

/// What a schema refers to: by `$ref`, or by an `allOf` of one `$ref`, which has room for a default beside it.
fn reference(schema: &Value) -> Option<&str> {
    let name = schema.str_at(&["$ref"]).or_else(|| match schema.get("allOf")?.as_array()? {
        [one] => one.str_at(&["$ref"]),
        _ => None,
    })?;
    name.strip_prefix(REF)
}

fn properties(definition: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let map = definition.get("properties").and_then(Value::as_object);
    map.into_iter().flat_map(|map| map.iter().map(|(name, field)| (name.as_str(), field)))
}

fn gvks(definition: &Value) -> impl Iterator<Item = (String, String, String)> {
    let list =
        definition.get("x-kubernetes-group-version-kind").and_then(Value::as_array).unwrap_or_default();
    list.iter().filter_map(|gvk| {
        let word = |key| gvk.str_at(&[key]).map(str::to_owned);
        Some((word("group")?, word("version")?, word("kind")?))
    })
}

fn is_zero(default: &Value) -> bool {
    match default {
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == 0.0,
        Value::String(text) => text.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Null | Value::Array(_) => false,
    }
}
