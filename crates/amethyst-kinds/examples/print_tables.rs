//! Prints columns and cells of documents as JSON, to compare them with upstream's printers: `print_tables FOLDER`
//! reads each `.json` there; a list gives a row for each item.

use amethyst_kinds::{by_kind, table};
use amethyst_object::{GroupVersion, Map, Value, json, value};

#[expect(clippy::print_stdout, reason = "a tool that reports to its caller")]
#[expect(clippy::disallowed_methods, reason = "ages are compared with a program that reads the same clock")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args_os().nth(1).ok_or("usage: print_tables FOLDER")?;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs();
    let mut out = Map::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let document = json::parse(&std::fs::read(&path)?)?;
        let GroupVersion { group, version } =
            GroupVersion::parse(document.str_at(&["apiVersion"]).unwrap_or("v1"));
        let name = document.str_at(&["kind"]).unwrap_or_default();
        let kind = by_kind(&group, &version, name)
            .or_else(|| by_kind(&group, &version, name.strip_suffix("List").unwrap_or(name)));
        let Some(kind) = kind else { continue };
        let objects = match document.get("items").and_then(Value::as_array) {
            Some(items) if kind.kind != name => items.to_vec(),
            _ => vec![document],
        };
        let columns: Vec<Value> = table::columns(kind)
            .iter()
            .map(|column| {
                let (name, ty, format) = (column.name, column.ty, column.format);
                value!({"Name": name, "Type": ty, "Format": format, "Priority": (column.priority)})
            })
            .collect();
        let conditions: Vec<Value> =
            objects.iter().map(|it| table::row_conditions(kind, it).into()).collect();
        let rows: Vec<Value> = table::rows(kind, &objects, now as i64).into_iter().map(Value::from).collect();
        let file = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        out.insert(file, value!({"columns": columns, "conditions": conditions, "rows": rows}));
    }
    println!("{}", json::to_string(&Value::Object(out)));
    Ok(())
}
