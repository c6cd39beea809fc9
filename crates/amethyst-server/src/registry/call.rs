//! What the edge hands to the registry.

use std::sync::{Arc, Mutex, PoisonError};

use amethyst_object::json::Duplicate;
use amethyst_object::{Str, Value};

use crate::audit::Trail;
use crate::catalog::{Resource, Source};
use crate::request::WriteOptions;
use crate::status::Status;
use crate::user::User;

/// One request, authenticated and routed.
#[derive(Clone, Debug)]
pub struct Call {
    /// Who asks.
    pub user: Arc<User>,
    /// The resource, in the version that was asked for.
    pub resource: Arc<Resource>,
    /// The subresource, empty for none.
    pub subresource: Str,
    /// The namespace, empty for none or all.
    pub namespace: Str,
    /// The name, empty for collections.
    pub name: Str,
    /// How a write is to be done.
    pub write: WriteOptions,
    /// The `User-Agent`: what stands before its `/` is the default field manager.
    pub user_agent: String,
    /// Collects what goes out as `Warning` headers.
    pub warnings: Warnings,
    /// What the audit log tells of the request; admission may add annotations.
    pub trail: Trail,
}

impl Call {
    /// Says that the version asked for goes away, if its definition says so; refuses a version that only a
    /// conversion webhook could show.
    pub(super) fn begin(&self) -> Result<(), Status> {
        let Source::Custom(version) = &self.resource.source else { return Ok(()) };
        if let Some(warning) = &version.deprecation {
            self.warnings.add(warning.as_str());
        }
        let stored = &self.resource.storage.version;
        if version.converted_by_webhook && self.resource.gvr.version != *stored {
            let (gvk, group) = (self.resource.gvk(), &self.resource.gvr.group);
            return Err(Status::internal(format!(
                "conversion webhook for {gvk} failed: this version of the server calls no conversion webhooks; \
                 ask for {group}/{stored}, which objects are stored in"
            )));
        }
        Ok(())
    }
}

/// Warnings of one request, and what is noted of it for the audit log. Clones share one list.
#[derive(Clone, Debug, Default)]
pub struct Warnings(Arc<Mutex<Said>>);

#[derive(Debug, Default)]
struct Said {
    warnings: Vec<String>,
    annotations: Vec<(String, String)>,
}

impl Warnings {
    /// Adds a warning, once.
    pub fn add(&self, text: impl Into<String>) {
        let text = text.into();
        let list = &mut self.0.lock().unwrap_or_else(PoisonError::into_inner).warnings;
        if !list.contains(&text) {
            list.push(text);
        }
    }

    /// Takes all warnings.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).warnings)
    }

    /// Adds an annotation to the audit event; the first word under a key stands.
    pub(crate) fn annotate(&self, key: impl Into<String>, text: impl Into<String>) {
        let (key, text) = (key.into(), text.into());
        let list = &mut self.0.lock().unwrap_or_else(PoisonError::into_inner).annotations;
        if !list.iter().any(|(known, _)| *known == key) {
            list.push((key, text));
        }
    }

    /// Takes all annotations of the audit event.
    pub fn take_annotations(&self) -> Vec<(String, String)> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).annotations)
    }
}

/// A decoded request body.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// The document (or the patch).
    pub value: Value,
    /// Fields that were written twice; strict validation names them.
    pub duplicates: Vec<Duplicate>,
    /// Whether it was read as YAML, which names such fields by their lines.
    pub yaml: bool,
}

impl From<Value> for Body {
    fn from(value: Value) -> Self {
        Self { value, ..Self::default() }
    }
}

/// How a patch is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchKind {
    /// `application/json-patch+json`.
    Json,
    /// `application/merge-patch+json`.
    Merge,
    /// `application/strategic-merge-patch+json`.
    Strategic,
    /// `application/apply-patch+yaml`.
    Apply,
}

/// What happens to dependents (`propagationPolicy`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagation {
    /// They stay, without this owner.
    Orphan,
    /// They are collected after the owner is gone.
    Background,
    /// The owner stays until they are gone.
    Foreground,
}

impl Propagation {
    /// Reads a `propagationPolicy`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "Orphan" => Some(Self::Orphan),
            "Background" => Some(Self::Background),
            "Foreground" => Some(Self::Foreground),
            _ => None,
        }
    }
}

/// What must hold for a deletion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preconditions {
    /// The object's uid.
    pub uid: Option<Str>,
    /// The object's resource version.
    pub resource_version: Option<Str>,
}

/// `metav1.DeleteOptions`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeleteOptions {
    /// How long a graceful deletion may take.
    pub grace_period_seconds: Option<i64>,
    /// What happens to dependents.
    pub propagation: Option<Propagation>,
    /// The older spelling of the same.
    pub orphan_dependents: Option<bool>,
    /// What must hold.
    pub preconditions: Preconditions,
    /// Do all but the write.
    pub dry_run: bool,
}
