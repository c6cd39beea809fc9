//! The table of protobuf messages: numbers and types from the `generated.proto` files, JSON names and what is
//! left out when empty from the Go structs beside them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::golang::{self, GoField, GoPackage, GoType};
use super::modules::Modules;
use super::proto::{self, ProtoField, ProtoFile, ProtoMessage, Shape};

/// Messages whose JSON is not that of their fields: the decoder knows them by name.
const SPECIAL: [&str; 12] = [
    "io.k8s.apimachinery.pkg.api.resource.Quantity",
    "io.k8s.apimachinery.pkg.api.resource.QuantityValue",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
    "io.k8s.apimachinery.pkg.runtime.RawExtension",
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time",
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Duration",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.*.JSON",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.*.JSONSchemaPropsOrArray",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.*.JSONSchemaPropsOrBool",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.*.JSONSchemaPropsOrStringArray",
];

/// The one kind without `kind` and `apiVersion`.
const UNTYPED: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.WatchEvent";

/// Packages of tests and of plumbing, which no client sends.
const SKIPPED: [&str; 5] = [
    "io.k8s.apimachinery.pkg.apis.testapigroup.v1",
    "io.k8s.apimachinery.pkg.runtime.schema",
    "io.k8s.api.roundtrip",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions",
    "io.k8s.apimachinery.pkg.test",
];

type Packages = BTreeMap<String, (ProtoFile, GoPackage)>;

/// Renders the table.
pub(crate) fn table(modules: &Modules) -> anyhow::Result<String> {
    let mut packages = Packages::new();
    for module in modules.with_protos() {
        let mut paths = Vec::new();
        find(module, &mut paths)?;
        for path in paths {
            let text = std::fs::read_to_string(&path)?;
            let file =
                proto::parse(&text).with_context(|| format!("failed to parse `{}`", path.display()))?;
            let package = name_of(&file.package);
            let folder = path.parent().context("a file lies in a folder")?;
            if !SKIPPED.contains(&package.as_str()) {
                packages.insert(package, (file, golang::read(folder)?));
            }
        }
    }
    let mut out = String::new();
    out.push_str(
        "# package PACKAGE GROUP/VERSION, then message NAME [root | untyped | list | special], with\n",
    );
    out.push_str(
        "#  NUMBER JSON_NAME TYPE [FLAGS]; the name `^` puts the fields of a message in its own place.\n",
    );
    out.push_str(
        "# []T is repeated, {}T a map; flags: * pointer, ! written when empty too, z left out when zero.\n",
    );
    for (package, (file, _)) in &packages {
        one_package(&mut out, package, file, &packages)?;
    }
    Ok(out)
}

fn find(folder: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            find(&entry.path(), found)?;
        } else if entry.file_name() == "generated.proto" {
            found.push(entry.path());
        }
    }
    Ok(())
}

/// The package as OpenAPI names it, so that messages and schemas have the same names.
fn name_of(package: &str) -> String {
    format!("io.k8s.{}", package.trim_start_matches("k8s.io.").replace('_', "-"))
}

fn one_package(out: &mut String, package: &str, file: &ProtoFile, all: &Packages) -> anyhow::Result<()> {
    let version = package.rsplit('.').next().unwrap_or_default();
    let go = &all[package].1;
    match &go.group {
        Some(group) => writeln!(out, "package {package} {group}/{version}")?,
        None => writeln!(out, "package {package}")?,
    }
    for message in &file.messages {
        one_message(out, package, message, all)
            .with_context(|| format!("failed to render `{package}.{}`", message.name))?;
    }
    Ok(())
}

/// A type by its name; one that is declared as that of another version (`v1.MatchCondition`) is looked up there.
fn go_type<'a>(all: &'a Packages, package: &str, name: &str) -> Option<&'a GoType> {
    match all.get(package)?.1.types.get(name)? {
        GoType::Other(target) => {
            let (version, name) = target.split_once('.').unwrap_or(("", target));
            let (home, _) = package.rsplit_once('.')?;
            match version {
                "" => go_type(all, package, name),
                "metav1" => go_type(all, "io.k8s.apimachinery.pkg.apis.meta.v1", name),
                version => go_type(all, &format!("{home}.{version}"), name),
            }
        }
        found => Some(found),
    }
}

fn one_message(
    out: &mut String,
    package: &str,
    message: &ProtoMessage,
    all: &Packages,
) -> anyhow::Result<()> {
    write!(out, "message {}", message.name)?;
    let (home, version) = package.rsplit_once('.').context("a package has a parent")?;
    let names = [format!("{package}.{}", message.name), format!("{home}.*.{}", message.name)];
    let any_version = version.starts_with('v');
    let is_special =
        SPECIAL.contains(&names[0].as_str()) || any_version && SPECIAL.contains(&names[1].as_str());
    if is_special {
        out.push_str(" special\n");
        return by_proto_names(out, package, message);
    }
    match go_type(all, package, &message.name) {
        Some(GoType::Slice) => {
            out.push_str(" list\n");
            by_proto_names(out, package, message)
        }
        Some(GoType::Struct { fields, is_root }) => {
            out.push_str(match () {
                () if names[0] == UNTYPED => " untyped\n",
                () if *is_root => " root\n",
                () => "\n",
            });
            for field in &message.fields {
                let found = fields.iter().find(|go| go.number == field.number);
                let found = found.with_context(|| format!("no struct field for `{}`", field.name))?;
                if found.json != "-" {
                    one_field(out, package, field, found)?;
                }
            }
            Ok(())
        }
        _ => bail!("no struct of that name"),
    }
}

fn by_proto_names(out: &mut String, package: &str, message: &ProtoMessage) -> anyhow::Result<()> {
    for field in &message.fields {
        writeln!(out, " {} {} {}", field.number, field.name, spell(package, field))?;
    }
    Ok(())
}

fn one_field(out: &mut String, package: &str, field: &ProtoField, go: &GoField) -> anyhow::Result<()> {
    let name = if go.json.is_empty() { "^" } else { &go.json };
    write!(out, " {} {name} {}", field.number, spell(package, field))?;
    let flags = [(go.pointer, '*'), (!go.omit_empty, '!'), (go.omit_zero, 'z')];
    let flags: String = flags.iter().filter(|(set, _)| *set).map(|(_, flag)| flag).collect();
    // The flags of what has no name of its own say nothing.
    if !flags.is_empty() && name != "^" {
        write!(out, " {flags}")?;
    }
    out.push('\n');
    Ok(())
}

fn spell(package: &str, field: &ProtoField) -> String {
    let shape = match field.shape {
        Shape::One => "",
        Shape::Repeated => "[]",
        Shape::Map => "{}",
    };
    let ty = field.ty.as_str();
    if let Some(full) = ty.strip_prefix('.') {
        let full = name_of(full);
        let short = full.strip_prefix(package).filter(|rest| rest.rfind('.') == Some(0));
        return format!("{shape}@{}", short.unwrap_or(&full));
    }
    let is_scalar = ty.starts_with(|first: char| first.is_ascii_lowercase());
    if is_scalar { format!("{shape}{ty}") } else { format!("{shape}@.{ty}") }
}
