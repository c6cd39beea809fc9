//! Spot checks of the table of kinds, and what holds for every row.

use super::{by_kind, by_resource, kinds};

#[test]
fn a_row_reads_as_discovery_prints_it() {
    let pods = by_resource("", "v1", "pods").unwrap();
    assert_eq!((pods.kind, pods.list_kind, pods.singular, pods.namespaced), ("Pod", "PodList", "pod", true));
    assert_eq!((pods.short_names.as_slice(), pods.categories.as_slice()), (&["po"][..], &["all"][..]));
    let eviction = pods.subresource("eviction").unwrap();
    assert_eq!((eviction.group, eviction.version, eviction.kind), ("policy", "v1", "Eviction"));
    assert!(pods.can("watch") && !by_resource("", "v1", "namespaces").unwrap().can("deletecollection"));
    assert!(!by_kind("", "v1", "Node").unwrap().namespaced);
    assert!(by_resource("apps", "v1", "pods").is_none());
}

#[test]
fn kinds_that_share_their_objects_name_one_storage() {
    let check = |group, version, kind, storage| {
        assert_eq!(by_kind(group, version, kind).unwrap().storage, storage);
    };
    check("events.k8s.io", "v1", "Event", ("", "v1"));
    check("", "v1", "Event", ("", "v1"));
    check("autoscaling", "v1", "HorizontalPodAutoscaler", ("autoscaling", "v2"));
    check("apps", "v1", "Deployment", ("apps", "v1"));
}

#[test]
fn groups_stand_in_order_of_priority() {
    let mut groups: Vec<_> = kinds().iter().map(|kind| (kind.group, kind.version)).collect();
    groups.dedup();
    assert_eq!(
        groups[..4],
        [("", "v1"), ("apiregistration.k8s.io", "v1"), ("apps", "v1"), ("events.k8s.io", "v1")]
    );
    assert!(groups.windows(2).any(|pair| pair == [("autoscaling", "v2"), ("autoscaling", "v1")]));
    assert_eq!(groups.len(), 23);
}

#[test]
fn every_row_is_whole() {
    for kind in kinds() {
        assert!(kind.schema().node().fields.iter().any(|field| field.name == "metadata"), "{}", kind.kind);
        assert!(!kind.verbs.is_empty() && !kind.singular.is_empty(), "{}", kind.kind);
        assert_eq!(kind.can("list"), !kind.list_kind.is_empty(), "{}", kind.kind);
        assert!(by_kind(kind.storage.0, kind.storage.1, kind.kind).is_some(), "{}", kind.kind);
        if kind.can("list") {
            assert!(
                crate::schema_of(kind.group, kind.version, kind.list_kind).is_some(),
                "{}",
                kind.list_kind
            );
        }
        for sub in &kind.subresources {
            let is_connect = sub.kind.starts_with("Pod") && sub.kind.ends_with("Options")
                || matches!(sub.kind, "NodeProxyOptions" | "ServiceProxyOptions");
            assert!(
                is_connect || crate::schema_of(sub.group, sub.version, sub.kind).is_some(),
                "{}",
                sub.kind
            );
        }
    }
}
