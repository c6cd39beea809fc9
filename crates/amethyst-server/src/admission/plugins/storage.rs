//! `StorageObjectInUseProtection` and `PersistentVolumeClaimResize`: what is in use is not deleted, and only
//! what can grow is made larger (kubernetes `plugin/pkg/admission/storage/storageobjectinuseprotection`,
//! `.../storage/persistentvolume/resize`). The finalizers are taken off by controllers.

use amethyst_admission::{Denial, Notes, Operation, Plugin, Request, View};
use amethyst_object::Value;
use amethyst_quota::ResourceList;

use super::read::{annotation, list_mut, map_mut, text};

const PROTECTED: [(&str, &str, &str); 3] = [
    ("", "persistentvolumes", "kubernetes.io/pv-protection"),
    ("", "persistentvolumeclaims", "kubernetes.io/pvc-protection"),
    ("storage.k8s.io", "volumeattributesclasses", "kubernetes.io/vac-protection"),
];

#[derive(Debug)]
pub(super) struct StorageObjectInUseProtection;

#[derive(Debug)]
pub(super) struct PersistentVolumeClaimResize;

fn finalizer(request: &Request<'_>) -> Option<&'static str> {
    PROTECTED
        .iter()
        .find(|(group, plural, _)| request.is_for(group, plural))
        .map(|(.., finalizer)| *finalizer)
}

impl Plugin for StorageObjectInUseProtection {
    fn name(&self) -> &'static str {
        "StorageObjectInUseProtection"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.operation == Operation::Create && finalizer(request).is_some()
    }

    fn mutate(
        &self,
        request: &Request<'_>,
        object: &mut Value,
        _: &dyn View,
        _: &mut Notes,
    ) -> Result<(), Denial> {
        let Some(finalizer) = finalizer(request) else { return Ok(()) };
        let finalizers = list_mut(map_mut(object, &["metadata"]), "finalizers");
        if finalizers.iter().all(|there| there.as_str() != Some(finalizer)) {
            finalizers.push(finalizer.into());
        }
        Ok(())
    }
}

impl Plugin for PersistentVolumeClaimResize {
    fn name(&self) -> &'static str {
        "PersistentVolumeClaimResize"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        request.operation == Operation::Update && request.is_for("", "persistentvolumeclaims")
    }

    fn validate(
        &self,
        request: &Request<'_>,
        claim: Option<&Value>,
        view: &dyn View,
        _: &mut Notes,
    ) -> Result<(), Denial> {
        let (Some(claim), Some(old)) = (claim, request.old) else { return Ok(()) };
        if !grows(claim, old) {
            return Ok(());
        }
        if text(old, &["status", "phase"]) != "Bound" {
            return Err(Denial::forbidden("Only bound persistent volume claims can be expanded"));
        }
        let name = class(claim);
        let class = (!name.is_empty() && name == class(old))
            .then(|| view.get("storage.k8s.io", "storageclasses", "", name))
            .flatten();
        let expands = class.and_then(|class| class.get("allowVolumeExpansion")?.as_bool());
        if expands == Some(true) {
            return Ok(());
        }
        Err(Denial::forbidden(
            "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must \
             support resize",
        ))
    }
}

fn grows(new: &Value, old: &Value) -> bool {
    let size = |claim: &Value| {
        let requests = ResourceList::read(claim.at(&["spec", "resources", "requests"]));
        requests.get("storage").map_or(0, amethyst_schema::Quantity::nanos)
    };
    size(new) > size(old)
}

fn class(claim: &Value) -> &str {
    annotation(claim, "volume.beta.kubernetes.io/storage-class")
        .unwrap_or_else(|| text(claim, &["spec", "storageClassName"]))
}
