//! Rendered files to manifests: split, told from hooks, ordered.

mod head;
mod kinds;
mod split;

use amethyst_object::Value;
use bytes::Bytes;

use crate::RenderError;
use head::Head;
pub use kinds::{INSTALL_ORDER, UNINSTALL_ORDER};
pub(crate) use split::split;

/// One document that a chart rendered.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// The template: `chart/templates/deployment.yaml`.
    pub source: String,
    /// The document as it was rendered.
    pub text: String,
    /// What it says; null when it holds nothing but comments.
    pub document: Value,
    /// Its `apiVersion`.
    pub api_version: String,
    /// Its `kind`.
    pub kind: String,
    /// Its `metadata.name`.
    pub name: String,
    /// When it runs, if it is a hook.
    pub hook: Option<Hook>,
}

/// What makes a manifest a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// `pre-install`, `test` and so on.
    pub events: Vec<String>,
    /// Hooks of one event run by weight.
    pub weight: i64,
    /// `before-hook-creation`, `hook-succeeded`, `hook-failed`, or what else stands there.
    pub delete_policies: Vec<String>,
    /// When the logs of its pods are told.
    pub output_log_policies: Vec<String>,
}

impl Hook {
    /// Whether it is a test.
    pub fn is_test(&self) -> bool {
        self.events.iter().any(|event| event == TEST)
    }
}

/// A file of `crds/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrdFile {
    /// Its path: `chart/crds/foo.yaml`.
    pub source: String,
    /// Its content, which is no template.
    pub data: Bytes,
}

const TEST: &str = "test";
/// When hooks run.
const EVENTS: &[&str] = &[
    "pre-install",
    "post-install",
    "pre-delete",
    "post-delete",
    "pre-upgrade",
    "post-upgrade",
    "pre-rollback",
    "post-rollback",
    TEST,
];
const HOOK: &str = "helm.sh/hook";
const HOOK_WEIGHT: &str = "helm.sh/hook-weight";
const HOOK_DELETE: &str = "helm.sh/hook-delete-policy";
const HOOK_OUTPUT_LOG: &str = "helm.sh/hook-output-log-policy";

/// Helm's `SortManifests`: hooks, and what is none, of all rendered files.
pub(crate) fn sort_manifests(
    mut files: Vec<(String, Vec<u8>)>,
) -> Result<(Vec<Manifest>, Vec<Manifest>), Box<RenderError>> {
    files.sort_by(|(a, _), (b, _)| a.cmp(b));
    read_manifests(&files).map_err(|mut error| {
        let text = |content: &[u8]| String::from_utf8_lossy(content).into_owned();
        error.files = files.iter().map(|(source, content)| (source.clone(), text(content))).collect();
        error
    })
}

fn read_manifests(files: &[(String, Vec<u8>)]) -> Result<(Vec<Manifest>, Vec<Manifest>), Box<RenderError>> {
    let (mut hooks, mut manifests) = (Vec::new(), Vec::new());
    for (source, content) in files {
        if content.trim_ascii().is_empty() {
            continue;
        }
        let content = std::str::from_utf8(content).map_err(|_| {
            RenderError::manifest(
                source,
                "error converting YAML to JSON: yaml: invalid leading UTF-8 octet",
                0,
            )
        })?;
        for text in split(content) {
            let (head, document) =
                Head::read(text).map_err(|(fault, line)| RenderError::manifest(source, &fault, line))?;
            let hook = match head.annotations.get(HOOK) {
                None => None,
                Some(kinds) => match hook(kinds, &head) {
                    Some(hook) => Some(hook),
                    // Helm leaves out what is a hook it does not know.
                    None => continue,
                },
            };
            let is_hook = hook.is_some();
            let manifest = Manifest {
                source: source.clone(),
                text: text.to_owned(),
                document,
                api_version: head.api_version,
                kind: head.kind,
                name: head.name,
                hook,
            };
            if is_hook { hooks.push(manifest) } else { manifests.push(manifest) }
        }
    }
    sort_by_kind(&mut hooks, INSTALL_ORDER);
    sort_by_kind(&mut manifests, INSTALL_ORDER);
    Ok((hooks, manifests))
}

/// Sorts by kind, those of no known kind last and by name of the kind; equal ones keep their order.
pub fn sort_by_kind(manifests: &mut [Manifest], order: &[&str]) {
    let rank = |kind: &str| order.iter().position(|known| *known == kind);
    manifests.sort_by(|a, b| match (rank(&a.kind), rank(&b.kind)) {
        (None, None) => a.kind.cmp(&b.kind),
        (None, Some(_)) => std::cmp::Ordering::Greater,
        (Some(_), None) => std::cmp::Ordering::Less,
        (Some(a), Some(b)) => a.cmp(&b),
    });
}

fn hook(kinds: &str, head: &Head) -> Option<Hook> {
    let mut events = Vec::new();
    for kind in kinds.split(',') {
        let kind = kind.trim().to_lowercase();
        // Helm 2's name.
        let kind = if kind == "test-success" { TEST } else { kind.as_str() };
        events.push((*EVENTS.iter().find(|event| **event == kind)?).to_owned());
    }
    let list = |annotation: &str| {
        let values = head.annotations.get(annotation);
        values
            .map_or(Vec::new(), |values| values.split(',').map(|value| value.trim().to_lowercase()).collect())
    };
    Some(Hook {
        events,
        weight: head.annotations.get(HOOK_WEIGHT).and_then(|weight| weight.parse().ok()).unwrap_or(0),
        delete_policies: list(HOOK_DELETE),
        output_log_policies: list(HOOK_OUTPUT_LOG),
    })
}

#[cfg(test)]
mod tests;
