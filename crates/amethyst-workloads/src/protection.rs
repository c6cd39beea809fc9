//! Finalizers of claims, volumes and classes of attributes that are in use: they go when nothing uses the
//! deleted object any more (kubernetes `pkg/controller/volume/{pvcprotection,pvprotection,vacprotection}`).
//! Admission puts them on; objects that were there before get them here.

use std::fmt::Debug;
use std::sync::Arc;

use amethyst_controller::{ObjectKey, Reconcile, ReconcileError, Requeue, Wakes};
use amethyst_object::GroupVersionKind;
use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeClaim, Pod};
use k8s_openapi::api::storage::v1::VolumeAttributesClass;
use kube::api::{Patch, PatchParams};
use kube::{Api, Client, Resource, ResourceExt};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::informer::{Cache, key_of};
use crate::names::MANAGER;
use crate::slices::write::is_code;

/// What may use something.
#[derive(Clone)]
pub(crate) struct Users {
    pub(crate) pods: Cache<Pod>,
    pub(crate) claims: Cache<PersistentVolumeClaim>,
    pub(crate) volumes: Cache<PersistentVolume>,
}

/// A kind that is held back while it is used.
pub(crate) trait Protected:
    Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static
{
    /// Its finalizer.
    const FINALIZER: &'static str;

    /// Whether something uses it.
    fn is_used(&self, users: &Users) -> bool;

    /// The API of one namespace; of all for what stands in none.
    fn api(client: Client, namespace: &str) -> Api<Self>;
}

impl Protected for PersistentVolumeClaim {
    const FINALIZER: &'static str = "kubernetes.io/pvc-protection";

    fn is_used(&self, users: &Users) -> bool {
        users.pods.of_namespace(&self.namespace().unwrap_or_default()).iter().any(|pod| mounts(pod, self))
    }

    fn api(client: Client, namespace: &str) -> Api<Self> {
        Api::namespaced(client, namespace)
    }
}

impl Protected for PersistentVolume {
    const FINALIZER: &'static str = "kubernetes.io/pv-protection";

    fn is_used(&self, _: &Users) -> bool {
        self.status.as_ref().and_then(|status| status.phase.as_deref()) == Some("Bound")
    }

    fn api(client: Client, _: &str) -> Api<Self> {
        Api::all(client)
    }
}

impl Protected for VolumeAttributesClass {
    const FINALIZER: &'static str = "kubernetes.io/vac-protection";

    fn is_used(&self, users: &Users) -> bool {
        let name = self.name_any();
        let by_claim = |claim: &PersistentVolumeClaim| classes_of_claim(claim).contains(&name.as_str());
        users.claims.all().iter().any(|claim| by_claim(claim))
            || users.volumes.all().iter().any(|volume| class_of_volume(volume) == Some(&name))
    }

    fn api(client: Client, _: &str) -> Api<Self> {
        Api::all(client)
    }
}

/// The classes of attributes that a claim has, wants or is on its way to.
pub(crate) fn classes_of_claim(claim: &PersistentVolumeClaim) -> Vec<&str> {
    let wanted = claim.spec.as_ref().and_then(|spec| spec.volume_attributes_class_name.as_deref());
    let status = claim.status.as_ref();
    let current = status.and_then(|status| status.current_volume_attributes_class_name.as_deref());
    let target = status.and_then(|status| {
        status.modify_volume_status.as_ref()?.target_volume_attributes_class_name.as_deref()
    });
    [wanted, current, target].into_iter().flatten().collect()
}

/// The class of attributes of a volume.
pub(crate) fn class_of_volume(volume: &PersistentVolume) -> Option<&String> {
    volume.spec.as_ref()?.volume_attributes_class_name.as_ref()
}

/// Whether a scheduled pod uses a claim; one that is shut down uses its ephemeral claims no more.
fn mounts(pod: &Pod, claim: &PersistentVolumeClaim) -> bool {
    let Some(spec) =
        pod.spec.as_ref().filter(|spec| spec.node_name.as_ref().is_some_and(|it| !it.is_empty()))
    else {
        return false;
    };
    let meta = &pod.metadata;
    let shut_down = meta.deletion_timestamp.is_some() && meta.deletion_grace_period_seconds == Some(0);
    let name = claim.name_any();
    let of_pod = claim
        .owner_references()
        .iter()
        .any(|owner| owner.controller == Some(true) && Some(&owner.uid) == meta.uid.as_ref());
    spec.volumes.iter().flatten().any(|volume| {
        let named = volume.persistent_volume_claim.as_ref().is_some_and(|it| it.claim_name == name);
        let ephemeral = volume.ephemeral.is_some() && format!("{}-{}", pod.name_any(), volume.name) == name;
        named || (ephemeral && of_pod && !shut_down)
    })
}

/// The claims that a pod names.
pub(crate) fn claims_of(pod: &Pod) -> Vec<ObjectKey> {
    let namespace = pod.namespace().unwrap_or_default();
    let volumes = pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
    volumes
        .filter_map(|volume| match (&volume.persistent_volume_claim, &volume.ephemeral) {
            (Some(claim), _) => Some(claim.claim_name.clone()),
            (None, Some(_)) => Some(format!("{}-{}", pod.name_any(), volume.name)),
            (None, None) => None,
        })
        .map(|name| ObjectKey::new(namespace.as_str(), name))
        .collect()
}

/// The controller of one kind.
pub(crate) struct Protection<K> {
    pub(crate) client: Client,
    pub(crate) objects: Cache<K>,
    pub(crate) users: Users,
}

/// What a pass is going to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    Nothing,
    Hold,
    Release,
}

impl<K: Protected> Reconcile for Protection<K> {
    type Observed = (Arc<K>, bool);
    type Plan = Plan;

    fn owned(&self) -> GroupVersionKind {
        GroupVersionKind::from_api_version(&K::api_version(&()), &K::kind(&()))
    }

    async fn observe(&self, key: &ObjectKey, _: &Wakes) -> Result<Option<Self::Observed>, ReconcileError> {
        let object = self.objects.get(key);
        Ok(object.map(|object| {
            let used = object.is_used(&self.users);
            (object, used)
        }))
    }

    fn plan(&self, (object, used): &Self::Observed) -> Plan {
        let held = object.finalizers().iter().any(|finalizer| finalizer == K::FINALIZER);
        match (object.meta().deletion_timestamp.is_some(), held) {
            (false, false) => Plan::Hold,
            (true, true) if !used => Plan::Release,
            _ => Plan::Nothing,
        }
    }

    async fn apply(
        &self,
        (object, _): Self::Observed,
        plan: Plan,
        _: &Wakes,
    ) -> Result<Requeue, ReconcileError> {
        let mut finalizers = object.finalizers().to_vec();
        match plan {
            Plan::Nothing => return Ok(Requeue::Never),
            Plan::Hold => finalizers.push(K::FINALIZER.to_owned()),
            Plan::Release => finalizers.retain(|finalizer| finalizer != K::FINALIZER),
        }
        let version = object.meta().resource_version.as_deref();
        let patch = json!({"metadata": {"resourceVersion": version, "finalizers": finalizers}});
        let how = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
        let key = key_of(object.as_ref());
        let api = K::api(self.client.clone(), &key.namespace);
        match api.patch_metadata(&key.name, &how, &Patch::Merge(patch)).await {
            // Gone, or changed since it was read: its change wakes the key again.
            Err(error) if is_code(&error, 404) || is_code(&error, 409) => Ok(Requeue::Never),
            Err(error) => Err(error.into()),
            Ok(_) => Ok(Requeue::Never),
        }
    }

    fn forget(&self, _: &ObjectKey) {}
}
