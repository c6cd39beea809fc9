//! The registry, driven as the edge drives it: requests in, objects and statuses out.

mod admission;
mod custom;
mod fixtures;
mod objects;
mod patches;
mod watches;

use std::net::Ipv4Addr;
use std::sync::Arc;

use amethyst_admission::Plugin;
use amethyst_clock::{Clock, Entropy};
use amethyst_object::{Value, json};
use amethyst_store::{Options, Store};

use super::{Body, Call, DeleteOptions, Outcome, PatchKind, Registry, RegistryOptions, Warnings};
use crate::identity::Identity;
use crate::request::{ListOptions, WriteOptions};
use crate::status::Status;
use crate::user::User;

pub(crate) struct Server {
    pub(crate) registry: Registry,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::over(Store::memory(Options::default())).await
    }

    pub(crate) async fn over(store: Store<crate::record::Entry>) -> Self {
        Self::with(store, Vec::new()).await
    }

    pub(crate) async fn with(store: Store<crate::record::Entry>, plugins: Vec<Arc<dyn Plugin>>) -> Self {
        let clock = Clock::at("2026-11-24T03:00:00Z".parse().unwrap());
        let options = RegistryOptions {
            identity: Identity::in_memory(clock.clone(), Entropy::seeded(8)),
            clock,
            entropy: Entropy::seeded(7),
            service_cidr: (Ipv4Addr::new(10, 96, 0, 0), 12),
            node_ports: 30_000..=32_767,
            root_ca_pem: "-----BEGIN CERTIFICATE-----\n".into(),
            advertise: Some("127.0.0.1:6443".parse().unwrap()),
            plugins,
            outbound: std::sync::Arc::new(amethyst_http::LoopbackOnly),
        };
        let server = Self { registry: Registry::start(store, options).await.unwrap() };
        // Nobody runs here who makes accounts.
        server.account("default").await;
        server
    }

    /// Makes the account that pods of a namespace are by default, if it is not there.
    pub(crate) async fn account(&self, namespace: &str) {
        if self.get("v1/serviceaccounts", namespace, "default").is_err() {
            self.create("v1/serviceaccounts", namespace, r#"{"metadata":{"name":"default"}}"#).await.unwrap();
        }
    }

    /// A call by path: `apps/v1/deployments`, `v1/configmaps`; then namespace and name.
    pub(crate) fn call(&self, resource: &str, namespace: &str, name: &str) -> Call {
        let parts: Vec<&str> = resource.split('/').collect();
        let (group, version, plural, sub) = match parts.as_slice() {
            [version, plural] => ("", *version, *plural, ""),
            [group, version, plural] if version.starts_with('v') => (*group, *version, *plural, ""),
            [version, plural, sub] => ("", *version, *plural, *sub),
            [group, version, plural, sub] => (*group, *version, *plural, *sub),
            other => panic!("{other:?}"),
        };
        let catalog = self.registry.catalog();
        let resource = catalog.resource(group, version, plural).unwrap_or_else(|| panic!("no {resource}"));
        Call {
            user: Arc::new(User::in_process("test")),
            resource: Arc::clone(resource),
            subresource: sub.into(),
            namespace: namespace.into(),
            name: name.into(),
            write: WriteOptions { field_manager: "test".into(), ..WriteOptions::default() },
            user_agent: "test/1".into(),
            warnings: Warnings::default(),
            trail: crate::audit::Trail::default(),
        }
    }

    pub(crate) async fn create(
        &self,
        resource: &str,
        namespace: &str,
        object: &str,
    ) -> Result<Value, Status> {
        let call = self.call(resource, namespace, "");
        Ok(answer(&self.registry.create(&call, body_of(&call, object)).await?))
    }

    pub(crate) async fn update(
        &self,
        resource: &str,
        namespace: &str,
        name: &str,
        object: &Value,
    ) -> Result<Value, Status> {
        let body = body_of(&self.call(resource, namespace, name), &json::to_string(object));
        Ok(answer(&self.registry.update(&self.call(resource, namespace, name), body).await?))
    }

    pub(crate) async fn patch(
        &self,
        kind: PatchKind,
        resource: &str,
        namespace: &str,
        name: &str,
        patch: &str,
    ) -> Result<Value, Status> {
        let call = self.call(resource, namespace, name);
        Ok(answer(&self.registry.patch(&call, kind, body(patch)).await?))
    }

    pub(crate) async fn delete(&self, resource: &str, namespace: &str, name: &str) -> Result<Value, Status> {
        self.delete_with(resource, namespace, name, DeleteOptions::default()).await
    }

    pub(crate) async fn delete_with(
        &self,
        resource: &str,
        namespace: &str,
        name: &str,
        options: DeleteOptions,
    ) -> Result<Value, Status> {
        Ok(answer(&self.registry.delete(&self.call(resource, namespace, name), options).await?))
    }

    pub(crate) fn get(&self, resource: &str, namespace: &str, name: &str) -> Result<Value, Status> {
        self.registry.get(&self.call(resource, namespace, name), "").map(|object| object.value())
    }

    pub(crate) fn names(
        &self,
        resource: &str,
        namespace: &str,
        options: &ListOptions,
    ) -> Result<Vec<String>, Status> {
        let page = self.registry.list(&self.call(resource, namespace, ""), options)?;
        Ok(page.items.iter().map(super::Rendered::name).collect())
    }
}

pub(crate) fn body(text: &str) -> Body {
    let parsed = json::parse_with(text.as_bytes(), json::Limits::default()).unwrap();
    Body { value: parsed.value, duplicates: parsed.duplicates, yaml: false }
}

/// A body that says its kind, as custom resources must.
pub(crate) fn body_of(call: &Call, text: &str) -> Body {
    let mut body = body(text);
    if let Value::Object(map) = &mut body.value
        && call.resource.is_custom()
    {
        let gvk = call.resource.gvk();
        map.insert("apiVersion", gvk.api_version());
        map.insert("kind", gvk.kind);
    }
    body
}

pub(crate) fn answer(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Object { object, .. } => object.value(),
        Outcome::Status(status) => status.clone(),
    }
}

/// `code reason: message`.
pub(crate) fn refused<T: std::fmt::Debug>(result: Result<T, Status>) -> String {
    let status = result.expect_err("it should be refused");
    format!("{} {:?}: {status}", status.code().as_u16(), status.reason())
}

pub(crate) fn text<'a>(object: &'a Value, path: &str) -> &'a str {
    at(object, path).and_then(Value::as_str).unwrap_or_default()
}

pub(crate) fn at<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(object, |value, key| match value {
        Value::Array(list) => list.get(key.parse::<usize>().ok()?),
        other => other.get(key),
    })
}

/// The value at a path as JSON, or nothing.
pub(crate) fn show(object: &Value, path: &str) -> String {
    at(object, path).map(json::to_string).unwrap_or_default()
}

/// A definition with status, scale, defaults and two versions.
pub(crate) const WIDGETS: &str = r#"{
  "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
  "metadata": {"name": "widgets.example.com"},
  "spec": {
    "group": "example.com", "scope": "Namespaced",
    "names": {"plural": "widgets", "kind": "Widget", "shortNames": ["wd"], "categories": ["all"]},
    "versions": [
      {
        "name": "v1", "served": true, "storage": true,
        "schema": {"openAPIV3Schema": {"type": "object", "required": ["spec"], "properties": {
          "spec": {"type": "object", "required": ["size"], "properties": {
            "size": {"type": "integer", "minimum": 1, "maximum": 10},
            "color": {"type": "string", "default": "red", "enum": ["red", "blue"]},
            "replicas": {"type": "integer"},
            "parts": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
              "items": {"type": "object", "required": ["name"], "properties": {
                "name": {"type": "string"}, "value": {"type": "string"}}}},
            "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}
          }},
          "status": {"type": "object", "properties": {"replicas": {"type": "integer"}, "selector": {"type": "string"}}}
        }}},
        "subresources": {"status": {}, "scale": {"specReplicasPath": ".spec.replicas",
          "statusReplicasPath": ".status.replicas", "labelSelectorPath": ".status.selector"}},
        "selectableFields": [{"jsonPath": ".spec.color"}],
        "additionalPrinterColumns": [{"name": "Size", "type": "integer", "jsonPath": ".spec.size"}]
      },
      {
        "name": "v1beta1", "served": true, "storage": false,
        "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}
      }
    ]
  }
}"#;
