//! Broken and hostile input: one fault each, with its place.

use std::collections::BTreeMap;
use std::sync::Arc;

use amethyst_kustomize::{FileCache, LoadRestrictions, Options, build};
use amethyst_tree::{BlobId, Blobs, Entry, FileKind, ReadError, Tree};

use crate::CONFIG;

fn codes(tree: &Tree, path: &str, options: &Options<'_>) -> Vec<&'static str> {
    build(tree, path, options).1.iter().map(|fault| fault.code).collect()
}

#[test]
fn files_outside_the_folder_are_read_where_that_is_allowed() {
    let tree = Tree::from_files([("app/kustomization.yaml", "resources: [../a.yaml]\n"), ("a.yaml", CONFIG)]);
    assert!(codes(&tree, "app", &Options::default()).is_empty());
    let options = Options { load_restrictions: LoadRestrictions::RootOnly, ..Options::default() };
    assert_eq!(codes(&tree, "app", &options), ["kustomize-load-restriction"]);
}

#[test]
fn cycles_and_growth_without_end_are_told_once() {
    let tree = Tree::from_files([
        ("a/kustomization.yaml", "resources: [../b]\n"),
        ("b/kustomization.yaml", "resources: [../a]\n"),
    ]);
    assert_eq!(codes(&tree, "a", &Options::default()), ["kustomize-cycle"]);

    let mut files = vec![("0/kustomization.yaml".to_owned(), "namePrefix: p-\n".to_owned())];
    for level in 1..40 {
        for side in ["l", "r"] {
            let text = format!("resources: [../../{}]\nnamePrefix: {side}-\n", level - 1);
            files.push((format!("{level}/{side}/kustomization.yaml"), text));
        }
        files.push((format!("{level}/kustomization.yaml"), "resources: [l, r]\n".to_owned()));
    }
    let tree = Tree::from_files(files);
    assert!(codes(&tree, "39", &Options::default()).contains(&"kustomize-size"));
}

#[test]
fn a_patch_that_doubles_an_object_ends() {
    let copies: Vec<String> =
        (0..60).map(|at| format!("- {{op: copy, from: /data, path: /data/c{at}}}\n")).collect();
    let tree = Tree::from_files([
        ("kustomization.yaml", "resources: [a.yaml]\npatches: [{path: p.yaml, target: {kind: ConfigMap}}]\n"),
        ("a.yaml", CONFIG),
        ("p.yaml", &copies.concat()),
    ]);
    assert_eq!(codes(&tree, "", &Options::default()), ["kustomize-patch"]);
}

struct Table(BTreeMap<BlobId, &'static str>);

impl Blobs for Table {
    fn read(&self, id: &BlobId) -> Result<bytes::Bytes, ReadError> {
        Ok(self.0.get(id).copied().unwrap_or_default().as_bytes().into())
    }
}

#[test]
fn links_are_followed_inside_the_tree_and_no_further() {
    let tree = |target: &'static str| {
        let rows = [
            ("k/kustomization.yaml", FileKind::Regular, "resources: [link/a.yaml]\n"),
            ("k/link", FileKind::Symlink, target),
            ("real/a.yaml", FileKind::Regular, CONFIG),
        ];
        let blob = |path: &str| BlobId(path.into());
        let entries =
            rows.iter().map(|(path, kind, _)| ((*path).into(), Entry { kind: *kind, blob: blob(path) }));
        Tree::new(entries.collect(), Arc::new(Table(rows.iter().map(|row| (blob(row.0), row.2)).collect())))
    };
    let (resources, faults) = build(&tree("../real"), "k", &Options::default());
    assert_eq!((resources.len(), faults.len()), (1, 0));
    assert_eq!(resources[0].origin.file, "real/a.yaml");
    for target in ["../../etc", "/etc", "link"] {
        assert_eq!(codes(&tree(target), "k", &Options::default()), ["kustomize-outside-tree"], "{target}");
    }
}

#[test]
fn a_cache_serves_many_threads_and_changes_nothing() {
    let tree = Tree::from_files([("kustomization.yaml", "resources: [a.yaml]\n"), ("a.yaml", CONFIG)]);
    let cache = FileCache::default();
    let options = Options { files: Some(&cache), ..Options::default() };
    let plain = build(&tree, "", &Options::default());
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..8).map(|_| scope.spawn(|| build(&tree, "", &options))).collect();
        for run in runs {
            assert_eq!(run.join().expect("no build panics"), plain);
        }
    });
}

#[test]
fn broken_files_are_told_with_their_places_from_a_cache_too() {
    let tree = Tree::from_files([("kustomization.yaml", "resources: [a.yaml]\n"), ("a.yaml", "a: b\n")]);
    let cache = FileCache::default();
    for _ in 0..2 {
        let options = Options { files: Some(&cache), ..Options::default() };
        let faults = build(&tree, "", &options).1;
        let told: Vec<String> = faults.iter().map(|fault| format!("{:?}", fault.location)).collect();
        assert_eq!(faults.len(), 1, "{told:?}");
        let place = faults[0].location.as_ref().expect("it has a place");
        assert_eq!((place.file.as_str(), place.line), ("a.yaml", 1));
    }
}
