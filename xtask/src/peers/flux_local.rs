//! flux-local, from PyPI, and the `flux` that it calls besides helm and kustomize.
//!
//! flux-local goes into a virtual environment of its own outside the tree, by the versions of
//! `peers/flux-local/requirements.txt`. `flux` is built in a copy of its module: it embeds manifests that its
//! releases add to the sources, and to build a Kustomization it needs none of them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use super::cache;

const FLUX_LOCAL: &str = "flux-local-8.4.0";
const FLUX: &str = "flux-v2.9.5";
const FLUX_MODULE: &str = "github.com/fluxcd/flux2/v2@v2.9.5";
/// What flux-local needs at least.
const PYTHON_MINOR_MIN: u32 = 13;

/// Where flux-local lies; it is installed unless it is there.
pub(super) fn find(python: Option<&Path>) -> anyhow::Result<PathBuf> {
    let folder = cache().join(FLUX_LOCAL);
    let program = folder.join("bin/flux-local");
    if program.exists() {
        return Ok(program);
    }
    let python = match python {
        Some(path) => path.to_owned(),
        None => find_python()?,
    };
    done(Command::new(python).args(["-m", "venv", "--clear"]).arg(&folder))?;
    let requirements = crate::root()?.join("peers/flux-local/requirements.txt");
    let pip = folder.join("bin/pip");
    done(
        Command::new(pip).args(["install", "--quiet", "--disable-pip-version-check", "-r"]).arg(requirements),
    )?;
    Ok(program)
}

fn find_python() -> anyhow::Result<PathBuf> {
    let test = format!("import sys; sys.exit(sys.version_info < (3, {PYTHON_MINOR_MIN}))");
    let names = ["python3.15", "python3.14", "python3.13", "python3"];
    let fits = |name: &&str| {
        let mut command = Command::new(name);
        command.args(["-c", &test]).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let name = names.into_iter().find(fits).with_context(|| {
        format!(
            "found no Python 3.{PYTHON_MINOR_MIN} or newer, which flux-local needs\nhint: `--python PATH`"
        )
    })?;
    Ok(name.into())
}

/// Where `flux` lies; it is built unless it is there.
pub(super) fn flux() -> anyhow::Result<PathBuf> {
    let folder = cache().join(FLUX);
    let program = folder.join("flux");
    if program.exists() {
        return Ok(program);
    }
    let module = crate::codegen::modules::download(FLUX_MODULE)?;
    let sources = folder.join("sources");
    copy(&module, &sources)?;
    let manifests = sources.join("cmd/flux/manifests");
    std::fs::create_dir_all(&manifests)?;
    std::fs::write(manifests.join("none.yaml"), "")?;
    let mut go = Command::new("go");
    go.current_dir(&sources).env("CGO_ENABLED", "0").env("GOFLAGS", "-buildvcs=false -trimpath");
    done(go.args(["build", "-ldflags", "-s -w", "-o"]).arg(&program).arg("./cmd/flux"))?;
    std::fs::remove_dir_all(&sources)?;
    Ok(program)
}

fn done(command: &mut Command) -> anyhow::Result<()> {
    let program = command.get_program().display().to_string();
    let status = command.status().with_context(|| format!("failed to run `{program}`"))?;
    if !status.success() {
        bail!("`{program}` ended with {status}");
    }
    Ok(())
}

/// Copies a folder into one that may be written to; links are left out, `flux build` follows none.
pub(super) fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| format!("failed to read `{}`", from.display()))? {
        let entry = entry?;
        let (kind, path) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            copy(&entry.path(), &path)?;
        } else if kind.is_file() {
            // What lies in Go's cache may not be written to: its contents are copied, its permissions are not.
            std::fs::write(&path, std::fs::read(entry.path())?)
                .with_context(|| format!("failed to write `{}`", path.display()))?;
        }
    }
    Ok(())
}
