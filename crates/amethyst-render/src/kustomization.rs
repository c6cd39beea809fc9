//! One Flux Kustomization: its folder, overlaid and substituted.

use amethyst_diag::{Diagnostic, Location};
use amethyst_kustomize::{FileCache, Options, Origin, Overlay, build};
use amethyst_object::{Map, Object, Value};
use amethyst_tree::{Tree, normalize};

use crate::substitute::{Substitution, substitute};

/// The fields of `spec` that this version honours. Every other field is refused by name: a security or
/// health setting that is silently ignored is worse than none.
const SUPPORTED: &[&str] = &[
    "commonMetadata",
    "components",
    "dependsOn",
    "force",
    "healthChecks",
    "ignoreMissingComponents",
    "images",
    "interval",
    "namePrefix",
    "nameSuffix",
    "patches",
    "path",
    "postBuild",
    "prune",
    "retryInterval",
    "sourceRef",
    "suspend",
    "targetNamespace",
    "timeout",
    "wait",
];

/// What a Kustomization's `spec` says about rendering.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KustomizationInput {
    /// `spec.path`, as written.
    pub path: String,
    /// What is laid over the folder's own kustomization file.
    pub overlay: Overlay,
    /// `spec.postBuild`, its `substituteFrom` already read; `None` when there is none.
    pub substitution: Option<Substitution>,
}

/// An object that came out, and where it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct RenderedObject {
    /// The object.
    pub object: Object,
    /// The file, document and line that declare it.
    pub origin: Origin,
}

/// What came out of a Kustomization. With an error among the diagnostics, nothing of it may be applied.
#[derive(Clone, Debug, Default)]
pub struct Rendered {
    /// The objects, in the order of the build.
    pub objects: Vec<RenderedObject>,
    /// What was wrong.
    pub diagnostics: Vec<Diagnostic>,
}

impl Rendered {
    /// Whether the build failed.
    pub fn failed(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

impl KustomizationInput {
    /// Reads a `spec`, with the in-line variables of `postBuild`; those of `substituteFrom` are for the
    /// caller to add *under* them, for in-line ones win.
    pub fn from_spec(spec: &Value) -> Self {
        let post_build = spec.get("postBuild");
        let substitution = post_build.map(|post_build| {
            let inline = post_build.get("substitute").and_then(Value::as_object);
            let pairs = inline.into_iter().flat_map(Map::iter);
            Substitution {
                variables: pairs.filter_map(|(name, value)| Some((name.to_string(), text(value)?))).collect(),
                strict: false,
                always: post_build.str_at(&["substituteStrategy"]) == Some("Always"),
            }
        });
        Self {
            path: spec.str_at(&["path"]).unwrap_or_default().to_owned(),
            overlay: Overlay::from_flux(spec),
            substitution,
        }
    }
}

/// The scalar as the API server would hold it in a map of strings.
fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// The fields of a Kustomization's `spec` that this version does not honour, by name.
pub fn unsupported_fields(spec: &Value) -> Vec<String> {
    let fields = spec.as_object().into_iter().flat_map(Map::keys);
    let mut refused: Vec<String> = fields
        .filter(|field| !SUPPORTED.contains(&field.as_str()))
        .map(|field| format!("spec.{field}"))
        .collect();
    let dependencies = spec.get("dependsOn").and_then(Value::as_array).unwrap_or_default();
    if dependencies.iter().any(|dependency| dependency.get("readyExpr").is_some()) {
        refused.push("spec.dependsOn.readyExpr".to_owned());
    }
    refused
}

/// Builds a Kustomization from the files of its source; `files` keeps what was parsed from build to build.
pub fn render_kustomization(tree: &Tree, input: &KustomizationInput, files: Option<&FileCache>) -> Rendered {
    let Some(path) = normalize("", &input.path) else {
        let message = format!("path `{}` leaves the source", input.path);
        let fault =
            Diagnostic::error("kustomization-path", message).hint("write a path inside the repository");
        return Rendered { objects: Vec::new(), diagnostics: vec![fault] };
    };
    if !tree.is_dir(&path) {
        // Flux's words: `kustomization path not found: stat ...`.
        let message = format!("kustomization path not found: `{}`", input.path);
        let fault = Diagnostic::error("kustomization-path", message)
            .hint("`spec.path` counts from the root of the source and must name a folder with files in it");
        return Rendered { objects: Vec::new(), diagnostics: vec![fault] };
    }
    let options = Options { overlay: Some(&input.overlay), generate: true, files, ..Options::default() };
    let (resources, mut diagnostics) = build(tree, &path, &options);
    let mut objects = Vec::with_capacity(resources.len());
    for resource in resources {
        let (mut object, origin) = (resource.object, resource.origin);
        if let Some(substitution) = &input.substitution
            && let Err(error) = substitute(&mut object, substitution)
        {
            let place = Location::new(origin.file.clone(), origin.line, 0);
            let fault = Diagnostic::error("substitute", error.to_string()).at(place).hint(
                "write `$${...}` for text that is not a variable, or put the annotation \
                 `kustomize.toolkit.fluxcd.io/substitute: disabled` on the object",
            );
            diagnostics.push(fault);
            continue;
        }
        objects.push(RenderedObject { object, origin });
    }
    Rendered { objects, diagnostics }
}

#[cfg(test)]
mod tests {
    use amethyst_object::value;
    use amethyst_tree::Tree;

    use super::{KustomizationInput, render_kustomization, unsupported_fields};

    #[test]
    fn a_folder_without_a_kustomization_file_renders_with_the_overlay_and_the_variables() {
        let tree = Tree::from_files([(
            "apps/a.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {host: \"${HOST}.example.org\"}\n",
        )]);
        let spec = value!({
            "path": "./apps", "targetNamespace": "web",
            "postBuild": {"substitute": {"HOST": "www"}},
            "commonMetadata": {"labels": {"team": "home"}},
        });
        let rendered = render_kustomization(&tree, &KustomizationInput::from_spec(&spec), None);
        assert_eq!(rendered.diagnostics, []);
        let [only] = rendered.objects.as_slice() else { panic!("{rendered:?}") };
        assert_eq!(only.object.str_at(&["data", "host"]), Some("www.example.org"));
        assert_eq!((only.object.namespace(), only.object.label("team")), ("web", Some("home")));
        assert_eq!((only.origin.file.as_str(), only.origin.line), ("apps/a.yaml", 1));
    }

    #[test]
    fn a_path_that_is_not_there_is_told() {
        let tree = Tree::from_files([("a/b.yaml", "")]);
        for path in ["nope", "../x"] {
            let rendered = render_kustomization(
                &tree,
                &KustomizationInput { path: path.into(), ..Default::default() },
                None,
            );
            assert!(rendered.failed() && rendered.diagnostics[0].hint.is_some(), "{path}");
        }
    }

    #[test]
    fn fields_that_are_not_honoured_are_named() {
        let spec = value!({"path": "x", "decryption": {"provider": "sops"}, "serviceAccountName": "a"});
        assert_eq!(unsupported_fields(&spec), ["spec.decryption", "spec.serviceAccountName"]);
    }
}
