//! The four spellings of an entry, and what is said when there is none or too many.

use amethyst_tree::Tree;

use super::find;

const SYNC: &str = "
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {url: https://example.org/home.git, interval: 1m}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {path: ./clusters/home, prune: true, interval: 10m, sourceRef: {kind: GitRepository, name: flux-system}}
";

const CHILD: &str = "
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./apps, sourceRef: {kind: GitRepository, name: flux-system}}
";

fn check(files: &[(&str, &str)], wanted: Option<&str>, file: &str, path: &str) {
    let entry = find(&Tree::from_files(files.iter().copied()), wanted).unwrap();
    assert_eq!(entry.file, file);
    assert_eq!(entry.kustomization.str_at(&["spec", "path"]), Some(path));
    assert_eq!(entry.source.kind(), "GitRepository");
}

fn refused(files: &[(&str, &str)], wanted: Option<&str>, code: &str) {
    let fault = find(&Tree::from_files(files.iter().copied()), wanted).unwrap_err();
    assert_eq!(fault.code, code);
    assert!(fault.hint.is_some());
}

#[test]
fn a_bootstrapped_repository_starts_at_its_sync_file() {
    let files = [("clusters/home/flux-system/gotk-sync.yaml", SYNC), ("clusters/home/apps.yaml", CHILD)];
    check(&files, None, "clusters/home/flux-system/gotk-sync.yaml", "./clusters/home");
}

#[test]
fn a_flux_instance_and_its_chart_say_it_in_their_sync() {
    let instance = "
apiVersion: fluxcd.controlplane.io/v1
kind: FluxInstance
metadata: {name: flux, namespace: flux-system}
spec: {sync: {kind: GitRepository, url: https://example.org/x, ref: refs/heads/main, path: k8s/flux}}
";
    check(&[("a.yaml", instance)], None, "a.yaml", "k8s/flux");
    let release = "
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: flux-instance, namespace: flux-system}
spec: {values: {instance: {sync: {kind: GitRepository, url: https://example.org/x, path: k8s/flux}}}}
";
    check(&[("a.yaml", release)], None, "a.yaml", "k8s/flux");
}

#[test]
fn a_kustomization_over_its_own_folder_is_an_entry() {
    let files = [("clusters/home/boot.yaml", SYNC), ("clusters/home/apps.yaml", CHILD)];
    check(&files, None, "clusters/home/boot.yaml", "./clusters/home");
    check(&files, Some("./clusters/home/boot.yaml"), "clusters/home/boot.yaml", "./clusters/home");
}

#[test]
fn none_and_many_are_told_apart() {
    refused(&[("a.yaml", "kind: ConfigMap")], None, "entry-missing");
    refused(&[("a/gotk-sync.yaml", SYNC), ("b/gotk-sync.yaml", SYNC)], None, "entry-ambiguous");
    refused(&[("a/gotk-sync.yaml", SYNC)], Some("b.yaml"), "entry-missing");
}

#[test]
fn of_clusters_side_by_side_none_is_guessed_and_each_has_its_own_source() {
    let of =
        |cluster: &str| SYNC.replace("clusters/home", cluster).replace("home.git", &format!("{cluster}.git"));
    let (long, short) = (of("k8s/cluster-0"), of("k8s/nas"));
    let files = [("k8s/cluster-0/sync.yaml", long.as_str()), ("k8s/nas/sync.yaml", &short)];
    refused(&files, None, "entry-ambiguous");
    let entry = find(&Tree::from_files(files), Some("k8s/nas/sync.yaml")).unwrap();
    assert_eq!(entry.source.str_at(&["spec", "url"]), Some("https://example.org/k8s/nas.git"));
    assert_eq!(entry.kustomization.str_at(&["spec", "path"]), Some("./k8s/nas"));
}

#[test]
fn of_nested_folders_the_outer_one_is_the_entry() {
    let inner = SYNC.replace("./clusters/home", "./k8s/a/apps").replace("name: flux-system,", "name: apps,");
    let inner = inner.replace("name: flux-system}", "name: apps}");
    let outer = SYNC.replace("./clusters/home", "./k8s/a");
    let files = [("k8s/a/apps/sync.yaml", inner.as_str()), ("k8s/a/sync.yaml", &outer)];
    check(&files, None, "k8s/a/sync.yaml", "./k8s/a");
}

#[test]
fn what_belongs_to_a_chart_starts_no_sync() {
    let instance = "
apiVersion: fluxcd.controlplane.io/v1
kind: FluxInstance
metadata: {name: flux, namespace: flux-system}
spec: {sync: {kind: GitRepository, url: https://example.org/x, path: k8s/flux}}
";
    let files = [
        ("a.yaml", instance),
        ("charts/x/Chart.yaml", ""),
        ("charts/x/templates/instance.yaml", instance),
        ("templates/not-of-a-chart.txt", ""),
    ];
    check(&files, None, "a.yaml", "k8s/flux");
    let files = [("a.yaml", instance), ("templates/b.yaml", instance)];
    refused(&files, None, "entry-ambiguous");
}

#[test]
fn somebody_elses_repository_is_no_entry_though_all_of_it_is_applied() {
    let other = "
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: gateway-api, namespace: flux-system}
spec: {url: https://example.org/gateway-api.git, interval: 1h}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: gateway-api, namespace: flux-system}
spec: {prune: false, interval: 1h, sourceRef: {kind: GitRepository, name: gateway-api}}
";
    let files =
        [("apps/crds.yaml", other), ("clusters/home/boot.yaml", SYNC), ("clusters/home/apps.yaml", CHILD)];
    check(&files, None, "clusters/home/boot.yaml", "./clusters/home");
}
