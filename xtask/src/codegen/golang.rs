//! Reads the struct tags of Go files: JSON names, protobuf numbers, and what is left out when empty.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;

/// The types of one Go package.
#[derive(Default)]
pub(crate) struct GoPackage {
    /// The API group, when the package declares one.
    pub(crate) group: Option<String>,
    /// Its types by name.
    pub(crate) types: BTreeMap<String, GoType>,
}

/// One type, as far as the tables care.
pub(crate) enum GoType {
    /// A struct.
    Struct {
        /// The fields that have tags.
        fields: Vec<GoField>,
        /// Whether it is the root of a document.
        is_root: bool,
    },
    /// A slice.
    Slice,
    /// Anything else: what it is declared as.
    Other(String),
}

/// One field of a struct.
pub(crate) struct GoField {
    /// Its protobuf number.
    pub(crate) number: u32,
    /// Its JSON name; empty when its own fields stand in its place.
    pub(crate) json: String,
    /// `omitempty`.
    pub(crate) omit_empty: bool,
    /// `omitzero`.
    pub(crate) omit_zero: bool,
    /// Whether it is a pointer.
    pub(crate) pointer: bool,
}

/// Reads all files of a package that were written by hand.
pub(crate) fn read(folder: &Path) -> anyhow::Result<GoPackage> {
    let mut package = GoPackage::default();
    let mut paths = std::fs::read_dir(folder)
        .with_context(|| format!("failed to list `{}`", folder.display()))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    for path in paths {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let by_hand = path.extension().is_some_and(|extension| extension == "go")
            && !name.ends_with("_test.go")
            && !name.starts_with("zz_")
            && !name.starts_with("generated");
        if by_hand {
            parse(&std::fs::read_to_string(&path)?, &mut package);
        }
    }
    Ok(package)
}

fn parse(text: &str, package: &mut GoPackage) {
    let mut open: Option<(String, Vec<GoField>, bool)> = None;
    for line in text.lines() {
        if let Some(group) = line.trim_start_matches("const ").trim().strip_prefix("GroupName") {
            let value = group.trim_start_matches([' ', '=', '\t', '"']);
            package.group = value.split('"').next().map(str::to_owned);
        }
        match &mut open {
            Some(_) if line.starts_with('}') => {
                let (name, fields, is_root) = open.take().expect("it was just matched");
                package.types.insert(name, GoType::Struct { fields, is_root });
            }
            Some((_, fields, is_root)) => {
                let declaration = line.trim();
                *is_root |=
                    declaration.split(' ').next().is_some_and(|ty| ty.rsplit('.').next() == Some("TypeMeta"));
                fields.extend(field(declaration));
            }
            None => open = type_line(line, package),
        }
    }
}

fn type_line(line: &str, package: &mut GoPackage) -> Option<(String, Vec<GoField>, bool)> {
    let (name, rest) = line.strip_prefix("type ")?.split_once(' ')?;
    if rest.starts_with("struct {") || rest.starts_with("struct{") {
        if rest.ends_with('}') {
            package.types.insert(name.to_owned(), GoType::Struct { fields: Vec::new(), is_root: false });
            return None;
        }
        return Some((name.to_owned(), Vec::new(), false));
    }
    let other = || GoType::Other(rest.trim_start_matches("= ").to_owned());
    let ty = if rest.starts_with("[]") { GoType::Slice } else { other() };
    package.types.insert(name.to_owned(), ty);
    None
}

/// A field with a protobuf number; `Name Type` or, embedded, `Type` before its tags.
fn field(line: &str) -> Option<GoField> {
    if line.starts_with("//") {
        return None;
    }
    let (declaration, tags) = line.split_once('`')?;
    let number = tag(tags, "protobuf")?.split(',').nth(1)?.parse().ok()?;
    let mut words = declaration.split_whitespace();
    let first = words.next()?;
    let ty = words.next();
    let mut json = tag(tags, "json").unwrap_or_default().split(',');
    let name = json.next().unwrap_or_default();
    let options: Vec<&str> = json.collect();
    let name = if name.is_empty() && ty.is_some() && !options.contains(&"inline") { first } else { name };
    Some(GoField {
        number,
        json: name.to_owned(),
        omit_empty: options.contains(&"omitempty"),
        omit_zero: options.contains(&"omitzero"),
        pointer: ty.unwrap_or(first).starts_with('*'),
    })
}

fn tag<'a>(tags: &'a str, key: &str) -> Option<&'a str> {
    let from = tags.find(&format!("{key}:\""))? + key.len() + 2;
    tags[from..].split('"').next()
}

#[cfg(test)]
mod tests {
    use super::{GoPackage, GoType, parse};

    #[test]
    fn tags_tell_names_and_what_is_left_out() {
        let mut package = GoPackage::default();
        parse(
            "const GroupName = \"apps\"\n\ntype Names []string\n\ntype Other v1.Other\n\ntype Empty struct{}\n\n\
             type Pod struct {\n\tmetav1.TypeMeta `json:\",inline\"`\n\t// Words.\n\
             \tName string `json:\"name,omitempty\" protobuf:\"bytes,1,opt,name=name\"`\n\
             \tCount *int32 `json:\"count\" protobuf:\"varint,2,opt,name=count\"`\n\
             \tSource `json:\",inline\" protobuf:\"bytes,3,opt,name=source\"`\n}\n",
            &mut package,
        );
        assert_eq!(package.group.as_deref(), Some("apps"));
        assert!(matches!(package.types["Names"], GoType::Slice));
        assert!(matches!(&package.types["Other"], GoType::Other(target) if target == "v1.Other"));
        let GoType::Struct { fields, is_root } = &package.types["Pod"] else { panic!("a struct") };
        let fields: Vec<_> =
            fields.iter().map(|it| (it.number, it.json.as_str(), it.omit_empty, it.pointer)).collect();
        assert!(is_root);
        assert_eq!(fields, [(1, "name", true, false), (2, "count", false, true), (3, "", false, false)]);
    }
}
