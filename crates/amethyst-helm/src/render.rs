//! A chart and values to manifests.

mod context;
mod error;
mod functions;
mod host;
mod order;

use std::sync::Arc;

use amethyst_diag::{Diagnostic, Location};
use amethyst_gotemplate::{Engine, Limits, Map, MissingKey, Templates, Value};
use amethyst_object::Value as Document;

use crate::dependencies::{Member, enable, import_values, missing};
use crate::error::join;
use crate::manifests::{CrdFile, Manifest, sort_manifests};
use crate::schema::{self, Schemas};
use crate::semver::is_compatible_range;
use crate::values::{Warnings, coalesce_values};
use crate::{Asked, Capabilities, Chart, HelmVersion};

pub(crate) use context::Context;
use context::contexts;
pub use error::RenderError;
pub(crate) use error::quote;
use functions::functions;
use host::RenderHost;
pub use host::World;
pub(crate) use order::sorted;

/// The file whose text is for people, and the end of its name.
const NOTES: &str = "NOTES.txt";

/// How long the name of a release may be.
const RELEASE_NAME_LENGTH_MAX: usize = 53;

/// What a release is called, and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Whether it was installed before: `.Release.IsUpgrade`.
    pub is_upgrade: bool,
    /// Its revision, from 1.
    pub revision: i64,
}

impl Release {
    /// A release that is installed.
    pub fn new(name: impl Into<String>, namespace: impl Into<String>) -> Self {
        Self { name: name.into(), namespace: namespace.into(), is_upgrade: false, revision: 1 }
    }
}

/// Answers `lookup`: what a cluster holds.
pub trait Lookup: Send + Sync {
    /// The object, or the list when no name is given; an empty map when there is none.
    fn lookup(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Result<Document, String>;
}

/// How to render.
#[derive(Clone)]
pub struct RenderOptions {
    /// The release.
    pub release: Release,
    /// What the cluster can do, and which Helm is followed.
    pub capabilities: Capabilities,
    /// Whether values.schema.json is left aside.
    pub skip_schema_validation: bool,
    /// Whether the notes of subcharts are told too.
    pub sub_notes: bool,
    /// What `lookup` sees; nothing without.
    pub lookup: Option<Arc<dyn Lookup>>,
    /// Schemas that others refer to; without, they are not checked.
    pub schemas: Option<Arc<dyn Schemas>>,
    /// Where the chart lies, for diagnostics: put before the paths within the chart.
    pub location: String,
    /// Time and randomness; without, both are made from chart and release, so that renders repeat.
    pub world: Option<Arc<dyn World>>,
    /// What templates may cost.
    pub limits: Limits,
    /// Notes which API versions templates ask about.
    pub asked: Option<Arc<Asked>>,
}

impl RenderOptions {
    /// A first installation, seen by Helm 4 without a cluster.
    pub fn new(release: Release) -> Self {
        Self {
            release,
            capabilities: Capabilities::default(),
            skip_schema_validation: false,
            sub_notes: false,
            lookup: None,
            schemas: None,
            location: String::new(),
            world: None,
            limits: Limits::default(),
            asked: None,
        }
    }

    fn helm(&self) -> HelmVersion {
        self.capabilities.helm_version
    }
}

/// What a chart became.
#[derive(Clone, Debug, Default)]
pub struct Rendered {
    /// The manifests that are no hooks, in the order in which Helm installs them.
    pub manifests: Vec<Manifest>,
    /// The hooks, ordered the same way.
    pub hooks: Vec<Manifest>,
    /// The files of `crds/`.
    pub crds: Vec<CrdFile>,
    /// What `NOTES.txt` says.
    pub notes: String,
    /// Why there is nothing, in Helm's words.
    pub error: Option<RenderError>,
}

/// Renders a chart. A fault gives nothing but [`Rendered::error`] and its diagnostic.
pub fn render(chart: &Chart, values: &Map, options: &RenderOptions) -> (Rendered, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let mut warnings = Warnings::default();
    for text in chart.warnings() {
        warnings.add(text.clone());
    }
    let result = run(chart, values, options, &mut warnings, &mut diagnostics);
    let at = || Location::file(join(&options.location, ""));
    diagnostics.extend(warnings.into_texts().into_iter().map(|text| {
        let hint = "correct the value, or the chart's default that it meets";
        Diagnostic::warning("helm-values", text).at(at()).hint(hint)
    }));
    match result {
        Ok(rendered) => (rendered, diagnostics),
        Err(error) => {
            diagnostics.push(error.to_diagnostic(&options.location));
            (Rendered { error: Some(*error), ..Rendered::default() }, diagnostics)
        }
    }
}

fn run(
    chart: &Chart,
    values: &Map,
    options: &RenderOptions,
    warnings: &mut Warnings,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Rendered, Box<RenderError>> {
    check_installable(chart)?;
    check_name(&options.release.name)?;
    let mut member = Member::new(chart);
    let failed = |text: String| RenderError::values(format!("chart dependencies processing failed: {text}"));
    enable(&mut member, values, "", warnings).map_err(failed)?;
    import_values(&mut member, warnings).map_err(failed)?;
    let values = coalesce_values(&member, values, warnings).map_err(RenderError::values)?;
    if !options.skip_schema_validation {
        schema::check(&member, &values, options.schemas.as_deref(), &options.location, diagnostics)?;
    }
    check_kube_version(chart, &options.capabilities)?;
    let contexts = contexts(&member, &values, options);
    let files = execute(chart, &contexts, options, diagnostics)?;
    let mut notes = String::new();
    let own_notes = format!("{}/templates/{NOTES}", member.name);
    let mut sources = Vec::with_capacity(files.len());
    for (name, content) in files {
        if !name.ends_with(NOTES) {
            sources.push((name, content));
        } else if options.sub_notes || name == own_notes {
            if !notes.is_empty() {
                notes.push('\n');
            }
            notes.push_str(&String::from_utf8_lossy(&content));
        }
    }
    let (hooks, manifests) = sort_manifests(sources)?;
    Ok(Rendered { manifests, hooks, crds: crds(&member, &member.name), notes, error: None })
}

/// Executes all templates but partials, in Helm's order.
fn execute(
    chart: &Chart,
    contexts: &[Context],
    options: &RenderOptions,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Vec<(String, Vec<u8>)>, Box<RenderError>> {
    let functions = functions(options.helm());
    let templates = chart
        .cache()
        .templates(contexts, functions)
        .map_err(|(name, error)| RenderError::parse(&name, &error))?;
    let mut host = RenderHost::new(chart, options);
    let mut rendered = Vec::new();
    let mut engine = Engine::new(templates, functions, &mut host).limits(options.limits.clone());
    let mut result = Ok(());
    for (context, name, _) in sorted(contexts) {
        if crate::ignore::base(&name).starts_with('_') {
            continue;
        }
        context.set_template(&name);
        match engine.execute(&name, &context.data()) {
            Ok(content) => rendered.push((name, without_no_value(content))),
            Err(error) => {
                result = Err(RenderError::execution(&name, &error));
                break;
            }
        }
    }
    drop(engine);
    diagnostics.extend(host.said(chart, options));
    result.map(|()| rendered)
}

/// Helm's work around for what `missingkey=zero` leaves.
fn without_no_value(content: Vec<u8>) -> Vec<u8> {
    const NO_VALUE: &[u8] = b"<no value>";
    let finder = memchr::memmem::Finder::new(NO_VALUE);
    if finder.find(&content).is_none() {
        return content;
    }
    let mut out = Vec::with_capacity(content.len());
    let mut rest = content.as_slice();
    while let Some(at) = finder.find(rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at + NO_VALUE.len()..];
    }
    out.extend_from_slice(rest);
    out
}

fn check_installable(chart: &Chart) -> Result<(), Box<RenderError>> {
    match chart.metadata().chart_type.as_str() {
        "" | "application" => {}
        other => return Err(RenderError::not_installable(other)),
    }
    let missing = missing(chart);
    if missing.is_empty() { Ok(()) } else { Err(RenderError::missing_dependencies(&missing)) }
}

fn check_name(name: &str) -> Result<(), Box<RenderError>> {
    let edge = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let label = |label: &str| {
        let bytes = label.as_bytes();
        bytes.first().is_some_and(|byte| edge(*byte))
            && bytes.last().is_some_and(|byte| edge(*byte))
            && bytes.iter().all(|byte| edge(*byte) || *byte == b'-')
    };
    if name.len() <= RELEASE_NAME_LENGTH_MAX && name.split('.').all(label) {
        return Ok(());
    }
    Err(RenderError::release_name(name))
}

fn check_kube_version(chart: &Chart, capabilities: &Capabilities) -> Result<(), Box<RenderError>> {
    let wanted = &chart.metadata().kube_version;
    let found = &capabilities.kube_version;
    if wanted.is_empty() || is_compatible_range(wanted, &found.normalized) {
        return Ok(());
    }
    Err(RenderError::kube_version(wanted, &found.version))
}

fn crds(member: &Member, path: &str) -> Vec<CrdFile> {
    let is_manifest = |name: &str| {
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        ["yaml", "yml", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known))
    };
    let own =
        member.chart.files().iter().filter(|file| file.name.starts_with("crds/") && is_manifest(&file.name));
    let mut found: Vec<CrdFile> = own
        .map(|file| CrdFile { source: format!("{path}/{}", file.name), data: file.data.clone() })
        .collect();
    for inner in &member.members {
        found.extend(crds(inner, &format!("{path}/charts/{}", inner.name)));
    }
    found
}

/// The files of `crds/` that a render with these values gives, or none where it would fail before it came to them.
pub fn crd_files(chart: &Chart, values: &Map) -> Vec<CrdFile> {
    let mut member = Member::new(chart);
    match enable(&mut member, values, "", &mut Warnings::default()) {
        Ok(()) => crds(&member, &member.name),
        Err(_) => Vec::new(),
    }
}

/// The name that `--name-template` gives.
pub fn name_from_template(text: &str) -> Result<String, String> {
    const NAME: &str = "name-template";
    let functions = functions(HelmVersion::default());
    let mut builder = Templates::builder(functions).set_name(NAME);
    builder.parse(NAME, NAME, text).map_err(|error| error.message)?;
    let mut host = RenderHost::without_chart();
    let mut engine = Engine::new(builder.build(), functions, &mut host).missing_key(MissingKey::Invalid);
    let name = engine.execute(NAME, &Value::Nil).map_err(|error| error.message)?;
    Ok(String::from_utf8_lossy(&name).into_owned())
}

#[cfg(test)]
mod tests;
