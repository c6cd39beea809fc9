//! What objects cost.

use amethyst_object::{Map, Object, Value, json};
use amethyst_schema::Quantity;

use crate::{
    Evaluator, Operation, ResourceList, ScopeRequirement, calculate_usage, is_ignored, quality_of_service,
};

const NOW: &str = "2026-11-24T00:00:00Z";

fn object(text: &str) -> Map {
    Object::from_value(json::parse(text.as_bytes()).unwrap()).unwrap().0
}

fn usage(group: &str, plural: &str, text: &str) -> String {
    let evaluator = Evaluator::of(group, plural).unwrap();
    evaluator.usage(&object(text), NOW.parse().unwrap()).to_string()
}

fn check(group: &str, plural: &str, text: &str, expect: &str) {
    assert_eq!(usage(group, plural, text), expect, "{text}");
}

#[test]
fn pods_cost_what_their_containers_need_together() {
    let pods = |text: &str, expect: &str| check("", "pods", text, expect);
    pods("{}", "count/pods=1,pods=1");
    pods(
        r#"{"spec":{"containers":[
            {"name":"a","resources":{"requests":{"cpu":"500m","memory":"252Mi","hugepages-2Mi":"4Mi"},"limits":{"cpu":"1"}}},
            {"name":"b","resources":{"requests":{"cpu":"500m","nvidia.com/gpu":"2"}}}]}}"#,
        "count/pods=1,cpu=1,hugepages-2Mi=4Mi,limits.cpu=1,memory=252Mi,pods=1,requests.cpu=1,\
         requests.hugepages-2Mi=4Mi,requests.memory=252Mi,requests.nvidia.com/gpu=2",
    );
    pods(
        r#"{"spec":{"containers":[{"name":"a","resources":{"requests":{"cpu":"1"}}}],"initContainers":[
            {"name":"i","resources":{"requests":{"cpu":"3"}}},
            {"name":"s","restartPolicy":"Always","resources":{"requests":{"cpu":"1"}}},
            {"name":"j","resources":{"requests":{"cpu":"3"}}}],"overhead":{"cpu":"100m"}}}"#,
        "count/pods=1,cpu=4100m,pods=1,requests.cpu=4100m",
    );
    pods(
        r#"{"spec":{"resources":{"requests":{"cpu":"2"}},"containers":[{"name":"a","resources":{"requests":{"cpu":"1"}}}]}}"#,
        "count/pods=1,cpu=2,pods=1,requests.cpu=2",
    );
    pods(
        r#"{"spec":{"containers":[{"name":"a","resources":{"requests":{"cpu":"1"}}}]},
            "status":{"containerStatuses":[{"name":"a","allocatedResources":{"cpu":"2"}}]}}"#,
        "count/pods=1,cpu=2,pods=1,requests.cpu=2",
    );
    pods(r#"{"status":{"phase":"Failed"}}"#, "count/pods=1");
    let marked = |at: &str| {
        format!(r#"{{"metadata":{{"deletionTimestamp":"{at}","deletionGracePeriodSeconds":30}}}}"#)
    };
    pods(&marked("2026-11-23T23:59:00Z"), "count/pods=1");
    pods(&marked("2026-11-23T23:59:45Z"), "count/pods=1,pods=1");
}

#[test]
fn services_cost_ports_and_balancers() {
    let services = |text: &str, ports: u32, balancers: u32| {
        let expect = format!(
            "count/services=1,services=1,services.loadbalancers={balancers},services.nodeports={ports}"
        );
        check("", "services", text, &expect);
    };
    services(r#"{"spec":{"ports":[{"port":1}]}}"#, 0, 0);
    services(r#"{"spec":{"type":"NodePort","ports":[{"port":1},{"port":2}]}}"#, 2, 0);
    services(r#"{"spec":{"type":"LoadBalancer","ports":[{"port":1}]}}"#, 1, 1);
    services(
        r#"{"spec":{"type":"LoadBalancer","allocateLoadBalancerNodePorts":false,"ports":[{"port":1,"nodePort":30000},{"port":2}]}}"#,
        1,
        1,
    );
}

#[test]
fn claims_cost_storage_by_class() {
    let claims = |text: &str, expect: &str| check("", "persistentvolumeclaims", text, expect);
    claims("{}", "count/persistentvolumeclaims=1,persistentvolumeclaims=1");
    claims(
        r#"{"spec":{"storageClassName":"gold","resources":{"requests":{"storage":"1.5"}}},"status":{"allocatedResources":{"storage":"10Gi"}}}"#,
        "count/persistentvolumeclaims=1,gold.storageclass.storage.k8s.io/persistentvolumeclaims=1,\
         gold.storageclass.storage.k8s.io/requests.storage=10Gi,persistentvolumeclaims=1,requests.storage=10Gi",
    );
    claims(
        r#"{"spec":{"resources":{"requests":{"storage":"1500m"}}}}"#,
        "count/persistentvolumeclaims=1,persistentvolumeclaims=1,requests.storage=2",
    );
    check(
        "resource.k8s.io",
        "resourceclaims",
        r#"{"spec":{"devices":{"requests":[
            {"exactly":{"deviceClassName":"gpu","allocationMode":"ExactCount","count":2}},
            {"firstAvailable":[{"deviceClassName":"gpu","allocationMode":"All"},{"deviceClassName":"nic","allocationMode":"ExactCount","count":1}]}]}}}"#,
        "count/resourceclaims.resource.k8s.io=1,gpu.deviceclass.resource.k8s.io/devices=34,\
         nic.deviceclass.resource.k8s.io/devices=1",
    );
}

#[test]
fn everything_else_costs_its_place() {
    check("", "configmaps", "{}", "configmaps=1,count/configmaps=1");
    check("apps", "deployments", "{}", "count/deployments.apps=1");
    check("example.com", "widgets", "{}", "count/widgets.example.com=1");
    assert!(is_ignored("events.k8s.io", "events") && Evaluator::of("", "events").is_none());
}

#[test]
fn names_are_matched_as_upstream_does() {
    let matched = |plural: &str, names: &[&'static str]| {
        Evaluator::of("", plural).unwrap().matching_resources(names.iter().copied()).join(" ")
    };
    let names = [
        "requests.nvidia.com/gpu",
        "nvidia.com/gpu",
        "requests.deviceclass.resource.kubernetes.io/x",
        "requests.kubernetes.io/x",
        "requests.storage",
        "gold.storageclass.storage.k8s.io/requests.storage",
        "hugepages-2Mi",
    ];
    assert_eq!(
        matched("pods", &names),
        "requests.nvidia.com/gpu requests.deviceclass.resource.kubernetes.io/x hugepages-2Mi"
    );
    assert_eq!(
        matched("persistentvolumeclaims", &names),
        "requests.storage gold.storageclass.storage.k8s.io/requests.storage"
    );
}

#[test]
fn scopes_are_all_to_hold() {
    let pods = Evaluator::Pods;
    let scope = |name: &str, operator: &str, values: &[&str]| ScopeRequirement {
        name: name.into(),
        operator: operator.into(),
        values: values.iter().map(|value| (*value).into()).collect(),
    };
    let pod = object(
        r#"{"spec":{"priorityClassName":"high","activeDeadlineSeconds":0,"affinity":{"podAntiAffinity":
            {"preferredDuringSchedulingIgnoredDuringExecution":[{"podAffinityTerm":{"namespaceSelector":{}}}]}}}}"#,
    );
    for (name, operator, values, expect) in [
        ("Terminating", "Exists", &[][..], true),
        ("NotTerminating", "Exists", &[], false),
        ("BestEffort", "Exists", &[], true),
        ("NotBestEffort", "Exists", &[], false),
        ("PriorityClass", "Exists", &[], true),
        ("PriorityClass", "In", &["low", "high"], true),
        ("PriorityClass", "NotIn", &["high"], false),
        ("PriorityClass", "DoesNotExist", &[], false),
        ("CrossNamespacePodAffinity", "Exists", &[], true),
        ("VolumeAttributesClass", "Exists", &[], false),
    ] {
        assert_eq!(pods.is_in_scope(&pod, &scope(name, operator, values)), expect, "{name} {operator}");
    }
    let claim = object(r#"{"spec":{"volumeAttributesClassName":"fast"}}"#);
    assert!(
        Evaluator::PersistentVolumeClaims
            .is_in_scope(&claim, &scope("VolumeAttributesClass", "In", &["fast"]))
    );
    let quota = object(
        r#"{"spec":{"scopes":["BestEffort"],"scopeSelector":{"matchExpressions":[{"scopeName":"PriorityClass","operator":"In","values":["low"]}]}},"status":{"hard":{"pods":"1"}}}"#,
    );
    assert!(!pods.matches(&quota, &pod));
    let plain = object(r#"{"status":{"hard":{"pods":"1"}}}"#);
    assert!(pods.matches(&plain, &pod) && !Evaluator::Services.matches(&plain, &pod));
}

#[test]
fn writes_that_cannot_change_the_cost_are_passed_over() {
    let (plain, ending) = (Map::new(), object(r#"{"spec":{"activeDeadlineSeconds":5}}"#));
    let handles = |plural: &str, operation, subresource: &str| {
        Evaluator::of("", plural).unwrap().handles(operation, subresource, &ending)
    };
    assert!(handles("pods", Operation::Create, ""));
    assert!(
        handles("pods", Operation::Update(&plain), "") && !handles("pods", Operation::Update(&ending), "")
    );
    assert!(handles("pods", Operation::Update(&ending), "resize"));
    assert!(!handles("pods", Operation::Update(&ending), "status"));
    assert!(handles("services", Operation::Update(&plain), ""));
    assert!(!handles("secrets", Operation::Update(&plain), "") && handles("secrets", Operation::Create, ""));
}

#[test]
fn a_pod_names_what_a_quota_limits() {
    let pod = object(
        r#"{"spec":{"containers":[{"name":"b","resources":{"requests":{"cpu":"1"}}},{"name":"a"}],"initContainers":[{"name":"c"}]}}"#,
    );
    let required = ["requests.cpu", "limits.memory", "pods", "requests.storage"];
    assert_eq!(
        Evaluator::Pods.constraints(&required, &pod),
        Err("must specify limits.memory for: a,b,c; requests.cpu for: a,c".to_owned())
    );
    assert_eq!(Evaluator::Pods.constraints(&["pods"], &pod), Ok(()));
}

#[test]
fn classes_of_service_follow_requests_and_limits() {
    for (resources, expect) in [
        ("{}", "BestEffort"),
        (r#"{"requests":{"cpu":"1"}}"#, "Burstable"),
        (r#"{"limits":{"cpu":"1","memory":"1"},"requests":{"cpu":"1000m","memory":"1"}}"#, "Guaranteed"),
        (r#"{"limits":{"cpu":"1"},"requests":{"cpu":"1"}}"#, "Burstable"),
        (r#"{"limits":{"x.y/z":"1"},"requests":{"x.y/z":"1"}}"#, "BestEffort"),
    ] {
        let pod = object(&format!(r#"{{"spec":{{"containers":[{{"resources":{resources}}}]}}}}"#));
        assert_eq!(quality_of_service(&pod), expect, "{resources}");
    }
}

#[test]
fn a_quota_is_counted_whole() {
    let quota = object(
        r#"{"spec":{"hard":{"pods":"5","cpu":"4","secrets":"3","count/secrets":"3","services":"1","unknown":"1"}}}"#,
    );
    let evaluators = ["pods", "secrets", "configmaps", "services"].map(|it| Evaluator::of("", it).unwrap());
    let pod = object(r#"{"spec":{"containers":[{"name":"a","resources":{"requests":{"cpu":"1500m"}}}]}}"#);
    let used = calculate_usage(
        &quota,
        &evaluators,
        NOW.parse().unwrap(),
        |at| if at == 0 { vec![pod.clone(), pod.clone()] } else { Vec::new() },
        |_| 7,
    );
    assert_eq!(used.to_string(), "count/secrets=7,cpu=3,pods=2,secrets=7,services=0");
    let value = used.to_value();
    assert_eq!(value.get("cpu").and_then(Value::as_str), Some("3"));
    assert_eq!(ResourceList::read(Some(&value)), used);
}

#[test]
fn lists_are_reckoned_name_by_name() {
    let list = |pairs: &[(&'static str, i64)]| -> ResourceList {
        pairs.iter().map(|(name, many)| (*name, Quantity::of(*many))).collect()
    };
    let mut sum = list(&[("a", 1), ("b", 2)]);
    sum.subtract(&list(&[("b", 5), ("c", 1)]));
    assert_eq!((sum.to_string().as_str(), sum.negative()), ("a=1,b=-3,c=-1", vec!["b", "c"]));
    sum.subtract_to_zero(&list(&[("a", 1)]));
    assert_eq!(sum.to_string(), "a=0,b=0,c=0");
    assert_eq!(list(&[("a", 2), ("b", 1)]).exceeding(&list(&[("a", 1), ("c", 0)])), ["a"]);
    assert!(sum.without_zeros().is_empty());
}
