//! Reading and writing the slices of one Service, for the controller and for mirroring.

use amethyst_controller::ObjectKey;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::api::{DeleteParams, ListParams, PostParams};
use kube::{Api, Client, Resource, ResourceExt};

use crate::names::{MANAGER, labels};

/// Slices to be written.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) create: Vec<EndpointSlice>,
    pub(crate) update: Vec<EndpointSlice>,
    pub(crate) delete: Vec<EndpointSlice>,
}

impl Changes {
    pub(crate) fn append(&mut self, other: Self) {
        self.create.extend(other.create);
        self.update.extend(other.update);
        self.delete.extend(other.delete);
    }
}

/// Why slices could not be written.
#[derive(Debug, thiserror::Error)]
#[error("failed to {act} EndpointSlice for {owner}: {source}")]
pub(crate) struct WriteError {
    act: String,
    owner: String,
    source: kube::Error,
}

impl WriteError {
    /// Whether the slice changed since it was read.
    pub(crate) fn is_conflict(&self) -> bool {
        is_code(&self.source, 409)
    }
}

/// Whether an API error has a code.
pub(crate) fn is_code(error: &kube::Error, code: u16) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == code)
}

/// Whether a namespace takes no more objects because it ends.
pub(crate) fn is_namespace_ending(error: &kube::Error) -> bool {
    let kube::Error::Api(status) = error else { return false };
    let causes = status.details.iter().flat_map(|details| &details.causes);
    causes.into_iter().any(|cause| cause.reason == "NamespaceTerminating")
}

/// The slices of a Service that a controller manages.
pub(crate) async fn list(
    client: &Client,
    service: &ObjectKey,
    manager: &str,
) -> Result<Vec<EndpointSlice>, kube::Error> {
    let api: Api<EndpointSlice> = Api::namespaced(client.clone(), &service.namespace);
    let selector =
        format!("{}={},{}={manager}", labels::SERVICE_NAME, service.name, labels::SLICE_MANAGED_BY);
    let list = api.list(&ListParams::default().labels(&selector)).await?;
    Ok(list.items)
}

/// Writes the changes for `owner`; one that is being deleted gets no new slices.
pub(crate) async fn carry_out<K: Resource>(
    client: &Client,
    owner: &K,
    changes: Changes,
    kind: &str,
) -> Result<(), WriteError> {
    let namespace = owner.namespace().unwrap_or_default();
    let api: Api<EndpointSlice> = Api::namespaced(client.clone(), &namespace);
    let how = PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() };
    let failed = |act: String, source| {
        let owner = format!("{kind} {namespace}/{}", owner.name_any());
        WriteError { act, owner, source }
    };
    if owner.meta().deletion_timestamp.is_none() {
        for slice in &changes.create {
            match api.create(&how, slice).await {
                Ok(_) => {}
                Err(error) if is_namespace_ending(&error) => return Ok(()),
                Err(error) => return Err(failed("create".to_owned(), error)),
            }
        }
    }
    for slice in &changes.update {
        let name = slice.name_any();
        api.replace(&name, &how, slice).await.map_err(|error| failed(format!("update {name}"), error))?;
    }
    for slice in &changes.delete {
        let name = slice.name_any();
        match api.delete(&name, &DeleteParams::default()).await {
            Ok(_) => {}
            Err(error) if is_code(&error, 404) => {}
            Err(error) => return Err(failed(format!("delete {name}"), error)),
        }
    }
    Ok(())
}
