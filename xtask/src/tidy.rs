//! `cargo xtask tidy`: the rules of the house that no compiler knows.
//!
//! Everything is read from `cargo metadata`, the manifests and the sources; nothing is fetched.

mod files;
mod manifests;
mod packages;

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};
use serde_json::Value;

/// How large a release binary may be.
const BINARY_BYTES_MAX: u64 = 60 * 1000 * 1000;

/// Runs all checks and tells every fault.
pub(crate) fn run() -> anyhow::Result<()> {
    let root = crate::root()?;
    let metadata = metadata(&root)?;
    let mut faults = Vec::new();
    packages::layers(&metadata, &mut faults);
    packages::licences(&metadata, &mut faults);
    packages::lock_size(&root, &mut faults)?;
    manifests::check(&root, &metadata, &mut faults)?;
    files::check(&root, &mut faults)?;
    binary(&metadata, &mut faults);
    generated(&mut faults);
    if faults.is_empty() {
        return Ok(());
    }
    bail!("tidy found {} fault(s):\n{}", faults.len(), faults.join("\n"))
}

fn metadata(root: &Path) -> anyhow::Result<Value> {
    let output = crate::cargo()
        .current_dir(root)
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .output()
        .context("failed to run `cargo metadata`")?;
    if !output.status.success() {
        bail!("`cargo metadata` failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    serde_json::from_slice(&output.stdout).context("failed to read what `cargo metadata` printed")
}

fn binary(metadata: &Value, faults: &mut Vec<String>) {
    let target = metadata["target_directory"].as_str().unwrap_or("target");
    let path = Path::new(target).join("release/amethyst");
    if let Ok(found) = std::fs::metadata(&path)
        && found.len() > BINARY_BYTES_MAX
    {
        faults.push(format!(
            "{}: {} bytes, expected at most {BINARY_BYTES_MAX}",
            path.display(),
            found.len()
        ));
    }
}

/// Compares the generated tables with their sources when those are on this machine; a machine without
/// them says so and goes on, for a test dials nothing.
fn generated(faults: &mut Vec<String>) {
    let task = Command::new(std::env::current_exe().unwrap_or_else(|_| "xtask".into()))
        .args(["codegen", "--check"])
        .env("GOPROXY", "off")
        .env("GOFLAGS", "-mod=mod")
        .output();
    let said = match task {
        Ok(done) if done.status.success() => return,
        Ok(done) => String::from_utf8_lossy(&done.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    if said.contains("generated files differ") {
        faults.push(said);
    } else {
        note("generated tables not compared: the Go modules they are made from are not on this machine");
    }
}

#[expect(clippy::print_stderr, reason = "a task tells what it leaves out")]
fn note(what: &str) {
    eprintln!("tidy: {what}");
}
