//! The outputs of one change that has a bit of everything.

use crate::testing::{both, options, release, side};
use crate::{Diff, HumanOptions, diff, html, human, json, markdown};

fn everything() -> Diff {
    let workload = |tag: &str, chart: &str| {
        format!(
            "
apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: plex, namespace: media, labels: {{helm.sh/chart: app-template-{chart}}}}}
spec:
  serviceName: plex
  selector: {{matchLabels: {{app: plex}}}}
  template:
    metadata: {{labels: {{app: plex}}}}
    spec:
      containers:
      - {{name: app, image: \"ghcr.io/home-operations/plex:{tag}\", resources: {{limits: {{memory: 1Gi}}}}}}
---
apiVersion: v1
kind: Service
metadata: {{name: plex, namespace: media, labels: {{helm.sh/chart: app-template-{chart}}}}}
"
        )
    };
    let config = "{apiVersion: v1, kind: ConfigMap, metadata: {name: plex, namespace: media}, data: {app.conf: \"one\\ntwo\\nthree\\n\", '|`': <b>}}";
    let secret = "{apiVersion: v1, kind: Secret, metadata: {name: plex, namespace: media}, stringData: {token: hunter2}}";
    let claim =
        "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: plex, namespace: media}, spec: {}}";
    let apps = format!("{config}\n---\n{secret}\n---\n{claim}");
    let before = both(release("plex", "app-template 4.1.1", &workload("1.41.0", "4.1.1")), side(&apps));
    let changed = apps.replace("two", "2").replace("hunter2", "hunter42");
    let changed = changed.rsplit_once("\n---\n").unwrap().0;
    let added = "{apiVersion: v1, kind: ServiceAccount, metadata: {name: plex, namespace: media}}";
    let after = both(
        release(
            "plex",
            "app-template 4.2.0",
            &workload("1.42.0", "4.2.0").replace("serviceName: plex", "serviceName: tv"),
        ),
        side(&format!("{changed}\n---\n{added}")),
    );
    diff(&before, &after, &options())
}

#[test]
fn the_terminal_shows_it() {
    insta::assert_snapshot!("human", human(&everything(), &HumanOptions::default()));
    insta::assert_snapshot!(
        "brief",
        human(&everything(), &HumanOptions { brief: true, ..HumanOptions::default() })
    );
    let coloured = human(&everything(), &HumanOptions { colour: true, ..HumanOptions::default() });
    assert!(
        coloured.contains("\x1b[31mghcr.io/home-operations/plex:1.41.0")
            || coloured.contains("\x1b[31m- ghcr.io")
    );
}

#[test]
fn the_comment_shows_it() {
    insta::assert_snapshot!("markdown", markdown(&everything()));
}

#[test]
fn programs_read_it() {
    let text = json(&everything());
    let value = amethyst_object::json::parse(text.as_bytes()).unwrap();
    assert_eq!(value.str_at(&["schema"]), Some("amethyst.diff/v1alpha1"));
    insta::assert_snapshot!("json", amethyst_yaml::emit(&value));
}

#[test]
fn the_page_shows_it_and_asks_nobody() {
    let page = html(&everything());
    for outside in ["http://", "https://", "src=", "@import", "url(", " style=", " onclick"] {
        assert!(!page.contains(outside), "{outside}");
    }
    let body = page.split_once("<body>").unwrap().1.split_once("<script>").unwrap().0;
    insta::assert_snapshot!("html", body);
}

#[test]
fn the_page_allows_its_own_script_and_style_only() {
    use base64::Engine as _;
    use sha2::Digest as _;
    let page = html(&Diff::default());
    for (open, close) in [("<style>", "</style>"), ("<script>", "</script>")] {
        let text = page.split_once(open).unwrap().1.split_once(close).unwrap().0;
        let hash = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(text));
        assert!(page.contains(&format!("'sha256-{hash}'")), "{open}");
    }
    assert!(page.contains("Nothing changes."));
}
