//! `amethyst up` from its first line to its last.

use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use serde_json::Value;

use crate::homelab::{Homelab, config_map, kustomization};
use crate::program::{Running, eventually, exists, plain, run, same, up};

#[test]
fn everything_becomes_ready_and_is_resumed() {
    let homelab = Homelab::small();
    let first = up(&homelab, &["--until-ready"]);
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    same(&plain(&homelab, &first.stdout), "export KUBECONFIG=STATE/kubeconfig");
    let mut lines: Vec<&str> = first.stderr.lines().collect();
    // The two become Ready side by side.
    lines.sort_by_key(|line| line.contains("  ready"));
    lines[5..].sort_unstable();
    same(
        &plain(&homelab, &lines.join("\n")),
        "\
home runs REPOSITORY at SHORT (begin)
  state  STATE (new)
  api    https://127.0.0.1:PORT
  entry  cluster/flux-system/gotk-sync.yaml:6
  Objects are stored and synced for real; this version runs no pods
  ready     flux-system/apps at main@SHORT
  ready     flux-system/flux-system at main@SHORT
Ready: 2 Kustomizations, 4 objects applied",
    );
    let second = up(&homelab, &["--until-ready"]);
    assert_eq!(second.code, Some(0), "{}", second.stderr);
    let second = plain(&homelab, &second.stderr);
    assert!(second.contains("  state  STATE (N objects, read in TIME)"), "{second}");
    assert!(second.contains("Ready: 2 Kustomizations, 4 objects applied"), "{second}");
}

#[tokio::test]
async fn a_commit_is_applied_while_it_runs_and_an_interrupt_drains() {
    let homelab = Homelab::small();
    let mut running = Running::up(&homelab, &[]);
    let client = running.client().await;
    let maps: Api<ConfigMap> = Api::namespaced(client, "default");
    running.wait_for("Ready: 2 Kustomizations");
    let text = async |name: &str| Some(maps.get_opt(name).await.unwrap()?.data?.get("text")?.clone());
    assert_eq!(text("greeting").await.as_deref(), Some("hello"));

    let mark = running.mark();
    homelab.write("apps/greeting.yaml", &config_map("greeting", "good-evening"));
    homelab.write("apps/second.yaml", &config_map("second", "new"));
    let commit = homelab.commit("greet in the evening");
    eventually("the new object", async || text("second").await).await;
    eventually("the new text", async || text("greeting").await.filter(|text| text == "good-evening")).await;
    running.wait_after(mark, &format!("ready     flux-system/apps at main@{}", &commit[..7]));
    running.wait_after(mark, "Ready: 2 Kustomizations, 5 objects applied");

    std::fs::remove_file(homelab.repository().join("apps/second.yaml")).unwrap();
    homelab.commit("once was enough");
    eventually("the end of the object", async || text("second").await.is_none().then_some(())).await;

    running.interrupt();
    let ended = running.wait();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(ended.stderr.lines().last(), Some("stopping: letting what runs end, then closing the store"));
}

#[test]
fn what_was_committed_meanwhile_is_applied_before_it_is_ready() {
    let homelab = Homelab::small();
    let before = up(&homelab, &["--until-ready"]);
    assert_eq!(before.code, Some(0), "{}", before.stderr);
    homelab.write("apps/second.yaml", &config_map("second", "new"));
    let commit = homelab.commit("a second one");
    let after = up(&homelab, &["--until-ready"]);
    assert_eq!(after.code, Some(0), "{}", after.stderr);
    let ready: Vec<&str> = after.stderr.lines().filter(|line| line.contains("  ready  ")).collect();
    assert_eq!(ready.len(), 2, "what was Ready before the stop is no news: {}", after.stderr);
    assert!(ready.iter().all(|line| line.ends_with(&format!("main@{}", &commit[..7]))), "{}", after.stderr);
    assert!(after.stderr.contains("Ready: 2 Kustomizations, 5 objects applied"), "{}", after.stderr);
}

#[test]
fn what_nothing_will_come_of_is_named() {
    let homelab = Homelab::small();
    let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: NAME\n  namespace: default\nspec:\n  \
                 accessModes: [ReadWriteOnce]\n  resources:\n    requests:\n      storage: 1Gi\n";
    for name in ["photos", "songs"] {
        homelab.write(&format!("apps/{name}.yaml"), &claim.replace("NAME", name));
    }
    homelab.commit("store something");
    let ended = up(&homelab, &["--until-ready"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let (_, told) = ended.stderr.split_once("Note: ").unwrap();
    same(
        told,
        "stored, and not acted on in this version:\n  no volume is provisioned:\n    \
         PersistentVolumeClaim/default/photos, PersistentVolumeClaim/default/songs",
    );
}

#[test]
fn releases_are_stored_told_of_and_not_waited_for() {
    let homelab = Homelab::small();
    let source = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {name: charts, namespace: default}\n\
                  spec: {url: \"https://charts.example.org\"}\n";
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: NAME, namespace: default}\nspec:\n  \
                   interval: 1h\n  chart: {spec: {chart: app, version: 1.0.0, sourceRef: {kind: HelmRepository, name: charts}}}\n";
    homelab.write("apps/source.yaml", source);
    for name in ["one", "two"] {
        homelab.write(&format!("apps/{name}.yaml"), &release.replace("NAME", name));
    }
    homelab.commit("install two charts");
    let told = "2 HelmReleases are not installed: this version renders charts and installs none";
    let mut running = Running::up(&homelab, &[]);
    running.wait_for(&format!("Note: {told}"));
    let status = run(&homelab, "status", &[]);
    assert_eq!((status.code, status.stderr.lines().last()), (Some(0), Some(told)), "{}", status.stderr);
    let status = run(&homelab, "status", &["--output", "json"]);
    let status: Value = serde_json::from_str(&status.stdout).unwrap();
    assert_eq!(status["ready"], true);
    assert_eq!(
        status["notInstalled"],
        serde_json::json!(["HelmRelease/default/one", "HelmRelease/default/two"])
    );
    running.interrupt();
    running.wait();
}

#[test]
fn the_kubeconfig_goes_where_it_is_wanted_and_status_finds_it() {
    let homelab = Homelab::small();
    let wanted = homelab.root().join("somewhere/config");
    let mut running = Running::up(&homelab, &["--kubeconfig", "somewhere/config"]);
    running.wait_for("Ready: ");
    assert_eq!(running.wait_for("export "), format!("export KUBECONFIG={}", wanted.display()));
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&wanted).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let status = run(&homelab, "status", &[]);
    assert_eq!(status.code, Some(0), "{}", status.stderr);
}

#[test]
fn the_timeout_gives_the_reasons() {
    let depends = "  dependsOn:\n  - name: apps\n";
    let homelab = Homelab::new(&[
        ("cluster/apps.yaml", &kustomization("apps", "./apps", "")),
        ("cluster/web.yaml", &kustomization("web", "./web", depends)),
        ("cluster/shop.yaml", &kustomization("shop", "./web", depends)),
        ("web/web.yaml", &config_map("web", "x")),
        ("apps/kustomization.yaml", "resources: [gone.yaml]\n"),
    ]);
    let ended = up(&homelab, &["--until-ready", "--timeout", "6s"]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    let (_, reasons) = ended.stderr.split_once("error: ").unwrap();
    same(
        reasons,
        "\
3 of 4 Kustomizations not Ready after 6s
  failed    flux-system/apps: BuildFailed: kustomize build failed: apps/kustomization.yaml:1:13: error[kustomize-missing-file]: `apps/gone.yaml` does not exist
            hint: create the file, or take the entry out
            2 Kustomizations wait for it
  blocked   flux-system/shop by flux-system/apps
  blocked   flux-system/web by flux-system/apps",
    );
}

#[test]
fn programs_read_a_document_per_line() {
    let homelab = Homelab::small();
    let ended = up(&homelab, &["--until-ready", "--output", "json"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    let documents: Vec<Value> =
        ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let events: Vec<&str> = documents.iter().filter_map(|document| document["event"].as_str()).collect();
    assert_eq!((events.first(), events.last()), (Some(&"started"), Some(&"ready")), "{}", ended.stdout);
    let started = &documents[0];
    assert!(started["server"].as_str().unwrap().starts_with("https://127.0.0.1:"), "{started}");
    assert!(exists(started["kubeconfig"].as_str().unwrap()), "{started}");
    assert_eq!(started["commit"].as_str().map(str::len), Some(40));
    let ready = documents.iter().filter(|document| document["state"] == "ready").count();
    assert_eq!(ready, 2, "{}", ended.stdout);
    assert_eq!(documents.last().unwrap()["objects"], 4);
}

#[test]
fn status_tells_what_runs() {
    let homelab = Homelab::small();
    let down = run(&homelab, "status", &[]);
    assert_eq!(down.code, Some(3));
    same(&down.stderr, "error: homelab `home` does not run here\nhint: start it with `amethyst up`");

    let mut running = Running::up(&homelab, &[]);
    running.wait_for("Ready: ");
    let status = run(&homelab, "status", &[]);
    assert_eq!(status.code, Some(0), "{}", status.stderr);
    same(
        &plain(&homelab, &status.stdout),
        "  ready     flux-system/apps at main@SHORT\n  ready     flux-system/flux-system at main@SHORT",
    );
    same(&status.stderr, "home: 2 of 2 Kustomizations ready, 4 objects");
    let status: Value = serde_json::from_str(&run(&homelab, "status", &["--output", "json"]).stdout).unwrap();
    assert_eq!((&status["ready"], &status["objects"]), (&Value::Bool(true), &Value::from(4)));
    assert_eq!(status["kustomizations"][0]["name"], "flux-system/apps");

    let mark = running.mark();
    homelab.write("apps/greeting.yaml", "a: [\n");
    homelab.commit("break it");
    running.wait_after(mark, "failed    flux-system/apps");
    let status = run(&homelab, "status", &[]);
    assert_eq!(status.code, Some(1), "{}", status.stderr);
    assert!(status.stdout.contains("failed    flux-system/apps: BuildFailed"), "{}", status.stdout);
    assert!(status.stderr.contains("1 of 2 Kustomizations ready"), "{}", status.stderr);

    // What is mended is Ready again, without a restart.
    let mark = running.mark();
    homelab.write("apps/greeting.yaml", &config_map("greeting", "hello"));
    homelab.commit("mend it");
    running.wait_after(mark, "Ready: 2 Kustomizations, 4 objects applied");

    // A server that was killed leaves its kubeconfig behind.
    running.kill();
    let down = run(&homelab, "status", &[]);
    assert_eq!(down.code, Some(3));
    same(&down.stderr, "error: homelab `home` does not run here\nhint: start it with `amethyst up`");
}

#[tokio::test]
async fn what_is_done_is_told_when_a_policy_says_so() {
    let homelab = Homelab::small();
    homelab.write(
        "audit.yaml",
        "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules:\n\
         - {level: Metadata, users: [kubernetes-admin]}\n",
    );
    homelab.write(
        "amethyst.yaml",
        "apiVersion: amethyst.home.arpa/v1alpha1\nkind: Homelab\nspec: {audit: {policy: audit.yaml}}\n",
    );
    homelab.commit("tell what is done");
    let mut running = Running::up(&homelab, &["--builtins", "none"]);
    let client = running.client().await;
    let maps: Api<ConfigMap> = Api::namespaced(client, "default");
    assert!(maps.get_opt("nothing").await.unwrap().is_none());
    let log = homelab.state().join("audit.log");
    let line = eventually("a line of the log", async || {
        let text = std::fs::read_to_string(&log).ok()?;
        text.lines().find(|line| line.contains("configmaps/nothing")).map(str::to_owned)
    })
    .await;
    let event: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(event["responseStatus"]["code"], 404);
    assert_eq!(event["annotations"]["authorization.k8s.io/decision"], "allow");
    assert_eq!(event["sourceIPs"][0], "127.0.0.1");
}
