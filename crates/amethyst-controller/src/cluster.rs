//! A Kubernetes API as a controller sees it: objects in, objects out, by a `kube::Client` that may lead
//! into the same process or to a real cluster.

use std::sync::Arc;

use amethyst_object::{GroupVersion, GroupVersionKind, Object, Str, Value, json, value};
use http::Method;
use kube::Client;

use crate::error::ApiError;
use crate::kinds::{Kinds, Served, version_path};
use crate::request;

/// A namespace and a name; the namespace is empty for what stands in none.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    /// The namespace.
    pub namespace: Str,
    /// The name.
    pub name: Str,
}

impl ObjectKey {
    /// A key by its two parts.
    pub fn new(namespace: impl Into<Str>, name: impl Into<Str>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
}

/// Prints as `types.NamespacedName` does: `apps/web`.
impl std::fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.namespace.is_empty() {
            f.write_str(&self.name)
        } else {
            write!(f, "{}/{}", self.namespace, self.name)
        }
    }
}

/// The kinds of patches that a controller sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchKind {
    /// RFC 6902.
    Json,
    /// RFC 7386.
    Merge,
}

/// How an object is applied.
#[derive(Clone, Copy, Debug)]
pub struct Apply<'a> {
    /// The field manager.
    pub manager: &'a str,
    /// Only say what would come of it.
    pub dry_run: bool,
}

/// A Kubernetes API. Cheap to clone.
#[derive(Clone)]
pub struct Cluster {
    client: Client,
    kinds: Arc<Kinds>,
}

impl Cluster {
    /// The API behind `client`.
    pub fn new(client: Client) -> Self {
        Self { client, kinds: Arc::default() }
    }

    /// The client itself, for watches.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// How a kind is served.
    pub async fn served(&self, gvk: &GroupVersionKind) -> Result<Served, ApiError> {
        self.kinds.served(&self.client, gvk).await
    }

    /// Forgets what is known about a version, after a definition changed.
    pub fn forget(&self, version: &GroupVersion) {
        self.kinds.forget(version);
    }

    /// The object, or `None` when there is none or nothing serves its kind.
    pub async fn get(&self, gvk: &GroupVersionKind, key: &ObjectKey) -> Result<Option<Object>, ApiError> {
        match self.get_bytes(gvk, key).await {
            Ok(body) => object(&body).map(Some),
            Err(ApiError::NoKind { .. }) => Ok(None),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The object as it came over the wire.
    pub async fn get_bytes(&self, gvk: &GroupVersionKind, key: &ObjectKey) -> Result<Vec<u8>, ApiError> {
        request::get(&self.client, &self.path(gvk, key).await?).await
    }

    /// The `scale` of an object.
    pub async fn get_scale(&self, gvk: &GroupVersionKind, key: &ObjectKey) -> Result<Object, ApiError> {
        let uri = format!("{}/scale", self.path(gvk, key).await?);
        object(&request::get(&self.client, &uri).await?)
    }

    /// All objects of a kind.
    pub async fn list(&self, gvk: &GroupVersionKind) -> Result<Vec<Object>, ApiError> {
        let served = self.served(gvk).await?;
        let uri = format!("{}/{}", version_path(&gvk.group_version()), served.plural);
        let list = object(&request::get(&self.client, &uri).await?)?;
        let items = list.at(&["items"]).and_then(Value::as_array).unwrap_or_default();
        Ok(items.iter().cloned().filter_map(Object::from_value).collect())
    }

    /// Creates an object.
    pub async fn create(&self, new: &Object, manager: &str) -> Result<Object, ApiError> {
        let key = ObjectKey::new(new.namespace(), "");
        let uri =
            format!("{}?fieldManager={manager}", self.path(&new.gvk(), &key).await?.trim_end_matches('/'));
        let body = json::to_vec(&Value::Object(new.0.clone()));
        object(&request::send(&self.client, Method::POST, &uri, Some("application/json"), body).await?)
    }

    /// Applies an object by server-side apply and takes over the fields it names. The namespace of an
    /// object whose kind has none is left out, as clients do.
    pub async fn apply(&self, new: &Object, how: Apply<'_>) -> Result<Object, ApiError> {
        let (gvk, key) = (new.gvk(), ObjectKey::new(new.namespace(), new.name()));
        let dry_run = if how.dry_run { "&dryRun=All" } else { "" };
        let path = self.path(&gvk, &key).await?;
        let uri = format!("{path}?fieldManager={}&force=true{dry_run}", how.manager);
        let body = if self.served(&gvk).await?.namespaced || new.namespace().is_empty() {
            json::to_vec(&Value::Object(new.0.clone()))
        } else {
            let mut new = new.clone();
            new.set_meta("namespace", "");
            json::to_vec(&new.into_value())
        };
        let content_type = Some("application/apply-patch+yaml");
        let answer = request::send(&self.client, Method::PATCH, &uri, content_type, body).await;
        if answer.as_ref().is_err_and(ApiError::is_not_found) {
            self.kinds.forget(&gvk.group_version());
        }
        object(&answer?)
    }

    /// Patches an object, or a subresource of it when `subresource` is not empty.
    pub async fn patch(
        &self,
        gvk: &GroupVersionKind,
        key: &ObjectKey,
        subresource: &str,
        kind: PatchKind,
        patch: &Value,
        manager: &str,
    ) -> Result<Object, ApiError> {
        let slash = if subresource.is_empty() { "" } else { "/" };
        let uri = format!("{}{slash}{subresource}?fieldManager={manager}", self.path(gvk, key).await?);
        let content_type = match kind {
            PatchKind::Json => "application/json-patch+json",
            PatchKind::Merge => "application/merge-patch+json",
        };
        let body = json::to_vec(patch);
        object(&request::send(&self.client, Method::PATCH, &uri, Some(content_type), body).await?)
    }

    /// Deletes an object in the background, unless another one took its name; one that is gone already
    /// is fine. An empty `uid` deletes whatever is there.
    pub async fn delete(&self, gvk: &GroupVersionKind, key: &ObjectKey, uid: &str) -> Result<(), ApiError> {
        let mut options =
            value!({"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"});
        if let Some(options) = options.as_object_mut().filter(|_| !uid.is_empty()) {
            options.insert("preconditions", value!({"uid": (uid)}));
        }
        let uri = self.path(gvk, key).await?;
        let body = json::to_vec(&options);
        match request::send(&self.client, Method::DELETE, &uri, Some("application/json"), body).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_not_found() => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn path(&self, gvk: &GroupVersionKind, key: &ObjectKey) -> Result<String, ApiError> {
        let served = self.served(gvk).await?;
        let version = version_path(&gvk.group_version());
        let (plural, name) = (&served.plural, &key.name);
        if !served.namespaced {
            return Ok(format!("{version}/{plural}/{name}"));
        }
        if key.namespace.is_empty() {
            return Err(ApiError::NoNamespace);
        }
        Ok(format!("{version}/namespaces/{}/{plural}/{name}", key.namespace))
    }
}

fn object(body: &[u8]) -> Result<Object, ApiError> {
    let document = json::parse(body).map_err(|error| ApiError::Answer(error.to_string()))?;
    Object::from_value(document).ok_or_else(|| ApiError::Answer("it is no object".to_owned()))
}
