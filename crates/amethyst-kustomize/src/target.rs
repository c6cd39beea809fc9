//! One build: folders accumulated from the leaves up, then names hashed and references fixed.

use std::collections::HashMap;
use std::rc::Rc;

use amethyst_diag::{Diagnostic, Location};
use amethyst_object::{FieldPath, Map, Object, Value};
use amethyst_tree::Tree;
use amethyst_yaml::{Dialect, parse_all, settle, to_diagnostic};

use crate::decode::{Decoder, Field, File};
use crate::generate::generate;
use crate::kustomization::{Entry, Image, Kustomization, Patch, Sort, patch};
use crate::load::{KUSTOMIZATION_FILES, Loader};
use crate::set::{Item, Set};
use crate::{Options, Order, Origin, Overlay, Resource, flux, hash, nameref, sort, transform};

/// How deep kustomizations may nest.
const DEPTH_MAX: usize = 100;

/// A kustomization of a folder.
pub(crate) struct Target {
    pub(crate) file: File,
    pub(crate) kustomization: Kustomization,
}

impl Target {
    /// Where an entry stands; what the caller added stands nowhere but is about the file.
    pub(crate) fn place(&self, path: Option<&FieldPath>) -> Location {
        path.map_or_else(|| Location::file(self.file.path.clone()), |path| self.file.at(path))
    }
}

/// What a build goes through.
pub(crate) struct Builder<'a> {
    pub(crate) loader: Loader<'a>,
    targets: HashMap<String, Option<Rc<Target>>>,
    /// Folders being accumulated, outermost first.
    stack: Vec<String>,
}

pub(crate) fn build(tree: &Tree, path: &str, options: &Options<'_>) -> (Vec<Resource>, Vec<Diagnostic>) {
    let mut builder = Builder { loader: Loader::new(tree), targets: HashMap::new(), stack: Vec::new() };
    let mut set = Set::default();
    let target = if let Some(path) = amethyst_tree::normalize("", path) {
        builder.root(&path, options)
    } else {
        let text = format!("`{path}` lies outside of the repository");
        builder.fault("kustomize-outside-tree", text, Location::file(path));
        None
    };
    if let Some(target) = &target {
        builder.accumulate(target, &mut set);
    }
    let resources = builder.finish(set, target.as_deref(), options);
    (resources, builder.loader.faults)
}

impl Builder<'_> {
    pub(crate) fn fault(&mut self, code: &'static str, text: impl Into<String>, place: Location) {
        self.loader.faults.push(Diagnostic::error(code, text).at(place));
    }

    /// The kustomization to build, with what the caller adds.
    fn root(&mut self, folder: &str, options: &Options<'_>) -> Option<Rc<Target>> {
        let has_file = kustomization_file(self.loader.tree, folder).is_some();
        let mut target = if !has_file && options.generate {
            let (resources, faults) = flux::generate_kustomization(self.loader.tree, folder);
            self.loader.faults.extend(faults);
            let resources =
                resources.into_iter().map(|text| Entry { text: text.into(), path: None }).collect();
            let file = File {
                path: join(folder, KUSTOMIZATION_FILES[0]),
                folder: folder.to_owned(),
                text: String::new(),
                document: 0,
            };
            Target { file, kustomization: Kustomization { resources, ..Kustomization::default() } }
        } else {
            self.read_target(folder, &Location::file(folder), options.overlay.is_some())?
        };
        if let Some(overlay) = options.overlay {
            self.add_overlay(&mut target, overlay);
        }
        Some(Rc::new(target))
    }

    fn add_overlay(&mut self, target: &mut Target, overlay: &Overlay) {
        let kustomization = &mut target.kustomization;
        for (own, added) in [
            (&mut kustomization.namespace, &overlay.namespace),
            (&mut kustomization.name_prefix, &overlay.name_prefix),
            (&mut kustomization.name_suffix, &overlay.name_suffix),
        ] {
            if let Some(added) = added {
                *own = added.as_str().into();
            }
        }
        let decoder = Decoder::new(&target.file);
        let field = |value| Field { value, path: FieldPath::default() };
        let patches =
            overlay.patches.iter().map(|value| Patch { path: None, ..patch(&decoder, &field(value)) });
        kustomization.patches.extend(patches);
        for image in &overlay.images {
            let image = Image::decode(&decoder, &field(image));
            match kustomization.images.iter_mut().find(|found| found.name == image.name) {
                Some(found) => found.take(image),
                None => kustomization.images.push(image),
            }
        }
        self.loader.faults.extend(decoder.faults.take());
        for component in &overlay.components {
            let found = amethyst_tree::normalize(&target.file.folder, component);
            let exists = found.is_some_and(|path| self.loader.tree.is_dir(&path));
            if exists || !overlay.ignore_missing_components {
                kustomization.components.push(Entry { text: component.as_str().into(), path: None });
            }
        }
    }

    /// The kustomization of a folder, read once.
    fn target(&mut self, folder: &str, place: &Location) -> Option<Rc<Target>> {
        if let Some(found) = self.targets.get(folder) {
            return found.clone();
        }
        let target = self.read_target(folder, place, false).map(Rc::new);
        self.targets.insert(folder.to_owned(), target.clone());
        target
    }

    fn read_target(&mut self, folder: &str, place: &Location, may_be_empty: bool) -> Option<Target> {
        let files: Vec<String> = KUSTOMIZATION_FILES.iter().map(|name| join(folder, name)).collect();
        let mut files = files.into_iter().filter(|path| self.loader.tree.entry(path).is_some());
        let Some(path) = files.next() else {
            let text = format!(
                "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory `{folder}`"
            );
            let fault = Diagnostic::error("kustomize-missing-file", text).at(place.clone());
            self.loader
                .faults
                .push(fault.hint("create a kustomization.yaml there, or name the files themselves"));
            return None;
        };
        if files.next().is_some() {
            self.fault(
                "kustomize-many-files",
                format!("Found multiple kustomization files under: {folder}"),
                Location::file(path.clone()),
            );
        }
        let bytes = self.loader.read(&path, place)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (documents, faults) = parse_all(&text, Dialect::GoV2);
        let broken = !faults.is_empty();
        self.loader.faults.extend(faults.iter().map(|fault| to_diagnostic(fault, &path)));
        let (document, value) = documents
            .into_iter()
            .next()
            .map_or((0, Value::Null), |document| (document.index, document.value));
        let file = File { path, folder: folder.to_owned(), text, document };
        let decoder = Decoder::new(&file);
        let kustomization = Kustomization::decode(&decoder, &value);
        self.loader.faults.extend(decoder.faults.take());
        if kustomization.is_empty && !may_be_empty && !broken {
            let place = Location::file(file.path.clone());
            self.fault("kustomize-empty", "kustomization.yaml is empty", place);
        }
        Some(Target { file, kustomization })
    }

    /// Reads, generates and transforms what a kustomization says into `set`; a component works on what its
    /// user has in `set` already.
    fn accumulate(&mut self, target: &Target, set: &mut Set) {
        if self.stack.len() >= DEPTH_MAX {
            let place = Location::file(target.file.path.clone());
            self.fault("kustomize-depth", format!("kustomizations nest deeper than {DEPTH_MAX}"), place);
            return;
        }
        self.stack.push(target.file.folder.clone());
        for entry in &target.kustomization.resources {
            self.resource(target, entry, set);
        }
        self.generators(target, set);
        for entry in &target.kustomization.components {
            self.component(target, entry, set);
        }
        transform::run(self, target, set);
        self.stack.pop();
    }

    fn resource(&mut self, target: &Target, entry: &Entry, set: &mut Set) {
        let place = target.place(entry.path.as_ref());
        let Some(path) = self.loader.resolve(&target.file.folder, &entry.text, &place) else { return };
        let added = if self.loader.tree.entry(&path).is_some() {
            let objects = self.loader.objects(&path, &place);
            objects.iter().map(|loaded| Item::new(loaded.object.clone(), loaded.origin.clone())).collect()
        } else if self.loader.tree.is_dir(&path) {
            let Some(base) = self.enter(&path, &place, false) else { return };
            let mut own = Set::default();
            self.accumulate(&base, &mut own);
            own.items
        } else {
            self.loader.missing(&path, &place);
            return;
        };
        for item in added {
            let (label, origin) = (item.label(), item.origin.clone());
            if let Err(reason) = set.append(item) {
                let first = set.items.iter().find(|found| found.label() == label).map(|found| &found.origin);
                let fault =
                    Diagnostic::error("kustomize-duplicate-object", reason).about(label).at(place.clone());
                let first =
                    first.map_or_else(String::new, |first| format!("{}:{} and ", first.file, first.line));
                let hint = format!("it stands in {first}{}:{}; take one out", origin.file, origin.line);
                self.loader.faults.push(fault.hint(hint));
            }
        }
    }

    fn component(&mut self, target: &Target, entry: &Entry, set: &mut Set) {
        let place = target.place(entry.path.as_ref());
        let Some(path) = self.loader.resolve(&target.file.folder, &entry.text, &place) else { return };
        if !self.loader.tree.is_dir(&path) {
            self.loader.missing(&path, &place);
            return;
        }
        if let Some(component) = self.enter(&path, &place, true) {
            self.accumulate(&component, set);
        }
    }

    /// The kustomization of a folder that another one names.
    fn enter(&mut self, folder: &str, place: &Location, as_component: bool) -> Option<Rc<Target>> {
        let holds = |visited: &String| {
            folder.is_empty() || visited == folder || visited.starts_with(&format!("{folder}/"))
        };
        if let Some(visited) = self.stack.iter().find(|visited| holds(visited)) {
            let text = format!("cycle detected: candidate root '{folder}' contains visited root '{visited}'");
            let fault = Diagnostic::error("kustomize-cycle", text).at(place.clone());
            self.loader.faults.push(fault.hint("a kustomization may not name a folder that it lies in"));
            return None;
        }
        let target = self.target(folder, place)?;
        let is_component = target.kustomization.is_component;
        if is_component != as_component {
            let (text, hint) = if as_component {
                (
                    format!("expected kind 'Component' for path '{folder}' but got 'Kustomization'"),
                    "name it under `resources`",
                )
            } else {
                (format!("expected kind != 'Component' for path '{folder}'"), "name it under `components`")
            };
            self.loader.faults.push(Diagnostic::error("kustomize-kind", text).at(place.clone()).hint(hint));
            return None;
        }
        Some(target)
    }

    fn generators(&mut self, target: &Target, set: &mut Set) {
        for generator in &target.kustomization.generators {
            if generator.name.is_empty() {
                continue;
            }
            let place = target.file.at(&generator.path);
            let field = if generator.is_secret { "secretGenerator" } else { "configMapGenerator" };
            let origin = Origin {
                file: target.file.path.clone(),
                document: target.file.document,
                line: place.line,
                generated_by: Some(field.to_owned()),
            };
            let folder = target.file.folder.clone();
            let made = generate(generator, origin, &mut |entry, path| {
                let place = target.place(entry.path.as_ref());
                let path = self.loader.resolve(&folder, path, &place)?;
                self.loader.read(&path, &place)
            });
            let absorbed = made.and_then(|item| set.absorb(item).map_err(|reason| (reason, None)));
            if let Err((reason, entry)) = absorbed {
                let place = entry.and_then(|entry| entry.path).map_or(place, |path| target.file.at(&path));
                self.fault("kustomize-generator", reason, place);
            }
        }
    }

    /// What is done once, at the outermost kustomization.
    fn finish(&mut self, mut set: Set, target: Option<&Target>, options: &Options<'_>) -> Vec<Resource> {
        for item in &mut set.items {
            if item.needs_hash {
                match hash::suffix(&item.object) {
                    Ok(suffix) => {
                        item.store_id();
                        let name = format!("{}-{suffix}", item.name());
                        item.set_meta("name", name.into());
                    }
                    Err(reason) => self.loader.faults.push(about(item, reason)),
                }
            }
        }
        self.loader.faults.extend(nameref::fix(&mut set));
        set.items.retain(|item| {
            let annotations = item.strings("annotations");
            !annotations.iter().any(|(key, value)| key == LOCAL_CONFIG && value != "false")
        });
        match target.and_then(|target| target.kustomization.sort.as_ref()) {
            Some(Sort::Legacy(order)) => sort::legacy(&mut set.items, order.as_ref()),
            None if options.order == Order::Legacy => sort::legacy(&mut set.items, None),
            None | Some(Sort::Fifo) => {}
        }
        let mut resources = Vec::with_capacity(set.items.len());
        for mut item in set.items {
            let annotations = item.strings("annotations");
            item.set_strings("annotations", annotations);
            if let Some(overlay) = options.overlay {
                add_metadata(&mut item, "labels", &overlay.common_labels);
                add_metadata(&mut item, "annotations", &overlay.common_annotations);
            }
            let mut object = Value::Object(std::mem::take(&mut item.object));
            if let Err(reason) = settle(&mut object) {
                self.loader.faults.push(about(&item, reason));
            }
            if let Some(object) = Object::from_value(object) {
                resources.push(Resource { object, origin: item.origin });
            }
        }
        resources
    }
}

const LOCAL_CONFIG: &str = "config.kubernetes.io/local-config";

fn add_metadata(item: &mut Item, key: &str, pairs: &[(String, String)]) {
    if !pairs.is_empty() {
        let map: &mut Map = item.object.object_mut("metadata").object_mut(key);
        for (key, value) in pairs {
            map.insert(key.as_str(), value.as_str());
        }
    }
}

/// A fault of a resource, at its origin.
pub(crate) fn about(item: &Item, reason: String) -> Diagnostic {
    let place = Location::new(item.origin.file.clone(), item.origin.line, 1);
    Diagnostic::error("kustomize-transform", reason).about(item.label()).at(place)
}

/// The kustomization file of a folder, if it has one.
pub(crate) fn kustomization_file(tree: &Tree, folder: &str) -> Option<String> {
    KUSTOMIZATION_FILES.iter().map(|name| join(folder, name)).find(|path| tree.entry(path).is_some())
}

/// A path below a folder.
pub(crate) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}
