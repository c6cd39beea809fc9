//! Reads the prose of the built-in types out of the source of the dependency `k8s_openapi`, for
//! `src/descriptions.rs`.
//!
//! Upstream's sentences are not ours to keep, so they are in no file of this repository: they are taken from a
//! dependency where it lies, when this crate is built. That dependency writes each type's schema as the source
//! of a macro call, one member a line; what is read are the lines of descriptions, by their indentation. Each
//! package of types becomes one compressed block.
//!
//! Besides, it packs the generated table of the ecosystem's definitions, a block for each group, for
//! `src/ecosystem.rs`.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

type Failure = Box<dyn Error>;

/// The table of the ecosystem's definitions.
const ECOSYSTEM: &str = "src/generated/ecosystem.txt";

/// The release whose types are served.
const RELEASE: &str = "v1_37";

#[expect(clippy::disallowed_methods, reason = "cargo speaks to build scripts by the environment")]
fn main() -> Result<(), Failure> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=../../Cargo.lock");
    println!("cargo:rerun-if-changed={ECOSYSTEM}");
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let source = source(&std::env::var("CARGO")?)?;
    let mut files = Vec::new();
    rust_files(&source.join("src").join(RELEASE), &mut files)?;
    files.sort();
    let mut packages: BTreeMap<String, String> = BTreeMap::new();
    for file in &files {
        read(&std::fs::read_to_string(file)?, &mut packages);
    }
    if packages.len() < 20 {
        let place = source.display();
        return Err(
            format!("expected descriptions of the built-in types in `{place}`, found hardly any").into()
        );
    }
    let mut index = String::from("&[\n");
    for (package, text) in &packages {
        let file = out.join(format!("{package}.lz4"));
        std::fs::write(&file, lz4_flex::compress_prepend_size(text.as_bytes()))?;
        writeln!(index, "({package:?}, include_bytes!({:?})),", file.display().to_string())?;
    }
    index.push(']');
    std::fs::write(out.join("descriptions.rs"), index)?;
    ecosystem(&std::fs::read_to_string(ECOSYSTEM)?, &out)
}

/// Packs the definitions of each group and writes the index of kinds: all but the definitions themselves.
fn ecosystem(table: &str, out: &Path) -> Result<(), Failure> {
    let mut groups: BTreeMap<&str, String> = BTreeMap::new();
    let mut index = String::from("&[\n");
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.splitn(6, ' ').collect();
        let [name, scope, plural, versions, module, json] = words[..] else {
            return Err(format!("expected six words in `{ECOSYSTEM}`, found `{line:.80}`").into());
        };
        let Some((group, kind)) = name.split_once('/') else {
            return Err(format!("expected a group and a kind in `{ECOSYSTEM}`, found `{name}`").into());
        };
        let (namespaced, versions) = (scope == "Namespaced", versions.split(',').collect::<Vec<_>>());
        writeln!(
            index,
            "EcosystemKind {{ group: {group:?}, kind: {kind:?}, plural: {plural:?}, namespaced: {namespaced}, \
             versions: &{versions:?}, module: {module:?} }},"
        )?;
        writeln!(groups.entry(group).or_default(), "{kind} {json}")?;
    }
    index.push(']');
    std::fs::write(out.join("ecosystem_kinds.rs"), index)?;
    let mut blocks = String::from("&[\n");
    for (group, text) in &groups {
        let file = out.join(format!("{group}.ecosystem.lz4"));
        std::fs::write(&file, lz4_flex::compress_prepend_size(text.as_bytes()))?;
        writeln!(blocks, "({group:?}, include_bytes!({:?})),", file.display().to_string())?;
    }
    blocks.push(']');
    std::fs::write(out.join("ecosystem_blocks.rs"), blocks)?;
    Ok(())
}

/// The folder of the dependency, as cargo knows it.
fn source(cargo: &str) -> Result<PathBuf, Failure> {
    let output = Command::new(cargo).args(["metadata", "--format-version", "1", "--offline"]).output()?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("failed to ask cargo where the dependency k8s-openapi lies: {why}").into());
    }
    let text = String::from_utf8(output.stdout)?;
    let manifests = text.split("\"manifest_path\":\"").skip(1).filter_map(|rest| rest.split('"').next());
    let folders = manifests.filter_map(|manifest| Some(Path::new(manifest).parent()?.to_path_buf()));
    let named = |folder: &PathBuf| {
        let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let rest = name.strip_prefix("k8s-openapi");
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("-0."))
    };
    let mut found = folders.filter(named);
    found.next().ok_or_else(|| "expected a dependency k8s-openapi in the output of cargo metadata".into())
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            rust_files(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

/// Adds the descriptions of one file's type: `=NAME TEXT`, then ` FIELD TEXT` for each field, in the spelling
/// of Rust's literals, so that each is one line.
fn read(text: &str, packages: &mut BTreeMap<String, String>) {
    let mut name: Option<(&str, &str)> = None;
    let mut field = "";
    for line in text.lines() {
        let word = line.trim_start();
        let depth = line.len() - word.len();
        if depth == 8 && word.starts_with("\"io.k8s.") && word.ends_with("\".into()") {
            let full = word.trim_start_matches('"').trim_end_matches("\".into()");
            name = full.rsplit_once('.');
            let Some((package, short)) = name else { continue };
            let _ = writeln!(packages.entry(package.to_owned()).or_default(), "={short} ");
            continue;
        }
        let Some((package, _)) = name else { continue };
        let out = packages.entry(package.to_owned()).or_default();
        match (depth, described(word)) {
            (12, Some(text)) => {
                // The line of the type is still the last one.
                out.pop();
                let _ = writeln!(out, "{text}");
            }
            (16, None) => {
                field = word.strip_prefix('"').and_then(|rest| rest.split('"').next()).unwrap_or("");
            }
            (20, Some(text)) if !field.is_empty() => {
                let _ = writeln!(out, " {field} {text}");
            }
            _ => {}
        }
    }
}

/// The literal of a line that describes.
fn described(line: &str) -> Option<&str> {
    let inner = line.strip_prefix("\"description\": \"").and_then(|rest| rest.strip_suffix("\","));
    let inserted = || {
        let rest = line.strip_prefix("schema_obj.ensure_object().insert(\"description\".into(), \"")?;
        rest.strip_suffix("\".into());")
    };
    inner.or_else(inserted)
}
