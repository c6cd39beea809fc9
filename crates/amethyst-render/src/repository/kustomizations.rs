//! Flux Kustomizations, wave after wave: those whose variables are known are rendered side by side.

use std::collections::BTreeMap;
use std::sync::Arc;

use amethyst_diag::Diagnostic;
use amethyst_object::{FieldPath, Value};
use amethyst_tree::Tree;
use rayon::prelude::*;

use super::memo::key;
use super::stored::{Reader, Stored, Writer};
use super::{Declared, Outcome, Packed, State, Unit, UnitKind, declared_at, encrypted};
use crate::check::place;
use crate::{KustomizationInput, render_kustomization};

/// What a folder builds: objects and faults.
#[derive(Debug)]
pub(crate) struct Built {
    objects: Arc<Vec<Packed>>,
    diagnostics: Vec<Diagnostic>,
}

impl Stored for Built {
    fn write(&self, out: &mut Writer) -> bool {
        out.list(&self.diagnostics, Writer::diagnostic);
        self.objects.write(out)
    }

    fn read(reader: &mut Reader) -> Option<Self> {
        Some(Self { diagnostics: reader.list(Reader::diagnostic)?, objects: Stored::read(reader)? })
    }
}

/// A Kustomization that is ready to be rendered.
struct Ready {
    declared: Declared,
    variables: BTreeMap<String, String>,
    /// References of `substituteFrom` that nothing here declares.
    missing: Vec<(usize, String)>,
}

/// Renders all that is queued, and what that brings.
pub(super) fn run(state: &mut State<'_>) {
    let mut waiting: Vec<Declared> = Vec::new();
    loop {
        waiting.append(&mut state.kustomizations);
        let queue = state.new_ones(UnitKind::Kustomization, std::mem::take(&mut waiting));
        if queue.is_empty() {
            return;
        }
        let queue = queue.into_iter().map(|declared| {
            let (variables, missing) = variables(state, &declared);
            Ready { declared, variables, missing }
        });
        let (ready, blocked): (Vec<Ready>, Vec<Ready>) = queue.partition(|one| one.missing.is_empty());
        // When nothing can be waited for any longer, the rest is rendered with what there is.
        let (ready, blocked) = if ready.is_empty() { (blocked, ready) } else { (ready, blocked) };
        waiting = blocked.into_iter().map(|one| one.declared).collect();
        let rendered: Vec<(Unit, Vec<Diagnostic>)> =
            ready.into_par_iter().map(|ready| render(state, ready)).collect();
        for (unit, faults) in rendered {
            state.repository.diagnostics.extend(faults);
            state.add(unit);
        }
    }
}

/// The variables of `substituteFrom` that are known, later ones over earlier ones, and what is not known:
/// the place in the list, and the name of the object.
fn variables(state: &State<'_>, declared: &Declared) -> (BTreeMap<String, String>, Vec<(usize, String)>) {
    let (mut known, mut missing) = (BTreeMap::new(), Vec::new());
    let object = &declared.object;
    let from = object.at(&["spec", "postBuild", "substituteFrom"]).and_then(Value::as_array);
    for (index, reference) in from.unwrap_or_default().iter().enumerate() {
        let kind = reference.str_at(&["kind"]).unwrap_or_default();
        let name = reference.str_at(&["name"]).unwrap_or_default();
        match state.named(kind, object.namespace(), name) {
            Some(found) => known.extend(encrypted::strings(&found.keep())),
            None => missing.push((index, format!("{kind}/{}/{name}", object.namespace()))),
        }
    }
    (known, missing)
}

fn render(state: &State<'_>, ready: Ready) -> (Unit, Vec<Diagnostic>) {
    let Ready { declared, variables, missing } = ready;
    let tree = state.input.tree;
    let mut unit = declared.into_unit(UnitKind::Kustomization);
    let object = Arc::clone(&unit.object);
    let mut faults = Vec::new();
    if let Some(fault) = of_another_source(state, &unit) {
        faults.push(fault);
        return (unit, faults);
    }
    let spec = object.at(&["spec"]).cloned().unwrap_or_default();
    let references = object.at(&["spec", "postBuild", "substituteFrom"]).and_then(Value::as_array);
    for (index, name) in missing {
        let reference = references.and_then(|all| all.get(index));
        if reference.and_then(|found| found.get("optional")).and_then(Value::as_bool) != Some(true) {
            let message = format!("takes variables from {name}, which nothing in the repository declares");
            let fault = Diagnostic::warning("kustomization-unknown-variables", message)
                .about(object.id())
                .at(place_of(tree, &unit, &["spec", "postBuild", "substituteFrom"]))
                .hint("what comes of it is rendered without them: `${NAME}` gives its default or nothing");
            faults.push(fault);
        }
    }
    let mut input = KustomizationInput::from_spec(&spec);
    if let Some(substitution) = &mut input.substitution {
        for (name, value) in variables {
            substitution.variables.entry(name).or_insert(value);
        }
    }
    let built = build(state, &input);
    unit.objects = Arc::clone(&built.objects);
    let failed = built.diagnostics.iter().any(Diagnostic::is_error);
    unit.outcome = if failed { Outcome::Failed } else { Outcome::Rendered };
    faults.extend(built.diagnostics.iter().cloned().map(|fault| match (&fault.object, &fault.location) {
        (None, None) => {
            let field = if fault.code == "kustomization-path" { "path" } else { "postBuild" };
            fault.about(object.id()).at(place_of(tree, &unit, &["spec", field]))
        }
        (None, Some(_)) => fault.about(object.id()),
        _ => fault,
    }));
    (unit, faults)
}

/// Builds a folder, or takes what was built before from the same files.
fn build(state: &State<'_>, input: &KustomizationInput) -> Arc<Built> {
    let key = key([format!("{input:?}").as_bytes()]);
    state.input.cache.kustomizations.get(key, state.input.tree, |tree| {
        let rendered = render_kustomization(tree, input, Some(&state.input.cache.files));
        let objects: Vec<Packed> = rendered
            .objects
            .into_iter()
            .map(|mut rendered| {
                if encrypted::is_encrypted(&rendered.object) {
                    encrypted::replace(&mut rendered.object);
                }
                Packed::new(rendered.object, rendered.origin)
            })
            .collect();
        let bytes = objects.iter().map(Packed::size).sum();
        (Built { objects: Arc::new(objects), diagnostics: rendered.diagnostics }, bytes)
    })
}

/// Whether the Kustomization builds from another source than this repository.
fn of_another_source(state: &State<'_>, unit: &Unit) -> Option<Diagnostic> {
    let reference = unit.object.at(&["spec", "sourceRef"])?;
    let text = |key: &str| reference.str_at(&[key]).unwrap_or_default();
    let namespace = Some(text("namespace")).filter(|text| !text.is_empty()).unwrap_or(&unit.namespace);
    if state.is_this_tree(text("kind"), namespace, text("name")) {
        return None;
    }
    let message =
        format!("builds from {} `{namespace}/{}`, not from this repository", text("kind"), text("name"));
    let fault = Diagnostic::info("kustomization-other-source", message).about(unit.object.id()).at(place_of(
        state.input.tree,
        unit,
        &["spec", "sourceRef"],
    ));
    Some(fault.hint("what it would apply is not rendered"))
}

/// The place of a field of a unit's declaration.
pub(crate) fn place_of(tree: &Tree, unit: &Unit, path: &[&str]) -> amethyst_diag::Location {
    let origin = &unit.origin;
    if origin.file.is_empty() {
        return declared_at(origin);
    }
    place(tree, &origin.file, origin.document, origin.line, &FieldPath::of(path.iter().copied()))
}
