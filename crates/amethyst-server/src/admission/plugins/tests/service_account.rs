//! Who pods are.

use amethyst_clock::Entropy;
use amethyst_object::json;

use super::super::service_account::ServiceAccount;
use super::{World, admit, create, parse, update};

const ACCOUNTS: &str = "/serviceaccounts";
const WHY: &str = "is not allowed because service account default does not reference that";

fn accounts(fields: &str) -> World {
    World::of(&[(ACCOUNTS, &format!(r#"{{"metadata":{{"name":"default"}}{fields}}}"#))])
}

fn plugin() -> ServiceAccount {
    ServiceAccount::new(Entropy::seeded(1))
}

fn spec_of(pod: &str, world: &World) -> String {
    let pod = admit(&plugin(), create("pods"), pod, world).0.unwrap();
    json::to_string(pod.get("spec").unwrap())
}

#[test]
fn a_pod_is_the_default_account_and_finds_its_token() {
    let spec = spec_of(
        r#"{"spec":{"containers":[{"name":"a"},{"name":"b","volumeMounts":[{"name":"mine","mountPath":"/var/run/secrets/kubernetes.io/serviceaccount"}]}],"initContainers":[{"name":"i"}]}}"#,
        &accounts(r#","imagePullSecrets":[{"name":"pull"}]"#),
    );
    let volume = parse(&spec).at(&["volumes"]).unwrap().as_array().unwrap()[0].clone();
    let name = volume.str_at(&["name"]).unwrap().to_owned();
    assert!(name.strip_prefix("kube-api-access-").is_some_and(|suffix| suffix.len() == 5), "{name}");
    let mount =
        r#"{"mountPath":"/var/run/secrets/kubernetes.io/serviceaccount","name":"TOKEN","readOnly":true}"#;
    let expect = format!(
        r#"{{"containers":[{{"name":"a","volumeMounts":[{mount}]}},{{"name":"b","volumeMounts":[{{"mountPath":"/var/run/secrets/kubernetes.io/serviceaccount","name":"mine"}}]}}],"imagePullSecrets":[{{"name":"pull"}}],"initContainers":[{{"name":"i","volumeMounts":[{mount}]}}],"serviceAccount":"default","serviceAccountName":"default","volumes":[{{"name":"TOKEN","projected":{{"defaultMode":420,"sources":[{{"serviceAccountToken":{{"expirationSeconds":3607,"path":"token"}}}},{{"configMap":{{"items":[{{"key":"ca.crt","path":"ca.crt"}}],"name":"kube-root-ca.crt"}}}},{{"downwardAPI":{{"items":[{{"fieldRef":{{"apiVersion":"v1","fieldPath":"metadata.namespace"}},"path":"namespace"}}]}}}}]}}}}]}}"#
    );
    assert_eq!(spec.replace(&name, "TOKEN"), expect);
}

#[test]
fn tokens_are_mounted_when_nobody_objects() {
    let mounts = |account: &str, pod: &str| {
        let pod = format!(r#"{{"spec":{{"containers":[{{"name":"a"}}]{pod}}}}}"#);
        spec_of(&pod, &accounts(account)).contains("serviceAccountToken")
    };
    let says = |what: &str| format!(r#","automountServiceAccountToken":{what}"#);
    let (yes, no) = (says("true"), says("false"));
    assert!(mounts("", ""));
    assert!(!mounts(&no, ""));
    assert!(mounts(&no, &yes));
    assert!(!mounts(&yes, &no));
    // A volume that is there already is mounted, and not made again.
    let spec = spec_of(
        r#"{"spec":{"containers":[{"name":"a"}],"volumes":[{"name":"kube-api-access-mine"}]}}"#,
        &accounts(""),
    );
    assert!(spec.contains(r#""name":"kube-api-access-mine","readOnly":true"#), "{spec}");
    assert!(spec.contains(r#""volumes":[{"name":"kube-api-access-mine"}]"#), "{spec}");
}

#[test]
fn accounts_must_be_there() {
    let refused = |pod: &str, world: &World| admit(&plugin(), create("pods"), pod, world).0.unwrap_err();
    assert_eq!(
        refused(r#"{"spec":{"serviceAccountName":"web"}}"#, &accounts("")),
        "error looking up service account ns/web: serviceaccount \"web\" not found"
    );
    assert_eq!(
        refused(r#"{"spec":{}}"#, &World::default()),
        "error looking up service account ns/default: serviceaccount \"default\" not found"
    );
}

#[test]
fn mirror_pods_are_left_alone() {
    let check = |spec: &str, expect: &str| {
        let pod = format!(
            r#"{{"metadata":{{"annotations":{{"kubernetes.io/config.mirror":"x"}}}},"spec":{spec}}}"#
        );
        match admit(&plugin(), create("pods"), &pod, &World::default()).0 {
            Ok(after) => assert_eq!((after, ""), (parse(&pod), expect)),
            Err(why) => assert_eq!(why, expect, "{spec}"),
        }
    };
    check(r#"{"containers":[{"name":"a"}]}"#, "");
    check(r#"{"serviceAccountName":"x"}"#, "a mirror pod may not reference service accounts");
    check(r#"{"volumes":[{"secret":{"secretName":"s"}}]}"#, "a mirror pod may not reference secrets");
    check(r#"{"imagePullSecrets":[{"name":"s"}]}"#, "a mirror pod may not reference secrets");
    check(
        r#"{"containers":[{"env":[{"valueFrom":{"secretKeyRef":{"name":"s"}}}]}]}"#,
        "a mirror pod may not reference secrets",
    );
    check(
        r#"{"volumes":[{"projected":{"sources":[{"serviceAccountToken":{"path":"t"}}]}}]}"#,
        "a mirror pod may not use ServiceAccountToken volume projections",
    );
}

#[test]
fn accounts_may_limit_secrets() {
    let limiting = World::of(&[(
        ACCOUNTS,
        r#"{"metadata":{"name":"default","annotations":{"kubernetes.io/enforce-mountable-secrets":"true"}},"secrets":[{"name":"ok"}],"imagePullSecrets":[{"name":"pull"}],"automountServiceAccountToken":false}"#,
    )]);
    let check = |spec: &str, expect: &str| {
        let pod = format!(r#"{{"spec":{spec}}}"#);
        let said = admit(&plugin(), create("pods"), &pod, &limiting).0.err().unwrap_or_default();
        assert_eq!(said, expect, "{spec}");
    };
    check(r#"{"volumes":[{"secret":{"secretName":"ok"}}]}"#, "");
    check(
        r#"{"volumes":[{"secret":{"secretName":"no"}}]}"#,
        &format!("volume with secret.secretName=\"no\" {WHY} secret"),
    );
    check(
        r#"{"initContainers":[{"name":"i","env":[{"name":"E","valueFrom":{"secretKeyRef":{"name":"no"}}}]}]}"#,
        &format!("init container i with envVar E referencing secret.secretName=\"no\" {WHY} secret"),
    );
    check(
        r#"{"containers":[{"name":"c","envFrom":[{"secretRef":{"name":"no"}}]}]}"#,
        &format!("container c with envFrom referencing secret.secretName=\"no\" {WHY} secret"),
    );
    check(
        r#"{"imagePullSecrets":[{"name":"no"}]}"#,
        &format!("imagePullSecrets[0].name=\"no\" {WHY} imagePullSecret"),
    );
    let added = r#"{"spec":{"serviceAccountName":"default","ephemeralContainers":[{"name":"e","envFrom":[{"secretRef":{"name":"no"}}]}]}}"#;
    let said = admit(&plugin(), update("pods/ephemeralcontainers", "{}"), added, &limiting).0.unwrap_err();
    assert_eq!(
        said,
        format!("ephemeral container e with envFrom referencing secret.secretName=\"no\" {WHY} secret")
    );
}
