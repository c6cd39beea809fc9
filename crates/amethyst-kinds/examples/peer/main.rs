//! Compares this crate with upstream's own code, or prepares for it.
//!
//! - `peer protobuf FOLDER` decodes upstream's fixtures (`testdata` of the Go module `k8s.io/api`) and compares each
//!   with its JSON;
//! - `peer mutate FROM TO COUNT SEED` writes variants of JSON documents: fields dropped, emptied, made null;
//! - `peer tables FOLDER` prints columns and cells, `peer normalize FROM TO` writes documents in Go's form,
//!   `peer quantities FILE` prints canonical spellings: each as `oracle.go` beside this file does with upstream's
//!   packages.

mod mutate;
mod protobuf;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use amethyst_kinds::{by_kind, normalize, table};
use amethyst_object::{GroupVersion, Map, Value, json, value};

type Failure = Box<dyn Error>;

#[expect(clippy::print_stdout, reason = "a tool that reports to its caller")]
fn main() -> Result<ExitCode, Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["protobuf", folder] => return protobuf::compare(Path::new(folder)),
        ["mutate", from, to, count, seed] => mutate::folder(from, to, count.parse()?, seed.parse()?)?,
        ["tables", folder] => println!("{}", json::to_string(&tables(folder)?)),
        ["normalize", from, to] => normalize_all(from, to)?,
        ["quantities", file] => println!("{}", json::to_string(&quantities(file)?)),
        _ => return Err("usage: see the first lines of the source".into()),
    }
    Ok(ExitCode::SUCCESS)
}

/// The `.json` files of a folder, sorted.
fn documents(folder: &str) -> Result<Vec<PathBuf>, Failure> {
    let entries = std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = entries.collect::<Result<Vec<_>, _>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    Ok(paths)
}

fn file_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

#[expect(clippy::disallowed_methods, reason = "ages are compared with a program that reads the same clock")]
fn tables(folder: &str) -> Result<Value, Failure> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs() as i64;
    let mut out = Map::new();
    for path in documents(folder)? {
        let document = json::parse(&std::fs::read(&path)?)?;
        let home = GroupVersion::parse(document.str_at(&["apiVersion"]).unwrap_or_default());
        let kind = document.str_at(&["kind"]).unwrap_or_default();
        let Some(kind) = by_kind(&home.group, &home.version, kind) else { continue };
        let columns = table::columns(kind).iter().map(|column| {
            let (name, ty, format) = (column.name, column.ty, column.format);
            value!({"Name": name, "Type": ty, "Format": format, "Priority": (column.priority)})
        });
        let columns: Vec<Value> = columns.collect();
        let row: Value = table::cells(kind, &document, now).into();
        let conditions: Value = table::row_conditions(kind, &document).into();
        out.insert(file_name(&path), value!({"columns": columns, "rows": [row], "conditions": [conditions]}));
    }
    Ok(out.into())
}

fn normalize_all(from: &str, to: &str) -> Result<(), Failure> {
    for path in documents(from)? {
        let mut document = json::parse(&std::fs::read(&path)?)?;
        let home = GroupVersion::parse(document.str_at(&["apiVersion"]).unwrap_or_default());
        let kind = document.str_at(&["kind"]).unwrap_or_default().to_owned();
        if normalize(&home.group, &home.version, &kind, &mut document) {
            std::fs::write(Path::new(to).join(file_name(&path)), json::to_vec(&document))?;
        }
    }
    Ok(())
}

fn quantities(file: &str) -> Result<Value, Failure> {
    let list = json::parse(&std::fs::read(file)?)?;
    let texts = list.as_array().unwrap_or_default().iter().filter_map(Value::as_str);
    let spelled = texts.map(|text| {
        (text, amethyst_schema::canonical_quantity(text).map_or_else(|_| "ERR".to_owned(), Into::into))
    });
    Ok(spelled.collect::<Map>().into())
}
