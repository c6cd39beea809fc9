//! One build: folders accumulated from the leaves up, then names hashed and references fixed.

mod configure;
mod finish;

use std::collections::HashMap;
use std::rc::Rc;

use amethyst_diag::{Diagnostic, Location};
use amethyst_object::{FieldPath, Str};
use amethyst_tree::Tree;

use crate::config;
use crate::decode::{Decoder, Field, File, Spot};
use crate::hooks::HelmInflator;
use crate::id::Gvk;
use crate::kustomization::{Entry, Image, Kustomization, Patch, patch};
use crate::load::{KUSTOMIZATION_FILES, Loader, Remote, is_remote, is_url, parse_objects};
use crate::provenance::{Metadata, Step};
use crate::schema::Schemas;
use crate::set::{Item, Set};
use crate::{Options, Overlay, Resource, flux, transform};

/// How deep kustomizations may nest.
const DEPTH_MAX: usize = 100;
/// How many kustomizations one build may go through: bases that name bases twice grow without end.
const VISITS_MAX: usize = 50_000;
/// How many objects a build may hold.
const OBJECTS_MAX: usize = 200_000;

/// A kustomization of a folder.
pub(crate) struct Target {
    pub(crate) file: File,
    pub(crate) kustomization: Kustomization,
}

/// What a build goes through.
pub(crate) struct Builder<'a> {
    pub(crate) loader: Loader<'a>,
    pub(crate) helm: Option<&'a dyn HelmInflator>,
    pub(crate) schemas: Schemas,
    /// Whether a kustomization has said which schema counts.
    schema_is_set: bool,
    /// Where the build is, as `buildMetadata` tells it; kept only when that is asked for.
    pub(crate) origin: Option<Step>,
    metadata: Metadata,
    /// The namespace that charts of bases get.
    helm_namespace: Str,
    targets: HashMap<String, Option<Rc<Target>>>,
    /// Folders being accumulated, outermost first.
    stack: Vec<String>,
    visits: usize,
}

pub(crate) fn build(tree: &Tree, path: &str, options: &Options<'_>) -> (Vec<Resource>, Vec<Diagnostic>) {
    let mut builder = Builder {
        loader: Loader::new(tree, options),
        helm: options.helm,
        schemas: Schemas::default(),
        schema_is_set: false,
        origin: None,
        metadata: Metadata::default(),
        helm_namespace: Str::default(),
        targets: HashMap::new(),
        stack: Vec::new(),
        visits: 0,
    };
    let mut set = Set::default();
    let target = if let Some(path) = amethyst_tree::normalize("", path) {
        builder.root(&path, options)
    } else {
        let text = format!("`{path}` lies outside of the repository");
        builder.fault("kustomize-outside-tree", text, Location::file(path));
        None
    };
    if let Some(target) = &target {
        builder.metadata = target.kustomization.metadata;
        let metadata = builder.metadata;
        if metadata.origins || metadata.transformations || metadata.managed_by {
            builder.origin = Some(Step::default());
        }
        builder.open_api(target);
        builder.accumulate(target, &mut set);
    }
    let resources = builder.finish(set, target.as_deref(), options);
    (resources, builder.loader.faults)
}

impl Builder<'_> {
    pub(crate) fn fault(&mut self, code: &'static str, text: impl Into<String>, place: impl Into<Location>) {
        self.loader.faults.push(Diagnostic::error(code, text).at(place.into()));
    }

    /// Whether objects of a kind lie in no namespace, so far as kustomize knows.
    pub(crate) fn is_cluster_scoped(&self, gvk: &Gvk) -> bool {
        let custom = self.schemas.custom.as_ref().filter(|custom| !custom.namespaced.is_empty());
        let told = custom.and_then(|custom| {
            let version = if gvk.group.is_empty() {
                gvk.version.to_string()
            } else {
                format!("{}/{}", gvk.group, gvk.version)
            };
            custom.namespaced.get(&format!("{version} {}", gvk.kind)).map(|namespaced| !namespaced)
        });
        gvk.is_cluster_scoped() || told == Some(true)
    }

    /// The kustomization to build, with what the caller adds.
    fn root(&mut self, folder: &str, options: &Options<'_>) -> Option<Rc<Target>> {
        let has_file = self.kustomization_file(folder).is_some();
        let mut target = if !has_file && options.generate {
            let (tree, _) = self.loader.tree_of(folder);
            let (resources, faults) = flux::generate_kustomization(tree, folder);
            self.loader.faults.extend(faults);
            let resources =
                resources.into_iter().map(|text| Entry { text: text.into(), path: None }).collect();
            let file = File {
                path: join(folder, KUSTOMIZATION_FILES[0]),
                folder: folder.to_owned(),
                text: "".into(),
                document: 0,
                line: 0,
            };
            Target { file, kustomization: Kustomization { resources, ..Kustomization::default() } }
        } else {
            self.read_target(folder, Spot::Path(folder), options.overlay.is_some())?
        };
        if let Some(overlay) = options.overlay {
            self.add_overlay(&mut target, overlay);
        }
        Some(Rc::new(target))
    }

    fn kustomization_file(&self, folder: &str) -> Option<String> {
        let (tree, inside) = self.loader.tree_of(folder);
        let found = kustomization_file(tree, inside)?;
        Some(join(folder, found.rsplit('/').next().unwrap_or(&found)))
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
            let exists = found.is_some_and(|path| self.loader.is_dir(&path));
            if exists || !overlay.ignore_missing_components {
                kustomization.components.push(Entry { text: component.as_str().into(), path: None });
            }
        }
    }

    /// The kustomization of a folder, read once.
    fn target(&mut self, folder: &str, place: Spot<'_>) -> Option<Rc<Target>> {
        if let Some(found) = self.targets.get(folder) {
            return found.clone();
        }
        let target = self.read_target(folder, place, false).map(Rc::new);
        self.targets.insert(folder.to_owned(), target.clone());
        target
    }

    fn read_target(&mut self, folder: &str, place: Spot<'_>, may_be_empty: bool) -> Option<Target> {
        let files: Vec<String> = KUSTOMIZATION_FILES.iter().map(|name| join(folder, name)).collect();
        let mut files = files.into_iter().filter(|path| self.loader.entry(path).is_some());
        let (first, second) = (files.next(), files.next());
        let Some(path) = first else {
            let text = format!(
                "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory `{folder}`"
            );
            let fault = Diagnostic::error("kustomize-missing-file", text).at(place.location());
            let hint = "create a kustomization.yaml there, or name the files themselves";
            self.loader.faults.push(fault.hint(hint));
            return None;
        };
        if second.is_some() {
            let text = format!("Found multiple kustomization files under: {folder}");
            self.fault("kustomize-many-files", text, Location::file(path.clone()));
        }
        let faults_before = self.loader.faults.len();
        let name = path.rsplit('/').next().unwrap_or(&path);
        let real = self.loader.resolve(folder, name, place)?;
        let document = self.loader.document(&real, place)?;
        let broken = self.loader.faults.len() > faults_before;
        let file = File {
            path,
            folder: folder.to_owned(),
            text: std::sync::Arc::clone(&document.text),
            document: document.index,
            line: 0,
        };
        let decoder = Decoder::new(&file);
        let kustomization = Kustomization::decode(&decoder, &document.value);
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
        self.visits += 1;
        let place = || Location::file(target.file.path.clone());
        if self.stack.len() >= DEPTH_MAX {
            let text = format!("kustomizations nest deeper than {DEPTH_MAX}");
            return self.fault("kustomize-depth", text, place());
        }
        if self.visits >= VISITS_MAX || set.items.len() >= OBJECTS_MAX {
            if self.visits <= VISITS_MAX {
                let text = format!(
                    "the build goes through more than {VISITS_MAX} kustomizations or {OBJECTS_MAX} objects"
                );
                self.fault("kustomize-size", text, place());
                self.visits = VISITS_MAX;
            }
            return;
        }
        self.stack.push(target.file.folder.clone());
        for entry in &target.kustomization.resources {
            self.resource(target, entry, set);
        }
        self.configure(target, set);
        self.generators(target, set);
        for entry in &target.kustomization.components {
            self.component(target, entry, set);
        }
        transform::run(self, target, set);
        if let Err(reason) = set.declare(&target.kustomization.vars) {
            self.fault("kustomize-vars", reason, target.file.at_key(&FieldPath::of(["vars"])));
        }
        self.stack.pop();
    }

    /// Adds what an entry of `resources` names: a file, or a folder with a kustomization of its own.
    pub(crate) fn resource(&mut self, target: &Target, entry: &Entry, set: &mut Set) {
        let place = target.file.place(entry.path.as_ref());
        let folder = &target.file.folder;
        if is_remote(&entry.text) {
            return self.remote_resource(entry, place, set);
        }
        let Some(path) = self.loader.resolve(folder, &entry.text, place) else { return };
        if self.loader.entry(&path).is_some() {
            if !self.loader.is_allowed(folder, &path, place) {
                return;
            }
            let parsed = self.loader.objects(&path, place);
            let items = parsed.objects.iter().map(|found| {
                let loaded = found.in_file(&path);
                Item::new(loaded.object, loaded.origin)
            });
            self.add_file(&entry.text, items.collect(), place, set);
        } else if self.loader.is_dir(&path) {
            self.base(target, &path, &entry.text, place, set);
        } else {
            self.loader.missing(&path, place);
        }
    }

    fn remote_resource(&mut self, entry: &Entry, place: Spot<'_>, set: &mut Set) {
        if is_url(&entry.text) {
            match self.loader.load_url(&entry.text, place) {
                Remote::Failed => return,
                Remote::Repository => {}
                Remote::File(bytes) => {
                    let Some(text) = self.loader.text(bytes, &entry.text, place) else { return };
                    let (loaded, faults) = parse_objects(&text, &entry.text);
                    self.loader.faults.extend(faults);
                    let items = loaded.into_iter().map(|loaded| Item::new(loaded.object, loaded.origin));
                    return self.add_file(&entry.text, items.collect(), place, set);
                }
            }
        }
        let Some(path) = self.loader.fetch(&entry.text, place) else { return };
        self.enter_base(&path, &entry.text, place, set);
    }

    fn add_file(&mut self, written: &str, mut items: Vec<Item>, place: Spot<'_>, set: &mut Set) {
        if let Some(origin) = &self.origin {
            let step = origin.append(written);
            for item in &mut items {
                item.note(&step);
            }
        }
        self.append(items, place, set);
    }

    fn base(&mut self, target: &Target, path: &str, written: &str, place: Spot<'_>, set: &mut Set) {
        let outer = self.helm_namespace.clone();
        if !target.kustomization.namespace.is_empty() {
            self.helm_namespace.clone_from(&target.kustomization.namespace);
        }
        self.enter_base(path, written, place, set);
        self.helm_namespace = outer;
    }

    fn enter_base(&mut self, path: &str, written: &str, place: Spot<'_>, set: &mut Set) {
        let Some(base) = self.enter(path, place, false) else { return };
        let outer = self.origin.clone();
        self.origin = outer.as_ref().map(|origin| origin.append(written));
        self.open_api(&base);
        let mut own = Set::default();
        self.accumulate(&base, &mut own);
        self.origin = outer;
        self.append(own.items, place, set);
        match config::merged(&set.config, &own.config) {
            Ok(config) => set.config = config,
            Err(reason) => self.fault("kustomize-configuration", reason, place.location()),
        }
        set.config_begun = true;
        for var in own.vars {
            if let Err(reason) = set.add_var(var) {
                self.fault("kustomize-vars", reason, place.location());
            }
        }
    }

    fn append(&mut self, items: Vec<Item>, place: Spot<'_>, set: &mut Set) {
        for item in items {
            let Err((reason, item)) = set.append(item) else { continue };
            let (label, origin) = (item.label(), item.origin);
            let first = set.items.iter().find(|found| found.label() == label).map(|found| &found.origin);
            let first = first.map_or_else(String::new, |first| format!("{}:{} and ", first.file, first.line));
            let hint = format!("it stands in {first}{}:{}; take one out", origin.file, origin.line);
            let fault = Diagnostic::error("kustomize-duplicate-object", reason).about(label);
            self.loader.faults.push(fault.at(place.location()).hint(hint));
        }
    }

    fn component(&mut self, target: &Target, entry: &Entry, set: &mut Set) {
        let place = target.file.place(entry.path.as_ref());
        let found = if is_remote(&entry.text) {
            self.loader.fetch(&entry.text, place)
        } else {
            self.loader.resolve(&target.file.folder, &entry.text, place)
        };
        let Some(path) = found else { return };
        if !self.loader.is_dir(&path) {
            self.loader.missing(&path, place);
            return;
        }
        if let Some(component) = self.enter(&path, place, true) {
            let outer = self.origin.clone();
            self.origin = outer.as_ref().map(|origin| origin.append(&entry.text));
            self.open_api(&component);
            self.accumulate(&component, set);
            self.origin = outer;
        }
    }

    /// The kustomization of a folder that another one names.
    fn enter(&mut self, folder: &str, place: Spot<'_>, as_component: bool) -> Option<Rc<Target>> {
        let holds = |visited: &String| {
            folder.is_empty() || visited == folder || visited.starts_with(&format!("{folder}/"))
        };
        if let Some(visited) = self.stack.iter().find(|visited| holds(visited)) {
            let text = format!("cycle detected: candidate root '{folder}' contains visited root '{visited}'");
            let fault = Diagnostic::error("kustomize-cycle", text).at(place.location());
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
            self.loader
                .faults
                .push(Diagnostic::error("kustomize-kind", text).at(place.location()).hint(hint));
            return None;
        }
        Some(target)
    }

    fn generators(&mut self, target: &Target, set: &mut Set) {
        let kustomization = &target.kustomization;
        for generator in &kustomization.generators {
            let (field, kind) = if generator.is_secret {
                ("secretGenerator", "SecretGenerator")
            } else {
                ("configMapGenerator", "ConfigMapGenerator")
            };
            let item = self.generate(&target.file, generator, field);
            let place = Spot::Field(&target.file, &generator.path);
            self.absorb(target, item, kind, place, set);
        }
        for (chart, path) in &kustomization.charts {
            let place = Spot::Field(&target.file, path);
            let mut chart = chart.clone();
            if chart.namespace.is_empty() {
                let own = &kustomization.namespace;
                chart.namespace = if own.is_empty() { &self.helm_namespace } else { own }.to_string();
            }
            for item in self.inflate(&target.file, chart, place) {
                self.absorb(target, Some(item), "HelmChartInflationGenerator", place, set);
            }
        }
        transform::generators(self, target, set);
    }

    fn absorb(&mut self, target: &Target, item: Option<Item>, kind: &str, place: Spot<'_>, set: &mut Set) {
        let Some(mut item) = item else { return };
        if let Some(origin) = &self.origin {
            item.note(&origin.builtin(target.file.name(), kind));
        }
        if let Err(reason) = set.absorb(item) {
            self.fault("kustomize-generator", reason, place.location());
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
