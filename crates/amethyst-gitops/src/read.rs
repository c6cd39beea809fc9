//! Reading an object both ways: as Flux's type, and whole for events and raw parts.

use amethyst_controller::{ApiError, Cluster, ObjectKey};
use amethyst_object::{GroupVersionKind, Object, json};
use serde::de::DeserializeOwned;

/// An object and its type; the type may not fit.
pub(crate) struct Read<T> {
    /// The whole object.
    pub(crate) object: Object,
    /// The type, or why it does not fit.
    pub(crate) typed: Result<T, String>,
}

/// Reads an object; `None` when it is gone.
pub(crate) async fn read<T: DeserializeOwned>(
    cluster: &Cluster,
    gvk: &GroupVersionKind,
    key: &ObjectKey,
) -> Result<Option<Read<T>>, ApiError> {
    let body = match cluster.get_bytes(gvk, key).await {
        Ok(body) => body,
        Err(ApiError::NoKind { .. }) => return Ok(None),
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(error),
    };
    let document = json::parse(&body).map_err(|error| ApiError::Answer(error.to_string()))?;
    let object =
        Object::from_value(document).ok_or_else(|| ApiError::Answer("it is no object".to_owned()))?;
    let typed = serde_json::from_slice(&body).map_err(|error| error.to_string());
    Ok(Some(Read { object, typed }))
}

/// Reads what of an object fits its type; `None` when it is gone or nothing fits.
pub(crate) async fn read_typed<T: DeserializeOwned>(
    cluster: &Cluster,
    gvk: &GroupVersionKind,
    key: &ObjectKey,
) -> Result<Option<T>, ApiError> {
    Ok(read(cluster, gvk, key).await?.and_then(|read| read.typed.ok()))
}
