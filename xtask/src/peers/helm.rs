//! `cargo xtask peers goldens` and `template`: what Helm's own tests of `helm template` expect, and what
//! `helm template` makes of the charts and HelmReleases of repositories, beside ours.

use std::path::{Path, PathBuf};

use anyhow::bail;

use super::tally::Tally;
use super::tools;

/// The module whose tests and program are compared with.
const MODULE: &str = "helm.sh/helm/v4@v4.3.1";
/// The proof by Helm's own tests.
const GOLDENS: &str = "helm's goldens";
/// The proof by charts and HelmReleases that people have.
const TEMPLATE: &str = "helm template";

/// Runs one of the two.
pub(super) fn run(name: &str, corpora: &[PathBuf]) -> anyhow::Result<()> {
    let tallies = if name == "goldens" {
        tools::build(&[tools::GOLDENS])?;
        vec![goldens()]
    } else {
        if corpora.is_empty() {
            bail!("no corpus was named\nhint: `cargo xtask peers template --corpus DIR...`");
        }
        tools::build(&[tools::TEMPLATE])?;
        corpora.iter().map(|corpus| template(corpus)).collect()
    };
    super::known::report(&tallies)
}

/// The outputs that Helm's tests expect of `helm template`.
pub(super) fn goldens() -> Tally {
    Tally::run(GOLDENS, "helm's tests", || {
        let module = crate::codegen::modules::download(MODULE)?;
        let mut command = tools::GOLDENS.command()?;
        command.arg(module.join("pkg/cmd"));
        Ok(command)
    })
}

/// Every chart of a corpus with its own values, and every HelmRelease with its.
pub(super) fn template(corpus: &Path) -> Tally {
    Tally::run(TEMPLATE, &super::name_of(corpus), || {
        let mut command = tools::TEMPLATE.command()?;
        command.arg(super::find("helm")?).arg(super::cache().join("helm-template-answers")).arg(corpus);
        Ok(command)
    })
}
