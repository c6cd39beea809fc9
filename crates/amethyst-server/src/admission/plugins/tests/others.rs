//! Plugins of a few rules each.

use super::super::certificates::{
    CertificateApproval, CertificateSigning, CertificateSubjectRestriction, ClusterTrustBundleAttest,
};
use super::super::default_classes::{DefaultIngressClass, DefaultStorageClass};
use super::super::node_features::NodeDeclaredFeatureValidator;
use super::super::pod_resize::PodResizeValidator;
use super::super::runtime_class::RuntimeClass;
use super::super::storage::{PersistentVolumeClaimResize, StorageObjectInUseProtection};
use super::super::taint_nodes::TaintNodesByCondition;
use super::super::tolerations::DefaultTolerationSeconds;
use super::super::topology_labels::PodTopologyLabels;
use super::{World, after, create, refusal, update};

#[test]
fn pods_bear_failing_nodes_for_a_while() {
    let none = World::default();
    let check = |tolerations: &str, expect: &str| {
        let pod = format!(r#"{{"spec":{{"tolerations":{tolerations}}}}}"#);
        for asked in [create("pods"), update("pods", "{}")] {
            let after = after(&DefaultTolerationSeconds, asked, &pod, &none, &["spec", "tolerations"]);
            assert_eq!(after, expect);
        }
    };
    let ours = |what: &str| {
        format!(
            r#"{{"effect":"NoExecute","key":"node.kubernetes.io/{what}","operator":"Exists","tolerationSeconds":300}}"#
        )
    };
    let (not_ready, unreachable) = (ours("not-ready"), ours("unreachable"));
    check("[]", &format!("[{not_ready},{unreachable}]"));
    let own = r#"{"key":"node.kubernetes.io/not-ready","operator":"Exists","tolerationSeconds":5}"#;
    let shown = r#"{"key":"node.kubernetes.io/not-ready","operator":"Exists","tolerationSeconds":5}"#;
    check(&format!("[{own}]"), &format!("[{shown},{unreachable}]"));
    check(r#"[{"operator":"Exists"}]"#, r#"[{"operator":"Exists"}]"#);
    let other = r#"{"effect":"NoSchedule","key":"node.kubernetes.io/not-ready"}"#;
    check(&format!("[{other}]"), &format!("[{other},{not_ready},{unreachable}]"));
}

#[test]
fn nodes_begin_not_ready() {
    let (none, taint) = (World::default(), r#"{"effect":"NoSchedule","key":"node.kubernetes.io/not-ready"}"#);
    let check = |node: &str, expect: &str| {
        assert_eq!(after(&TaintNodesByCondition, create("nodes"), node, &none, &["spec", "taints"]), expect);
    };
    check(r#"{"metadata":{}}"#, &format!("[{taint}]"));
    check(&format!(r#"{{"spec":{{"taints":[{taint}]}}}}"#), &format!("[{taint}]"));
    assert_eq!(after(&TaintNodesByCondition, update("nodes", "{}"), "{}", &none, &["spec"]), "");
}

#[test]
fn default_classes_are_the_newest() {
    let class = |name: &str, annotation: &str, at: &str| {
        format!(
            r#"{{"metadata":{{"name":"{name}","creationTimestamp":"{at}","annotations":{{"{annotation}":"true"}}}}}}"#
        )
    };
    let (storage, old) =
        ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class");
    let of = "storage.k8s.io/storageclasses";
    let world = World::of(&[
        (of, &class("first", storage, "2026-01-01T00:00:00Z")),
        (of, &class("b", old, "2026-02-01T00:00:00Z")),
        (of, &class("a", storage, "2026-02-01T00:00:00Z")),
        (of, &class("none", "x", "2026-03-01T00:00:00Z")),
    ]);
    let claims = create("persistentvolumeclaims");
    let check = |claim: &str, expect: &str| {
        let spec = after(&DefaultStorageClass, claims, claim, &world, &["spec", "storageClassName"]);
        assert_eq!(spec, expect, "{claim}");
    };
    check(r#"{"spec":{}}"#, "\"a\"");
    check(r#"{"spec":{"storageClassName":""}}"#, "\"\"");
    check(r#"{"metadata":{"annotations":{"volume.beta.kubernetes.io/storage-class":""}},"spec":{}}"#, "");
    let none = World::default();
    assert_eq!(after(&DefaultStorageClass, claims, r#"{"spec":{}}"#, &none, &["spec"]), "{}");

    let ingress = "ingressclass.kubernetes.io/is-default-class";
    let world =
        World::of(&[("networking.k8s.io/ingressclasses", &class("web", ingress, "2026-01-01T00:00:00Z"))]);
    let check = |object: &str, expect: &str| {
        let asked = create("networking.k8s.io/ingresses");
        assert_eq!(after(&DefaultIngressClass, asked, object, &world, &["spec"]), expect, "{object}");
    };
    check(r#"{"spec":{}}"#, r#"{"ingressClassName":"web"}"#);
    check(r#"{"metadata":{"annotations":{"kubernetes.io/ingress.class":"x"}},"spec":{}}"#, "{}");
}

#[test]
fn what_is_in_use_is_protected() {
    let none = World::default();
    for (of, finalizer) in [
        ("persistentvolumes", "kubernetes.io/pv-protection"),
        ("persistentvolumeclaims", "kubernetes.io/pvc-protection"),
        ("storage.k8s.io/volumeattributesclasses", "kubernetes.io/vac-protection"),
    ] {
        let check = |object: &str, expect: &str| {
            let after =
                after(&StorageObjectInUseProtection, create(of), object, &none, &["metadata", "finalizers"]);
            assert_eq!(after, expect);
        };
        check("{}", &format!("[\"{finalizer}\"]"));
        check(
            &format!(r#"{{"metadata":{{"finalizers":["x/y","{finalizer}"]}}}}"#),
            &format!("[\"x/y\",\"{finalizer}\"]"),
        );
    }
    assert_eq!(after(&StorageObjectInUseProtection, create("pods"), "{}", &none, &["metadata"]), "");
}

#[test]
fn claims_grow_where_their_class_allows_it() {
    let of = "storage.k8s.io/storageclasses";
    let world = World::of(&[
        (of, r#"{"metadata":{"name":"elastic"},"allowVolumeExpansion":true}"#),
        (of, r#"{"metadata":{"name":"stiff"},"allowVolumeExpansion":false}"#),
    ]);
    let claim = |class: &str, size: &str, phase: &str| {
        format!(
            r#"{{"spec":{{"storageClassName":"{class}","resources":{{"requests":{{"storage":"{size}"}}}}}},"status":{{"phase":"{phase}"}}}}"#
        )
    };
    let check = |class: &str, size: &str, phase: &str, expect: &str| {
        let old = claim(class, "1Gi", phase);
        let asked = update("persistentvolumeclaims", &old);
        let said = refusal(&PersistentVolumeClaimResize, asked, &claim(class, size, phase), &world);
        assert_eq!(said, expect, "{class} {size} {phase}");
    };
    let why = "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must \
               support resize";
    check("elastic", "2Gi", "Bound", "");
    check("elastic", "2Gi", "Pending", "Only bound persistent volume claims can be expanded");
    check("elastic", "512Mi", "Pending", "");
    check("stiff", "2Gi", "Bound", why);
    check("missing", "2Gi", "Bound", why);
    check("", "2Gi", "Bound", why);
}

#[test]
fn runtimes_cost_and_are_somewhere() {
    let world = World::of(&[(
        "node.k8s.io/runtimeclasses",
        r#"{"metadata":{"name":"kata"},"handler":"kata","overhead":{"podFixed":{"cpu":"100m","memory":"1"}},
            "scheduling":{"nodeSelector":{"runtime":"kata"},"tolerations":[{"key":"kata","operator":"Exists"}]}}"#,
    )]);
    let check = |spec: &str, expect: &str| {
        let pod = format!(r#"{{"spec":{spec}}}"#);
        assert_eq!(after(&RuntimeClass, create("pods"), &pod, &world, &["spec"]), expect, "{spec}");
    };
    let refused = |spec: &str, expect: &str| {
        let said = refusal(&RuntimeClass, create("pods"), &format!(r#"{{"spec":{spec}}}"#), &world);
        assert_eq!(said, expect, "{spec}");
    };
    let whole = r#""overhead":{"cpu":"100m","memory":"1"},"runtimeClassName":"kata","tolerations":[{"key":"kata","operator":"Exists"}]}"#;
    check(r#"{"runtimeClassName":"kata"}"#, &format!(r#"{{"nodeSelector":{{"runtime":"kata"}},{whole}"#));
    check(
        r#"{"runtimeClassName":"kata","overhead":{"cpu":"0.1","memory":"1"},"nodeSelector":{"zone":"a"},"tolerations":[{"effect":"NoSchedule","key":"kata","operator":"Exists"}]}"#,
        &format!(r#"{{"nodeSelector":{{"runtime":"kata","zone":"a"}},{whole}"#),
    );
    check("{}", "{}");
    refused(r#"{"runtimeClassName":"none"}"#, "pod rejected: RuntimeClass \"none\" not found");
    refused(
        r#"{"runtimeClassName":"kata","overhead":{"cpu":"1"}}"#,
        "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
    );
    refused(
        r#"{"overhead":{"cpu":"1"}}"#,
        "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead",
    );
    refused(
        r#"{"runtimeClassName":"kata","nodeSelector":{"runtime":"runc"}}"#,
        "conflict: runtimeClass.scheduling.nodeSelector[runtime] = kata; pod.spec.nodeSelector[runtime] = runc",
    );
}

#[test]
fn signers_are_asked_for() {
    let csr = r#"{"spec":{"signerName":"example.com/web"},"status":{}}"#;
    let (approval, status) = (
        "certificates.k8s.io/certificatesigningrequests/approval",
        "certificates.k8s.io/certificatesigningrequests/status",
    );
    let none = World::default();
    assert_eq!(
        refusal(&CertificateApproval, update(approval, csr), csr, &none),
        "user not permitted to approve requests with signerName \"example.com/web\""
    );
    for allowed in ["approve example.com/web", "approve example.com/*"] {
        let some = World { allowed: vec![allowed], ..World::default() };
        assert_eq!(refusal(&CertificateApproval, update(approval, csr), csr, &some), "");
    }
    let signed = csr.replace(r#""status":{}"#, r#""status":{"certificate":"YQ=="}"#);
    assert_eq!(refusal(&CertificateSigning, update(status, csr), csr, &none), "");
    assert_eq!(
        refusal(&CertificateSigning, update(status, csr), &signed, &none),
        "user not permitted to sign requests with signerName \"example.com/web\""
    );
    let bundles = "certificates.k8s.io/clustertrustbundles";
    let why = "user not permitted to attest for signerName \"example.com/web\"";
    assert_eq!(refusal(&ClusterTrustBundleAttest, create(bundles), csr, &none), why);
    assert_eq!(refusal(&ClusterTrustBundleAttest, create(bundles), "{}", &none), "");
    let owned = r#"{"metadata":{"finalizers":["a/b"]},"spec":{"signerName":"example.com/web"},"status":{}}"#;
    let before = r#"{"metadata":{},"spec":{"signerName":"example.com/web"},"status":{}}"#;
    assert_eq!(refusal(&ClusterTrustBundleAttest, update(bundles, before), owned, &none), "");
    assert_eq!(refusal(&ClusterTrustBundleAttest, update(bundles, before), &signed, &none), why);
}

#[test]
fn client_certificates_make_no_masters() {
    let check = |signer: &str, organization: &str, expect: &str| {
        use base64::Engine;
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::OrganizationName, organization);
        let key = rcgen::KeyPair::generate().unwrap();
        let pem = params.serialize_request(&key).unwrap().pem().unwrap();
        let request = base64::engine::general_purpose::STANDARD.encode(pem);
        let csr = format!(r#"{{"spec":{{"signerName":"{signer}","request":"{request}"}}}}"#);
        let asked = create("certificates.k8s.io/certificatesigningrequests");
        let said = refusal(&CertificateSubjectRestriction, asked, &csr, &World::default());
        assert_eq!(said, expect);
    };
    let client = "kubernetes.io/kube-apiserver-client";
    check(client, "developers", "");
    check("example.com/web", "system:masters", "");
    check(
        client,
        "system:masters",
        "use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed",
    );
}

#[test]
fn bound_pods_get_the_labels_of_their_place() {
    let world = World::of(&[(
        "/nodes",
        r#"{"metadata":{"name":"n","labels":{"topology.kubernetes.io/zone":"z","topology.kubernetes.io/region":"r","other":"o"}}}"#,
    )]);
    let check = |of: &str, object: &str, expect: &str| {
        let labels = after(&PodTopologyLabels, create(of), object, &world, &["metadata", "labels"]);
        assert_eq!(labels, expect, "{object}");
    };
    let both = r#"{"topology.kubernetes.io/region":"r","topology.kubernetes.io/zone":"z"}"#;
    check("pods/binding", r#"{"metadata":{},"target":{"kind":"Node","name":"n"}}"#, both);
    check("pods/binding", r#"{"metadata":{},"target":{"name":"n"}}"#, "");
    check("pods/binding", r#"{"metadata":{},"target":{"kind":"Node","name":"none"}}"#, "");
    check(
        "pods",
        r#"{"metadata":{"labels":{"topology.kubernetes.io/zone":"x"}},"spec":{"nodeName":"n"}}"#,
        both,
    );
    check("pods", r#"{"metadata":{},"spec":{}}"#, "");
}

#[test]
fn running_pods_change_as_their_nodes_can() {
    let node = |declared: &str| {
        World::of(&[(
            "/nodes",
            &format!(
                r#"{{"metadata":{{"name":"n"}},"status":{{"declaredFeatures":[{declared}],"allocatable":{{"cpu":"2","memory":"1Gi"}}}}}}"#
            ),
        )])
    };
    let pod = |generation: u32, init: &str, cpu: &str| {
        format!(
            r#"{{"metadata":{{"generation":{generation}}},"spec":{{"nodeName":"n","initContainers":[{{"name":"i","resources":{{"limits":{{"cpu":"{init}"}}}}}}],"containers":[{{"name":"c","resources":{{"requests":{{"cpu":"{cpu}"}}}}}}]}}}}"#
        )
    };
    let (old, new) = (pod(1, "1", "1"), pod(2, "2", "1"));
    let asked = update("pods/resize", &old);
    assert_eq!(
        refusal(&NodeDeclaredFeatureValidator, asked, &new, &node("")),
        "pod update requires features InPlacePodVerticalScalingInitContainers which are not available on node \"n\""
    );
    let able = node("\"InPlacePodVerticalScalingInitContainers\"");
    assert_eq!(refusal(&NodeDeclaredFeatureValidator, asked, &new, &able), "");
    assert_eq!(
        refusal(&NodeDeclaredFeatureValidator, asked, &new, &World::default()),
        "node \"n\" not found"
    );
    assert_eq!(refusal(&NodeDeclaredFeatureValidator, asked, &pod(1, "2", "1"), &node("")), "");

    assert_eq!(
        refusal(&PodResizeValidator, asked, &pod(2, "1", "3"), &node("")),
        "node didn't have enough allocatable resources: cpu, requested: 3000, allocatable: 2000 (NodeCapacity)"
    );
    assert_eq!(refusal(&PodResizeValidator, asked, &pod(2, "1", "2"), &node("")), "");
    let windows =
        World::of(&[("/nodes", r#"{"metadata":{"name":"n","labels":{"kubernetes.io/os":"windows"}}}"#)]);
    assert_eq!(
        refusal(&PodResizeValidator, asked, &pod(2, "1", "2"), &windows),
        "pod resize is only supported on linux nodes, node \"n\" is \"windows\" (UnsupportedPlatform)"
    );
}
