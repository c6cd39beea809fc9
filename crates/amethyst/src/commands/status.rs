//! `amethyst status`: what runs, what is wrong, and why.

use std::process::ExitCode;
use std::time::Duration;

use amethyst_assembly::{Progress, Summary};
use amethyst_gitops::State;
use anyhow::{Context, anyhow};
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::json;

use crate::arguments::{Output, Status};
use crate::output::{self, Rows};
use crate::settings::{Located, locate};

/// A server on this machine answers sooner.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// Asks the running homelab and prints a row per Kustomization.
pub(super) fn run(arguments: &Status) -> anyhow::Result<ExitCode> {
    let located = locate(&arguments.place)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("failed to start")?;
    let summary = runtime.block_on(ask(&located))?;
    let rows = Rows::of(&summary.overview.rows);
    let faults = summary.overview.rows.iter().any(|row| row.state == State::Failed || rows.is_fault(row));
    if arguments.format.output == Output::Json {
        let kustomizations: Vec<_> = summary
            .overview
            .rows
            .iter()
            .map(|row| {
                json!({
                    "name": row.key.to_string(), "state": row.state.to_string(), "revision": row.revision,
                    "reason": row.reason, "message": row.message,
                    "blamed": row.blamed.iter().map(ToString::to_string).collect::<Vec<_>>(),
                })
            })
            .collect();
        let releases: Vec<String> = summary.releases().iter().map(ToString::to_string).collect();
        let document = json!({"name": located.name, "ready": summary.is_ready(), "objects": summary.objects.len(), "kustomizations": kustomizations, "notInstalled": releases});
        output::data(&serde_json::to_string_pretty(&document)?);
    } else {
        for row in &summary.overview.rows {
            output::data(&rows.line(row));
        }
        let (kustomizations, objects) = (summary.overview.rows.len(), summary.objects.len());
        let ready = summary.overview.count(State::Ready);
        output::note(&format!(
            "{}: {ready} of {} ready, {}",
            located.name,
            output::count(kustomizations, "Kustomization"),
            output::count(objects, "object")
        ));
        if let Some(told) = output::not_installed(summary.releases().len()) {
            output::note(&told);
        }
    }
    Ok(ExitCode::from(if faults { output::FAULTS } else { 0 }))
}

async fn ask(located: &Located) -> anyhow::Result<Summary> {
    let path = located.data_dir.join("kubeconfig");
    let down = || anyhow!("homelab `{}` does not run here\nhint: start it with `amethyst up`", located.name);
    if !path.exists() {
        return Err(down());
    }
    let kubeconfig =
        Kubeconfig::read_from(&path).with_context(|| format!("failed to read `{}`", path.display()))?;
    let config = kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await;
    let client =
        kube::Client::try_from(config.with_context(|| format!("failed to use `{}`", path.display()))?)?;
    let version = tokio::time::timeout(ANSWER_WITHIN, client.apiserver_version()).await;
    version.map_err(|_| down())?.map_err(|_| down())?;
    Ok(Progress::new(client).look().await)
}
