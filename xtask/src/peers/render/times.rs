//! How long it takes: ours, helm with kustomize, flate and flux-local on the same repository, in turns.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Context;

use super::measure::{self, Used};
use super::work::{Commands, Work};
use crate::peers::tally::say;
use crate::peers::{cache, flux_local, name_of};

/// A tool that takes longer runs once.
const ONCE_FROM: Duration = Duration::from_secs(20);

/// The programs that are measured.
pub(super) struct Programs {
    pub(super) ours: PathBuf,
    pub(super) helm: PathBuf,
    pub(super) kustomize: PathBuf,
    pub(super) flate: PathBuf,
    /// flux-local and flux, or why they are not there.
    pub(super) flux_local: anyhow::Result<(PathBuf, PathBuf)>,
}

/// One tool on one corpus.
struct Timed {
    name: &'static str,
    runs: Vec<Used>,
    /// Why it did not do the work.
    refused: Option<String>,
}

/// One tool's turn.
type Turn<'a> = Box<dyn Fn() -> anyhow::Result<Used> + 'a>;

/// The lines of the table for one corpus.
pub(super) fn measure(
    programs: &Programs,
    corpus: &Path,
    entry: Option<&str>,
    cluster: Option<&str>,
    rounds: usize,
) -> Vec<String> {
    let name = name_of(corpus);
    say(&format!("== times: {name}"));
    let work = match Work::of(corpus, entry) {
        Ok(work) => work,
        Err(error) => return vec![format!("| {name} | all | refused: {} | | | | | | |", one_line(&error))],
    };
    let turns = || -> anyhow::Result<Vec<(&'static str, Turn<'_>)>> {
        let cluster = cluster.unwrap_or(&work.folder);
        let commands = work.commands(corpus, &programs.helm, &programs.kustomize)?;
        Ok(vec![
            ("amethyst build", Box::new(|| ours(programs, corpus, &work.entry, Kept::No)) as Turn<'_>),
            ("amethyst build, again", Box::new(|| ours(programs, corpus, &work.entry, Kept::Yes))),
            ("helm + kustomize, two at a time", Box::new(move || Commands::run(&commands))),
            ("flate build all", Box::new(move || flate(programs, corpus, cluster, Kept::No))),
            ("flate build all, again", Box::new(move || flate(programs, corpus, cluster, Kept::Yes))),
            ("flux-local build all", Box::new(move || flux_local(programs, corpus, cluster))),
        ])
    };
    let turns = match turns() {
        Ok(turns) => turns,
        Err(error) => return vec![format!("| {name} | all | refused: {} | | | | | | |", one_line(&error))],
    };
    let mut tools: Vec<Timed> =
        turns.iter().map(|(name, _)| Timed { name, runs: Vec::new(), refused: None }).collect();
    for _ in 0..rounds.max(1) {
        for (tool, (_, turn)) in tools.iter_mut().zip(&turns) {
            if tool.refused.is_some() || tool.runs.iter().any(|run| run.time > ONCE_FROM) {
                continue;
            }
            say(&format!("{name}: {}", tool.name));
            match turn() {
                Ok(used) if used.objects == 0 => tool.refused = Some(used.said),
                Ok(used) => tool.runs.push(used),
                Err(error) => tool.refused = Some(one_line(&error)),
            }
        }
    }
    let about = format!(
        "{name}: {} Kustomizations with a file, {} HelmReleases with their chart",
        work.kustomizations.len(),
        work.releases.len()
    );
    let own = middle(&tools[0].runs).map(|run| run.time);
    tools.iter().enumerate().map(|(at, tool)| line(if at == 0 { &about } else { "" }, tool, own)).collect()
}

/// The first lines of the table.
pub(super) const HEAD: &str = "| corpus | tool | time | against ours | processor | peak memory | objects | output | programs that failed |\n\
    |---|---|---|---|---|---|---|---|---|";

fn line(about: &str, tool: &Timed, own: Option<Duration>) -> String {
    let name = tool.name;
    if let Some(why) = &tool.refused {
        return format!("| {about} | {name} | refused: {} | | | | | | |", why.replace('|', "\\|"));
    }
    let Some(run) = middle(&tool.runs) else { return format!("| {about} | {name} | not run | | | | | | |") };
    let against = own.map_or(0.0, |own| run.time.as_secs_f64() / own.as_secs_f64());
    format!(
        "| {about} | {name} | {:.0} ms | {against:.1} | {:.0} ms | {:.0} MB | {} | {:.1} MB | {} |",
        run.time.as_secs_f64() * 1e3,
        run.processor.as_secs_f64() * 1e3,
        run.memory_bytes as f64 / 1e6,
        run.objects,
        run.output_bytes as f64 / 1e6,
        run.failed,
    )
}

/// The run whose time is in the middle.
fn middle(runs: &[Used]) -> Option<&Used> {
    let mut sorted: Vec<&Used> = runs.iter().collect();
    sorted.sort_by_key(|run| run.time);
    sorted.get(sorted.len() / 2).copied()
}

fn one_line(error: &anyhow::Error) -> String {
    format!("{error:#}").replace(['\n', '|'], " ")
}

/// Whether a tool finds what its run before kept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    Yes,
    No,
}

fn ours(programs: &Programs, corpus: &Path, entry: &str, kept: Kept) -> anyhow::Result<Used> {
    let folder = cache().join("amethyst-cache");
    if kept == Kept::No && folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let mut command = Command::new(&programs.ours);
    command.env("XDG_CACHE_HOME", &folder);
    measure::run(command.arg("build").arg(corpus).args(["--skip-crds", "--entry", entry]))
}

fn flate(programs: &Programs, corpus: &Path, cluster: &str, kept: Kept) -> anyhow::Result<Used> {
    let folder = cache().join("flate-cache");
    if kept == Kept::No && folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let mut command = Command::new(&programs.flate);
    command.args([
        "build",
        "all",
        "--no-progress",
        "--source-retry-attempts",
        "1",
        "--allow-missing-secrets",
    ]);
    measure::run(command.arg("--cache-dir").arg(&folder).arg("--path").arg(corpus.join(cluster)))
}

/// It runs in a copy of the corpus, since `flux build` may write into the folders that it builds, and in its root,
/// since there it finds charts that a GitRepository holds. A chart that is not in the repository would end it
/// without any output: the helm that it calls says nothing of those, and the other tools go on without them, too.
fn flux_local(programs: &Programs, corpus: &Path, cluster: &str) -> anyhow::Result<Used> {
    let (program, flux) = programs.flux_local.as_ref().map_err(|error| anyhow::anyhow!("{error:#}"))?;
    let work = cache().join("flux-local-work");
    if work.exists() {
        std::fs::remove_dir_all(&work)?;
    }
    let copy = work.join(name_of(corpus));
    flux_local::copy(corpus, &copy)?;
    let folders = [flux, &programs.kustomize].map(|path| path.parent().map(Path::to_owned));
    let own = work.join("bin");
    std::fs::create_dir_all(&own)?;
    let helm = programs.helm.display();
    let script = format!(
        "#!/bin/sh\n\
         case \"$1\" in repo) exit 0;; template) [ -d \"$3\" ] || exit 0;; esac\n\
         exec '{helm}' \"$@\"\n"
    );
    std::fs::write(own.join("helm"), script)?;
    std::fs::set_permissions(own.join("helm"), std::fs::Permissions::from_mode(0o755))?;
    let home = work.join("home");
    std::fs::create_dir_all(&home)?;
    let path = path_with(std::iter::once(own).chain(folders.into_iter().flatten()))?;
    let mut command = Command::new(program);
    command.current_dir(&copy).env("PATH", path).env("HOME", &home).env("TMPDIR", &home);
    command.env("PYTHONWARNINGS", "ignore");
    measure::run(command.args(["build", "all", "--enable-helm", "--skip-crds"]).arg(copy.join(cluster)))
}

#[expect(clippy::disallowed_methods, reason = "a child's search path is the caller's and what was built")]
fn path_with(folders: impl Iterator<Item = PathBuf>) -> anyhow::Result<std::ffi::OsString> {
    let own = std::env::var_os("PATH").unwrap_or_default();
    let all: Vec<PathBuf> = folders.chain(std::env::split_paths(&own)).collect();
    std::env::join_paths(all).context("a folder's name holds a colon")
}
