//! Runs ours on what kustomize builds, and tells where the two differ.
//!
//! - `krusty FOLDER HELM [NAME-PART [verbose]]`: builds that were recorded from kustomize's own tests by
//!   `peers/kustomize/krusty`; their charts are rendered by the program `HELM`.
//! - `krusty --corpus FOLDER KUSTOMIZE`: every kustomization below the folder, beside that program.
//!
//! `cargo xtask peers krusty` runs this and counts. Each build gives one line, `VERDICT<tab>1<tab>NAME<tab>WHY`.

mod helm;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use amethyst_kustomize::{FileCache, LoadRestrictions, Options, Order, build, to_yaml};
use amethyst_object::{Value, json};
use amethyst_tree::{BlobId, Blobs, Entry, FileKind, ReadError, Tree};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--corpus", folder, kustomize] => corpus(Path::new(folder), kustomize),
        [folder, helm, ref rest @ ..] => {
            let work = std::env::temp_dir().join(format!("krusty-{}", std::process::id()));
            let helm = helm::Program { path: helm.into(), work };
            let only = rest.first().copied().unwrap_or_default();
            recorded(Path::new(folder), &helm, only, rest.len() > 1);
            let _ = std::fs::remove_dir_all(&helm.work);
        }
        _ => {}
    }
}

#[expect(clippy::print_stdout, reason = "the verdicts are what is asked for")]
fn tell(verdict: &str, name: &str, why: &str) {
    println!("{verdict}\t1\t{name}\t{}", why.replace(['\n', '\t'], " "));
}

fn recorded(folder: &Path, helm: &helm::Program, only: &str, verbose: bool) {
    let mut names: Vec<String> = entries(folder);
    names.retain(|name| name.contains(only));
    let tests = read(&folder.join("tests.json")).and_then(|text| json::parse(text.as_bytes()).ok());
    for test in tests.as_ref().and_then(Value::as_object).into_iter().flat_map(amethyst_object::Map::keys) {
        let builds =
            names.iter().any(|name| name.rsplit_once('-').is_some_and(|(found, _)| found == test.as_str()));
        if !builds && !test.contains('/') && test.contains(only) {
            tell("outside", &format!("{test}-0"), "it builds nothing here");
        }
    }
    for name in names {
        let run = folder.join(&name);
        let Some(told) = read(&run.join("run.json")) else { continue };
        let Ok(told) = json::parse(told.as_bytes()) else { continue };
        let (verdict, why) = judge(&run, helm, &told, verbose);
        tell(verdict, &name, &why);
    }
}

fn corpus(folder: &Path, kustomize: &str) {
    let tree = tree_of(folder);
    let cache = FileCache::default();
    let names = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
    let files = tree.walk("").map(|(path, _)| path.to_owned());
    for path in files.collect::<Vec<_>>() {
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", &path));
        if !names.contains(&name) {
            continue;
        }
        let theirs = Command::new(kustomize)
            .args(["build", "--load-restrictor=LoadRestrictionsNone"])
            .arg(folder.join(parent))
            .output();
        let Ok(theirs) = theirs else { return tell("different", parent, "kustomize does not run") };
        let options = Options { order: Order::Legacy, files: Some(&cache), ..Options::default() };
        let (resources, faults) = build(&tree, parent, &options);
        let error = faults.iter().find(|fault| fault.is_error());
        match (theirs.status.success(), error) {
            (false, Some(_)) => tell("equal", parent, "refused by both"),
            (true, Some(error)) => tell("refused", parent, &format!("ours says: {error}")),
            (false, None) => {
                let text = String::from_utf8_lossy(&theirs.stderr).into_owned();
                tell("different", parent, &format!("kustomize says: {text}"));
            }
            (true, None) => {
                let (ours, theirs) = (to_yaml(&resources), String::from_utf8_lossy(&theirs.stdout));
                if ours == theirs {
                    tell("equal", parent, "");
                } else {
                    tell("different", parent, &first_difference(&ours, &theirs));
                }
            }
        }
    }
}

fn first_difference(ours: &str, theirs: &str) -> String {
    let line = ours.lines().zip(theirs.lines()).find(|(a, b)| a != b);
    let line = line.map(|(a, b)| format!("`{a}` instead of `{b}`"));
    line.unwrap_or_else(|| "one ends sooner".to_owned())
}

fn judge(run: &Path, helm: &helm::Program, told: &Value, verbose: bool) -> (&'static str, String) {
    let needs = told.get("needs").and_then(Value::as_array).unwrap_or_default();
    let needs = needs.iter().filter_map(Value::as_str);
    if let Some(need) = needs.rev().find(|need| !matches!(*need, "helm version" | "helm template")) {
        return ("outside", need.to_owned());
    }
    let tree = tree_of(&run.join("files"));
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
        helm: (told.get("helm").and_then(Value::as_bool) == Some(true)).then_some(helm as _),
        // The version that the tests are built with.
        version: "(test)",
        add_managed_by: told.get("managedBy").and_then(Value::as_bool) == Some(true),
        ..Options::default()
    };
    let (resources, faults) = build(&tree, told.str_at(&["path"]).unwrap_or_default(), &options);
    let errors: Vec<String> =
        faults.iter().filter(|fault| fault.is_error()).map(ToString::to_string).collect();
    match (told.str_at(&["error"]), errors.first()) {
        (Some(_), Some(_)) => ("equal", "refused by both".to_owned()),
        (Some(theirs), None) => ("different", format!("kustomize says: {theirs}")),
        (None, Some(_)) => ("refused", format!("ours says: {}", errors.join("; "))),
        (None, None) => {
            let (ours, theirs) = (to_yaml(&resources), read(&run.join("expected.yaml")).unwrap_or_default());
            if ours == theirs {
                return ("equal", String::new());
            }
            if verbose {
                show(&ours, &theirs);
            }
            ("different", first_difference(&ours, &theirs))
        }
    }
}

#[expect(clippy::print_stdout, reason = "both texts are asked for")]
fn show(ours: &str, theirs: &str) {
    println!("--- ours\n{ours}--- kustomize's\n{theirs}---");
}

fn read(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

fn entries(folder: &Path) -> Vec<String> {
    let found = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = found.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// The files below a folder, read already.
struct Contents(BTreeMap<BlobId, Vec<u8>>);

impl Blobs for Contents {
    fn read(&self, id: &BlobId) -> Result<bytes::Bytes, ReadError> {
        let missing = || ReadError { id: id.0.to_string(), reason: "no such file".to_owned() };
        self.0.get(id).map(|content| bytes::Bytes::copy_from_slice(content)).ok_or_else(missing)
    }
}

fn tree_of(folder: &Path) -> Tree {
    let (mut entries, mut contents) = (BTreeMap::new(), BTreeMap::new());
    collect(folder, "", &mut entries, &mut contents);
    Tree::new(entries, Arc::new(Contents(contents)))
}

fn collect(
    folder: &Path,
    prefix: &str,
    found: &mut BTreeMap<Arc<str>, Entry>,
    contents: &mut BTreeMap<BlobId, Vec<u8>>,
) {
    for name in entries(folder) {
        let (path, inside) = (folder.join(&name), format!("{prefix}{name}"));
        let link = std::fs::read_link(&path).ok();
        if link.is_none() && path.is_dir() {
            if name != ".git" {
                collect(&path, &format!("{inside}/"), found, contents);
            }
            continue;
        }
        let kind = if link.is_some() { FileKind::Symlink } else { FileKind::Regular };
        let content = match link {
            Some(link) => Some(link.to_string_lossy().into_owned().into_bytes()),
            None => std::fs::read(&path).ok(),
        };
        if let Some(content) = content {
            let blob = BlobId(inside.as_str().into());
            contents.insert(blob.clone(), content);
            found.insert(inside.as_str().into(), Entry { kind, blob });
        }
    }
}
