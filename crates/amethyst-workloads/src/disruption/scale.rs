//! How many pods there should be: what a budget says, or the scales of its pods' controllers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use amethyst_controller::{Cluster, ObjectKey};
use amethyst_object::{GroupVersion, GroupVersionKind, Object, Value};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::ResourceExt;

/// What is expected of the pods of a budget.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) count: i32,
    pub(super) healthy: i32,
    /// Pods that no controller owns, where that makes the count wrong.
    pub(super) unmanaged: Vec<String>,
}

/// Reads the scales of controllers.
pub(super) struct Scales<'a> {
    pub(super) cluster: &'a Cluster,
}

impl Scales<'_> {
    pub(super) async fn expected(
        &self,
        budget: &PodDisruptionBudget,
        pods: &[Arc<Pod>],
    ) -> Result<Expected, String> {
        let Some(spec) = &budget.spec else { return Ok(Expected::default()) };
        match (&spec.max_unavailable, &spec.min_available) {
            (Some(most), _) => {
                let (count, unmanaged) = self.of_pods(pods).await?;
                let healthy = (count - scaled(most, count)?).max(0);
                Ok(Expected { count, healthy, unmanaged })
            }
            (None, Some(IntOrString::Int(least))) => {
                let count = i32::try_from(pods.len()).unwrap_or(i32::MAX);
                Ok(Expected { count, healthy: *least, unmanaged: Vec::new() })
            }
            (None, Some(least)) => {
                let (count, unmanaged) = self.of_pods(pods).await?;
                Ok(Expected { count, healthy: scaled(least, count)?, unmanaged })
            }
            (None, None) => Ok(Expected::default()),
        }
    }

    /// The scales of all controllers of the pods together, and the pods that have none.
    async fn of_pods(&self, pods: &[Arc<Pod>]) -> Result<(i32, Vec<String>), String> {
        let mut scales: BTreeMap<String, i32> = BTreeMap::new();
        // Pods of one ReplicaSet share a Deployment's scale, which is found under another uid.
        let mut asked: BTreeSet<String> = BTreeSet::new();
        let mut unmanaged = Vec::new();
        for pod in pods {
            let owner = pod.owner_references().iter().find(|owner| owner.controller == Some(true));
            let Some(owner) = owner else {
                unmanaged.push(pod.name_any());
                continue;
            };
            if !asked.insert(owner.uid.clone()) {
                continue;
            }
            let found = self.of_owner(owner, &pod.namespace().unwrap_or_default()).await?;
            let (uid, scale) =
                found.ok_or_else(|| format!("found no controllers for pod {:?}", pod.name_any()))?;
            scales.insert(uid, scale);
        }
        Ok((scales.values().sum(), unmanaged))
    }

    async fn of_owner(
        &self,
        owner: &OwnerReference,
        namespace: &str,
    ) -> Result<Option<(String, i32)>, String> {
        let gvk = GroupVersionKind::from_api_version(&owner.api_version, &owner.kind);
        let of_apps = matches!(gvk.group.as_str(), "apps" | "extensions");
        let as_apps = GroupVersionKind::new("apps", "v1", gvk.kind.clone());
        match (gvk.group.as_str(), gvk.kind.as_str()) {
            (_, "ReplicaSet") if of_apps => {
                let Some(set) = self.get(&as_apps, namespace, &owner.name, &owner.uid).await? else {
                    return Ok(None);
                };
                match controller_of(&set) {
                    Some((api_version, "Deployment", name, uid)) => {
                        let group = GroupVersion::parse(api_version).group;
                        if !matches!(group.as_str(), "apps" | "extensions") {
                            return Ok(None);
                        }
                        let gvk = GroupVersionKind::new("apps", "v1", "Deployment");
                        Ok(self.get(&gvk, namespace, name, uid).await?.map(|it| scale_of(&it)))
                    }
                    _ => Ok(Some(scale_of(&set))),
                }
            }
            ("apps", "StatefulSet") => {
                Ok(self.get(&as_apps, namespace, &owner.name, &owner.uid).await?.map(|it| scale_of(&it)))
            }
            ("", "ReplicationController") => {
                Ok(self.get(&gvk, namespace, &owner.name, &owner.uid).await?.map(|it| scale_of(&it)))
            }
            _ => self.of_scale(&gvk, namespace, owner).await,
        }
    }

    async fn get(
        &self,
        gvk: &GroupVersionKind,
        namespace: &str,
        name: &str,
        uid: &str,
    ) -> Result<Option<Object>, String> {
        let found = self.cluster.get(gvk, &ObjectKey::new(namespace, name)).await;
        let found = found.map_err(|error| error.to_string())?;
        Ok(found.filter(|object| object.uid() == uid))
    }

    /// The scale of any other kind, which must have that subresource.
    async fn of_scale(
        &self,
        gvk: &GroupVersionKind,
        namespace: &str,
        owner: &OwnerReference,
    ) -> Result<Option<(String, i32)>, String> {
        let served = self.cluster.served(gvk).await.map_err(|error| error.to_string())?;
        let key = ObjectKey::new(namespace, owner.name.as_str());
        let scale = match self.cluster.get_scale(gvk, &key).await {
            Ok(scale) => scale,
            Err(error) if error.is_not_found() => {
                let there = self.cluster.get(gvk, &key).await.map_err(|error| error.to_string())?;
                let group = if gvk.group.is_empty() { String::new() } else { format!(".{}", gvk.group) };
                return match there {
                    Some(_) => {
                        Err(format!("{}{group} does not implement the scale subresource", served.plural))
                    }
                    None => Ok(None),
                };
            }
            Err(error) => return Err(error.to_string()),
        };
        Ok((scale.uid() == owner.uid).then(|| scale_of(&scale)))
    }
}

fn controller_of(object: &Object) -> Option<(&str, &str, &str, &str)> {
    let owners = object.at(&["metadata", "ownerReferences"])?.as_array()?;
    let owner = owners.iter().find(|owner| owner.get("controller").and_then(Value::as_bool) == Some(true))?;
    let text = |key: &str| owner.str_at(&[key]).unwrap_or_default();
    Some((text("apiVersion"), text("kind"), text("name"), text("uid")))
}

fn scale_of(object: &Object) -> (String, i32) {
    let replicas = object.at(&["spec", "replicas"]).and_then(Value::as_i64).unwrap_or_default();
    (object.uid().to_owned(), i32::try_from(replicas).unwrap_or(i32::MAX))
}

/// A number, or a share of the total, rounded up (apimachinery `pkg/util/intstr`).
pub(super) fn scaled(value: &IntOrString, total: i32) -> Result<i32, String> {
    match value {
        IntOrString::Int(number) => Ok(*number),
        IntOrString::String(text) => {
            let percent = text.strip_suffix('%').and_then(|digits| digits.parse::<i32>().ok());
            let percent = percent.ok_or_else(|| {
                format!("invalid value for IntOrString: invalid type: string is not a percentage: {text}")
            })?;
            let share = i64::from(percent) * i64::from(total);
            Ok(i32::try_from(share.div_euclid(100) + i64::from(share.rem_euclid(100) > 0))
                .unwrap_or(i32::MAX))
        }
    }
}
