//! `amethyst helm template`: what Helm 4.3.1 prints, writes and answers to the same command lines.

use crate::homelab::Homelab;
use crate::program::{Ended, exists, run_in};

/// A chart with several manifests in one file, hooks, a test, a subchart and a definition.
fn charts() -> Homelab {
    let hook = |name: &str, event: &str| {
        format!("kind: H\nmetadata:\n  name: {name}\n  annotations: {{helm.sh/hook: {event}}}\n")
    };
    Homelab::uncommitted(&[
        ("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n"),
        (
            "c/templates/a.yaml",
            "kind: A\nmetadata: {name: a}\n---\nkind: B\nmetadata: {name: {{ .Release.Name }}}\nup: {{ .Release.IsUpgrade }}\n\
             ---\nkind: Namespace\nmetadata: {name: n}",
        ),
        ("c/templates/sub/s.yaml", "kind: S\nmetadata: {name: s}\nvalue: {{ .Values.value }}\n"),
        ("c/templates/h.yaml", &format!("{}---\n{}", hook("h", "pre-install"), hook("h2", "pre-install"))),
        ("c/templates/t.yaml", &hook("t", "test")),
        ("c/charts/d/Chart.yaml", "apiVersion: v2\nname: d\nversion: 1.0.0\n"),
        ("c/charts/d/templates/d.yaml", "kind: D\nmetadata: {name: d}\n"),
        ("c/crds/x.yaml", "kind: CustomResourceDefinition\nmetadata: {name: x}\n"),
        ("values.yaml", "value: 5\n"),
    ])
}

fn template(homelab: &Homelab, arguments: &[&str]) -> Ended {
    run_in(&homelab.repository(), &[&["helm", "template"], arguments].concat())
}

/// A command line that ends well; what it prints.
fn printed(homelab: &Homelab, arguments: &[&str]) -> String {
    let ended = template(homelab, arguments);
    assert_eq!(ended.code, Some(0), "{arguments:?}\n{}", ended.stderr);
    ended.stdout
}

#[test]
fn files_are_written_as_helm_writes_them() {
    let homelab = charts();
    let out = homelab.repository().join("out");
    let all = "wrote out/c/templates/a.yaml\nwrote out/c/templates/a.yaml\nwrote out/c/templates/a.yaml\n\
               wrote out/c/charts/d/templates/d.yaml\nwrote out/c/templates/sub/s.yaml\n\
               wrote out/c/templates/h.yaml\nwrote out/c/templates/h.yaml\nwrote out/c/templates/t.yaml\n\n";
    assert_eq!(printed(&homelab, &["c", "--output-dir", "out"]), all);
    let read = |path: &str| std::fs::read_to_string(out.join(path)).unwrap();
    assert_eq!(
        read("c/templates/a.yaml"),
        "---\n# Source: c/templates/a.yaml\nkind: Namespace\nmetadata: {name: n}\n---\n# Source: c/templates/a.yaml\n\
         kind: A\nmetadata: {name: a}\n\n---\n# Source: c/templates/a.yaml\nkind: B\nmetadata: {name: release-name}\n\
         up: false\n\n"
    );
    let hooks = read("c/templates/h.yaml");
    // A second run replaces manifests; hooks come behind those that are there.
    assert_eq!(printed(&homelab, &["c", "--output-dir", "out"]), all);
    assert_eq!(read("c/templates/h.yaml"), hooks.repeat(2));
    assert_eq!(read("c/templates/a.yaml").matches("---").count(), 3);

    let within = printed(
        &homelab,
        &["rel", "c", "--output-dir", "out/", "--release-name", "--include-crds", "--no-hooks"],
    );
    assert!(within.starts_with("wrote out//c/crds/x.yaml\nwrote out/rel/c/templates/a.yaml\n"), "{within}");
    assert!(exists(out.join("rel/c/templates/sub/s.yaml")) && !exists(out.join("rel/c/templates/h.yaml")));

    let ended = template(&homelab, &["c", "--output-dir", "out", "-s", "templates/a.yaml"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("could not find template templates/a.yaml in chart"), "{}", ended.stderr);
}

#[test]
fn releases_are_named_by_flags() {
    let homelab = charts();
    let name = |arguments: &[&str]| {
        let all = printed(&homelab, &[&["c", "-s", "templates/a.yaml"], arguments].concat());
        let mut names = all.lines().filter_map(|line| line.strip_prefix("metadata: {name: "));
        names.next_back().unwrap().trim_end_matches('}').to_owned()
    };
    assert_eq!(name(&[]), "release-name");
    assert_eq!(name(&["-g"]), "release-name", "Helm 4 takes the default for a name");
    assert_eq!(name(&["--name-template", "n-{{ \"A\" | lower }}"]), "n-a");
    assert_eq!(name(&["--generate-name", "--name-template", "n"]), "n");
}

#[test]
fn templates_are_shown_by_name_and_by_pattern() {
    let homelab = charts();
    let shown = |arguments: &[&str]| {
        let all = printed(&homelab, &[&["c"], arguments].concat());
        let kinds = all.lines().filter_map(|line| line.strip_prefix("kind: "));
        kinds.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(shown(&["-s", "templates/*.yaml"]), "Namespace A B H H H");
    assert_eq!(shown(&["-s", "templates/*/s.yaml", "-s", "charts/d/templates/d.yaml"]), "S D");
    assert_eq!(shown(&["--include-crds", "--skip-crds", "-s", "crds/x.yaml"]), "CustomResourceDefinition");
    assert_eq!(shown(&["--no-hooks=false", "--skip-tests"]), "Namespace A B D S H H");
    assert_eq!(shown(&["--no-hooks", "--include-crds=true"]), "CustomResourceDefinition Namespace A B D S");
    let upgrade = printed(&homelab, &["c", "--is-upgrade", "-s", "templates/a.yaml"]);
    assert!(upgrade.contains("up: true"), "{upgrade}");
    let value = printed(&homelab, &["c", "-f", "values.yaml", "-s", "templates/sub/s.yaml"]);
    assert!(value.contains("value: 5"), "{value}");
}

#[test]
fn what_helm_refuses_is_refused_in_its_words() {
    let homelab = charts();
    for (arguments, text) in [
        (["x", "c", "--generate-name"].as_slice(), "cannot set --generate-name and also specify a name"),
        (&["x", "c", "--name-template", "n"], "cannot set --name-template and also specify a name"),
        (&["c", "--name-template", "{{ .x"], "template: name-template:1: unclosed action"),
        (&["c", "--name-template", "{{ nope }}"], "template: name-template:1: function \"nope\" not defined"),
        (&["a", "b", "c"], "expected at most two arguments, unexpected arguments: c"),
        (&["c", "-s", "templates/nope.yaml"], "could not find template templates/nope.yaml in chart"),
        (
            &["c", "-s", "templates/t.yaml", "--skip-tests"],
            "could not find template templates/t.yaml in chart",
        ),
        (&["c", "--kube-version", "x"], "invalid kube version 'x': could not parse \"x\" as version"),
        (
            &["c", "--dry-run=foo"],
            "invalid dry-run value (\"foo\"). Must be \"none\", \"server\", or \"client\"",
        ),
        (
            &["c", "--post-renderer", "./pr.sh"],
            "invalid argument \"./pr.sh\" for \"--post-renderer\" flag: plugin: {Name:./pr.sh Type:postrenderer/v1} not found",
        ),
        (
            &["c", "--set-file", "a=/nope"],
            "failed parsing --set-file data: open /nope: no such file or directory",
        ),
        (&["c", "--set-json", "a=x"], "failed parsing --set-json data a=x"),
        (&["c", "--set-literal", "a"], "failed parsing --set-literal data: key \"a\" has no value"),
        (&["c", "--set-string", "a"], "failed parsing --set-string data: key \"a\" has no value"),
        (&["c", "-f", "/nope.yaml"], "open /nope.yaml: no such file or directory"),
        (&["foo/bar"], "repo foo not found"),
        (&["/nope"], "path \"/nope\" not found"),
        (&["x", "nope"], "non-absolute URLs should be in form of repo_name/path_to_chart, got: nope"),
        // What Helm does and this program does not.
        (&["c", "--validate"], "`--validate` asks a cluster"),
        (&["c", "--dry-run=server"], "`--dry-run=server` asks a cluster"),
        (
            &["c", "-f", "https://127.0.0.1:1/x.yaml"],
            "Get \"https://127.0.0.1:1/x.yaml\": nothing is dialled here",
        ),
        (&["oci://127.0.0.1:1/x/c", "--version", "1.0.0"], "oci://127.0.0.1:1/x/c"),
        (&["c", "--repo", "https://127.0.0.1:1/"], "version `*` of `https://127.0.0.1:1`"),
    ] {
        let ended = template(&homelab, arguments);
        assert_eq!(ended.code, Some(1), "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(text), "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains("hint: "), "{arguments:?}: {}", ended.stderr);
        assert_eq!(ended.stdout, "", "{arguments:?}");
    }
    assert_eq!(template(&homelab, &["c", "--nope"]).code, Some(1), "Helm's code, not ours");
    assert_eq!(template(&homelab, &[]).code, Some(1));
}

#[test]
fn flags_without_effect_are_taken() {
    let homelab = charts();
    let plain = printed(&homelab, &["c"]);
    let flags = [
        "--create-namespace",
        "--wait",
        "--devel",
        "--replace",
        "--timeout",
        "5s",
        "--description",
        "x",
        "-l",
        "a=b",
        "--version",
        "9.9.9",
        "--dependency-update",
        "--disable-openapi-validation",
        "--dry-run=client",
        "--atomic",
    ];
    let ended = template(&homelab, &[&["c"], flags.as_slice()].concat());
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), plain.as_str()));
    assert_eq!(ended.stderr, "Flag --atomic has been deprecated, use --rollback-on-failure instead\n");

    homelab.write(
        "c/Chart.yaml",
        "apiVersion: v2\nname: c\nversion: 1.0.0\ndependencies: [{name: e, version: 1, repository: https://e}]\n",
    );
    let ended = template(&homelab, &["c", "--dependency-update"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("`--dependency-update` downloads"), "{}", ended.stderr);
}

#[test]
fn helm_3_runs_a_program_over_manifests() {
    use std::os::unix::fs::PermissionsExt;
    let homelab = charts();
    let program = homelab.repository().join("pr.sh");
    let write = |text: &str| {
        homelab.write("pr.sh", text);
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    write("#!/bin/sh\necho \"# $1\"\nsed 's/kind: S/kind: Z/; s/kind: H/kind: X/'\n");
    let run = ["c", "--helm", "3", "--post-renderer", "./pr.sh", "--post-renderer-args", "--first"];
    let out = printed(&homelab, &run);
    assert!(out.starts_with("# --first\n---\n"), "{out}");
    // Hooks do not go through it.
    assert!(out.contains("kind: Z") && !out.contains("kind: S\n") && !out.contains("kind: X"), "{out}");
    write("#!/bin/sh\necho no >&2\nexit 3\n");
    let ended = template(&homelab, &run);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("pr.sh. error output:\nno\n: exit status 3"), "{}", ended.stderr);
    let ended = template(&homelab, &["c", "--helm", "3", "--post-renderer", "nope-program"]);
    assert!(ended.stderr.contains("unable to find binary at nope-program"), "{}", ended.stderr);
}
