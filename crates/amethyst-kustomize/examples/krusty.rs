//! Runs ours on builds that were recorded from kustomize's own tests: `krusty FOLDER [NAME-PART]`.
//!
//! `peers/kustomize/krusty` makes the folder, `cargo xtask peers krusty` runs this and counts. Each build gives
//! one line: its verdict, its name and, unless it is equal, why.

use std::path::Path;

use amethyst_kustomize::{LoadRestrictions, Options, Order, build, to_yaml};
use amethyst_object::{Value, json};
use amethyst_tree::Tree;

#[expect(clippy::print_stdout, reason = "the verdicts are what is asked for")]
fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or_default();
    let only = arguments.next().unwrap_or_default();
    let verbose = arguments.next().is_some();
    let mut names: Vec<String> = entries(Path::new(&folder));
    names.retain(|name| name.contains(&only));
    for name in names {
        let run = Path::new(&folder).join(&name);
        let Some(told) = read(&run.join("run.json")) else { continue };
        let Ok(told) = json::parse(told.as_bytes()) else { continue };
        let (verdict, why) = judge(&run, &told, verbose);
        println!("{verdict}\t{name}\t{}", why.replace(['\n', '\t'], " "));
    }
}

fn judge(run: &Path, told: &Value, verbose: bool) -> (&'static str, String) {
    let needs = told.get("needs").and_then(Value::as_array).unwrap_or_default();
    if let Some(need) = needs.last().and_then(Value::as_str) {
        return ("outside", need.to_owned());
    }
    let mut files = Vec::new();
    collect(&run.join("files"), "", &mut files);
    let tree = Tree::from_files(files.iter().map(|(path, content)| (path.as_str(), content.as_slice())));
    let order = match told.str_at(&["reorder"]) {
        Some("none") => Order::Fifo,
        _ => Order::Legacy,
    };
    let load_restrictions = match told.str_at(&["restrictions"]) {
        Some("LoadRestrictionsRootOnly") => LoadRestrictions::RootOnly,
        _ => LoadRestrictions::None,
    };
    let options = Options {
        order,
        load_restrictions,
        // The version that the tests are built with.
        version: "(test)",
        add_managed_by: told.get("managedBy").and_then(Value::as_bool) == Some(true),
        ..Options::default()
    };
    let (resources, faults) = build(&tree, told.str_at(&["path"]).unwrap_or_default(), &options);
    let errors: Vec<String> =
        faults.iter().filter(|fault| fault.is_error()).map(ToString::to_string).collect();
    match (told.str_at(&["error"]), errors.first()) {
        (Some(_), Some(_)) => ("equal", String::new()),
        (Some(theirs), None) => ("different", format!("kustomize says: {theirs}")),
        (None, Some(_)) if faults.iter().any(|fault| fault.code.contains("unsupported")) => {
            ("refused", errors.join("; "))
        }
        (None, Some(_)) => ("different", format!("ours says: {}", errors.join("; "))),
        (None, None) => {
            let (ours, theirs) = (to_yaml(&resources), read(&run.join("expected.yaml")).unwrap_or_default());
            if ours == theirs {
                return ("equal", String::new());
            }
            if verbose {
                show(&ours, &theirs);
            }
            let line = ours.lines().zip(theirs.lines()).find(|(a, b)| a != b);
            let line = line.map(|(a, b)| format!("`{a}` instead of `{b}`"));
            ("different", line.unwrap_or_else(|| "one ends sooner".to_owned()))
        }
    }
}

#[expect(clippy::print_stdout, reason = "both texts are asked for")]
fn show(ours: &str, theirs: &str) {
    println!("--- ours\n{ours}--- kustomize's\n{theirs}---");
}

#[expect(clippy::disallowed_methods, reason = "the recorded builds lie on the disk")]
fn read(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

#[expect(clippy::disallowed_methods, reason = "the recorded builds lie on the disk")]
fn entries(folder: &Path) -> Vec<String> {
    let found = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = found.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

#[expect(clippy::disallowed_methods, reason = "the recorded builds lie on the disk")]
fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, Vec<u8>)>) {
    for name in entries(folder) {
        let (path, inside) = (folder.join(&name), format!("{prefix}{name}"));
        if path.is_dir() {
            collect(&path, &format!("{inside}/"), files);
        } else if let Ok(content) = std::fs::read(&path) {
            files.push((inside, content));
        }
    }
}
