//! Objects: pairs, renames, moves, noise, images, charts.

use crate::testing::{both, options, release, side};
use crate::{ChangeKind, Diff, Failed, HumanOptions, Producer, Side, diff, human};

fn compare(before: &Side, after: &Side) -> Diff {
    diff(before, after, &options())
}

fn brief(before: &Side, after: &Side) -> String {
    human(&compare(before, after), &HumanOptions { brief: true, ..HumanOptions::default() })
}

const CONFIG: &str =
    "{apiVersion: v1, kind: ConfigMap, metadata: {name: app-8b77dkt9mf, namespace: media}, data: {a: '1'}}";

#[test]
fn equal_sides_have_no_difference() {
    let before = side(CONFIG);
    let found = compare(&before, &before.clone());
    assert!(found.is_empty() && found.dangers.is_empty() && found.images.is_empty());
    assert_eq!(found.summary.unchanged, 1);
}

#[test]
fn a_generated_name_is_no_new_object() {
    let pod = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app, namespace: media}\nspec: {template: {spec: {containers: [{name: a, envFrom: [{configMapRef: {name: app-8b77dkt9mf}}]}]}}}";
    let before = side(&format!("{CONFIG}\n---\n{pod}"));
    let after =
        side(&format!("{CONFIG}\n---\n{pod}").replace("8b77dkt9mf", "2t5hm9k4b6").replace("'1'", "'2'"));
    insta::assert_snapshot!(brief(&before, &after), @r"
    main..renovate/plex: 1 changed, 1 in noise only by 1 Kustomization in media

    Kustomization flux-system/apps
      ~ ConfigMap media/app-2t5hm9k4b6  (was app-8b77dkt9mf)  apps/apps.yaml:1
      1 object changes only in: generated names
    ");
    let found = compare(&before, &after);
    let deployment = found.objects.iter().find(|change| change.id.kind == "Deployment").unwrap();
    assert!(deployment.restarts && deployment.is_noise());
    assert!(found.dangers.is_empty(), "{:?}", found.dangers);
}

#[test]
fn another_version_of_the_api_is_a_change_and_another_producer_a_move() {
    let before = side("{apiVersion: x.io/v1beta1, kind: T, metadata: {name: t}}");
    let after = release("t", "t 1.0.0", "{apiVersion: x.io/v1, kind: T, metadata: {name: t}}");
    insta::assert_snapshot!(human(&compare(&before, &after), &HumanOptions::default()), @r"
    main..renovate/plex: 1 changed by 1 HelmRelease

    HelmRelease media/t  t 1.0.0
      ~ T t  (moved from Kustomization flux-system/apps)  apps/t.yaml:1 (templates/common.yaml)
          apiVersion: x.io/v1beta1 -> x.io/v1
    ");
}

#[test]
fn a_chart_bump_folds_its_noise() {
    let objects = |version: &str| {
        format!(
            "
apiVersion: v1
kind: Service
metadata: {{name: plex, namespace: media, labels: {{helm.sh/chart: app-template-{version}}}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: plex, namespace: media, labels: {{helm.sh/chart: app-template-{version}, app.kubernetes.io/version: {version}}}}}
spec:
  template:
    metadata: {{annotations: {{checksum/config: sum-of-{version}}}}}
    spec: {{containers: [{{name: app, image: \"ghcr.io/x/plex:{version}@sha256:0000000000\"}}]}}
"
        )
    };
    let before = release("plex", "app-template 4.1.1", &objects("4.1.1"));
    let after = release("plex", "app-template 5.0.0", &objects("5.0.0"));
    insta::assert_snapshot!(human(&compare(&before, &after), &HumanOptions::default()), @r"
    main..renovate/plex: 1 changed, 1 in noise only by 1 HelmRelease in media

    Dangers
      warning[chart-major]: HelmRelease media/plex
        app-template 4.1.1 -> app-template 5.0.0; a major version may ask for other values or for steps by hand
        hint: read the chart's release notes

    Images
      ghcr.io/x/plex  4.1.1@sha256:00000000  ->  5.0.0@sha256:00000000  major  Deployment media/plex [app]

    Charts
      app-template  4.1.1  ->  5.0.0  major  media/plex

    HelmRelease media/plex  app-template 4.1.1 -> 5.0.0
      ~ Deployment media/plex  (restarts pods)  apps/plex.yaml:6 (templates/common.yaml)
          spec.template.spec.containers[name=app].image
            - ghcr.io/x/plex:4.1.1@sha256:0000000000
            + ghcr.io/x/plex:5.0.0@sha256:0000000000
          and helm.sh/chart label, app.kubernetes.io/version label, checksum annotations
      1 object changes only in: helm.sh/chart label
    ");
}

#[test]
fn images_in_values_and_in_other_kinds_count() {
    let objects = |tag: &str| {
        format!(
            "
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: app, namespace: media}}
spec: {{values: {{controllers: {{main: {{containers: {{app: {{image: {{repository: ghcr.io/x/app, tag: {tag}}}}}}}}}}}}}}}
---
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {{name: db, namespace: media}}
spec: {{imageName: \"ghcr.io/x/app:{tag}\"}}
"
        )
    };
    let found = compare(&side(&objects("1.0.0")), &side(&objects("1.0.1")));
    let [image] = found.images.as_slice() else { panic!("{:?}", found.images) };
    assert_eq!(image.jump, Some(crate::Jump::Patch));
    let uses: Vec<String> = image.uses.iter().map(|(id, place)| format!("{} {place}", id.kind)).collect();
    assert_eq!(uses, ["Cluster spec", "HelmRelease app"]);
}

#[test]
fn what_a_failed_render_would_show_as_removed_is_withheld() {
    let before = both(
        release("plex", "p 1.0.0", CONFIG),
        side("{apiVersion: v1, kind: ConfigMap, metadata: {name: x}}"),
    );
    let mut after = side("{apiVersion: v1, kind: ConfigMap, metadata: {name: x}, data: {a: b}}");
    let producer = Producer { chart: None, ..before.objects[0].producer.clone() };
    after.failed.push(Failed { producer, reason: "the chart is\nmissing".into() });
    let found = compare(&before, &after);
    assert_eq!(found.objects.len(), 1);
    insta::assert_snapshot!(brief(&before, &after), @r"
    main..renovate/plex: 1 changed by 1 Kustomization

    HelmRelease media/plex could not be rendered on the side after; its object is left out: the chart is missing

    Kustomization flux-system/apps
      ~ ConfigMap x  apps/apps.yaml:1
    ");
}

#[test]
fn twins_are_paired_by_producer() {
    let before = both(side(CONFIG), release("a", "a 1.0.0", CONFIG));
    let changed = CONFIG.replace("'1'", "'2'");
    let after = both(release("a", "a 1.0.0", &changed), side(CONFIG));
    let found = compare(&before, &after);
    let kinds: Vec<(ChangeKind, &str)> =
        found.objects.iter().map(|change| (change.kind, change.producer.name.as_str())).collect();
    assert_eq!(kinds, [(ChangeKind::Changed, "a")]);
}
