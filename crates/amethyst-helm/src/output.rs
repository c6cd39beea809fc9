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
    let mut out = String::new();
    if flags.include_crds {
        for crd in &rendered.crds {
            push(&mut out, &crd.source, &String::from_utf8_lossy(&crd.data));
        }
    }
    for manifest in &rendered.manifests {
        push(&mut out, &manifest.source, &manifest.text);
    }
    let mut out = format!("{}\n", out.trim());
    if !flags.no_hooks {
        let is_test = |hook: &Manifest| hook.hook.as_ref().is_some_and(crate::Hook::is_test);
        for hook in rendered.hooks.iter().filter(|hook| !(flags.skip_tests && is_test(hook))) {
            push(&mut out, &hook.source, &hook.text);
        }
    }
    if flags.show_only.is_empty() { Ok(out) } else { show_only(&out, &flags.show_only) }
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
