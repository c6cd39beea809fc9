//! Where the sync starts: which GitRepository and Kustomization a repository hands to Flux first.
//!
//! Looked for in this order: a file `gotk-sync.yaml` (flux bootstrap), a `FluxInstance` (flux-operator),
//! the values `instance.sync` of a `flux-instance` HelmRelease, and a Kustomization that covers the very
//! folder it stands in. More than one of a sort is not guessed between: the user names one by `--entry`.

use std::collections::HashSet;

use amethyst_diag::{Diagnostic, Location};
use amethyst_object::{Object, Value, value};
use amethyst_tree::{Tree, normalize};
use amethyst_yaml::{Dialect, Document, parse_all};
use rayon::prelude::*;

/// The group of Flux's Kustomization.
pub const KUSTOMIZE_GROUP: &str = "kustomize.toolkit.fluxcd.io";
/// The group of Flux's sources.
pub const SOURCE_GROUP: &str = "source.toolkit.fluxcd.io";
const FLUX_INSTANCE_GROUP: &str = "fluxcd.controlplane.io";
const SYNC_FILE: &str = "gotk-sync.yaml";

/// The first two objects of a sync.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The file that says so.
    pub file: String,
    /// The line in it.
    pub line: u32,
    /// The source: served from this checkout whatever its URL says.
    pub source: Object,
    /// What is applied first.
    pub kustomization: Object,
}

/// An object and where it stands.
struct Found {
    file: String,
    line: u32,
    object: Object,
}

/// Looks for one sort of entry.
type Finder = fn(&[Found]) -> Vec<Entry>;

/// Finds the entry of `tree`; `wanted` is the file that the user named.
pub fn find(tree: &Tree, wanted: Option<&str>) -> Result<Entry, Box<Diagnostic>> {
    if let Some(wanted) = wanted {
        return named(tree, wanted);
    }
    // The file of `flux bootstrap` says it all, in most repositories that have one.
    let synced = candidates(tree, |path| path.rsplit('/').next() == Some(SYNC_FILE));
    let kustomizations = synced.iter().filter(|found| is(&found.object, KUSTOMIZE_GROUP, "Kustomization"));
    if let (1, [entry]) = (kustomizations.count(), sync_files(&synced).as_slice()) {
        return Ok(entry.clone());
    }
    let all = candidates(tree, |_| true);
    let finders: [Finder; 4] = [sync_files, instances, instance_releases, self_covering];
    for finder in finders {
        let mut entries = finder(&all);
        if entries.len() > 1 {
            let files: Vec<String> = entries.iter().map(|entry| format!("`{}`", entry.file)).collect();
            let message =
                format!("found {} places where a sync may start: {}", files.len(), files.join(", "));
            let fault = Diagnostic::error("entry-ambiguous", message)
                .at(Location::new(entries[0].file.clone(), entries[0].line, 0))
                .hint(format!("name one: `--entry {}`", entries[0].file));
            return Err(Box::new(fault));
        }
        if let Some(entry) = entries.pop() {
            return Ok(entry);
        }
    }
    Err(Box::new(Diagnostic::error("entry-missing", "found no place where a sync starts").hint(
        "name the file that holds the first GitRepository and Kustomization: `--entry FILE`; looked for were a \
         `gotk-sync.yaml`, a FluxInstance, the values `instance.sync` of a flux-instance HelmRelease, and a \
         Kustomization whose path covers its own folder",
    )))
}

fn named(tree: &Tree, wanted: &str) -> Result<Entry, Box<Diagnostic>> {
    let missing = |message: String| {
        let fault = Diagnostic::error("entry-missing", message).at(Location::file(wanted));
        Box::new(fault.hint("the file must hold a Flux GitRepository and Kustomization, a FluxInstance or a flux-instance HelmRelease"))
    };
    let path = normalize("", wanted).filter(|path| tree.entry(path).is_some());
    let path = path.ok_or_else(|| missing(format!("found no file `{wanted}` in the repository")))?;
    let found = read(tree, &path);
    let entries =
        pairs(&found, |_| true).into_iter().chain(instances(&found)).chain(instance_releases(&found));
    let mut entries = entries.collect::<Vec<_>>().into_iter();
    entries.next().ok_or_else(|| missing(format!("found no place where a sync starts in `{wanted}`")))
}

/// All objects in `wanted` files of the tree that may be part of an entry. What belongs to a chart is no part of
/// a sync.
fn candidates(tree: &Tree, wanted: impl Fn(&str) -> bool + Sync) -> Vec<Found> {
    let charts: HashSet<&str> =
        tree.walk("").filter_map(|(path, _)| path.strip_suffix("Chart.yaml")).collect();
    let is_of_chart = |path: &str| {
        ["templates/", "crds/", "charts/"]
            .iter()
            .any(|part| path.match_indices(part).any(|(at, _)| charts.contains(&path[..at])))
    };
    let yaml = tree.walk("").map(|(path, _)| path).filter(|path| {
        let extension = path.rsplit_once('.').map(|(_, extension)| extension);
        matches!(extension, Some("yaml" | "yml")) && wanted(path) && !is_of_chart(path)
    });
    let yaml: Vec<&str> = yaml.collect();
    yaml.into_par_iter().flat_map_iter(|path| read(tree, path)).collect()
}

fn read(tree: &Tree, path: &str) -> Vec<Found> {
    let Ok(Some(text)) = tree.read(path) else { return Vec::new() };
    let Ok(text) = std::str::from_utf8(&text) else { return Vec::new() };
    let marks = [KUSTOMIZE_GROUP, SOURCE_GROUP, FLUX_INSTANCE_GROUP, "flux-instance"];
    if !marks.iter().any(|mark| memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_some()) {
        return Vec::new();
    }
    let object = |document: Document| {
        let object = Object::from_value(document.value)?;
        Some(Found { file: path.to_owned(), line: document.line, object })
    };
    parse_all(text, Dialect::GoV2).0.into_iter().filter_map(object).collect()
}

fn is(object: &Object, group: &str, kind: &str) -> bool {
    object.kind() == kind && object.gvk().group == group
}

fn sync_files(all: &[Found]) -> Vec<Entry> {
    pairs(all, |found| found.file.rsplit('/').next() == Some(SYNC_FILE))
}

fn self_covering(all: &[Found]) -> Vec<Entry> {
    let mut entries = pairs(all, |found| {
        let path = found.object.str_at(&["spec", "path"]).unwrap_or_default();
        let covered = normalize("", path).unwrap_or_default();
        let folder = found.file.rsplit_once('/').map_or("", |(folder, _)| folder);
        is_within(folder, &covered)
    });
    // A Kustomization of somebody else's repository may cover everything, too: what most others name is this one.
    let is_named = |source: &str| {
        let names = |found: &&Found| found.object.str_at(&["spec", "sourceRef", "name"]) == Some(source);
        all.iter().filter(|found| is(&found.object, KUSTOMIZE_GROUP, "Kustomization")).filter(names).count()
    };
    let named: Vec<usize> = entries.iter().map(|entry| is_named(entry.source.name())).collect();
    let most = named.iter().copied().max();
    let mut named = named.into_iter();
    entries.retain(|_| named.next() == most);
    // One within the folder of another comes with that one. Clusters side by side do not: however long their
    // names are, the user says which is meant.
    let covered = |entry: &Entry| {
        normalize("", entry.kustomization.str_at(&["spec", "path"]).unwrap_or("")).unwrap_or_default()
    };
    let folders: Vec<String> = entries.iter().map(covered).collect();
    entries.retain(|entry| {
        let own = covered(entry);
        !folders.iter().any(|other| other != &own && is_within(&own, other))
    });
    entries
}

/// Whether `path` is the folder `folder`, or lies in it.
fn is_within(path: &str, folder: &str) -> bool {
    folder.is_empty()
        || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Kustomizations that `wanted` accepts and whose GitRepository is declared in the repository.
fn pairs(all: &[Found], wanted: impl Fn(&Found) -> bool) -> Vec<Entry> {
    let kustomizations =
        all.iter().filter(|found| is(&found.object, KUSTOMIZE_GROUP, "Kustomization") && wanted(found));
    let entry = |found: &Found| {
        let reference = found.object.at(&["spec", "sourceRef"])?;
        let namespace =
            reference.get("namespace").and_then(Value::as_str).unwrap_or(found.object.namespace());
        let name = reference.get("name")?.as_str()?;
        let sources = all.iter().filter(|source| {
            is(&source.object, SOURCE_GROUP, "GitRepository")
                && source.object.name() == name
                && (source.object.namespace() == namespace || source.object.namespace().is_empty())
        });
        // Clusters side by side may all call theirs the same: the nearest is meant.
        let distance = |source: &&Found| {
            let shared = source.file.bytes().zip(found.file.bytes()).take_while(|(a, b)| a == b).count();
            (source.file != found.file, std::cmp::Reverse(shared))
        };
        let source = sources.min_by_key(distance)?;
        Some(Entry {
            file: found.file.clone(),
            line: found.line,
            source: source.object.clone(),
            kustomization: found.object.clone(),
        })
    };
    kustomizations.filter_map(entry).collect()
}

fn instances(all: &[Found]) -> Vec<Entry> {
    let instances = all.iter().filter(|found| is(&found.object, FLUX_INSTANCE_GROUP, "FluxInstance"));
    instances.filter_map(|found| from_sync(found, found.object.at(&["spec", "sync"])?)).collect()
}

fn instance_releases(all: &[Found]) -> Vec<Entry> {
    let releases = all.iter().filter(|found| found.object.kind() == "HelmRelease");
    releases
        .filter_map(|found| from_sync(found, found.object.at(&["spec", "values", "instance", "sync"])?))
        .collect()
}

/// What flux-operator makes of a `sync`: both objects carry the name of the namespace unless `name` says
/// otherwise, and the Kustomization prunes.
fn from_sync(found: &Found, sync: &Value) -> Option<Entry> {
    if sync.get("kind").and_then(Value::as_str).is_some_and(|kind| kind != "GitRepository") {
        return None;
    }
    let namespace =
        Some(found.object.namespace()).filter(|namespace| !namespace.is_empty()).unwrap_or("flux-system");
    let name = sync.get("name").and_then(Value::as_str).unwrap_or(namespace);
    let text = |key: &str, default: &str| sync.get(key).and_then(Value::as_str).unwrap_or(default).to_owned();
    let interval = text("interval", "1m");
    let source = value!({
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "interval": (interval.as_str()), "url": (text("url", "")),
            "ref": {"name": (text("ref", "refs/heads/main"))},
        },
    });
    let kustomization = value!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "interval": "10m0s", "path": (text("path", "./")), "prune": true,
            "sourceRef": {"kind": "GitRepository", "name": name},
        },
    });
    Some(Entry {
        file: found.file.clone(),
        line: found.line,
        source: Object::from_value(source)?,
        kustomization: Object::from_value(kustomization)?,
    })
}

#[cfg(test)]
mod tests;
