//! Charts rendered by the program `helm`, as kustomize has them rendered.

use std::path::{Path, PathBuf};
use std::process::Command;

use amethyst_diag::Diagnostic;
use amethyst_kustomize::{HelmChart, HelmInflator};
use amethyst_tree::Tree;

/// Runs `helm template` in a folder for temporary files.
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    pub(crate) work: PathBuf,
}

impl HelmInflator for Program {
    fn values(&self, chart: &HelmChart) -> Result<String, Box<Diagnostic>> {
        Err(Box::new(fault(format!("the chart `{}` is not in the tree", chart.name))))
    }

    fn inflate(&self, chart: &HelmChart, tree: &Tree) -> Result<String, Box<Diagnostic>> {
        let Some(folder) = &chart.folder else { return self.values(chart) };
        let _ = std::fs::remove_dir_all(&self.work);
        for (path, _) in tree.walk(folder) {
            let content = tree.read(path).ok().flatten().unwrap_or_default();
            write(&self.work.join(path), &content).map_err(|text| Box::new(fault(text)))?;
        }
        let mut command = Command::new(&self.path);
        command.arg("template");
        command.arg(if chart.release_name.is_empty() { "--generate-name" } else { &chart.release_name });
        command.arg(self.work.join(folder));
        for (flag, value) in [
            ("--namespace", &chart.namespace),
            ("--name-template", &chart.name_template),
            ("--kube-version", &chart.kube_version),
        ] {
            if !value.is_empty() {
                command.args([flag, value]);
            }
        }
        for (at, text) in chart.values.iter().enumerate() {
            let path = self.work.join(format!("values-{at}.yaml"));
            write(&path, text.as_bytes()).map_err(|text| Box::new(fault(text)))?;
            command.arg("-f").arg(path);
        }
        for version in &chart.api_versions {
            command.args(["--api-versions", version]);
        }
        for (flag, is_set) in [
            ("--include-crds", chart.include_crds),
            ("--skip-tests", chart.skip_tests),
            ("--no-hooks", chart.skip_hooks),
            ("--devel", chart.devel),
        ] {
            if is_set {
                command.arg(flag);
            }
        }
        let output = command.output().map_err(|error| Box::new(fault(error.to_string())))?;
        if !output.status.success() {
            return Err(Box::new(fault(String::from_utf8_lossy(&output.stderr).into_owned())));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

fn write(path: &Path, content: &[u8]) -> Result<(), String> {
    let folder = path.parent().unwrap_or(path);
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, content));
    written.map_err(|error| error.to_string())
}

fn fault(text: String) -> Diagnostic {
    Diagnostic::error("helm", text)
}
