//! HelmReleases: each chart rendered with its values, as helm-controller would install it.
//!
//! Charts ask which APIs the cluster serves. It serves what the repository's own definitions define, those of
//! charts among them; so releases whose charts ask are rendered again when charts brought new definitions.

use std::sync::{Arc, LazyLock};

use amethyst_diag::Diagnostic;
use amethyst_helm::{
    Answers, Asked, Capabilities, Chart, CrdFile, HelmVersion, KubeVersion, LookedUp, Lookup, Manifest,
    Release, RenderOptions,
};
use amethyst_object::{Object, Str, Value, json};
use amethyst_tree::Tree;
use amethyst_yaml::{Dialect, parse_all};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::charts::Found;
use super::kustomizations::place_of;
use super::memo::{Key, key};
use super::packed::Defined;
use super::remote::Asking;
use super::scope::Scope;
use super::stored::{Reader, Stored, Writer};
use super::{
    ChartName, Declared, Outcome, Packed, State, Unit, UnitKind, charts, definitions, encrypted, post, values,
};

/// What a chart installs: objects, notes and faults.
#[derive(Debug)]
pub(crate) struct Installed {
    /// The chart, or why it cannot be loaded.
    chart: Result<ChartName, Diagnostic>,
    objects: Arc<Vec<Packed>>,
    notes: String,
    diagnostics: Vec<Diagnostic>,
    /// What the chart asked about the cluster.
    asked: Arc<Asked>,
    /// The URLs of schemas elsewhere that were asked for, and what names each that was at hand.
    schemas: Vec<(String, Option<Key>)>,
    /// Custom kinds whose scope mattered: `apiVersion`, `kind`, and the answer.
    scoped: Vec<(Str, Str, Option<bool>)>,
    /// Whether something is to be said of the values.
    has_faulty_values: bool,
}

impl Installed {
    fn of_no_chart(fault: Diagnostic) -> Self {
        Self {
            chart: Err(fault),
            objects: Arc::default(),
            notes: String::new(),
            diagnostics: Vec::new(),
            asked: Arc::default(),
            schemas: Vec::new(),
            scoped: Vec::new(),
            has_faulty_values: false,
        }
    }
}

impl Stored for Installed {
    fn write(&self, out: &mut Writer) -> bool {
        let Ok(chart) = &self.chart else { return false };
        out.text(&chart.name);
        out.text(&chart.version);
        out.text(&self.notes);
        out.list(&self.diagnostics, Writer::diagnostic);
        let Answers { has, all, looked_up } = self.asked.answers();
        out.number(has.len());
        for (wanted, answer) in &has {
            out.text(wanted);
            out.bool(*answer);
        }
        out.bytes(all.as_ref().map_or(&[], <[u8; 32]>::as_slice));
        out.number(looked_up.len());
        for (question, answer) in &looked_up {
            for text in [&question.api_version, &question.kind, &question.namespace, &question.name] {
                out.text(text);
            }
            out.raw(answer);
        }
        out.list(&self.schemas, |out, (url, digest)| {
            out.text(url);
            out.bytes(digest.as_ref().map_or(&[], |digest| digest.as_slice()));
        });
        out.list(&self.scoped, |out, (version, kind, answer)| {
            out.text(version);
            out.text(kind);
            out.byte(answer.map_or(2, u8::from));
        });
        out.bool(self.has_faulty_values);
        self.objects.write(out)
    }

    fn read(reader: &mut Reader) -> Option<Self> {
        let chart = ChartName { name: reader.text()?, version: reader.text()? };
        let notes = reader.text()?;
        let diagnostics = reader.list(Reader::diagnostic)?;
        let has = reader.list(|reader| Some((reader.text()?, reader.bool()?)))?;
        let all = reader.bytes()?;
        let all = if all.is_empty() { None } else { Some(all.as_ref().try_into().ok()?) };
        let looked_up = reader.list(|reader| {
            let question = LookedUp {
                api_version: reader.text()?,
                kind: reader.text()?,
                namespace: reader.text()?,
                name: reader.text()?,
            };
            Some((question, reader.take(size_of::<Key>())?.as_ref().try_into().ok()?))
        })?;
        let answers =
            Answers { has: has.into_iter().collect(), all, looked_up: looked_up.into_iter().collect() };
        let schemas = reader.list(|reader| {
            let (url, digest) = (reader.text()?, reader.bytes()?);
            let digest = if digest.is_empty() { None } else { Some(digest.as_ref().try_into().ok()?) };
            Some((url, digest))
        })?;
        let scoped = reader.list(|reader| {
            let (version, kind) = (reader.text()?, reader.text()?);
            let answer = match reader.byte()? {
                0 => Some(false),
                1 => Some(true),
                2 => None,
                _ => return None,
            };
            Some((version, kind, answer))
        })?;
        Some(Self {
            chart: Ok(chart),
            notes,
            diagnostics,
            asked: Arc::new(Asked::of_answers(answers)),
            schemas,
            scoped,
            has_faulty_values: reader.bool()?,
            objects: Stored::read(reader)?,
        })
    }
}

impl Stored for Outline {
    fn write(&self, out: &mut Writer) -> bool {
        out.number(self.weight);
        out.number(self.defines.len());
        self.defines.iter().all(|defined| defined.write(out))
    }

    fn read(reader: &mut Reader) -> Option<Self> {
        Some(Self { weight: reader.number()?, defines: reader.list(Defined::read)? })
    }
}

/// What is known of a release before it is rendered.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// What the definitions in the `crds/` of the chart define.
    defines: Vec<Defined>,
    /// How long the render may take, next to others.
    weight: usize,
}

/// A release of which is known what goes into it.
struct Prepared {
    unit: Unit,
    chart: Result<Found, Box<Diagnostic>>,
    /// Names all that goes into the render but what the cluster is.
    key: Key,
    outline: Arc<Outline>,
}

/// A rendered release with its faults, and what its chart installs if it can be had.
type Rendered = (Unit, Option<Arc<Installed>>, Vec<Diagnostic>);

/// Renders all that is queued.
pub(super) fn run(state: &mut State<'_>) {
    let queue = std::mem::take(&mut state.releases);
    let queue = state.new_ones(UnitKind::HelmRelease, queue);
    let reader: &State<'_> = state;
    let prepared: Vec<Prepared> =
        queue.into_par_iter().with_max_len(1).map(|declared| prepare(reader, declared)).collect();
    let mut scope = Scope::default();
    let brought = state.input.definitions.iter().filter_map(Defined::by);
    for defined in brought {
        scope.define(&defined);
    }
    for (_, packed) in state.repository.objects() {
        define(&mut scope, packed);
    }
    for defined in prepared.iter().flat_map(|one| &one.outline.defines) {
        scope.define(defined);
    }
    let mut rendered: Vec<Option<Rendered>> = prepared.iter().map(|_| None).collect();
    // What takes longest is begun first, so that it is not what all wait for at the end.
    let mut todo: Vec<usize> = (0..prepared.len()).collect();
    todo.sort_by_key(|at| std::cmp::Reverse(prepared[*at].outline.weight));
    for _ in 0..super::ROUNDS_MAX {
        let capabilities = capabilities(reader, &scope);
        let again: Vec<(usize, Rendered)> = todo
            .into_par_iter()
            .with_max_len(1)
            .map(|at| (at, render(reader, &prepared[at], &scope, &capabilities)))
            .collect();
        for (at, one) in again {
            rendered[at] = Some(one);
        }
        let mut is_new = false;
        for (unit, ..) in rendered.iter().flatten() {
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
            let installed = rendered[*at].as_ref().and_then(|(_, installed, _)| installed.as_ref());
            installed.is_some_and(|installed| !installed.asked.holds_for(&capabilities))
        };
        todo = (0..prepared.len()).filter(differs).collect();
        if todo.is_empty() {
            break;
        }
    }
    for (unit, _, faults) in rendered.into_iter().flatten() {
        state.repository.diagnostics.extend(faults);
        state.add(unit);
    }
}

/// Finds the chart, and what is known before it is rendered.
fn prepare(state: &State<'_>, declared: Declared) -> Prepared {
    let unit = declared.into_unit(UnitKind::HelmRelease);
    let chart = charts::of(state, &unit);
    let (mut key, mut outline) = (Key::default(), Arc::default());
    if let Ok(found) = &chart {
        key = key_of(state, &unit, found);
        outline = state.input.cache.outlines.get(key, &NOTHING, |_| {
            // A chart that cannot be loaded is told of when it is to be rendered.
            let outline = found.load(state, &unit).map(|chart| outline_of(state, &unit, &chart));
            let outline = outline.unwrap_or_default();
            let bytes = outline.defines.len() * size_of::<Defined>();
            (outline, bytes)
        });
    }
    Prepared { unit, chart, key, outline }
}

fn outline_of(state: &State<'_>, unit: &Unit, chart: &Chart) -> Outline {
    fn weight(chart: &Chart) -> usize {
        let own: usize = chart.templates().iter().map(|file| file.data.len()).sum();
        own + chart.dependencies().iter().map(weight).sum::<usize>()
    }
    let mut defines = Vec::new();
    if chart.has_crds() && crds_are_applied(&unit.object) {
        let (values, _) = values::of(state, unit);
        let files = amethyst_helm::crd_files(chart, &values);
        defines.extend(files.iter().flat_map(|file| definitions::skim(&file.data)));
    }
    Outline { defines, weight: weight(chart) }
}

/// Names all that goes into a render but what the cluster is: chart, release, and what the release refers to.
fn key_of(state: &State<'_>, unit: &Unit, found: &Found) -> Key {
    let origin = format!("{}:{}:{}", unit.origin.file, unit.origin.document, unit.origin.line);
    let release = json::to_vec(&Value::Object(unit.object.0.clone()));
    let mut parts: Vec<&[u8]> = vec![
        &found.key,
        &release,
        origin.as_bytes(),
        found.location.as_bytes(),
        state.input.kubernetes_version.as_bytes(),
        if state.input.with_crds { b"crds" } else { b"" },
    ];
    for reference in values::references(unit) {
        // Whether it is there counts as well.
        match values::referred(state, unit, reference) {
            Some(found) => parts.extend([b"found".as_slice(), found.json()]),
            None => parts.push(b"missing"),
        }
    }
    key(parts)
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

fn render(state: &State<'_>, prepared: &Prepared, scope: &Scope, capabilities: &Capabilities) -> Rendered {
    let mut unit = prepared.unit.clone();
    let mut faults = Vec::new();
    let found = prepared.chart.as_ref().map_err(|fault| (**fault).clone());
    let installed = found.map(|found| install(state, prepared, found, scope, capabilities));
    let (installed, name) = match installed.as_ref().map(|installed| (installed, &installed.chart)) {
        Ok((installed, Ok(name))) => (Arc::clone(installed), name),
        Ok((_, Err(fault))) | Err(fault) => {
            unit.outcome = if fault.is_error() { Outcome::Failed } else { Outcome::Skipped };
            faults.push(fault.clone());
            return (unit, None, faults);
        }
    };
    unit.chart = Some(name.clone());
    if installed.has_faulty_values {
        // Told with the places of today.
        faults.extend(values::of(state, &unit).1);
    }
    unit.objects = Arc::clone(&installed.objects);
    unit.notes.clone_from(&installed.notes);
    let failed = faults.iter().chain(&installed.diagnostics).any(Diagnostic::is_error);
    unit.outcome = if failed { Outcome::Failed } else { Outcome::Rendered };
    let object = Arc::clone(&unit.object);
    faults.extend(installed.diagnostics.iter().cloned().map(|fault| {
        let fault = if fault.object.is_none() { fault.about(object.id()) } else { fault };
        match fault.location {
            Some(_) => fault,
            None => fault.at(place_of(state.input.tree, &unit, &["spec", "values"])),
        }
    }));
    (unit, Some(installed), faults)
}

/// A chart is named by its key: no file is looked at.
static NOTHING: LazyLock<Tree> = LazyLock::new(|| Tree::from_files::<&str, &str>([]));

/// Renders a chart, or takes what was rendered before from the same inputs.
fn install(
    state: &State<'_>,
    prepared: &Prepared,
    found: &Found,
    scope: &Scope,
    capabilities: &Capabilities,
) -> Arc<Installed> {
    let holds = |installed: &Installed| {
        // What was missing may have come since, and what was there may be another.
        let is_at_hand = |(url, digest): &(String, Option<Key>)| state.schemas.digest(url) == *digest;
        let is_same = |(version, kind, answer): &(Str, Str, Option<bool>)| {
            scope.is_namespaced(version, kind) == *answer
        };
        installed.asked.holds_for(capabilities)
            && installed.asked.holds_in(state.input.lookup.map(AsRef::as_ref))
            && installed.schemas.iter().all(is_at_hand)
            && installed.scoped.iter().all(is_same)
    };
    state.input.cache.releases.get_if(prepared.key, &NOTHING, holds, |_| {
        let chart = match found.load(state, &prepared.unit) {
            Ok(chart) => chart,
            Err(fault) => return (Installed::of_no_chart(*fault), 0),
        };
        let (values, said) = values::of(state, &prepared.unit);
        let template = Template {
            unit: &prepared.unit,
            chart: &chart,
            location: &found.location,
            scope,
            capabilities,
            with_crds: state.input.with_crds,
            lookup: state.input.lookup,
            remote: Arc::new(Asking::new(&state.schemas)),
        };
        let mut installed = template.run(&values);
        installed.has_faulty_values = !said.is_empty();
        let bytes = installed.objects.iter().map(Packed::size).sum();
        (installed, bytes)
    })
}

/// A chart that is rendered for a release.
struct Template<'a> {
    unit: &'a Unit,
    chart: &'a Chart,
    location: &'a str,
    scope: &'a Scope,
    capabilities: &'a Capabilities,
    with_crds: bool,
    lookup: Option<&'a Arc<dyn Lookup>>,
    remote: Arc<Asking>,
}

impl Template<'_> {
    fn run(&self, values: &amethyst_gotemplate::Map) -> Installed {
        let release = &self.unit.object;
        let target = release.str_at(&["spec", "targetNamespace"]).unwrap_or(&self.unit.namespace).to_owned();
        let schema_off = release.at(&["spec", "install", "disableSchemaValidation"]).and_then(Value::as_bool);
        let mut options = RenderOptions::new(Release::new(release_name(release), target.clone()));
        options.capabilities = self.capabilities.clone();
        options.skip_schema_validation = schema_off == Some(true);
        self.location.clone_into(&mut options.location);
        let asked = Arc::new(Asked::default());
        options.asked = Some(Arc::clone(&asked));
        options.lookup = self.lookup.cloned();
        options.schemas = Some(Arc::clone(&self.remote) as Arc<dyn amethyst_helm::Schemas>);
        let (rendered, mut diagnostics) = amethyst_helm::render(self.chart, values, &options);
        let mut packed = Vec::new();
        if self.with_crds && crds_are_applied(release) {
            for file in &rendered.crds {
                self.definitions(file, &mut packed, &mut diagnostics);
            }
        }
        let mut made = Made::default();
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
        packed.reserve(objects.len());
        let mut scoped = Vec::new();
        for (number, mut object) in objects {
            if object.namespace().is_empty() {
                let (version, kind) = (Str::from(object.api_version()), Str::from(object.kind()));
                let is_namespaced = self.scope.is_namespaced(&version, &kind);
                if is_namespaced != Some(false) {
                    object.set_meta("namespace", &target);
                }
                scoped.push((version, kind, is_namespaced));
            }
            let mut one = Packed::new(object, self.unit.origin.clone());
            if let Some((template, is_hook)) = sources.get(number) {
                one.template = Some(Arc::clone(template));
                one.is_hook = *is_hook;
            }
            packed.push(one);
        }
        Installed {
            chart: Ok(ChartName {
                name: self.chart.name().to_owned(),
                version: self.chart.metadata().version.clone(),
            }),
            objects: Arc::new(packed),
            notes: rendered.notes,
            diagnostics,
            asked,
            schemas: self.remote.asked(),
            scoped,
            has_faulty_values: false,
        }
    }

    /// The definitions of a file in `crds/`. helm-controller applies them before the release and runs no
    /// post-renderer over them; it takes nothing else from there (`internal/action/crds.go`).
    fn definitions(&self, file: &CrdFile, packed: &mut Vec<Packed>, diagnostics: &mut Vec<Diagnostic>) {
        let mut made = Made::default();
        let source: Arc<str> = Arc::from(file.source.as_str());
        made.read(&String::from_utf8_lossy(&file.data), &source, false, diagnostics);
        for mut object in made.objects {
            if object.kind() != "CustomResourceDefinition" {
                let message = format!("{source} holds {}, which is no definition", object.id());
                let hint = "Flux applies nothing but definitions from `crds/`; the chart should have it in `templates/`";
                diagnostics.push(Diagnostic::warning("release-no-definition", message).hint(hint));
                continue;
            }
            post::name_release(&self.unit.object, &mut object);
            let mut one = Packed::new(object, self.unit.origin.clone());
            one.template = Some(Arc::clone(&source));
            packed.push(one);
        }
    }
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
