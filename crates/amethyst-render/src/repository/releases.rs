//! HelmReleases: each chart rendered with its values, as helm-controller would install it.
//!
//! Charts ask which APIs the cluster serves. It serves what the repository's own definitions define, those of
//! charts among them; so releases whose charts ask are rendered again when charts brought new definitions.

use std::collections::BTreeSet;
use std::sync::Arc;

use amethyst_diag::Diagnostic;
use amethyst_helm::{Asked, Capabilities, Chart, HelmVersion, KubeVersion, Manifest, Release, RenderOptions};
use amethyst_object::{Object, Str, Value};
use amethyst_yaml::{Dialect, parse_all};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::kustomizations::place_of;
use super::memo::key;
use super::packed::Defined;
use super::remote::Remote;
use super::scope::Scope;
use super::{ChartName, Declared, Outcome, Packed, State, Unit, UnitKind, charts, encrypted, post, values};

/// What a chart installs: objects, notes and faults.
#[derive(Debug)]
pub(crate) struct Installed {
    objects: Arc<Vec<Packed>>,
    notes: String,
    diagnostics: Vec<Diagnostic>,
    /// What the chart asked about the cluster.
    asked: Arc<Asked>,
    /// The URLs of schemas that were not at hand.
    missing: Vec<String>,
    /// Custom kinds whose scope mattered: `apiVersion`, `kind`, and the answer.
    scoped: Vec<(Str, Str, Option<bool>)>,
}

/// A rendered release with its faults, and what its chart installs if it can be had.
type Rendered = (Unit, Option<Arc<Installed>>, Vec<Diagnostic>);

/// Renders all that is queued.
pub(super) fn run(state: &mut State<'_>) {
    let mut seen = BTreeSet::new();
    let mut queue = std::mem::take(&mut state.releases);
    queue.retain(|declared| {
        let name = (declared.object.namespace().to_owned(), declared.object.name().to_owned());
        let key = (UnitKind::HelmRelease, name.0.clone(), name.1.clone());
        !state.known.contains_key(&key) && seen.insert(name)
    });
    let mut scope = Scope::default();
    for defined in state.input.definitions.iter().filter_map(Defined::by) {
        scope.define(&defined);
    }
    for (_, packed) in state.repository.objects() {
        define(&mut scope, packed);
    }
    let reader: &State<'_> = state;
    let mut rendered: Vec<Rendered> = Vec::new();
    let mut todo: Vec<(usize, Declared)> = queue.iter().cloned().enumerate().collect();
    for round in 0..super::ROUNDS_MAX {
        let capabilities = capabilities(reader, &scope);
        let again: Vec<(usize, Rendered)> = todo
            .into_par_iter()
            .map(|(at, declared)| (at, render(reader, declared, &scope, &capabilities)))
            .collect();
        for (at, one) in again {
            if round == 0 {
                rendered.push(one);
            } else {
                rendered[at] = one;
            }
        }
        let mut is_new = false;
        for (unit, ..) in &rendered {
            for packed in unit.objects.iter() {
                is_new |= define(&mut scope, packed);
            }
        }
        if !is_new {
            break;
        }
        // Only charts that were told otherwise can come out otherwise.
        let capabilities = self::capabilities(reader, &scope);
        let differs = |at: &usize| {
            rendered[*at].1.as_ref().is_some_and(|installed| !installed.asked.holds_for(&capabilities))
        };
        todo = (0..queue.len()).filter(differs).map(|at| (at, queue[at].clone())).collect();
        if todo.is_empty() {
            break;
        }
    }
    for (unit, _, faults) in rendered {
        state.repository.diagnostics.extend(faults);
        state.add(unit);
    }
}

fn define(scope: &mut Scope, packed: &Packed) -> bool {
    packed.defines.as_ref().is_some_and(|defined| scope.define(defined))
}

fn capabilities(state: &State<'_>, scope: &Scope) -> Capabilities {
    let mut capabilities = Capabilities::new(HelmVersion::V4);
    if let Ok(version) = KubeVersion::parse(state.input.kubernetes_version) {
        capabilities.kube_version = version;
    }
    capabilities.api_versions = scope.api_versions();
    capabilities
}

fn render(state: &State<'_>, declared: Declared, scope: &Scope, capabilities: &Capabilities) -> Rendered {
    let Declared { object, origin, parent } = declared;
    let mut unit = Unit {
        kind: UnitKind::HelmRelease,
        namespace: object.namespace().to_owned(),
        name: object.name().to_owned(),
        object: Arc::clone(&object),
        origin,
        parent,
        objects: Arc::default(),
        outcome: Outcome::Skipped,
        chart: None,
        notes: String::new(),
    };
    let mut faults = Vec::new();
    let (chart, location) = match charts::of(state, &unit) {
        Ok(found) => found,
        Err(fault) => {
            unit.outcome = if fault.is_error() { Outcome::Failed } else { Outcome::Skipped };
            faults.push(*fault);
            return (unit, None, faults);
        }
    };
    unit.chart = Some(ChartName { name: chart.name().to_owned(), version: chart.metadata().version.clone() });
    let (values, said) = values::of(state, &unit);
    faults.extend(said);
    let installed = install(state, &unit, &chart, &values, &location, scope, capabilities);
    unit.objects = Arc::clone(&installed.objects);
    unit.notes.clone_from(&installed.notes);
    let failed = faults.iter().chain(&installed.diagnostics).any(Diagnostic::is_error);
    unit.outcome = if failed { Outcome::Failed } else { Outcome::Rendered };
    faults.extend(installed.diagnostics.iter().cloned().map(|fault| {
        let fault = if fault.object.is_none() { fault.about(object.id()) } else { fault };
        match fault.location {
            Some(_) => fault,
            None => fault.at(place_of(state.input.tree, &unit, &["spec", "values"])),
        }
    }));
    (unit, Some(installed), faults)
}

/// Renders a chart, or takes what was rendered before from the same inputs.
fn install(
    state: &State<'_>,
    unit: &Unit,
    chart: &Chart,
    values: &amethyst_gotemplate::Map,
    location: &str,
    scope: &Scope,
    capabilities: &Capabilities,
) -> Arc<Installed> {
    // What JSON cannot hold (a number that is infinite) makes a key of its own.
    let document = amethyst_gotemplate::Value::Map(values.clone()).to_document();
    let document = document.unwrap_or_else(Value::from);
    let values_text = amethyst_object::json::to_vec(&document);
    let origin = format!("{}:{}:{}", unit.origin.file, unit.origin.document, unit.origin.line);
    let spec = amethyst_object::json::to_vec(&inputs(&unit.object));
    let parts: Vec<Vec<u8>> = vec![
        chart.digest().into_bytes(),
        values_text,
        spec,
        origin.into_bytes(),
        format!("{}/{}", unit.namespace, unit.name).into_bytes(),
        capabilities.kube_version.version.as_bytes().to_vec(),
    ];
    let key = key(parts.iter().map(Vec::as_slice));
    // A chart is named by its digest: no file is looked at.
    let nothing = amethyst_tree::Tree::from_files::<&str, &str>([]);
    let holds = |installed: &Installed| {
        // What was missing may have come since.
        let has_come = |url: &String| state.input.schemas.is_some_and(|schemas| schemas.get(url).is_some());
        let is_same = |(version, kind, answer): &(Str, Str, Option<bool>)| {
            scope.is_namespaced(version, kind) == *answer
        };
        installed.asked.holds_for(capabilities)
            && installed.asked.holds_in(state.input.lookup.map(AsRef::as_ref))
            && !installed.missing.iter().any(has_come)
            && installed.scoped.iter().all(is_same)
    };
    state.input.cache.releases.get_if(key, &nothing, holds, |_| {
        let installed = template(state, unit, chart, values, location, scope, capabilities);
        let bytes = installed.objects.iter().map(Packed::size).sum();
        (installed, bytes)
    })
}

/// The parts of a release's `spec` that change what is rendered, but for values and chart.
fn inputs(release: &Object) -> Value {
    let mut inputs = amethyst_object::Map::new();
    for name in ["releaseName", "targetNamespace", "commonMetadata", "postRenderers", "install", "upgrade"] {
        if let Some(value) = release.at(&["spec", name]) {
            inputs.insert(name, value.clone());
        }
    }
    inputs.into()
}

fn template(
    state: &State<'_>,
    unit: &Unit,
    chart: &Chart,
    values: &amethyst_gotemplate::Map,
    location: &str,
    scope: &Scope,
    capabilities: &Capabilities,
) -> Installed {
    let remote = Arc::new(Remote::new(state.input.schemas.cloned()));
    let release = &unit.object;
    let namespace = release.str_at(&["spec", "targetNamespace"]).unwrap_or(&unit.namespace).to_owned();
    let schema_off = release.at(&["spec", "install", "disableSchemaValidation"]).and_then(Value::as_bool);
    let mut options = RenderOptions::new(Release::new(release_name(release), namespace.clone()));
    options.capabilities = capabilities.clone();
    options.skip_schema_validation = schema_off == Some(true);
    location.clone_into(&mut options.location);
    let asked = Arc::new(Asked::default());
    options.asked = Some(Arc::clone(&asked));
    options.lookup = state.input.lookup.cloned();
    options.schemas = Some(Arc::clone(&remote) as Arc<dyn amethyst_helm::Schemas>);
    let (rendered, mut diagnostics) = amethyst_helm::render(chart, values, &options);
    let mut made = Made::default();
    if crds_are_applied(release) {
        for file in rendered.crds {
            let source: Arc<str> = Arc::from(file.source.as_str());
            let text = String::from_utf8_lossy(&file.data);
            made.read(&text, &source, false, &mut diagnostics);
        }
    }
    for manifest in rendered.manifests.into_iter().chain(rendered.hooks) {
        // Tests are run when somebody asks for them, and are no part of an installation.
        let is_test =
            manifest.hook.as_ref().is_some_and(|hook| hook.events.iter().all(|event| event == "test"));
        if !is_test {
            made.manifest(manifest, &mut diagnostics);
        }
    }
    let Made { objects, sources } = made;
    let (objects, said) = post::render(release, objects.into_iter().enumerate().collect());
    diagnostics.extend(said);
    let mut packed = Vec::with_capacity(objects.len());
    let mut scoped = Vec::new();
    for (number, mut object) in objects {
        if object.namespace().is_empty() {
            let (version, kind) = (Str::from(object.api_version()), Str::from(object.kind()));
            let is_namespaced = scope.is_namespaced(&version, &kind);
            if is_namespaced != Some(false) {
                object.set_meta("namespace", &namespace);
            }
            scoped.push((version, kind, is_namespaced));
        }
        let mut one = Packed::new(object, unit.origin.clone());
        if let Some((template, is_hook)) = sources.get(number) {
            one.template = Some(Arc::clone(template));
            one.is_hook = *is_hook;
        }
        packed.push(one);
    }
    let missing = remote.missing();
    Installed { objects: Arc::new(packed), notes: rendered.notes, diagnostics, asked, missing, scoped }
}

/// The objects that a chart made, and the template of each with whether it is a hook.
#[derive(Default)]
struct Made {
    objects: Vec<Object>,
    sources: Vec<(Arc<str>, bool)>,
}

impl Made {
    /// Takes a manifest. helm-controller's post-renderers read manifests as kustomize does, which differs from
    /// how Helm reads them only in words like `on` and `no`.
    fn manifest(&mut self, manifest: Manifest, diagnostics: &mut Vec<Diagnostic>) {
        let source: Arc<str> = Arc::from(manifest.source.as_str());
        let is_hook = manifest.hook.is_some();
        if has_doubtful_word(&manifest.text) {
            self.read(&manifest.text, &source, is_hook, diagnostics);
        } else if let Some(object) = Object::from_value(manifest.document) {
            self.add(object, &source, is_hook);
        }
    }

    fn read(&mut self, text: &str, source: &Arc<str>, is_hook: bool, diagnostics: &mut Vec<Diagnostic>) {
        let (documents, broken) = parse_all(text, Dialect::GoV3);
        for fault in broken {
            let message = format!("{source} makes no YAML: {fault}");
            let hint = "the chart does not fit these values; `amethyst helm template` prints what it makes";
            diagnostics.push(Diagnostic::error("release-broken-manifest", message).hint(hint));
        }
        for object in documents.into_iter().filter_map(|document| Object::from_value(document.value)) {
            self.add(object, source, is_hook);
        }
    }

    fn add(&mut self, mut object: Object, source: &Arc<str>, is_hook: bool) {
        if object.kind().is_empty() {
            return;
        }
        // A list stands for what is in it.
        if object.kind().ends_with("List")
            && object.at(&["items"]).is_some_and(|items| items.as_array().is_some())
        {
            if let Some(Value::Array(items)) = object.0.remove("items") {
                for item in items.into_iter().filter_map(Object::from_value) {
                    self.add(item, source, is_hook);
                }
            }
            return;
        }
        self.objects.push(object);
        self.sources.push((Arc::clone(source), is_hook));
    }
}

/// Whether a line ends in a word that is a boolean to Helm and a text to kustomize.
fn has_doubtful_word(text: &str) -> bool {
    const WORDS: &[&str] = &["y", "n", "yes", "no", "on", "off"];
    text.lines().any(|line| {
        let word =
            line.trim_end().rsplit(|byte: char| !byte.is_ascii_alphabetic()).next().unwrap_or_default();
        word.len() <= 3 && WORDS.iter().any(|known| word.eq_ignore_ascii_case(known))
    })
}

/// Whether what lies in a chart's `crds/` is applied.
fn crds_are_applied(release: &Object) -> bool {
    release.str_at(&["spec", "install", "crds"]) != Some("Skip")
}

/// The name of the Helm release: its own, or made of the namespace it goes to and its name; Flux shortens
/// what is longer than 53 bytes (helm-controller `internal/release/name.go`).
fn release_name(release: &Object) -> String {
    const MAX: usize = 53;
    const DIGEST: usize = 12;
    let named = release.str_at(&["spec", "releaseName"]).filter(|name| !name.is_empty());
    let target = release.str_at(&["spec", "targetNamespace"]).filter(|name| !name.is_empty());
    let name = match (named, target) {
        (Some(name), _) => name.to_owned(),
        (None, Some(target)) => format!("{target}-{}", release.name()),
        (None, None) => release.name().to_owned(),
    };
    if name.len() <= MAX || !name.is_char_boundary(MAX - DIGEST - 1) {
        return name;
    }
    let digest = encrypted::hex(&Sha256::digest(name.as_bytes()));
    format!("{}-{}", &name[..MAX - DIGEST - 1], &digest[..DIGEST])
}

#[cfg(test)]
mod tests {
    use amethyst_object::{Object, value};

    use super::release_name;

    #[test]
    fn releases_are_named_as_flux_names_them() {
        let name = |spec| {
            let release = value!({"metadata": {"name": "app", "namespace": "web"}, "spec": spec});
            release_name(&Object::from_value(release).unwrap())
        };
        assert_eq!(name(value!({})), "app");
        assert_eq!(name(value!({"targetNamespace": "other"})), "other-app");
        assert_eq!(name(value!({"targetNamespace": "other", "releaseName": "own"})), "own");
        let long = "x".repeat(60);
        let short = name(value!({"releaseName": (long.as_str())}));
        assert_eq!((short.len(), &short[..41]), (53, format!("{}-", "x".repeat(40)).as_str()));
    }
}
