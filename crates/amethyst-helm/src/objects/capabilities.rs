//! `.Capabilities`, with the methods that Go gives its parts.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use amethyst_gotemplate::{CallError, Engine, Native, Value};
use amethyst_object::{Str, Value as Document, value};

use crate::capabilities::{Asked, Capabilities, HelmVersion, KubeVersion};

/// `.Capabilities`; what is asked of it is noted.
pub(crate) fn capabilities(capabilities: &Capabilities, asked: Option<Arc<Asked>>) -> Value {
    Value::Native(Rc::new(Cluster {
        kube_version: Rc::new(Kube(capabilities.kube_version.clone())),
        api_versions: Rc::new(VersionSet { versions: Arc::clone(&capabilities.api_versions), asked }),
        helm_version: Rc::new(BuildInfo(capabilities.helm_version)),
    }))
}

#[derive(Debug)]
struct Cluster {
    kube_version: Rc<Kube>,
    api_versions: Rc<VersionSet>,
    helm_version: Rc<BuildInfo>,
}

impl Native for Cluster {
    fn type_name(&self) -> Cow<'static, str> {
        "*common.Capabilities".into()
    }

    fn kind_name(&self) -> &'static str {
        "ptr"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "KubeVersion" => Some(Value::Native(Rc::clone(&self.kube_version) as Rc<dyn Native>)),
            "APIVersions" => Some(Value::Native(Rc::clone(&self.api_versions) as Rc<dyn Native>)),
            "HelmVersion" => Some(Value::Native(Rc::clone(&self.helm_version) as Rc<dyn Native>)),
            _ => None,
        }
    }

    fn print(&self) -> String {
        let kube = &self.kube_version.0;
        format!(
            "&{{{{{} {} {} {}}} {} {}}}",
            kube.version,
            kube.normalized,
            kube.major,
            kube.minor,
            self.api_versions.print(),
            self.helm_version.print()
        )
    }

    fn to_document(&self) -> Document {
        let mut map = amethyst_object::Map::new();
        map.insert("KubeVersion", self.kube_version.to_document());
        map.insert("APIVersions", self.api_versions.to_document());
        map.insert("HelmVersion", self.helm_version.to_document());
        map.into()
    }
}

#[derive(Debug)]
struct Kube(KubeVersion);

impl Native for Kube {
    fn type_name(&self) -> Cow<'static, str> {
        "common.KubeVersion".into()
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Version" => Some(Value::String(self.0.version.clone())),
            "Major" => Some(Value::String(self.0.major.clone())),
            "Minor" => Some(Value::String(self.0.minor.clone())),
            _ => None,
        }
    }

    fn method(
        &self,
        name: &str,
        arguments: &[Value],
        _: &mut Engine<'_>,
    ) -> Option<Result<Value, CallError>> {
        let text = match name {
            "GitVersion" => &self.0.version,
            "String" => &self.0.normalized,
            _ => return None,
        };
        Some(no_arguments(name, arguments).map(|()| Value::String(text.clone())))
    }

    fn print(&self) -> String {
        self.0.normalized.to_string()
    }

    fn to_document(&self) -> Document {
        let (version, major, minor) = (self.0.version.clone(), self.0.major.clone(), self.0.minor.clone());
        value!({ "Version": version, "Major": major, "Minor": minor })
    }
}

#[derive(Debug)]
struct VersionSet {
    versions: Arc<[Str]>,
    asked: Option<Arc<Asked>>,
}

impl VersionSet {
    /// All versions, which is more than an answer about one.
    fn all(&self) -> &[Str] {
        if let Some(asked) = &self.asked {
            asked.note_all(&self.versions);
        }
        &self.versions
    }
}

impl Native for VersionSet {
    fn type_name(&self) -> Cow<'static, str> {
        "common.VersionSet".into()
    }

    fn kind_name(&self) -> &'static str {
        "slice"
    }

    fn method(
        &self,
        name: &str,
        arguments: &[Value],
        _: &mut Engine<'_>,
    ) -> Option<Result<Value, CallError>> {
        if name != "Has" {
            return None;
        }
        let [wanted] = arguments else {
            let text = format!("wrong number of args for Has: want 1 got {}", arguments.len());
            return Some(Err(text.into()));
        };
        Some(match wanted.as_str() {
            Some(wanted) => {
                let has = self.versions.iter().any(|version| *version == *wanted);
                if let Some(asked) = &self.asked {
                    asked.note(&wanted, has);
                }
                Ok(Value::Bool(has))
            }
            None => Err(format!("wrong type for value; expected string; got {}", wanted.type_name()).into()),
        })
    }

    fn index(&self, key: &Value) -> Option<Result<Value, CallError>> {
        let at = match key {
            Value::Int(_, at) => usize::try_from(*at).ok(),
            Value::Uint(_, at) => usize::try_from(*at).ok(),
            other => {
                return Some(Err(format!("cannot index slice/array with type {}", other.type_name()).into()));
            }
        };
        Some(match at.and_then(|at| self.all().get(at)) {
            Some(version) => Ok(Value::String(version.clone())),
            None => Err("error calling index: reflect: slice index out of range".into()),
        })
    }

    fn range(&self) -> Option<Vec<(Value, Value)>> {
        let pair = |(at, version): (usize, &Str)| (Value::int(at as i64), Value::String(version.clone()));
        Some(self.all().iter().enumerate().map(pair).collect())
    }

    fn length(&self) -> Option<usize> {
        Some(self.all().len())
    }

    fn is_true(&self) -> bool {
        !self.all().is_empty()
    }

    fn print(&self) -> String {
        format!("[{}]", self.all().join(" "))
    }

    fn to_document(&self) -> Document {
        Document::Array(self.all().iter().map(|version| Document::String(version.clone())).collect())
    }
}

#[derive(Debug)]
struct BuildInfo(HelmVersion);

/// The version of the Kubernetes client in Helm.
const KUBE_CLIENT_VERSION: &str = "v1.37";

impl Native for BuildInfo {
    fn type_name(&self) -> Cow<'static, str> {
        "version.BuildInfo".into()
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Version" => Some(self.0.version().into()),
            "GoVersion" => Some(self.0.go_version().into()),
            "KubeClientVersion" => Some(KUBE_CLIENT_VERSION.into()),
            "GitCommit" | "GitTreeState" => Some("".into()),
            _ => None,
        }
    }

    fn print(&self) -> String {
        format!("{{{}   {} {KUBE_CLIENT_VERSION}}}", self.0.version(), self.0.go_version())
    }

    fn to_document(&self) -> Document {
        let (version, go_version) = (self.0.version(), self.0.go_version());
        value!({ "version": version, "go_version": go_version, "kube_client_version": KUBE_CLIENT_VERSION })
    }
}

/// Refuses arguments of a method that takes none.
pub(super) fn no_arguments(name: &str, arguments: &[Value]) -> Result<(), CallError> {
    if arguments.is_empty() {
        return Ok(());
    }
    Err(format!("wrong number of args for {name}: want 0 got {}", arguments.len()).into())
}
