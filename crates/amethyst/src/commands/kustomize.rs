//! `amethyst kustomize build`: a kustomization as `kustomize build` prints it.

use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

use amethyst_diag::Diagnostic;
use amethyst_kustomize::{LoadRestrictions, Options, Order, build, to_yaml};
use anyhow::{Context, anyhow};

use super::helm::Inflator;
use crate::arguments::{Kustomize, KustomizeBuild, LoadRestrictor, Report};
use crate::output;
use crate::settings;

/// Does what was asked for.
pub(super) fn run(arguments: &Kustomize) -> anyhow::Result<ExitCode> {
    match arguments {
        Kustomize::Build(arguments) => build_folder(arguments),
    }
}

fn build_folder(arguments: &KustomizeBuild) -> anyhow::Result<ExitCode> {
    let folder = arguments.folder.canonicalize().with_context(|| {
        format!(
            "failed to find `{}`\nhint: name a folder with a kustomization file",
            arguments.folder.display()
        )
    })?;
    // Bases may lie beside the folder: the tree is the repository around it, or the folder alone.
    let root = settings::repository(&folder).unwrap_or_else(|_| folder.clone());
    let path =
        relative(&root, &folder).ok_or_else(|| anyhow!("`{}` is no path of text", folder.display()))?;
    let tree = amethyst_source::folder(&root).context("failed to list the repository")?;
    let options = Options {
        order: Order::Legacy,
        load_restrictions: match arguments.load_restrictor {
            LoadRestrictor::RootOnly => LoadRestrictions::RootOnly,
            LoadRestrictor::None => LoadRestrictions::None,
        },
        helm: if arguments.enable_helm { Some(&Inflator) } else { None },
        ..Options::default()
    };
    let (resources, faults) = build(&tree, &path, &options);
    output::diagnostics(&faults, Report::Human)?;
    if faults.iter().any(Diagnostic::is_error) {
        return Ok(ExitCode::from(output::FAULTS));
    }
    let text = to_yaml(&resources);
    match &arguments.output {
        Some(file) => {
            std::fs::write(file, text).with_context(|| format!("failed to write `{}`", file.display()))?;
        }
        None => output::raw(&text),
    }
    Ok(ExitCode::SUCCESS)
}

/// The path below `root`, with `/`.
pub(super) fn relative(root: &Path, path: &Path) -> Option<String> {
    let below: PathBuf = path.strip_prefix(root).ok()?.to_owned();
    let parts: Option<Vec<&str>> = below
        .components()
        .map(|part| match part {
            Component::Normal(name) => name.to_str(),
            _ => None,
        })
        .collect();
    Some(parts?.join("/"))
}
