//! What is found in pods, and what labels ask for. The cases are those of k8s.io/pod-security-admission
//! (`policy/*_test.go`, `test/fixtures_*.go`, `api/helpers_test.go`).

use amethyst_object::{Value, json};

use crate::{Level, LevelVersion, Policy, Version, evaluate};

const LATEST: Version = Version::Latest;
const NONE: &str = "privileged:latest";

fn findings(level: Level, version: Version, pod: &str) -> String {
    let pod = json::parse(pod.as_bytes()).unwrap_or_else(|error| panic!("{error}: {pod}"));
    let spec = pod.get("spec").cloned().unwrap_or_else(Value::object);
    evaluate(LevelVersion { level, version }, pod.get("metadata"), &spec).details()
}

/// Looks for one finding among others.
fn check(level: Level, version: Version, pod: &str, expect: &str) {
    let found = findings(level, version, pod);
    assert!(found.contains(expect), "{pod}\nfound: {found}\nexpected: {expect}");
}

fn spec(spec: &str) -> String {
    format!(r#"{{"spec":{{{spec}}}}}"#)
}

/// Containers `a`, `b`, ... with these security contexts.
fn contexts(contexts: &[&str]) -> String {
    let names = ('a'..='z').zip(contexts);
    let list: Vec<String> =
        names.map(|(name, context)| format!(r#"{{"name":"{name}","securityContext":{context}}}"#)).collect();
    format!(r#""containers":[{}]"#, list.join(","))
}

#[test]
fn baseline_forbids_ways_out() {
    let baseline = |pod: &str, expect: &str| check(Level::Baseline, LATEST, pod, expect);
    baseline(
        &spec(r#""hostNetwork":true,"hostPID":true,"hostIPC":true"#),
        "host namespaces (hostNetwork=true, hostPID=true, hostIPC=true)",
    );
    baseline(
        &spec(
            r#""volumes":[{"name":"a","hostPath":{}},{"name":"b","emptyDir":{}},{"name":"c","hostPath":{}}]"#,
        ),
        r#"hostPath volumes (volumes "a", "c")"#,
    );
    baseline(
        &spec(
            r#""containers":[{"name":"a","ports":[{"hostPort":0}]},{"name":"b","ports":[{"hostPort":10},{"hostPort":20}]},
               {"name":"c","ports":[{"hostPort":10},{"hostPort":30}]}]"#,
        ),
        r#"hostPort (containers "b", "c" use hostPorts 10, 20, 30)"#,
    );
    baseline(
        &spec(r#""containers":[{"name":"b","ports":[{"hostPort":20}]}]"#),
        r#"hostPort (container "b" uses hostPort 20)"#,
    );
    baseline(
        &spec(&contexts(&[
            r#"{"privileged":true}"#,
            "{}",
            r#"{"privileged":false}"#,
            r#"{"privileged":true}"#,
        ])),
        r#"privileged (containers "a", "d" must not set securityContext.privileged=true)"#,
    );
    baseline(
        &spec(&contexts(&[
            r#"{"capabilities":{"add":["FOO","BAR"]}}"#,
            r#"{"capabilities":{"add":["CHOWN"]}}"#,
            r#"{"capabilities":{"add":["BAR","BAZ"]}}"#,
        ])),
        r#"non-default capabilities (containers "a", "c" must not include "BAR", "BAZ", "FOO" in securityContext.capabilities.add)"#,
    );
    baseline(
        &spec(&contexts(&[r#"{"procMount":"Unmasked"}"#, r#"{"procMount":"Default"}"#])),
        r#"procMount (container "a" must not set securityContext.procMount to "Unmasked")"#,
    );
    baseline(
        &spec(r#""securityContext":{"sysctls":[{"name":"a"},{"name":"net.ipv4.tcp_rmem"},{"name":"b"}]}"#),
        "forbidden sysctls (a, b)",
    );
    baseline(
        &spec(&format!(
            r#""securityContext":{{"windowsOptions":{{"hostProcess":true}}}},{}"#,
            contexts(&[r#"{"windowsOptions":{}}"#, r#"{"windowsOptions":{"hostProcess":true}}"#]),
        )),
        r#"hostProcess (pod and container "b" must not set securityContext.windowsOptions.hostProcess=true)"#,
    );
    baseline(
        &spec(
            r#""containers":[{"name":"b","livenessProbe":{"httpGet":{"host":"bad.host"}}},
               {"name":"a","lifecycle":{"preStop":{"tcpSocket":{"host":"8.8.8.8"}}},"readinessProbe":{"httpGet":{"host":""}}}]"#,
        ),
        r#"probe or lifecycle host (containers "a", "b" use probe or lifecycle hosts "8.8.8.8", "bad.host")"#,
    );
}

#[test]
fn profiles_may_not_be_loosened() {
    let baseline = |version, pod: &str, expect: &str| check(Level::Baseline, version, pod, expect);
    let unconfined = r#"{"appArmorProfile":{"type":"Unconfined"}}"#;
    baseline(
        LATEST,
        &spec(&format!(r#""securityContext":{unconfined},{}"#, contexts(&["{}", unconfined]))),
        r#"forbidden AppArmor profile (pod and container "b" must not set AppArmor profile type to "Unconfined")"#,
    );
    let prefix = "container.apparmor.security.beta.kubernetes.io/";
    baseline(
        LATEST,
        &format!(
            r#"{{"metadata":{{"annotations":{{"{prefix}":"bogus","{prefix}a":"","{prefix}b":"runtime/default","{prefix}c":"localhost/","{prefix}e":"unconfined"}}}}}}"#
        ),
        &format!(
            r#"forbidden AppArmor profiles (annotations must not set AppArmor profile type to "{prefix}="bogus"", "{prefix}e="unconfined"")"#
        ),
    );
    let options = [
        r#"{"seLinuxOptions":{"type":"container_t"}}"#,
        r#"{"seLinuxOptions":{"type":"bar"}}"#,
        r#"{"seLinuxOptions":{"user":"bar"}}"#,
        r#"{"seLinuxOptions":{"role":"baz"}}"#,
    ];
    baseline(
        LATEST,
        &spec(&format!(r#""securityContext":{{"seLinuxOptions":{{"type":"foo"}}}},{}"#, contexts(&options))),
        r#"seLinuxOptions (pod and containers "b", "c", "d" set forbidden securityContext.seLinuxOptions: types "bar", "foo"; user may not be set; role may not be set)"#,
    );
    let engine = spec(r#""securityContext":{"seLinuxOptions":{"type":"container_engine_t"}}"#);
    baseline(Version::Minor(30), &engine, r#"type "container_engine_t""#);
    assert_eq!(findings(Level::Baseline, Version::Minor(31), &engine), "");
    baseline(
        LATEST,
        &spec(&contexts(&[
            r#"{"seccompProfile":{"type":"Unconfined"}}"#,
            r#"{"seccompProfile":{"type":"Localhost"}}"#,
        ])),
        r#"seccompProfile (container "a" must not set securityContext.seccompProfile.type to "Unconfined")"#,
    );
    let annotated = r#"{"metadata":{"annotations":{
        "seccomp.security.alpha.kubernetes.io/pod":"unconfined",
        "container.seccomp.security.alpha.kubernetes.io/a":"unconfined",
        "container.seccomp.security.alpha.kubernetes.io/z":"unknown"}},"spec":{"containers":[{"name":"a"}]}}"#;
    baseline(
        Version::Minor(18),
        annotated,
        r#"forbidden annotations container.seccomp.security.alpha.kubernetes.io/a="unconfined", seccomp.security.alpha.kubernetes.io/pod="unconfined""#,
    );
    assert_eq!(findings(Level::Baseline, Version::Minor(19), annotated), "");
}

#[test]
fn restricted_asks_for_more() {
    let restricted = |pod: &str, expect: &str| check(Level::Restricted, LATEST, pod, expect);
    let bare = spec(r#""containers":[{"name":"a"}]"#);
    assert_eq!(
        findings(Level::Restricted, LATEST, &bare),
        r#"allowPrivilegeEscalation != false (container "a" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "a" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "a" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")"#
    );
    let added = |add: &str, drop: &str| format!(r#"{{"capabilities":{{"add":[{add}],"drop":[{drop}]}}}}"#);
    restricted(
        &spec(&contexts(&[
            &added(r#""FOO","BAR""#, ""),
            &added(r#""BAR","BAZ""#, ""),
            &added(r#""NET_BIND_SERVICE","CHOWN""#, r#""ALL","FOO""#),
        ])),
        r#"unrestricted capabilities (containers "a", "b" must set securityContext.capabilities.drop=["ALL"]; containers "a", "b", "c" must not include "BAR", "BAZ", "CHOWN", "FOO" in securityContext.capabilities.add)"#,
    );
    let non_root = [r#"{"runAsNonRoot":false}"#, "{}", r#"{"runAsNonRoot":true}"#];
    restricted(
        &spec(&format!(r#""securityContext":{{"runAsNonRoot":false}},{}"#, contexts(&non_root))),
        r#"runAsNonRoot != true (pod and container "a" must not set securityContext.runAsNonRoot=false)"#,
    );
    restricted(
        &spec(&contexts(&non_root[1..])),
        r#"(pod or container "a" must set securityContext.runAsNonRoot=true)"#,
    );
    restricted(
        &spec(&format!(r#""securityContext":{{"runAsUser":0}},{}"#, contexts(&[r#"{"runAsUser":0}"#, "{}"]))),
        r#"runAsUser=0 (pod and container "a" must not set runAsUser=0)"#,
    );
    restricted(
        &spec(
            r#""volumes":[{"name":"a","hostPath":{}},{"name":"b","nfs":{}},{"name":"c","secret":{}},{"name":"d","x":{}}]"#,
        ),
        r#"restricted volume types (volumes "a", "b", "d" use restricted volume types "hostPath", "nfs", "unknown")"#,
    );
    let hardened = spec(
        r#""securityContext":{"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}},
           "containers":[{"name":"a","securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}}}],
           "initContainers":[{"name":"b","securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}}}]"#,
    );
    assert_eq!(findings(Level::Restricted, LATEST, &hardened), "");
}

/// Which findings there are, by version.
#[test]
fn checks_come_and_change_with_versions() {
    let reasons = |level, version, pod: &str| {
        let pod = json::parse(pod.as_bytes()).unwrap();
        evaluate(LevelVersion { level, version }, None, pod.get("spec").unwrap()).reasons()
    };
    let bare = spec(r#""containers":[{"name":"a"}]"#);
    for (minor, expect) in [
        (0, "runAsNonRoot != true"),
        (8, "allowPrivilegeEscalation != false, runAsNonRoot != true"),
        (19, "allowPrivilegeEscalation != false, runAsNonRoot != true, seccompProfile"),
        (
            22,
            "allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile",
        ),
        (
            99,
            "allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile",
        ),
    ] {
        assert_eq!(reasons(Level::Restricted, Version::Minor(minor), &bare), expect, "v1.{minor}");
    }
    let windows = spec(r#""os":{"name":"windows"},"containers":[{"name":"a"}]"#);
    assert_eq!(reasons(Level::Restricted, LATEST, &windows), "runAsNonRoot != true");
    // What restricted says in its own words is not said twice.
    let mounted = spec(r#""securityContext":{"runAsNonRoot":true},"volumes":[{"name":"a","hostPath":{}}]"#);
    assert_eq!(reasons(Level::Restricted, LATEST, &mounted), "restricted volume types");
    let own_users = spec(
        r#""hostUsers":false,"securityContext":{"seccompProfile":{"type":"Localhost"}},"containers":[{"name":"a","securityContext":{
            "procMount":"Unmasked","runAsUser":0,"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}}}]"#,
    );
    assert_eq!(reasons(Level::Baseline, Version::Minor(34), &own_users), "procMount");
    assert_eq!(reasons(Level::Baseline, Version::Minor(35), &own_users), "");
    assert_eq!(reasons(Level::Restricted, Version::Minor(35), &own_users), "procMount");
    assert_eq!(
        reasons(Level::Restricted, Version::Minor(34), &own_users),
        "procMount, runAsNonRoot != true, runAsUser=0"
    );
    for (sysctl, since) in [
        ("net.ipv4.ip_local_reserved_ports", 27),
        ("net.ipv4.tcp_fin_timeout", 29),
        ("net.ipv4.tcp_wmem", 32),
        ("net.ipv4.tcp_notsent_lowat", 37),
    ] {
        let pod = spec(&format!(r#""securityContext":{{"sysctls":[{{"name":"{sysctl}"}}]}}"#));
        assert_eq!(
            reasons(Level::Baseline, Version::Minor(since - 1), &pod),
            "forbidden sysctls",
            "{sysctl}"
        );
        assert_eq!(reasons(Level::Baseline, Version::Minor(since), &pod), "", "{sysctl}");
    }
    let probed = spec(r#""containers":[{"name":"a","startupProbe":{"tcpSocket":{"host":"x"}}}]"#);
    assert_eq!(reasons(Level::Baseline, Version::Minor(33), &probed), "");
    assert_eq!(reasons(Level::Baseline, Version::Minor(34), &probed), "probe or lifecycle host");
}

#[test]
fn labels_ask_for_levels() {
    let check = |labels: &[(&str, &str)], expect: &str| {
        let (policy, faults) = Policy::of(|key| {
            let key = key.strip_prefix("pod-security.kubernetes.io/")?;
            labels.iter().find(|(label, _)| *label == key).map(|(_, value)| *value)
        });
        let mut shown = format!("{} {} {}", policy.enforce, policy.audit, policy.warn);
        for fault in &faults {
            shown.push_str(&format!("\n{fault}"));
        }
        assert_eq!(shown, expect, "{labels:?}");
    };
    check(&[], &format!("{NONE} {NONE} {NONE}"));
    check(&[("enforce", "baseline")], &format!("baseline:latest {NONE} baseline:latest"));
    check(&[("warn", "restricted")], &format!("{NONE} {NONE} restricted:latest"));
    check(&[("audit", "baseline")], &format!("{NONE} baseline:latest {NONE}"));
    check(
        &[("enforce", "baseline"), ("warn", "restricted")],
        &format!("baseline:latest {NONE} restricted:latest"),
    );
    check(
        &[("enforce", "baseline"), ("enforce-version", "v1.22")],
        &format!("baseline:v1.22 {NONE} baseline:v1.22"),
    );
    check(
        &[("enforce", "baseline"), ("enforce-version", "v1.22"), ("warn-version", "latest")],
        &format!("baseline:v1.22 {NONE} baseline:latest"),
    );
    check(&[("enforce", "baseline"), ("warn", "privileged")], &format!("baseline:latest {NONE} {NONE}"));
    let labels = "metadata.labels[pod-security.kubernetes.io";
    let levels = "must be one of privileged, baseline, restricted";
    check(
        &[("enforce", "baseline"), ("warn", "foo")],
        &format!("baseline:latest {NONE} {NONE}\n{labels}/warn]: Invalid value: \"foo\": {levels}"),
    );
    check(
        &[("enforce", "foo"), ("enforce-version", "v1.01"), ("audit", "bar")],
        &format!(
            "restricted:latest {NONE} {NONE}\n{labels}/enforce]: Invalid value: \"foo\": {levels}\n\
             {labels}/enforce-version]: Invalid value: \"v1.01\": must be \"latest\" or \"v1.x\"\n\
             {labels}/audit]: Invalid value: \"bar\": {levels}"
        ),
    );
}
