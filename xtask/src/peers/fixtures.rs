//! `cargo xtask peers fixtures`: upstream's own examples of all kinds through our decoders and encoders.
//!
//! They are the files below `testdata` of the Go module `k8s.io/api`, which the Go command fetches; none of them
//! is in this repository.

use anyhow::{Context, bail};

use crate::codegen::modules;

const MODULE: &str = "k8s.io/api@v0.37.2";

/// Compares protobuf with JSON both ways, then takes every served kind through the server in three forms.
pub(super) fn run() -> anyhow::Result<()> {
    let folder = modules::download(MODULE)?.join("testdata");
    let cargo = |arguments: &[&str]| {
        let mut command = crate::cargo();
        command.args(arguments).env("AMETHYST_FIXTURES", &folder);
        command
    };
    let mut decoders =
        cargo(&["run", "--quiet", "-p", "amethyst-kinds", "--example", "peer", "--", "protobuf"]);
    decoders.arg(&folder);
    let server = cargo(&["test", "--quiet", "-p", "amethyst-server", "--lib", "--", "--ignored", "fixtures"]);
    for mut command in [decoders, server] {
        let status = command.current_dir(crate::root()?).status().context("failed to run `cargo`")?;
        if !status.success() {
            bail!("upstream's fixtures do not come back as they are: cargo ended with {status}");
        }
    }
    Ok(())
}
