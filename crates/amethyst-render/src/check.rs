//! `amethyst check`: everything about a repository that can be known offline, all of it in one run.
//!
//! Every YAML file is parsed; from the entry of the sync every Flux Kustomization is rendered as the
//! controllers would render it, parents first, because parents patch and substitute their children; what
//! comes out is held against the schemas of built-in kinds and of the CRDs that the repository brings.

mod definitions;
mod dependencies;
mod files;
mod flux;
mod schemas;
mod silence;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use amethyst_diag::{Diagnostic, Location};
use amethyst_helm::Schemas;
use amethyst_object::{FieldPath, Object, ObjectId};
use amethyst_tree::Tree;
use amethyst_yaml::locate;

use crate::entry;
use crate::homelab::{self, Homelab};
use crate::repository::{self, Cache, Charts, Input};

/// What a check looked at, and what it found.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// What is wrong, sorted by place.
    pub diagnostics: Vec<Diagnostic>,
    /// How many YAML files were read.
    pub files: usize,
    /// How many Kustomizations were rendered.
    pub kustomizations: usize,
    /// How many HelmReleases were rendered.
    pub releases: usize,
    /// How many objects came out.
    pub objects: usize,
    /// How many faults were silenced, each with a reason.
    pub silenced: usize,
    /// The file and line that declare each of them.
    pub declared: BTreeMap<ObjectId, Location>,
}

impl Checked {
    /// Whether anything is an error.
    pub fn failed(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// What is checked, and by what.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The files.
    pub tree: &'a Tree,
    /// The file of the entry, when the user named one.
    pub entry: Option<&'a str>,
    /// The definitions that Amethyst itself brings.
    pub definitions: &'a [Object],
    /// The version of Kubernetes that charts are told.
    pub kubernetes_version: &'a str,
    /// Gives charts that do not lie in the repository.
    pub charts: &'a dyn Charts,
    /// Gives the schemas that charts' schemas refer to by URL. What it has not is told once for each chart, and the
    /// values are not checked.
    pub schemas: Option<&'a Arc<dyn Schemas>>,
    /// What was rendered before.
    pub cache: &'a Cache,
}

/// Checks a repository.
pub fn check(subject: &Subject<'_>) -> Checked {
    let mut checked = Checked::default();
    let tree = subject.tree;
    files::check(tree, &mut checked);
    let homelab = read_homelab(tree, &mut checked);
    let mut annotated = silence::Annotated::default();
    match entry::find(tree, subject.entry.or(homelab.entry.as_deref())) {
        Ok(entry) => {
            let input = Input {
                tree,
                entry: &entry,
                definitions: subject.definitions,
                kubernetes_version: subject.kubernetes_version,
                charts: subject.charts,
                schemas: subject.schemas,
                lookup: None,
                with_crds: true,
                cache: subject.cache,
            };
            let repository = repository::render(input);
            flux::check(tree, &repository, &input, &mut checked);
            annotated = silence::Annotated::of(&repository);
        }
        Err(fault) => checked.diagnostics.push(*fault),
    }
    let faults = each_once(std::mem::take(&mut checked.diagnostics));
    checked.diagnostics = silence::apply(tree, &annotated, faults, &mut checked.silenced);
    checked
}

/// The faults of `after` that `before` had not: each is known by what it says about what, wherever it stands.
pub fn new_faults(before: &[Diagnostic], after: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let key = |fault: &Diagnostic| {
        let file = fault.location.as_ref().map(|place| place.file.clone());
        (fault.code, fault.object.clone(), fault.message.clone(), file)
    };
    let mut old: BTreeMap<_, usize> = BTreeMap::new();
    for fault in before {
        *old.entry(key(fault)).or_default() += 1;
    }
    let is_new = |fault: &Diagnostic| match old.get_mut(&key(fault)) {
        Some(left) if *left > 0 => {
            *left -= 1;
            false
        }
        _ => true,
    };
    let mut is_new = is_new;
    after.into_iter().filter(|fault| is_new(fault)).collect()
}

/// Sorts by place. A file that is read for itself and for each Kustomization over it has one fault, told
/// with the first object that it is about; faults without a place differ by their object.
fn each_once(mut faults: Vec<Diagnostic>) -> Vec<Diagnostic> {
    faults.sort_by(|a, b| {
        (&a.location, a.code, a.object.is_none(), &a.object).cmp(&(
            &b.location,
            b.code,
            b.object.is_none(),
            &b.object,
        ))
    });
    let mut seen = BTreeSet::new();
    faults.retain(|fault| {
        let is_placed = fault.location.as_ref().is_some_and(|place| place.column > 0);
        let object = fault.object.clone().filter(|_| !is_placed);
        seen.insert((fault.location.clone(), fault.code, fault.message.clone(), object))
    });
    faults
}

fn read_homelab(tree: &Tree, checked: &mut Checked) -> Homelab {
    let Ok(Some(text)) = tree.read(homelab::FILE) else { return Homelab::default() };
    let (homelab, faults) = homelab::parse(&String::from_utf8_lossy(&text));
    checked.diagnostics.extend(faults);
    homelab
}

/// Where `path` of the object that a file's document declares stands in that file: the field itself, or
/// the nearest thing around it when an overlay put it there.
pub(crate) fn place(tree: &Tree, file: &str, document: usize, line: u32, path: &FieldPath) -> Location {
    let text = tree.read(file).ok().flatten();
    let found = text.and_then(|text| locate(&String::from_utf8_lossy(&text), document, path));
    found.map_or_else(|| Location::new(file, line, 0), |(line, column)| Location::new(file, line, column))
}

#[cfg(test)]
mod tests;
