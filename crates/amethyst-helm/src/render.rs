//! A chart and values to manifests.

mod checks;
mod context;
mod error;
mod functions;
mod host;
mod order;

use std::collections::BTreeSet;
use std::sync::Arc;

use amethyst_diag::{Diagnostic, Location};
use amethyst_gotemplate::{Engine, Limits, Map, MissingKey, Templates, Value};

use crate::dependencies::{Member, enable, import_values};
use crate::error::join;
use crate::manifests::{CrdFile, Manifest, sort_manifests};
use crate::schema::{self, Schemas};
use crate::values::{Warnings, coalesce_values};
use crate::{Asked, Capabilities, Chart, HelmVersion, LookedUp, Lookup};

use checks::{check_installable, check_kube_version, check_name};
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
    /// Notes which API versions and objects templates ask about, for who keeps the result.
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
    /// What the templates asked `lookup`, whether there was an answer or not: sorted, each question once.
    pub looked_up: Vec<LookedUp>,
    /// Why there is nothing, in Helm's words.
    pub error: Option<RenderError>,
}

/// The files that the templates of a chart make.
#[derive(Clone, Debug, Default)]
pub struct RenderedFiles {
    /// The name of each template and its text, in the order in which Helm executes them; notes are among them.
    pub files: Vec<(String, String)>,
    /// As [`Rendered::looked_up`].
    pub looked_up: Vec<LookedUp>,
    /// Why there are none, in Helm's words.
    pub error: Option<RenderError>,
}

/// Renders a chart. A fault gives nothing but [`Rendered::error`], [`Rendered::looked_up`] and its diagnostic.
pub fn render(chart: &Chart, values: &Map, options: &RenderOptions) -> (Rendered, Vec<Diagnostic>) {
    let told = Told::new(chart);
    told.end(options, |told| {
        check_installable(chart)?;
        check_name(&options.release.name)?;
        manifests(files(chart, values, options, true, told)?, options)
    })
}

/// Renders the templates of a chart, whatever the name of the release, the type of the chart and the version of
/// Kubernetes that it wants, and looks at nothing of what comes out.
pub fn render_files(
    chart: &Chart,
    values: &Map,
    options: &RenderOptions,
) -> (RenderedFiles, Vec<Diagnostic>) {
    let mut files = Vec::new();
    let (rendered, diagnostics) = Told::new(chart).end(options, |told| {
        let (_, made) = self::files(chart, values, options, false, told)?;
        let text = |content: Vec<u8>| match String::from_utf8(content) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        };
        files = made.into_iter().map(|(name, content)| (name, text(content))).collect();
        Ok(Rendered::default())
    });
    let Rendered { looked_up, error, .. } = rendered;
    (RenderedFiles { files, looked_up, error }, diagnostics)
}

/// What is remarked while a chart renders.
struct Told {
    warnings: Warnings,
    diagnostics: Vec<Diagnostic>,
    looked_up: BTreeSet<LookedUp>,
}

impl Told {
    fn new(chart: &Chart) -> Self {
        let mut warnings = Warnings::default();
        for text in chart.warnings() {
            warnings.add(text.clone());
        }
        Self { warnings, diagnostics: Vec::new(), looked_up: BTreeSet::new() }
    }

    /// Renders, and gives what came of it with all that was remarked.
    fn end(
        mut self,
        options: &RenderOptions,
        render: impl FnOnce(&mut Self) -> Result<Rendered, Box<RenderError>>,
    ) -> (Rendered, Vec<Diagnostic>) {
        let result = render(&mut self);
        let Self { warnings, mut diagnostics, looked_up } = self;
        let looked_up = looked_up.into_iter().collect();
        let at = || Location::file(join(&options.location, ""));
        diagnostics.extend(warnings.into_texts().into_iter().map(|text| {
            let hint = "correct the value, or the chart's default that it meets";
            Diagnostic::warning("helm-values", text).at(at()).hint(hint)
        }));
        match result {
            Ok(rendered) => (Rendered { looked_up, ..rendered }, diagnostics),
            Err(error) => {
                diagnostics.push(error.to_diagnostic(&options.location));
                (Rendered { error: Some(*error), looked_up, ..Rendered::default() }, diagnostics)
            }
        }
    }
}

/// Files by the names of their templates.
type Files = Vec<(String, Vec<u8>)>;

/// Merges values, chooses subcharts, executes all templates.
fn files(
    chart: &Chart,
    values: &Map,
    options: &RenderOptions,
    is_installed: bool,
    told: &mut Told,
) -> Result<(Member, Files), Box<RenderError>> {
    let mut member = Member::new(chart);
    let failed = |text: String| RenderError::values(format!("chart dependencies processing failed: {text}"));
    enable(&mut member, values, "", &mut told.warnings).map_err(failed)?;
    import_values(&mut member, &mut told.warnings).map_err(failed)?;
    let values = coalesce_values(&member, values, &mut told.warnings).map_err(RenderError::values)?;
    if !options.skip_schema_validation {
        let schemas = options.schemas.as_deref();
        schema::check(&member, &values, schemas, &options.location, &mut told.diagnostics)?;
    }
    if is_installed {
        check_kube_version(chart, &options.capabilities)?;
    }
    let contexts = contexts(&member, &values, options);
    let files = execute(chart, &contexts, options, told)?;
    Ok((member, files))
}

/// Tells notes, hooks and other manifests apart.
fn manifests(
    (member, files): (Member, Files),
    options: &RenderOptions,
) -> Result<Rendered, Box<RenderError>> {
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
    Ok(Rendered { manifests, hooks, crds: crds(&member, &member.name), notes, ..Rendered::default() })
}

/// Executes all templates but partials, in Helm's order.
fn execute(
    chart: &Chart,
    contexts: &[Context],
    options: &RenderOptions,
    told: &mut Told,
) -> Result<Files, Box<RenderError>> {
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
    told.diagnostics.extend(host.said(chart, options));
    told.looked_up.append(&mut host.looked_up());
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
