//! `cargo xtask test`: everything that guards the project, in one command and in the order of cost.

use std::path::Path;

use anyhow::{Context, bail};

/// Runs all steps; the first that fails ends the run.
pub(crate) fn run() -> anyhow::Result<()> {
    let root = crate::root()?;
    step(&root, "formatting", &["fmt", "--all", "--check"])?;
    step(&root, "clippy", &["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"])?;
    say("tidy");
    crate::tidy::run()?;
    step(&root, "tests", &["test", "--workspace", "--quiet"])?;
    step(&root, "amethyst check", &["run", "--quiet", "--package", "amethyst-homelab", "--", "check", "."])?;
    say("all green");
    Ok(())
}

fn step(root: &Path, name: &str, arguments: &[&str]) -> anyhow::Result<()> {
    say(name);
    let status = crate::cargo().current_dir(root).args(arguments).status();
    let status = status.with_context(|| format!("failed to run `cargo {}`", arguments.join(" ")))?;
    if !status.success() {
        bail!("{name} failed: `cargo {}` ended with {status}", arguments.join(" "));
    }
    Ok(())
}

#[expect(clippy::print_stderr, reason = "a task tells what it does")]
fn say(what: &str) {
    eprintln!("== {what}");
}
