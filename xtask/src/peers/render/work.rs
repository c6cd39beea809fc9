//! The work of a repository's sync, and how helm and kustomize are made to do it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, bail};
use serde::Deserialize;

use super::measure::{self, Used};
use crate::peers::{cache, name_of, tools};

/// How many programs run at once.
const AT_ONCE: usize = 2;

/// What the sync of a corpus comes to.
#[derive(Deserialize)]
pub(super) struct Work {
    /// The file that says where the sync starts.
    pub(super) entry: String,
    /// The folder that is applied first.
    pub(super) folder: String,
    /// Folders of Kustomizations.
    pub(super) kustomizations: Vec<PathBuf>,
    pub(super) releases: Vec<Release>,
}

/// A HelmRelease whose chart lies in the corpus.
#[derive(Deserialize)]
pub(super) struct Release {
    name: String,
    namespace: String,
    chart: PathBuf,
    values: serde_json::Value,
}

impl Work {
    /// Has ours tell it; kustomizations that kustomize cannot build alone, as they have no file, are left out.
    pub(super) fn of(corpus: &Path, entry: Option<&str>) -> anyhow::Result<Self> {
        let mut command = tools::WORK.command()?;
        let output = command.arg(corpus).args(entry).output().context("failed to run ours")?;
        if !output.status.success() {
            bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let mut work: Self = serde_json::from_slice(&output.stdout).context("ours told no work")?;
        work.kustomizations.sort();
        work.kustomizations.dedup();
        work.kustomizations.retain(|folder| corpus.join(folder).join("kustomization.yaml").exists());
        Ok(work)
    }

    /// The calls of helm and kustomize that do it.
    pub(super) fn commands(&self, corpus: &Path, helm: &Path, kustomize: &Path) -> anyhow::Result<Commands> {
        let values = cache().join("render-values").join(name_of(corpus));
        std::fs::create_dir_all(&values)?;
        let mut calls = Vec::new();
        for folder in &self.kustomizations {
            let arguments =
                ["build".into(), corpus.join(folder), "--load-restrictor=LoadRestrictionsNone".into()];
            calls.push((kustomize.to_owned(), arguments.to_vec()));
        }
        for (number, release) in self.releases.iter().enumerate() {
            let file = values.join(format!("{number}.json"));
            std::fs::write(&file, serde_json::to_vec(&release.values)?)?;
            let chart = corpus.join(&release.chart);
            let [name, namespace] = [&release.name, &release.namespace].map(PathBuf::from);
            let arguments =
                ["template".into(), name, chart, "--namespace".into(), namespace, "--values".into(), file];
            calls.push((helm.to_owned(), arguments.to_vec()));
        }
        Ok(Commands(calls))
    }
}

/// Programs and their arguments.
pub(super) struct Commands(Vec<(PathBuf, Vec<PathBuf>)>);

impl Commands {
    /// Runs all of them, two at a time. The memory is the sum of the largest that ran in each of the two turns.
    #[expect(clippy::disallowed_methods, reason = "times are measured")]
    pub(super) fn run(&self) -> anyhow::Result<Used> {
        let (next, sum) = (AtomicUsize::new(0), Mutex::new(Used::default()));
        let started = Instant::now();
        let one_after_another = || -> anyhow::Result<()> {
            let mut own = Used::default();
            while let Some((program, arguments)) = self.0.get(next.fetch_add(1, Ordering::Relaxed)) {
                let used = measure::run(Command::new(program).args(arguments))?;
                own.processor += used.processor;
                own.memory_bytes = own.memory_bytes.max(used.memory_bytes);
                own.output_bytes += used.output_bytes;
                own.objects += used.objects;
                own.failed += used.failed;
            }
            let mut sum = sum.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            sum.processor += own.processor;
            sum.memory_bytes += own.memory_bytes;
            sum.output_bytes += own.output_bytes;
            sum.objects += own.objects;
            sum.failed += own.failed;
            Ok(())
        };
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(one_after_another)).collect();
            workers.into_iter().try_for_each(|worker| match worker.join() {
                Ok(done) => done,
                Err(_) => bail!("a thread ended early"),
            })
        })?;
        let mut sum = sum.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        sum.time = started.elapsed();
        Ok(sum)
    }
}
