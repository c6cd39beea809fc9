//! `amethyst fetch`: charts and schemas come from a server on loopback, and are rendered without it.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::homelab::{Homelab, kustomization};
use crate::program::{exists, run_in};
use crate::web::{Files, Web};

/// A server of files.
struct Server {
    url: String,
    files: Files,
    web: Web,
}

impl Server {
    fn start() -> Self {
        let files = Files::default();
        let web = Web::files(&files);
        Self { url: web.url(""), files, web }
    }

    fn put(&self, path: &str, body: impl Into<Vec<u8>>) {
        self.files.put(path, body);
    }

    fn asked(&self) -> Vec<String> {
        self.web.targets()
    }
}

/// A packaged chart whose schema refers to one at `url`.
fn chart(homelab: &Homelab, url: &str) -> Vec<u8> {
    let folder = homelab.root().join("made/app");
    std::fs::create_dir_all(folder.join("templates")).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write("Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.2.3\n");
    write("values.yaml", "size: 1\n");
    write("values.schema.json", &format!("{{\"properties\":{{\"size\":{{\"$ref\":\"{url}/size.json\"}}}}}}"));
    write(
        "templates/map.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: made}\ndata: {size: \"{{ .Values.size }}\"}\n",
    );
    pack(&homelab.root().join("made"))
}

/// The folder `app` in a folder, packed.
pub(crate) fn pack(folder: &Path) -> Vec<u8> {
    let packed = Command::new("tar")
        .args(["-czf", "-", "app"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .expect("tar is there");
    assert!(packed.status.success());
    packed.stdout
}

/// A homelab with a release of the chart `name` from the server.
fn homelab(server: &Server, name: &str, size: &str) -> Homelab {
    let release = format!(
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata:\n  name: charts\n  \
         namespace: default\nspec:\n  interval: 1h\n  url: {}\n---\napiVersion: helm.toolkit.fluxcd.io/v2\n\
         kind: HelmRelease\nmetadata:\n  name: app\n  namespace: default\nspec:\n  interval: 1h\n  chart:\n    \
         spec:\n      chart: {name}\n      version: '>=1.0.0'\n      sourceRef: {{kind: HelmRepository, name: charts}}\n  \
         values: {{size: {size}}}\n",
        server.url
    );
    let homelab = Homelab::new(&[
        ("cluster/apps.yaml", &kustomization("apps", "./apps", "")),
        ("apps/release.yaml", &release),
    ]);
    server.put("/app-1.2.3.tgz", chart(&homelab, &server.url));
    server.put("/size.json", "{\"type\": \"integer\"}");
    let index =
        "apiVersion: v1\nentries:\n  app:\n  - name: app\n    version: 1.2.3\n    urls: [app-1.2.3.tgz]\n";
    server.put("/index.yaml", index);
    homelab
}

#[test]
fn charts_and_schemas_are_fetched_once_and_rendered_without_a_server() {
    let server = Server::start();
    let homelab = homelab(&server, "app", "7");
    let repository = homelab.repository();
    let before = run_in(&repository, &["build", "hr", "app"]);
    assert!(before.stderr.contains("run `amethyst fetch`"), "{}", before.stderr);
    assert_eq!(server.asked(), Vec::<String>::new(), "rendering dials nobody");
    assert!(!exists(homelab.repository().join(".cache")), "rendering makes no cache");

    let ended = run_in(&repository, &["fetch"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""), "{}", ended.stderr);
    assert!(ended.stderr.contains("1 chart fetched ("), "{}", ended.stderr);
    assert!(ended.stderr.contains("1 schema fetched"), "{}", ended.stderr);
    assert!(!ended.stderr.contains('\u{1b}'), "no animation without a terminal: {}", ended.stderr);
    assert_eq!(server.asked(), ["/index.yaml", "/app-1.2.3.tgz", "/size.json"]);

    let built = run_in(&repository, &["build", "hr", "app"]);
    assert_eq!((built.code, built.stderr.as_str()), (Some(0), ""), "{}", built.stdout);
    assert!(built.stdout.contains("size: \"7\""), "{}", built.stdout);

    let again = run_in(&repository, &["fetch", "--output", "json"]);
    let told: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(told["bytesDownloaded"], 0, "{}", again.stdout);
    assert_eq!(told["there"].as_array().unwrap().len(), 2, "{}", again.stdout);
    assert_eq!(told["there"][1]["version"], "1.2.3", "{}", again.stdout);
    assert_eq!(server.asked(), Vec::<String>::new());

    // The same chart and schema are there for who names them by hand.
    let by_hand = |more: &[&str]| {
        let chart = ["helm", "template", "app", "--repo", &server.url, "--version", "1.2.3"];
        run_in(&repository, &[chart.as_slice(), more].concat())
    };
    let printed = by_hand(&["--set", "size=8"]);
    assert_eq!((printed.code, printed.stderr.as_str()), (Some(0), ""), "{}", printed.stdout);
    assert!(printed.stdout.contains("size: \"8\""), "{}", printed.stdout);
    let refused = by_hand(&["--set", "size=much"]);
    assert!(refused.code == Some(1) && refused.stderr.contains("values don't meet"), "{}", refused.stderr);
    assert_eq!(server.asked(), Vec::<String>::new());

    // What does not fit the schema that was fetched is refused.
    let release = std::fs::read_to_string(repository.join("apps/release.yaml")).unwrap();
    homelab.write("apps/release.yaml", &release.replace("size: 7", "size: much"));
    let built = run_in(&repository, &["build", "hr", "app"]);
    assert_eq!(built.code, Some(1));
    assert!(built.stderr.contains("values don't meet the specifications"), "{}", built.stderr);
}

#[test]
fn what_cannot_be_had_is_told_apart_by_whose_fault_it_is() {
    let server = Server::start();
    let lost = homelab(&server, "ap", "7");
    let ended = run_in(&lost.repository(), &["fetch"]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("did you mean `app`?"), "{}", ended.stderr);
    assert!(ended.stderr.contains("1 failed"), "{}", ended.stderr);

    let gone = homelab(&server, "app", "7");
    server.files.remove("/app-1.2.3.tgz");
    let ended = run_in(&gone.repository(), &["fetch"]);
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert!(ended.stderr.contains("404"), "{}", ended.stderr);

    // A schema that is not there leaves values unchecked, and says so.
    let partly = homelab(&server, "app", "7");
    server.files.remove("/size.json");
    let ended = run_in(&partly.repository(), &["fetch"]);
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    let built = run_in(&partly.repository(), &["build", "hr", "app"]);
    assert_eq!(built.code, Some(0), "{}", built.stderr);
    assert!(built.stderr.contains("size.json`, which is not at hand"), "{}", built.stderr);
    assert_eq!(built.stderr.matches("not at hand").count(), 1, "{}", built.stderr);

    let usage = run_in(&partly.repository(), &["fetch", "--cache-size", "2GB"]);
    assert_eq!(usage.code, Some(2), "{}", usage.stderr);
}

#[test]
fn a_schema_that_names_another_is_fetched_with_it() {
    let server = Server::start();
    let homelab = homelab(&server, "app", "much");
    server.put("/size.json", "{\"$ref\": \"inner.json#/definitions/number\"}");
    server.put("/inner.json", "{\"definitions\": {\"number\": {\"type\": \"integer\"}}}");
    let ended = run_in(&homelab.repository(), &["fetch"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(server.asked(), ["/index.yaml", "/app-1.2.3.tgz", "/size.json", "/inner.json"]);
    let built = run_in(&homelab.repository(), &["build", "hr", "app"]);
    assert_eq!(built.code, Some(1), "{}", built.stderr);
    assert!(built.stderr.contains("values don't meet the specifications"), "{}", built.stderr);
}
