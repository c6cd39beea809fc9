//! Broken homelabs: each fault is told once, with its place and a hint, and the rest goes on.

use crate::homelab::{Homelab, config_map, kustomization};
use crate::program::{Running, plain, run_in, same};

/// Runs a homelab whose Kustomization `apps` is broken by `files` beside a sound one, and compares what is
/// told about it, once, and what `check` tells.
#[track_caller]
fn broken(files: &[(&str, &str)], more: &str, told: &str, checked: &str) {
    let homelab = Homelab::new(&[
        ("cluster/apps.yaml", &kustomization("apps", "./apps", more)),
        ("apps/greeting.yaml", &config_map("greeting", "hello")),
        ("cluster/sound.yaml", &kustomization("sound", "./sound", "")),
        ("sound/song.yaml", &config_map("song", "la")),
    ]);
    for (path, text) in files {
        homelab.write(path, text);
    }
    homelab.commit("break it");
    let mut running = Running::up(&homelab, &[]);
    running.wait_for("ready     flux-system/sound at main@");
    running.wait_for(told.lines().last().unwrap());
    running.interrupt();
    let ended = running.wait();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let text = plain(&homelab, &ended.stderr);
    let faults: Vec<&str> =
        text.lines().filter(|line| line.starts_with("  failed ") || line.starts_with("    ")).collect();
    same(&faults.join("\n"), told);

    let ended = run_in(&homelab.repository(), &["check"]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    let (faults, _) = ended.stderr.rsplit_once("1 error in ").unwrap_or((&ended.stderr, ""));
    same(faults, checked);
}

#[test]
fn a_broken_file() {
    broken(
        &[("apps/broken.yaml", "a: 1\n  b: 2\n")],
        "",
        "  failed    flux-system/apps: BuildFailed: kustomize build failed: apps/broken.yaml:2:4: error[yaml-syntax]: \
         mapping values are not allowed in this context\n            \
         hint: quote the value if it contains `: `, or check the indentation",
        "apps/broken.yaml:2:4: error[yaml-syntax]: mapping values are not allowed in this context\n  \
         in Kustomization/flux-system/apps\n  hint: quote the value if it contains `: `, or check the indentation",
    );
}

#[test]
fn a_kustomization_that_names_a_missing_file() {
    broken(
        &[("apps/kustomization.yaml", "resources:\n- greeting.yaml\n- gone.yaml\n")],
        "",
        "  failed    flux-system/apps: BuildFailed: kustomize build failed: apps/kustomization.yaml:3:3: \
         error[kustomize-missing-file]: `apps/gone.yaml` does not exist\n            \
         hint: create the file, or take the entry out",
        "apps/kustomization.yaml:3:3: error[kustomize-missing-file]: `apps/gone.yaml` does not exist\n  \
         in Kustomization/flux-system/apps\n  hint: create the file, or take the entry out",
    );
}

#[test]
fn an_unknown_field_of_a_kustomization() {
    broken(
        &[("apps/kustomization.yaml", "resources:\n- greeting.yaml\nnamePrefixx: a-\n")],
        "",
        "  failed    flux-system/apps: BuildFailed: kustomize build failed: apps/kustomization.yaml:3:1: \
         error[kustomize-unknown-field]: invalid Kustomization: json: unknown field \"namePrefixx\"\n            \
         hint: kustomize knows no such field; remove it or correct its name",
        "apps/kustomization.yaml:3:1: error[kustomize-unknown-field]: invalid Kustomization: json: unknown field \
         \"namePrefixx\"\n  in Kustomization/flux-system/apps\n  \
         hint: kustomize knows no such field; remove it or correct its name",
    );
}

#[test]
fn a_dependency_that_is_not_there() {
    broken(
        &[],
        "  dependsOn:\n  - name: gone\n",
        "  failed    flux-system/apps: depends on Kustomization `flux-system/gone`, which does not exist\n            \
         at cluster/apps.yaml:15:5\n            \
         hint: apply that Kustomization too, or take it out of `spec.dependsOn`",
        "cluster/apps.yaml:15:5: error[kustomization-missing-dependency]: depends on Kustomization \
         `flux-system/gone`, which does not exist\n  in Kustomization/flux-system/apps\n  \
         hint: name a Kustomization of this repository, or take the entry out",
    );
}

#[test]
fn dependencies_in_a_circle() {
    broken(
        &[
            ("cluster/web.yaml", &kustomization("web", "./web", "  dependsOn:\n  - name: apps\n")),
            ("web/web.yaml", &config_map("web", "x")),
        ],
        "  dependsOn:\n  - name: web\n",
        "  failed    flux-system/apps: CircularDependency: circular dependency detected: flux-system/apps -> \
         flux-system/web -> flux-system/apps\n            at cluster/apps.yaml:15:3\n            \
         hint: take one of these out of `spec.dependsOn`",
        "cluster/apps.yaml:15:3: error[kustomization-dependency-cycle]: waits for itself: flux-system/apps -> \
         flux-system/web -> flux-system/apps\n  in Kustomization/flux-system/apps\n  \
         hint: take one of these dependencies out",
    );
}

#[test]
fn an_object_that_the_schema_refuses() {
    broken(
        &[(
            "apps/service.yaml",
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  namespace: default\nspec:\n  ports:\n  - port: many\n",
        )],
        "",
        "  failed    flux-system/apps: ReconciliationFailed: Service/default/web dry-run failed: \
         failed to create typed patch object (default/web; /v1, Kind=Service): \
         .spec.ports[port=\"many\",protocol=\"TCP\"].port: expected numeric (int or float), got string\n            \
         at apps/service.yaml:8:11\n            hint: mend the object and commit: a commit is applied at once",
        "apps/service.yaml:8:11: error[schema-type]: json: cannot unmarshal string into Go struct field \
         ServicePort.spec.ports.port of type int32\n  in Service/default/web\n  hint: expected int32",
    );
}

#[test]
fn a_kind_that_nobody_defined() {
    broken(
        &[(
            "apps/toaster.yaml",
            "apiVersion: example.org/v1\nkind: Toaster\nmetadata:\n  name: kitchen\n  namespace: default\n",
        )],
        "",
        "  failed    flux-system/apps: ReconciliationFailed: Toaster/default/kitchen dry-run failed: no matches for \
         kind \"Toaster\" in version \"example.org/v1\"\n            at apps/toaster.yaml:2:7\n            \
         hint: apply its CustomResourceDefinition first; when another Kustomization brings it, name that one in \
         `spec.dependsOn`",
        "apps/toaster.yaml:2:7: error[kind-unknown]: no matches for kind \"Toaster\" in version \"example.org/v1\"\n  \
         in Toaster/default/kitchen\n  \
         hint: no built-in kind and no CustomResourceDefinition of this repository is called so; its objects were held against no schema",
    );
}

#[test]
fn a_field_of_flux_that_is_not_honoured() {
    broken(
        &[],
        "  decryption:\n    provider: sops\n",
        "  failed    flux-system/apps: UnsupportedField: `spec.decryption` is not supported by this version of \
         Amethyst\n            at cluster/apps.yaml:15:5\n            \
         hint: sops comes with a later version; until then leave this Kustomization to a cluster under Flux",
        "cluster/apps.yaml:15:5: error[kustomization-unsupported-field]: this version does not honour \
         `spec.decryption`\n  in Kustomization/flux-system/apps\n  \
         hint: take the field out, or keep this Kustomization for a cluster under Flux",
    );
}

#[test]
fn a_path_that_is_not_there() {
    broken(
        &[("cluster/apps.yaml", &kustomization("apps", "./gone", ""))],
        "",
        "  failed    flux-system/apps: ArtifactFailed: kustomization path not found: `./gone`\n            \
         at cluster/apps.yaml:9:9\n            \
         hint: `spec.path` counts from the root of the repository and must name a folder with committed files in it",
        "cluster/apps.yaml:9:9: error[kustomization-path]: kustomization path not found: `./gone`\n  \
         in Kustomization/flux-system/apps\n  \
         hint: `spec.path` counts from the root of the source and must name a folder with files in it",
    );
}
