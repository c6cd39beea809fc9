//! What `helm template` prints.

use crate::Rendered;
use crate::glob::path_match;
use crate::manifests::{Manifest, split};

/// The flags of `helm template` that decide over what is printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutputFlags {
    /// `--include-crds`.
    pub include_crds: bool,
    /// `--skip-tests`.
    pub skip_tests: bool,
    /// `--no-hooks`.
    pub no_hooks: bool,
    /// `-s`, `--show-only`: patterns of templates.
    pub show_only: Vec<String>,
}

/// The text on standard output; the error is Helm's, when a template that is to be shown is not there.
pub fn to_template_output(rendered: &Rendered, flags: &OutputFlags) -> Result<String, String> {
    to_post_rendered_output(rendered, &to_post_renderer_input(rendered, flags), flags)
}

/// The text on standard output with `--debug` when the manifests are no YAML: the files as they were rendered.
/// The error is Helm's, when a template that is to be shown is not there.
pub fn to_debug_output(rendered: &Rendered, flags: &OutputFlags) -> Result<String, String> {
    let Some(error) = &rendered.error else { return to_template_output(rendered, flags) };
    let mut out = String::new();
    for (source, text) in error.files.iter().filter(|(_, text)| !text.trim().is_empty()) {
        push(&mut out, source, text);
    }
    let out = format!("{}\n", out.trim());
    if flags.show_only.is_empty() {
        Ok(out)
    } else {
        show_only(&out, &flags.show_only).map_err(|_| error.text.clone())
    }
}

/// A file that `helm template --output-dir` writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFile {
    /// Its path below the folder: `chart/templates/deployment.yaml`.
    pub path: String,
    /// What is written.
    pub text: String,
    /// Whether it lies in the folder that `--release-name` adds, as all do but those of `crds/`.
    pub is_of_release: bool,
    /// What happens to what is there.
    pub existing: Existing,
}

/// What happens to what a file holds already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It goes.
    Replaced,
    /// It stays, and the new text comes behind it. Hooks are written so even to files of an earlier run, as
    /// Helm does.
    Kept,
}

/// What `helm template --output-dir` writes, one document at a time, in its order.
pub fn to_output_files(rendered: &Rendered, flags: &OutputFlags) -> Vec<OutputFile> {
    let mut seen: Vec<&str> = Vec::new();
    let mut files = Vec::new();
    let mut add = |source: &str, text: &str, is_of_release: bool, existing: Existing| {
        let mut whole = String::new();
        push(&mut whole, source, text);
        files.push(OutputFile { path: source.to_owned(), text: whole, is_of_release, existing });
    };
    let mut first = |source| {
        if seen.contains(&source) {
            return Existing::Kept;
        }
        seen.push(source);
        Existing::Replaced
    };
    if flags.include_crds {
        for crd in &rendered.crds {
            add(&crd.source, &String::from_utf8_lossy(&crd.data), false, first(&crd.source));
        }
    }
    for manifest in &rendered.manifests {
        add(&manifest.source, &manifest.text, true, first(&manifest.source));
    }
    for hook in hooks(rendered, flags) {
        add(&hook.source, &hook.text, true, Existing::Kept);
    }
    files
}

/// The manifests that Helm 3 hands to a post-renderer: all but hooks.
pub fn to_post_renderer_input(rendered: &Rendered, flags: &OutputFlags) -> String {
    let mut out = String::new();
    if flags.include_crds {
        for crd in &rendered.crds {
            push(&mut out, &crd.source, &String::from_utf8_lossy(&crd.data));
        }
    }
    for manifest in &rendered.manifests {
        push(&mut out, &manifest.source, &manifest.text);
    }
    out
}

/// As [`to_template_output`], with what a post-renderer made of the manifests in their place.
pub fn to_post_rendered_output(
    rendered: &Rendered,
    manifests: &str,
    flags: &OutputFlags,
) -> Result<String, String> {
    let out = with_hooks(format!("{}\n", manifests.trim()), rendered, flags);
    if flags.show_only.is_empty() { Ok(out) } else { show_only(&out, &flags.show_only) }
}

fn with_hooks(mut out: String, rendered: &Rendered, flags: &OutputFlags) -> String {
    for hook in hooks(rendered, flags) {
        push(&mut out, &hook.source, &hook.text);
    }
    out
}

/// The hooks that flags let through.
fn hooks<'r>(rendered: &'r Rendered, flags: &OutputFlags) -> impl Iterator<Item = &'r Manifest> + use<'r> {
    let OutputFlags { no_hooks, skip_tests, .. } = *flags;
    let is_test = |hook: &Manifest| hook.hook.as_ref().is_some_and(crate::Hook::is_test);
    rendered.hooks.iter().filter(move |hook| !(no_hooks || skip_tests && is_test(hook)))
}

fn push(out: &mut String, source: &str, text: &str) {
    out.push_str("---\n# Source: ");
    out.push_str(source);
    out.push('\n');
    out.push_str(text);
    out.push('\n');
}

fn show_only(text: &str, patterns: &[String]) -> Result<String, String> {
    let documents = split(text);
    let mut out = String::new();
    for pattern in patterns {
        let mut missing = true;
        for document in &documents {
            let source =
                document.split_once("# Source: ").map(|(_, rest)| rest.lines().next().unwrap_or_default());
            let Some((_, name)) = source.and_then(|source| source.split_once('/')) else { continue };
            if path_match(pattern, name).unwrap_or(false) {
                out.push_str(&format!("---\n{document}\n"));
                missing = false;
            }
        }
        if missing {
            return Err(format!("could not find template {pattern} in chart"));
        }
    }
    Ok(out)
}
