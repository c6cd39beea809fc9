//! `amethyst fetch` from each kind of source, good servers and bad ones; then `build` when they are gone.

use std::sync::{Arc, Mutex};

use amethyst_source::Digest;

use crate::fetch::pack;
use crate::homelab::{Homelab, kustomization};
use crate::program::{Ended, run_with};
use crate::web::{Answer, Asked, Files, Web, answer};

const HELM: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
const CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// `me:pass`.
const ME: &str = "bWU6cGFzcw==";

/// A packaged chart `app` that makes a ConfigMap with its version in it.
fn chart(version: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let app = folder.path().join("app");
    std::fs::create_dir_all(app.join("templates")).unwrap();
    let write = |name: &str, text: &str| std::fs::write(app.join(name), text).unwrap();
    write("Chart.yaml", &format!("apiVersion: v2\nname: app\nversion: {version}\n"));
    write(
        "templates/map.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: made}\ndata: {version: \"{{ .Chart.Version }}\"}\n",
    );
    pack(folder.path())
}

/// A source, and what a HelmRelease says of its chart.
fn homelab(source: &str, release: &str) -> Homelab {
    let text = format!(
        "apiVersion: source.toolkit.fluxcd.io/v1\n{source}\n---\napiVersion: helm.toolkit.fluxcd.io/v2\n\
         kind: HelmRelease\nmetadata: {{name: app, namespace: default}}\nspec:\n  interval: 1h\n{release}\n"
    );
    Homelab::new(&[("cluster/apps.yaml", &kustomization("apps", "./apps", "")), ("apps/release.yaml", &text)])
}

fn helm_repository(spec: &str, version: &str) -> Homelab {
    let source = format!(
        "kind: HelmRepository\nmetadata: {{name: charts, namespace: default}}\nspec: {{interval: 1h, {spec}}}"
    );
    let release = format!(
        "  chart:\n    spec: {{chart: app, version: '{version}', sourceRef: {{kind: HelmRepository, name: charts}}}}"
    );
    homelab(&source, &release)
}

fn oci_repository(spec: &str) -> Homelab {
    let source = format!(
        "kind: OCIRepository\nmetadata: {{name: charts, namespace: default}}\nspec: {{interval: 1h, {spec}}}"
    );
    homelab(&source, "  chartRef: {kind: OCIRepository, name: charts}")
}

/// What a registry holds, answered without asking who wants it.
#[derive(Clone, Default)]
struct Registry {
    files: Files,
    tags: Arc<Mutex<Vec<String>>>,
}

impl Registry {
    /// Puts an artifact of one layer under a tag; gives the digests of the manifest and of the layer.
    fn push(&self, tag: &str, media_type: &str, layer: &[u8]) -> (Digest, Digest) {
        let digest = Digest::of(layer);
        self.files.put(&format!("/v2/charts/app/blobs/{digest}"), layer);
        let of = |media_type: &str, digest: Digest, size: usize| {
            format!("{{\"mediaType\":\"{media_type}\",\"digest\":\"{digest}\",\"size\":{size}}}")
        };
        let (config, layer) = (of(CONFIG, Digest::of(b"{}"), 2), of(media_type, digest, layer.len()));
        let manifest = format!(
            "{{\"schemaVersion\":2,\"mediaType\":\"{MANIFEST}\",\"config\":{config},\"layers\":[{layer}]}}"
        );
        let named = Digest::of(manifest.as_bytes());
        for name in [tag, &named.to_string()] {
            self.files.put(&format!("/v2/charts/app/manifests/{name}"), manifest.as_str());
        }
        self.tags.lock().unwrap().push(tag.to_owned());
        (named, digest)
    }

    fn answer(&self, asked: &Asked) -> Answer {
        if asked.target.contains("/tags/list") {
            return answer(200, &[], format!("{{\"tags\":{:?}}}", self.tags.lock().unwrap()).as_bytes());
        }
        self.files.answer(&asked.target)
    }

    fn serve(&self) -> Web {
        let registry = self.clone();
        Web::start(move |_, asked| registry.answer(asked))
    }
}

/// Runs the program with a cache that nobody else fills.
fn run(homelab: &Homelab, environment: &[(&str, &str)], arguments: &[&str]) -> Ended {
    let cache = homelab.root().join("cache");
    let own = [("XDG_CACHE_HOME", cache.to_str().unwrap())];
    run_with(&homelab.repository(), &[&own, environment].concat(), arguments)
}

fn fetch(homelab: &Homelab, environment: &[(&str, &str)]) -> Ended {
    run(homelab, environment, &["fetch"])
}

/// Fetches, and builds from the cache alone what the chart of this version makes.
#[track_caller]
fn fetched(homelab: &Homelab, environment: &[(&str, &str)], version: &str) -> Ended {
    let ended = fetch(homelab, environment);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("1 chart fetched ("), "{}", ended.stderr);
    let built = run(homelab, &[], &["build", "hr", "app"]);
    assert_eq!((built.code, built.stderr.as_str()), (Some(0), ""), "{}", built.stdout);
    assert!(built.stdout.contains(&format!("version: {version}\n")), "{}", built.stdout);
    ended
}

/// Fails with a code, and says each of these.
#[track_caller]
fn refused(ended: &Ended, code: i32, said: &[&str]) {
    assert_eq!(ended.code, Some(code), "{}", ended.stderr);
    for said in said {
        assert!(ended.stderr.contains(said), "no `{said}` in\n{}", ended.stderr);
    }
}

/// Writes Docker's config.json; gives its folder.
fn docker(homelab: &Homelab, text: &str) -> String {
    let folder = homelab.root().join("docker");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.json"), text).unwrap();
    folder.to_str().unwrap().to_owned()
}

#[test]
fn a_registry_is_told_who_asks_and_where_it_sends_us_is_not() {
    let registry = Registry::default();
    registry.push("1.2.3", HELM, &chart("1.2.3"));
    registry.push("2.0.0", HELM, &chart("2.0.0"));
    let storage = Web::files(&registry.files);
    let (inside, elsewhere, own) = (registry.clone(), storage.url(""), Arc::new(Mutex::new(String::new())));
    let address = Arc::clone(&own);
    let web = Web::start(move |_, asked| {
        if asked.target.starts_with("/token?") {
            let is_me = asked.header("authorization") == format!("Basic {ME}");
            return if is_me {
                answer(200, &[], b"{\"token\":\"let-me-in\"}")
            } else {
                answer(401, &[], b"")
            };
        }
        if asked.header("authorization") != "Bearer let-me-in" {
            let realm = address.lock().unwrap().clone();
            let challenge =
                format!("Bearer realm=\"{realm}\",service=\"here\",scope=\"repository:charts/app:pull\"");
            return answer(401, &[("WWW-Authenticate", &challenge)], b"");
        }
        if asked.target.contains("/blobs/") {
            return answer(307, &[("Location", &format!("{elsewhere}{}", asked.target))], b"");
        }
        inside.answer(asked)
    });
    *own.lock().unwrap() = web.url("/token");
    let homelab = helm_repository(&format!("type: oci, url: 'oci://{}/charts'", web.address), "1.x");
    let ended = fetch(&homelab, &[]);
    refused(&ended, 3, &["apps/release.yaml:", "HelmRelease/default/app", "401", "hint: ", "1 failed"]);
    web.asked();

    let config = format!("{{\"auths\": {{\"{}\": {{\"auth\": \"{ME}\"}}}}}}", web.address);
    let docker = docker(&homelab, &config);
    let ended = fetched(&homelab, &[("DOCKER_CONFIG", &docker)], "1.2.3");
    assert!(
        ended.stderr.contains("fetched `oci://") && ended.stderr.contains(" 1.2.3 ("),
        "{}",
        ended.stderr
    );
    assert!(!ended.stderr.contains(ME) && !ended.stderr.contains("let-me-in"), "{}", ended.stderr);
    let asked = web.targets();
    assert!(asked[1].starts_with("/token?service=here&scope=repository"), "{asked:?}");
    let there = storage.asked();
    assert_eq!((there.len(), there[0].header("authorization")), (1, ""));

    // Nothing of it is asked for again while a range means what it meant.
    drop((web, storage));
    let again = fetch(&homelab, &[]);
    refused(&again, 0, &["0 charts fetched (0 B), 1 were there"]);
    let built = run(&homelab, &[], &["build", "hr", "app"]);
    assert_eq!(built.code, Some(0), "{}", built.stderr);
}

#[test]
fn what_only_a_credential_helper_knows_is_told_by_its_name() {
    let challenge = ("WWW-Authenticate", "Basic realm=\"here\"");
    let web = Web::start(move |_, _| answer(401, &[challenge], b""));
    let homelab = helm_repository(&format!("type: oci, url: 'oci://{}/charts'", web.address), "1.2.3");
    let config = format!("{{\"credHelpers\": {{\"{}\": \"keychain\"}}}}", web.address);
    let docker = docker(&homelab, &config);
    let ended = fetch(&homelab, &[("DOCKER_CONFIG", &docker)]);
    refused(
        &ended,
        3,
        &[
            "apps/release.yaml:",
            "`docker-credential-keychain`",
            "is not run",
            "hint: put an entry with `auth`",
        ],
    );

    std::fs::write(format!("{docker}/config.json"), "{\"auths\": [").unwrap();
    let ended = fetch(&homelab, &[("DOCKER_CONFIG", &docker)]);
    refused(&ended, 3, &["docker/config.json", "line 1, column "]);
}

#[test]
fn an_oci_repository_is_read_by_range_tag_digest_and_layer() {
    let registry = Registry::default();
    registry.push("1.2.3", HELM, &chart("1.2.3"));
    registry.push("1.10.0", HELM, &chart("1.10.0"));
    registry.push("2.0.0-rc.1", HELM, &chart("2.0.0-rc.1"));
    let (pinned, _) = registry.push("latest", HELM, &chart("0.1.0"));
    registry.push("other", "application/x-tar", &chart("3.0.0"));
    let web = registry.serve();
    let url = format!("url: 'oci://{}/charts/app'", web.address);
    let selector = "layerSelector: {mediaType: application/x-tar, operation: copy}";
    for (reference, version) in [
        ("ref: {semver: '>=1.0.0'}".to_owned(), "1.10.0"),
        ("ref: {semver: '1.x', semverFilter: '^1\\.2'}".to_owned(), "1.2.3"),
        ("ref: {tag: 1.2.3}".to_owned(), "1.2.3"),
        (format!("ref: {{tag: 1.2.3, digest: '{pinned}'}}"), "0.1.0"),
        (format!("ref: {{tag: other}}, {selector}"), "3.0.0"),
    ] {
        fetched(&oci_repository(&format!("{url}, {reference}")), &[], version);
    }
    let ended = fetch(&oci_repository(&format!("{url}, ref: {{semver: '>=9'}}")), &[]);
    refused(&ended, 1, &["apps/release.yaml:", "no version matches `>=9`", "hint: "]);
    let ended = fetch(&oci_repository(&format!("{url}, ref: {{tag: 1.2.3}}, {selector}")), &[]);
    refused(&ended, 1, &["apps/release.yaml:", "application/x-tar"]);
}

#[test]
fn a_secret_of_the_source_says_who_asks() {
    let files = Files::default();
    files.put("/app-1.2.3.tgz", chart("1.2.3"));
    files.put(
        "/index.yaml",
        "apiVersion: v1\nentries:\n  app:\n  - {name: app, version: 1.2.3, urls: [app-1.2.3.tgz]}\n",
    );
    let inside = files.clone();
    let web = Web::start(move |_, asked| {
        if asked.header("authorization") == format!("Basic {ME}") {
            inside.answer(&asked.target)
        } else {
            answer(401, &[("WWW-Authenticate", "Basic realm=\"here\"")], b"")
        }
    });
    let homelab = helm_repository(&format!("url: '{}', secretRef: {{name: who}}", web.url("")), "1.2.3");
    let ended = fetch(&homelab, &[]);
    refused(&ended, 3, &["apps/release.yaml:", "`default/who`", "is not in this repository", "401"]);
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: who, namespace: default}\nstringData: {username: me, password: pass}\n";
    homelab.write("apps/secret.yaml", secret);
    let ended = fetched(&homelab, &[], "1.2.3");
    assert!(!ended.stderr.contains("pass"), "{}", ended.stderr);
}

#[test]
fn a_proxy_is_gone_through_as_the_environment_says() {
    let files = Files::default();
    files.put("/app-1.2.3.tgz", chart("1.2.3"));
    files.put(
        "/index.yaml",
        "apiVersion: v1\nentries:\n  app:\n  - {name: app, version: 1.2.3, urls: [app-1.2.3.tgz]}\n",
    );
    let web = Web::files(&files);
    let proxy = Web::start(move |_, asked| {
        if asked.method == "CONNECT" {
            return answer(403, &[], b"");
        }
        let path = asked.target.splitn(4, '/').nth(3).unwrap_or_default();
        files.answer(&format!("/{path}"))
    });
    // This machine under a name that is not its loopback's, for that needs no proxy.
    let port = web.address.rsplit(':').next().unwrap();
    let homelab = || helm_repository(&format!("url: 'http://0.0.0.0:{port}'"), "1.2.3");
    let through = proxy.url("");
    fetched(&homelab(), &[("http_proxy", &through), ("HTTPS_PROXY", "http://127.0.0.1:9")], "1.2.3");
    assert_eq!(proxy.targets()[0], format!("http://0.0.0.0:{port}/index.yaml"));
    assert!(web.asked().is_empty());

    let excepted = [("HTTP_PROXY", through.as_str()), ("NO_PROXY", "example.org,0.0.0.0")];
    let ended = fetch(&homelab(), &excepted);
    refused(&ended, 0, &["1 chart fetched"]);
    assert!(proxy.asked().is_empty() && web.asked().len() == 2);

    let far = helm_repository("url: 'https://charts.example.invalid'", "1.2.3");
    let ended = fetch(&far, &[("HTTPS_PROXY", &through)]);
    refused(&ended, 3, &["apps/release.yaml:", "403", "hint: "]);
    assert_eq!(proxy.targets()[0], "charts.example.invalid:443");
    let ended = fetch(&far, &[("HTTPS_PROXY", "ftp://127.0.0.1")]);
    refused(&ended, 3, &["HTTPS_PROXY", "hint: write them as `http://host:port`"]);
}

#[test]
fn a_broken_download_goes_on_where_it_stopped() {
    let registry = Registry::default();
    let package = chart("1.2.3");
    let (_, digest) = registry.push("1.2.3", HELM, &package);
    let (inside, whole, half) = (registry.clone(), package.clone(), package.len() / 2);
    let web = Web::start(move |_, asked| {
        if !asked.target.ends_with(&digest.to_string()) {
            return inside.answer(asked);
        }
        match asked.header("range") {
            "" => {
                let mut all = answer(200, &[], &whole);
                all.truncate(all.len() - (whole.len() - half));
                all
            }
            range => {
                let from: usize = range.trim_start_matches("bytes=").trim_end_matches('-').parse().unwrap();
                let told = format!("bytes {from}-{}/{}", whole.len() - 1, whole.len());
                answer(206, &[("Content-Range", &told)], &whole[from..])
            }
        }
    });
    let homelab = oci_repository(&format!("url: 'oci://{}/charts/app', ref: {{tag: 1.2.3}}", web.address));
    fetched(&homelab, &[], "1.2.3");
    let ranges: Vec<String> = web.asked().iter().map(|asked| asked.header("range").to_owned()).collect();
    assert_eq!(ranges, [String::new(), String::new(), format!("bytes={half}-")]);
}

#[test]
fn a_server_that_lies_is_not_believed() {
    let (good, other) = (chart("1.2.3"), chart("6.6.6"));
    let registry = Registry::default();
    let (_, digest) = registry.push("1.2.3", HELM, &good);
    let blob = format!("/v2/charts/app/blobs/{digest}");
    let web = registry.serve();
    let homelab = oci_repository(&format!("url: 'oci://{}/charts/app', ref: {{tag: 1.2.3}}", web.address));
    // As long, but not the same.
    let mut changed = good.clone();
    *changed.last_mut().unwrap() ^= 1;
    registry.files.put(&blob, changed);
    let ended = fetch(&homelab, &[]);
    refused(&ended, 3, &["apps/release.yaml:", &digest.to_string(), "hint: somebody changed it"]);
    // Longer than the manifest says.
    registry.files.put(&blob, [good.as_slice(), b"more"].concat());
    let ended = fetch(&homelab, &[]);
    refused(&ended, 3, &["apps/release.yaml:", "bytes"]);
    let built = run(&homelab, &[], &["build", "hr", "app"]);
    assert!(!built.stdout.contains("version: "), "nothing of it is rendered: {}", built.stdout);
    registry.files.put(&blob, good);
    fetched(&homelab, &[], "1.2.3");

    // A chart whose digest the index tells.
    let files = Files::default();
    files.put("/app-1.2.3.tgz", other);
    let told = Digest::of(b"something else").hex();
    files.put("/index.yaml", format!("apiVersion: v1\nentries:\n  app:\n  - {{name: app, version: 1.2.3, digest: {told}, urls: [app-1.2.3.tgz]}}\n"));
    let web = Web::files(&files);
    let ended = fetch(&helm_repository(&format!("url: '{}'", web.url("")), "1.2.3"), &[]);
    refused(&ended, 3, &["apps/release.yaml:", &told, "hint: somebody changed it"]);
}
