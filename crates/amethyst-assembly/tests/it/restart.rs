//! State outlives the process, and belongs to one process at a time.

use amethyst_assembly::{Homelab, StartError, lock_state};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{Api, ResourceExt};

use crate::repository::{Repository, config_map, manifest};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_start_finds_everything() {
    let repository = Repository::new(&[("cluster/a.yaml", &manifest("a", "one"))]);
    let data = tempfile::tempdir().unwrap();
    let settings = repository.settings(Some(data.path().to_owned()));
    let mut homelab = Homelab::start(&settings).await.unwrap();
    homelab.follow(&settings).await.unwrap();
    let before = config_map(&homelab, "a", "one").await;

    let second = Homelab::start(&settings).await.map(drop).unwrap_err();
    assert!(matches!(second, StartError::Locked { .. }), "{second:?}");
    assert!(lock_state(data.path()).is_err());
    homelab.stop().await;

    let homelab = Homelab::start(&settings).await.unwrap();
    assert!(homelab.recovery().unwrap().clean);
    let api: Api<ConfigMap> = Api::namespaced(homelab.client().clone(), "default");
    let after = api.get("a").await.unwrap();
    assert_eq!(after.uid(), before.uid());
    assert_eq!(after.resource_version(), before.resource_version());
    homelab.stop().await;
    assert!(lock_state(data.path()).is_ok());
}
