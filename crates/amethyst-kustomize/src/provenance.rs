//! Where kustomize says an object came from and what changed it: `buildMetadata`.

use amethyst_object::{Str, Value};

/// The annotation that tells where an object came from.
pub(crate) const ORIGIN: &str = "config.kubernetes.io/origin";
/// The annotation that tells what changed it.
pub(crate) const TRANSFORMATIONS: &str = "alpha.config.kubernetes.io/transformations";
/// Annotations that kustomize keeps for itself while it builds.
pub(crate) const INTERNAL: [&str; 10] = [
    "internal.config.kubernetes.io/previousKinds",
    "internal.config.kubernetes.io/previousNames",
    "internal.config.kubernetes.io/prefixes",
    "internal.config.kubernetes.io/suffixes",
    "internal.config.kubernetes.io/previousNamespaces",
    "internal.config.kubernetes.io/refBy",
    "internal.config.kubernetes.io/generatorBehavior",
    "internal.config.kubernetes.io/needsHashSuffix",
    "internal.config.kubernetes.io/allowNameChange",
    "internal.config.kubernetes.io/allowKindChange",
];

/// What `buildMetadata` asks for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Metadata {
    pub(crate) origins: bool,
    pub(crate) transformations: bool,
    pub(crate) managed_by: bool,
}

/// A file, or what in it made or changed an object; kustomize's `resource.Origin`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) path: String,
    pub(crate) repo: String,
    pub(crate) reference: String,
    pub(crate) configured_in: String,
    pub(crate) configured_by: [Str; 4],
}

/// What is known of one object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    pub(crate) origin: Option<Step>,
    pub(crate) transformations: Vec<Step>,
}

impl Step {
    /// A path below this one, as it is written in a kustomization.
    pub(crate) fn append(&self, path: &str) -> Self {
        let mut step = self.clone();
        let mut path = path;
        if crate::load::is_remote(path) && !crate::load::is_url(path) || path.contains("?ref=") {
            let (url, query) = path.split_once('?').unwrap_or((path, ""));
            let scheme = url.find("://").map_or(0, |at| at + 3);
            let (repo, inside) = match url[scheme..].find("//") {
                Some(at) => (&url[..scheme + at], &url[scheme + at + 2..]),
                None => (url, ""),
            };
            repo.clone_into(&mut step.repo);
            let reference = query.split('&').find_map(|pair| pair.strip_prefix("ref="));
            reference.unwrap_or_default().clone_into(&mut step.reference);
            step.path.clear();
            path = inside;
        }
        step.path = clean(&step.path, path);
        step
    }

    /// What a transformer or generator of the kustomization `file` in this folder is.
    pub(crate) fn builtin(&self, file: &str, kind: &str) -> Self {
        Self {
            path: String::new(),
            configured_in: clean(&self.path, file),
            configured_by: ["builtin".into(), kind.into(), Str::default(), Str::default()],
            ..self.clone()
        }
    }

    fn write(&self, out: &mut String, indent: &str) {
        let mut first = true;
        let mut line = |key: &str, value: &str| {
            if !value.is_empty() {
                out.push_str(if first { "" } else { indent });
                first = false;
                out.push_str(key);
                out.push_str(": ");
                out.push_str(&amethyst_yaml::emit(&Value::from(value)));
            }
        };
        line("path", &self.path);
        line("repo", &self.repo);
        line("ref", &self.reference);
        line("configuredIn", &self.configured_in);
        let by = ["apiVersion", "kind", "name", "namespace"];
        if self.configured_by.iter().any(|part| !part.is_empty()) {
            out.push_str(if first { "" } else { indent });
            out.push_str("configuredBy:\n");
            for (key, value) in by.iter().zip(&self.configured_by).filter(|(_, value)| !value.is_empty()) {
                out.push_str(&format!(
                    "{indent}  {key}: {}",
                    amethyst_yaml::emit(&Value::from(value.as_str()))
                ));
            }
        }
    }

    /// The annotation's text.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, "");
        text
    }
}

/// The text of the annotation that tells several steps.
pub(crate) fn list(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        text.push_str("- ");
        step.write(&mut text, "  ");
    }
    text
}

/// Go's `filepath.Join`.
fn clean(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::{Step, list};

    #[test]
    fn steps_are_written_as_kustomize_writes_them() {
        let root = Step::default();
        assert_eq!(root.append("../base").append("a.yaml").text(), "path: ../base/a.yaml\n");
        assert_eq!(
            list(&[root.append("../base").append("../x").builtin("kustomization.yaml", "PrefixTransformer")]),
            "- configuredIn: ../x/kustomization.yaml\n  configuredBy:\n    apiVersion: builtin\n    kind: PrefixTransformer\n"
        );
    }
}
