//! Dangers, each with what makes it and what does not.

use crate::testing::{both, by, options, release, side};
use crate::{Level, Origin, Producer, Side, diff};

fn dangers(before: &Side, after: &Side) -> Vec<String> {
    let found = diff(before, after, &options());
    let say = |danger: &crate::Danger| {
        let field = danger.field.as_ref().map(|field| format!(" {field}")).unwrap_or_default();
        let diagnostic = danger.to_diagnostic();
        assert!(diagnostic.hint.is_some_and(|hint| !hint.is_empty() && !hint.ends_with('.')), "{danger:?}");
        assert!(!danger.message.is_empty() && !danger.why.is_empty(), "{danger:?}");
        format!("{} {} {}{field}", danger.level, danger.code, danger.object.kind)
    };
    found.dangers.iter().map(say).collect()
}

/// What is said of the change from one stream to another.
fn check(before: &str, after: &str, expect: &[&str]) {
    assert_eq!(dangers(&side(before), &side(after)), expect, "{before}\n->\n{after}");
}

/// What is said when `old` becomes `new` in an object.
fn replaced(object: &str, old: &str, new: &str, expect: &[&str]) {
    assert!(object.contains(old), "{object} has no {old}");
    check(object, &object.replace(old, new), expect);
}

const STATEFUL: &str = "
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: media}
spec:
  serviceName: db
  replicas: 1
  minReadySeconds: 1
  selector: {matchLabels: {app: db}}
  template: {metadata: {labels: {app: db}}, spec: {containers: [{name: db, image: x}]}}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
";

#[test]
fn a_stateful_set_keeps_its_name_of_the_service_and_its_claims() {
    replaced(
        STATEFUL,
        "serviceName: db",
        "serviceName: pg",
        &["danger immutable-field StatefulSet spec.serviceName"],
    );
    replaced(
        STATEFUL,
        "storage: 1Gi",
        "storage: 2Gi",
        &[
            "danger immutable-field StatefulSet spec.volumeClaimTemplates[metadata.name=data].spec.resources.requests.storage",
        ],
    );
    replaced(
        STATEFUL,
        "metadata: {name: data}",
        "metadata: {name: data, labels: {helm.sh/chart: x-2}}",
        &["danger immutable-field StatefulSet spec.volumeClaimTemplates[metadata.name=data].metadata.labels"],
    );
    // What Kubernetes writes out itself, what means the same, and what may change.
    replaced(STATEFUL, "accessModes", "volumeMode: Filesystem, accessModes", &[]);
    replaced(STATEFUL, "replicas: 1", "replicas: 1\n  podManagementPolicy: OrderedReady", &[]);
    replaced(STATEFUL, "storage: 1Gi", "storage: 1024Mi", &[]);
    replaced(STATEFUL, "minReadySeconds: 1", "minReadySeconds: 2\n  revisionHistoryLimit: 3", &[]);
    replaced(STATEFUL, "image: x", "image: y", &[]);
}

#[test]
fn force_makes_an_object_anew() {
    let forced = STATEFUL.replace(
        "namespace: media",
        "namespace: media, annotations: {kustomize.toolkit.fluxcd.io/force: enabled}",
    );
    replaced(
        &forced,
        "serviceName: db",
        "serviceName: pg",
        &["warning recreated StatefulSet spec.serviceName"],
    );
    let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: c, annotations: {kustomize.toolkit.fluxcd.io/force: enabled}}\nspec: {storageClassName: a}";
    replaced(claim, "Name: a", "Name: b", &["danger recreated PersistentVolumeClaim spec.storageClassName"]);
    let kustomization = "{apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, metadata: {name: apps, namespace: flux-system}, spec: {force: true, prune: true}}\n---\n";
    replaced(
        &format!("{kustomization}{STATEFUL}"),
        "serviceName: db",
        "serviceName: pg",
        &["warning recreated StatefulSet spec.serviceName"],
    );
}

#[test]
fn workloads_keep_their_selector_which_must_match_their_pods() {
    let deployment = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b, c: d}}, spec: {}}}}";
    replaced(
        deployment,
        "matchLabels: {a: b}",
        "matchLabels: {c: d}",
        &["danger immutable-field Deployment spec.selector.matchLabels.a"],
    );
    replaced(
        deployment,
        "labels: {a: b, c: d}",
        "labels: {c: d}",
        &["danger selector-not-in-template Deployment spec.selector"],
    );
}

#[test]
fn a_job_keeps_its_template_unless_it_is_a_hook() {
    let job = "{apiVersion: batch/v1, kind: Job, metadata: {name: j}, spec: {completions: 1, template: {spec: {containers: [{name: a, image: x}]}}}}";
    replaced(
        job,
        "image: x",
        "image: y",
        &["danger immutable-field Job spec.template.spec.containers[name=a].image"],
    );
    replaced(job, "completions: 1", "backoffLimit: 1", &[]);
    replaced(job, "completions: 1", "completions: 2", &["danger immutable-field Job spec.completions"]);
    replaced(
        &job.replace("completions: 1", "completionMode: Indexed, completions: 1"),
        "completions: 1",
        "completions: 2",
        &[],
    );
    let hook = job.replace("name: j", "name: j, annotations: {helm.sh/hook: post-install}");
    replaced(&hook, "image: x", "image: y", &[]);
}

#[test]
fn a_service_keeps_its_address() {
    let service = "{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {clusterIP: 10.0.0.1}}";
    replaced(service, "10.0.0.1", "None", &["danger immutable-field Service spec.clusterIP"]);
    // Left out, it is kept; of type ExternalName it has none.
    replaced(service, "clusterIP: 10.0.0.1", "type: ClusterIP", &[]);
    replaced(service, "clusterIP: 10.0.0.1", "type: ExternalName, externalName: x", &[]);
}

#[test]
fn claims_and_volumes_only_grow() {
    let claim = "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c}, spec: {accessModes: [ReadWriteOnce], storageClassName: a, resources: {requests: {storage: 10Gi}}}}";
    replaced(claim, "10Gi", "20Gi", &[]);
    replaced(
        claim,
        "10Gi",
        "5Gi",
        &["danger claim-shrunk PersistentVolumeClaim spec.resources.requests.storage"],
    );
    replaced(
        claim,
        "ReadWriteOnce",
        "ReadWriteMany",
        &["danger immutable-field PersistentVolumeClaim spec.accessModes[0]"],
    );
    replaced(
        claim,
        "storageClassName: a",
        "volumeMode: Filesystem",
        &["danger immutable-field PersistentVolumeClaim spec.storageClassName"],
    );
    replaced(
        &claim.replace("storageClassName: a, ", ""),
        "accessModes",
        "storageClassName: b, accessModes",
        &[],
    );
    let volume = "{apiVersion: v1, kind: PersistentVolume, metadata: {name: v}, spec: {capacity: {storage: 1Gi}, nfs: {server: a, path: /x}}}";
    replaced(volume, "path: /x", "path: /y", &["danger immutable-field PersistentVolume spec.nfs.path"]);
    replaced(volume, "storage: 1Gi", "storage: 2Gi", &[]);
}

#[test]
fn other_kinds_have_fields_that_stay() {
    let rows = [
        (
            "{apiVersion: v1, kind: Secret, metadata: {name: s}, type: Opaque}",
            "Opaque",
            "kubernetes.io/tls",
            "Secret type",
        ),
        (
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, immutable: true, data: {a: b}}",
            "a: b",
            "a: c",
            "ConfigMap data.a",
        ),
        (
            "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: r}, roleRef: {name: a}}",
            "{name: a}",
            "{name: b}",
            "RoleBinding roleRef.name",
        ),
        (
            "{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: s}, provisioner: a}",
            "provisioner: a",
            "provisioner: b",
            "StorageClass provisioner",
        ),
        (
            "{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: p}, value: 1}",
            "value: 1",
            "value: 2",
            "PriorityClass value",
        ),
        (
            "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: i}, spec: {controller: a}}",
            "controller: a",
            "controller: b",
            "IngressClass spec.controller",
        ),
        (
            "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: c}, spec: {scope: Cluster}}",
            "Cluster",
            "Namespaced",
            "CustomResourceDefinition spec.scope",
        ),
        (
            "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {restartPolicy: Always}}",
            "Always",
            "Never",
            "Pod spec.restartPolicy",
        ),
    ];
    for (object, old, new, expect) in rows {
        replaced(object, old, new, &[&format!("danger immutable-field {expect}")]);
    }
    replaced(
        "{apiVersion: v1, kind: Secret, metadata: {name: s}, type: Opaque}",
        "type: Opaque",
        "data: {}",
        &[],
    );
    replaced(
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: a, image: x}]}}",
        "x}",
        "y}",
        &[],
    );
    replaced(
        "{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: s}, allowVolumeExpansion: false}",
        "false",
        "true",
        &[],
    );
}

#[test]
fn a_definition_may_say_that_a_field_stays() {
    let crd = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.org}
spec:
  group: example.org
  names: {kind: Thing}
  versions:
  - {name: v1, schema: {openAPIV3Schema: {properties: {spec: {properties: {id: {x-kubernetes-validations: [{rule: 'self == oldSelf'}]}}}}}}}
---
{apiVersion: example.org/v1, kind: Thing, metadata: {name: t}, spec: {id: one, other: one}}";
    replaced(crd, "id: one", "id: two", &["danger immutable-field Thing spec.id"]);
    replaced(crd, "other: one", "other: two", &[]);
}

const CLAIM: &str =
    "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c, namespace: media}, spec: {}}";

#[test]
fn what_holds_data_is_named_when_it_goes() {
    check(CLAIM, "", &["danger data-deleted PersistentVolumeClaim"]);
    check(
        "{apiVersion: postgresql.cnpg.io/v1, kind: Cluster, metadata: {name: c}}",
        "",
        &["danger data-deleted Cluster"],
    );
    check("{apiVersion: example.org/v1, kind: Cluster, metadata: {name: c}}", "", &[]);
    check(
        "{apiVersion: volsync.backube/v1alpha1, kind: ReplicationSource, metadata: {name: c}}",
        "",
        &["warning backup-stopped ReplicationSource"],
    );
    check(STATEFUL, "", &["info left-behind StatefulSet"]);
    let deletes =
        STATEFUL.replace("  replicas: 1", "  persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete}");
    check(&deletes, "", &["danger data-deleted StatefulSet"]);
    check(
        &format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: media}}}}\n---\n{CLAIM}"),
        CLAIM,
        &["danger namespace-deleted Namespace"],
    );
}

#[test]
fn what_is_not_pruned_stays_behind() {
    let kept = CLAIM.replace(
        "namespace: media",
        "namespace: media, annotations: {kustomize.toolkit.fluxcd.io/prune: disabled}",
    );
    check(&kept, "", &["info left-behind PersistentVolumeClaim"]);
    let helm =
        CLAIM.replace("namespace: media", "namespace: media, annotations: {helm.sh/resource-policy: keep}");
    assert_eq!(
        dangers(&release("r", "r 1.0.0", &helm), &Side::default()),
        ["info left-behind PersistentVolumeClaim"]
    );
    assert_eq!(
        dangers(&release("r", "r 1.0.0", CLAIM), &Side::default()),
        ["danger data-deleted PersistentVolumeClaim"]
    );
    let kustomization = |spec: &str| {
        format!(
            "{{apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, metadata: {{name: apps, namespace: flux-system}}, spec: {{{spec}}}}}"
        )
    };
    let parent = kustomization("prune: false");
    check(&format!("{parent}\n---\n{CLAIM}"), &parent, &["info left-behind PersistentVolumeClaim"]);
    let orphan = kustomization("prune: true, deletionPolicy: Orphan");
    check(&format!("{orphan}\n---\n{CLAIM}"), "", &["info left-behind PersistentVolumeClaim"]);
}

const CRD: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.org}
spec:
  group: example.org
  names: {kind: Thing, plural: things}
  versions: [{name: v1beta1, served: true, storage: false}, {name: v1, served: true, storage: true}]
";

#[test]
fn definitions_and_their_versions_are_missed() {
    check(CRD, "", &["danger crd-deleted CustomResourceDefinition"]);
    let thing = format!("{CRD}---\n{{apiVersion: example.org/v1beta1, kind: Thing, metadata: {{name: t}}}}");
    let field = "CustomResourceDefinition spec.versions[name=v1beta1]";
    replaced(
        CRD,
        "v1beta1, served: true",
        "v1beta1, served: false",
        &[&format!("warning crd-version-removed {field}")],
    );
    replaced(
        &thing,
        "v1beta1, served: true",
        "v1beta1, served: false",
        &[&format!("danger crd-version-removed {field}")],
    );
    // A chart's crds folder is never deleted by Helm.
    let mut before = release("r", "r 1.0.0", CRD);
    before.objects[0].origin = Origin { template: Some("crds/things.yaml".into()), ..Origin::default() };
    assert_eq!(dangers(&before, &Side::default()), ["info left-behind CustomResourceDefinition"]);
}

#[test]
fn selectors_that_stop_to_match_are_named() {
    let objects = "
{apiVersion: v1, kind: Service, metadata: {name: s, namespace: media}, spec: {selector: {app: web}}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: d, namespace: media}, spec: {template: {metadata: {labels: {app: web}}, spec: {}}}}
---
{apiVersion: monitoring.coreos.com/v1, kind: ServiceMonitor, metadata: {name: m, namespace: o11y}, spec: {selector: {matchLabels: {x: a1}}, namespaceSelector: {any: true}}}
";
    replaced(
        objects,
        "labels: {app: web}",
        "labels: {app: site}",
        &["danger selector-matches-nothing Service spec.selector"],
    );
    replaced(
        objects,
        "selector: {app: web}",
        "selector: {app: site}",
        &["danger selector-matches-nothing Service spec.selector"],
    );
    let labelled = objects.replace("name: s, namespace: media", "name: s, namespace: media, labels: {x: a1}");
    replaced(
        &labelled,
        "labels: {x: a1}",
        "labels: {x: a2}",
        &["danger selector-matches-nothing ServiceMonitor spec.selector"],
    );
    // What matched nothing before is no news.
    replaced(objects, "matchLabels: {x: a1}", "matchLabels: {x: a2}", &[]);
}

#[test]
fn references_to_what_is_deleted_are_named() {
    let pod = "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: media}, spec: {volumes: [{name: v, configMap: {name: gone, OPTIONAL}}]}}";
    let map = "{apiVersion: v1, kind: ConfigMap, metadata: {name: gone, namespace: media}}";
    let hard = pod.replace(", OPTIONAL", "");
    check(&format!("{hard}\n---\n{map}"), &hard, &["danger reference-broken Pod"]);
    let soft = pod.replace("OPTIONAL", "optional: true");
    check(&format!("{soft}\n---\n{map}"), &soft, &[]);
}

#[test]
fn hosts_and_addresses_are_served_once() {
    let ingress = |name: &str, host: &str| {
        format!(
            "{{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {{name: {name}, namespace: media}}, spec: {{rules: [{{host: {host}, http: {{paths: [{{path: /, pathType: Prefix}}]}}}}]}}}}"
        )
    };
    let both_of = |left: String, right: String| format!("{left}\n---\n{right}");
    let before = both_of(ingress("a", "a.example.org"), ingress("b", "b.example.org"));
    check(
        &before,
        &both_of(ingress("a", "a.example.org"), ingress("b", "a.example.org")),
        &["danger host-collision Ingress"],
    );
    check(&ingress("a", "a.example.org"), &ingress("b", "a.example.org"), &["info host-moved Ingress"]);
    let route = |name: &str, gateway: &str| {
        format!(
            "{{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {{name: {name}, namespace: media}}, spec: {{hostnames: [a.example.org], parentRefs: [{{name: {gateway}}}]}}}}"
        )
    };
    check(
        &route("a", "inner"),
        &both_of(route("a", "inner"), route("b", "inner")),
        &["danger host-collision HTTPRoute"],
    );
    check(&route("a", "inner"), &both_of(route("a", "inner"), route("b", "outer")), &[]);
    let service = |name: &str, annotation: &str| {
        format!(
            "{{apiVersion: v1, kind: Service, metadata: {{name: {name}, annotations: {{{annotation}}}}}, spec: {{type: LoadBalancer}}}}"
        )
    };
    let address = "lbipam.cilium.io/ips: 10.0.0.1";
    check(
        &service("a", address),
        &both_of(service("a", address), service("b", address)),
        &["danger address-collision Service"],
    );
    let shared = "lbipam.cilium.io/ips: 10.0.0.1, lbipam.cilium.io/sharing-key: k";
    check(&service("a", shared), &both_of(service("a", shared), service("b", shared)), &[]);
}

#[test]
fn privileges_that_are_raised_are_named() {
    let pod = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: a, securityContext: {privileged: false}}]}}";
    let old = diff(&side(pod), &side(&pod.replace("false", "true")), &options());
    assert!(
        old.dangers.iter().any(|danger| danger.code == "privileges-raised" && danger.level == Level::Warning)
    );
    check(
        "",
        "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: d}, spec: {template: {spec: {hostNetwork: true}}}}",
        &["warning privileges-raised DaemonSet spec.template.spec.hostNetwork"],
    );
    let role = "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: r}, rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]}";
    replaced(role, "[get]", "['*']", &["warning privileges-raised ClusterRole rules"]);
    replaced(role, "[pods]", "[pods, services]", &[]);
    replaced(
        "{apiVersion: v1, kind: Namespace, metadata: {name: n, labels: {pod-security.kubernetes.io/enforce: restricted}}}",
        "restricted",
        "baseline",
        &["warning pod-security-loosened Namespace metadata.labels[pod-security.kubernetes.io/enforce]"],
    );
}

#[test]
fn what_is_applied_twice_or_not_at_all_is_said() {
    let map = "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}";
    let twice = both(side(map), release("r", "r 1.0.0", map));
    assert_eq!(dangers(&side(map), &twice), ["danger applied-twice ConfigMap"]);
    assert_eq!(dangers(&twice, &twice.clone()), [] as [&str; 0]);
    let once = "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, annotations: {kustomize.toolkit.fluxcd.io/ssa: IfNotPresent}}, data: {a: b}}";
    replaced(once, "a: b", "a: c", &["info not-applied ConfigMap"]);
}

#[test]
fn a_chart_that_gets_older_is_said() {
    let map = "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}";
    let of = |chart: &str| {
        let producer =
            Producer { chart: Some(chart.into()), ..release("r", "", map).objects[0].producer.clone() };
        by(&producer, map)
    };
    assert_eq!(dangers(&of("r 2.0.0"), &of("r 1.9.0")), ["warning chart-downgraded HelmRelease"]);
    assert_eq!(dangers(&of("r 2.0.0"), &of("r 2.1.0")), [] as [&str; 0]);
}
