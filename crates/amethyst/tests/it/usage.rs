//! How the program explains itself, and what it says to those who mistype.

use crate::homelab::Homelab;
use crate::program::{plain, run_in, same};

#[test]
fn help_begins_with_what_a_verb_does() {
    let here = Homelab::bare(&[]);
    let verbs = [
        ("up", "Run the homelab of this repository here"),
        ("check", "Check a repository offline: YAML, kustomize, schemas, references"),
        ("fetch", "Fetch the charts that a repository names, for everything that renders it"),
        ("status", "Show what runs, what is wrong and why"),
        ("reset", "Delete the state of a homelab on this machine"),
        ("completions", "Print a completion script for a shell"),
    ];
    let all = run_in(here.root(), &["--help"]);
    assert_eq!((all.code, all.stderr.as_str()), (Some(0), ""));
    for (verb, does) in verbs {
        assert!(all.stdout.contains(does), "{verb} in {}", all.stdout);
        let one = run_in(here.root(), &[verb, "--help"]);
        assert_eq!(one.code, Some(0), "{verb}");
        assert_eq!(one.stdout.lines().next(), Some(does), "{verb}");
        assert!(
            one.stdout.lines().count() < 40,
            "the help of {verb} fills more than a screen:\n{}",
            one.stdout
        );
    }
}

#[test]
fn wrong_usage_ends_with_2_and_says_what_is_right() {
    let here = Homelab::small();
    let repository = here.repository();
    for (arguments, part) in [
        (&["fly"][..], "unrecognized subcommand 'fly'"),
        (&["up", "--listen", "here"], "invalid value 'here' for '--listen <ADDR>'"),
        (&["up", "--timeout", "5m"], "--until-ready"),
        (&["up", "--until-ready", "--timeout", "soon"], "write it as `90s`, `5m` or `1h30m`"),
        (&["up", "--builtins", "toaster"], "`toaster` is no component that this version serves"),
        (&["up", "--output", "sarif"], "invalid value 'sarif' for '--output <FORMAT>'"),
        (&["check", "--nope"], "unexpected argument '--nope'"),
        (&["check", "--output", "xml"], "[possible values: human, json, sarif, github]"),
    ] {
        let ended = run_in(&repository, arguments);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(part), "`{part}` for {arguments:?} in\n{}", ended.stderr);
        assert_eq!(ended.stdout, "", "{arguments:?}");
    }
}

#[test]
fn every_shell_gets_a_script() {
    let here = Homelab::bare(&[]);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ended = run_in(here.root(), &["completions", shell]);
        assert_eq!(ended.code, Some(0), "{shell}");
        assert!(ended.stdout.contains("until-ready"), "{shell}");
    }
}

#[test]
fn folders_that_are_no_homelab_are_told_apart() {
    let nowhere = Homelab::bare(&[("a.yaml", "a: 1\n")]);
    let ended = run_in(&nowhere.repository(), &["up"]);
    assert_eq!(ended.code, Some(3));
    same(
        &plain(&nowhere, &ended.stderr),
        "error: `REPOSITORY` lies in no Git repository\n\
         hint: run `git init`, commit your files, or pass `--path DIR`",
    );
    let ended = run_in(nowhere.root(), &["up", "--path", "gone"]);
    assert_eq!(ended.code, Some(3));
    same(
        &ended.stderr,
        "error: failed to find `gone`\n  caused by: No such file or directory (os error 2)\n\
         hint: `--path DIR` names the folder of a homelab's repository",
    );
    let begun = Homelab::uncommitted(&[("a.yaml", "a: 1\n")]);
    let ended = run_in(&begun.repository(), &["up"]);
    assert_eq!(ended.code, Some(3));
    same(
        &plain(&begun, &ended.stderr),
        "error: the git repository at `REPOSITORY` has no commit yet\n\
         hint: Amethyst runs what is committed: `git add --all && git commit`",
    );
    begun.commit("begin");
    let ended = run_in(&begun.repository(), &["up"]);
    assert_eq!(ended.code, Some(1));
    same(
        &ended.stderr,
        "error[entry-missing]: found no place where a sync starts\n  hint: name the file that holds the first \
         GitRepository and Kustomization: `--entry FILE`; looked for were a `gotk-sync.yaml`, a FluxInstance, the \
         values `instance.sync` of a flux-instance HelmRelease, and a Kustomization whose path covers its own folder",
    );
    let ended = run_in(&begun.repository(), &["up", "--entry", "gone.yaml"]);
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.stderr.starts_with("gone.yaml: error[entry-missing]: found no file `gone.yaml`"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_setting_that_nobody_knows_is_told_with_its_place() {
    let homelab = Homelab::new(&[(
        "amethyst.yaml",
        "apiVersion: amethyst.home.arpa/v1alpha1\nkind: Homelab\nmetadata:\n  name: home\nspec:\n  builtin: []\n",
    )]);
    let ended = run_in(&homelab.repository(), &["up", "--listen", "127.0.0.1:0"]);
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.stderr.starts_with(
            "amethyst.yaml:6:3: error[homelab-unknown-field]: unknown field `spec.builtin`\n  hint: "
        ),
        "{}",
        ended.stderr
    );
}
