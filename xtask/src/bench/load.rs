//! The load program: built once, run for each measurement.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use serde_json::Value;

use super::side::Server;

/// The load program with what it needs.
pub(super) struct Load {
    program: PathBuf,
    kubectl: PathBuf,
    definitions: PathBuf,
}

impl Load {
    /// Builds the program and gathers the definitions that it will create.
    pub(super) fn build(root: &Path, folder: &Path, kubectl: PathBuf, quick: bool) -> anyhow::Result<Self> {
        let program = folder.join("load");
        let status = Command::new("go")
            .current_dir(root.join("peers/load"))
            .env("CGO_ENABLED", "0")
            .env("GOFLAGS", "-buildvcs=false -trimpath")
            .args(["build", "-o"])
            .arg(&program)
            .arg(".")
            .status()
            .context("failed to run `go`; the load is built with Go 1.26 or newer")?;
        if !status.success() {
            bail!("failed to build the load: go ended with {status}");
        }
        let definitions = folder.join("definitions");
        gather(root, &definitions, quick)?;
        Ok(Self { program, kubectl, definitions })
    }

    /// Writes certificates and a kubeconfig for a server at `url`.
    pub(super) fn certificates(&self, folder: &Path, url: &str) -> anyhow::Result<()> {
        let arguments = [Path::new("--certificates"), folder, Path::new("--url"), Path::new(url)];
        let status = Command::new(&self.program).args(arguments).status()?;
        if !status.success() {
            bail!("failed to make certificates: the load ended with {status}");
        }
        Ok(())
    }

    /// Takes some steps against a server; what was measured stands under their names.
    pub(super) fn run(
        &self,
        server: &Server,
        steps: &[&str],
        settings: &[(&str, String)],
    ) -> anyhow::Result<Value> {
        let mut command = Command::new(&self.program);
        command.arg("--kubeconfig").arg(&server.kubeconfig).arg("--steps").arg(steps.join(","));
        command.arg("--kubectl").arg(&self.kubectl).arg("--crds").arg(&self.definitions);
        for (flag, value) in settings {
            command.arg(flag).arg(value);
        }
        let output = command.output().context("failed to run the load")?;
        if !output.status.success() {
            bail!("the load ended with {}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
        }
        serde_json::from_slice(&output.stdout).context("failed to read what the load printed")
    }
}

/// Copies the definitions of the reference homelab into one folder.
fn gather(root: &Path, into: &Path, quick: bool) -> anyhow::Result<()> {
    if into.exists() {
        std::fs::remove_dir_all(into)?;
    }
    std::fs::create_dir_all(into)?;
    for namespace in folders(&root.join("kubernetes"))? {
        for component in folders(&namespace)? {
            let file = component.join("crds.yaml");
            let name =
                component.file_name().context("a component has no name")?.to_string_lossy().into_owned();
            if !file.exists() || (quick && name != "metallb") {
                continue;
            }
            let text = std::fs::read_to_string(&file)?;
            std::fs::write(into.join(format!("{name}.yaml")), approved(&text))?;
        }
    }
    Ok(())
}

/// Says that a definition of a protected group is for a test: the module that it comes from does not say
/// who approved it, and a server must refuse it so.
fn approved(text: &str) -> String {
    if !text.contains(".k8s.io\n") || text.contains("api-approved.kubernetes.io") {
        return text.to_owned();
    }
    let annotated = "\nmetadata:\n  annotations:\n    api-approved.kubernetes.io: unapproved, for a bench\n";
    text.replace("\nmetadata:\n", annotated)
}

fn folders(of: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(of)? {
        let path = entry?.path();
        if path.is_dir() {
            out.push(path);
        }
    }
    out.sort();
    Ok(out)
}
