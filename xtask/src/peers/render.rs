//! `cargo xtask peers render --corpus DIR...`: repositories rendered by ours and by everybody else.
//!
//! First what comes out: kustomize's own tests and every kustomization of the corpora, Helm's goldens, every
//! chart and HelmRelease of the corpora by `helm template`. Then how long it takes: ours, helm and kustomize two
//! at a time, and flate, in turns, on the same files.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use amethyst_object::{Value, json};
use amethyst_yaml::{Dialect, parse_all};
use anyhow::{Context, bail};

use super::{cache, find};

/// How the comparison is called.
#[derive(clap::Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// With `render`: measure this often and take the middle
    #[arg(long, value_name = "COUNT", default_value_t = 3)]
    rounds: usize,
    /// With `render`: only measure
    #[arg(long)]
    times_only: bool,
    /// With `render`: start the sync of a corpus at this file: `NAME=FILE`, where NAME is the corpus' folder
    #[arg(long, value_name = "NAME=FILE")]
    entry: Vec<String>,
    /// With `render`: the folder of the cluster that flate is given: `NAME=FOLDER`
    #[arg(long, value_name = "NAME=FOLDER")]
    cluster: Vec<String>,
}

/// Compares and measures.
pub(super) fn run(arguments: &Arguments, corpora: &[PathBuf]) -> anyhow::Result<()> {
    if corpora.is_empty() {
        bail!("no corpus was named\nhint: `--corpus DIR...`, repositories that bring their charts along");
    }
    let (helm, kustomize, flate) = (find("helm")?, find("kustomize")?, find("flate")?);
    let mut failed = Vec::new();
    if !arguments.times_only {
        let module = crate::codegen::modules::download("helm.sh/helm/v4@v4.3.1")?;
        let said = cache().join("helm-template-answers");
        let corpora: Vec<&Path> = corpora.iter().map(PathBuf::as_path).collect();
        let goldens = module.join("pkg/cmd");
        let proofs: [(&str, &[&str], Vec<&Path>); 2] = [
            ("Helm's goldens", &["-p", "amethyst-helm", "--example", "helm_goldens"], vec![&goldens]),
            (
                "charts and HelmReleases by helm template",
                &["-p", "amethyst-helm", "--example", "against_helm"],
                [vec![helm.as_path(), said.as_path()], corpora].concat(),
            ),
        ];
        for (name, what, paths) in proofs {
            tell(&format!("## {name}"));
            let mut command = crate::cargo();
            command
                .current_dir(crate::root()?)
                .args(["run", "--quiet", "--release"])
                .args(what)
                .arg("--")
                .args(paths);
            if !command.status().with_context(|| format!("failed to run {name}"))?.success() {
                failed.push(name);
            }
        }
    }
    times(arguments, corpora, &helm, &kustomize, &flate)?;
    if failed.is_empty() { Ok(()) } else { bail!("different from upstream: {}", failed.join(", ")) }
}

#[expect(clippy::print_stdout, reason = "the table is what is asked for")]
fn tell(line: &str) {
    println!("{line}");
}

/// One tool's runs.
struct Timed {
    name: &'static str,
    times: Vec<Duration>,
    memory_kb: u64,
    output_bytes: u64,
}

fn times(
    arguments: &Arguments,
    corpora: &[PathBuf],
    helm: &Path,
    kustomize: &Path,
    flate: &Path,
) -> anyhow::Result<()> {
    let ours = crate::built(&crate::root()?)?;
    tell("\n## Times: the middle of the rounds, all tools in turns; memory is the peak");
    tell("| corpus | tool | time | against ours | peak memory | output |\n|---|---|---|---|---|---|");
    for corpus in corpora {
        let name = corpus.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let given = |list: &[String]| {
            let start = format!("{name}=");
            list.iter().find_map(|text| text.strip_prefix(&start).map(str::to_owned))
        };
        let (entry, cluster) = (given(&arguments.entry), given(&arguments.cluster));
        let work = Work::of(corpus)?;
        let mut tools: Vec<Timed> = ["amethyst build", "helm + kustomize, two at a time", "flate build all"]
            .into_iter()
            .map(|name| Timed { name, times: Vec::new(), memory_kb: 0, output_bytes: 0 })
            .collect();
        for _ in 0..arguments.rounds.max(1) {
            let mut command = Command::new(&ours);
            command.arg("build").arg(corpus).arg("--skip-crds");
            if let Some(entry) = &entry {
                command.args(["--entry", entry]);
            }
            measure(&mut tools[0], &mut command)?;
            work.run(&mut tools[1], helm, kustomize);
            let folder = cache().join("flate-cache");
            // Cold, as the others are.
            if folder.exists() {
                std::fs::remove_dir_all(&folder)?;
            }
            let mut command = Command::new(flate);
            command.args(["build", "all", "--no-progress", "--source-retry-attempts", "1"]);
            command.arg("--allow-missing-secrets");
            command.arg("--cache-dir").arg(&folder).arg("--path");
            command.arg(cluster.as_ref().map_or_else(|| corpus.clone(), |folder| corpus.join(folder)));
            measure(&mut tools[2], &mut command)?;
        }
        let own = middle(&tools[0].times);
        for tool in &tools {
            let time = middle(&tool.times);
            tell(&format!(
                "| {name} | {} | {:.0} ms | {:.1} | {} | {:.1} MB |",
                tool.name,
                time.as_secs_f64() * 1e3,
                time.as_secs_f64() / own.as_secs_f64(),
                if tool.memory_kb == 0 { "-".to_owned() } else { format!("{} MB", tool.memory_kb / 1024) },
                tool.output_bytes as f64 / 1e6,
            ));
        }
        tell(&format!(
            "| {name} | | {} kustomizations, {} releases | | | |",
            work.folders.len(),
            work.releases.len()
        ));
    }
    Ok(())
}

fn middle(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// Runs a program to its end; its exit code does not matter, as all of them meet charts that are not there.
#[expect(clippy::disallowed_methods, reason = "times are measured")]
fn measure(tool: &mut Timed, command: &mut Command) -> anyhow::Result<()> {
    let started = Instant::now();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let peak = std::thread::spawn(move || {
        let mut peak = 0;
        while let Ok(text) = std::fs::read_to_string(&status) {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            match line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()) {
                Some(kb) => peak = peak.max(kb),
                None => break,
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        peak
    });
    let mut output = child.stdout.take().context("no output")?;
    tool.output_bytes = std::io::copy(&mut output, &mut std::io::sink())?;
    child.wait()?;
    tool.times.push(started.elapsed());
    tool.memory_kb = tool.memory_kb.max(peak.join().unwrap_or_default());
    Ok(())
}

/// What helm and kustomize are asked for.
struct Work {
    folders: Vec<PathBuf>,
    releases: Vec<Vec<String>>,
}

impl Work {
    /// Every folder that a Flux Kustomization names and that holds a kustomization file, and every HelmRelease
    /// whose chart lies in the corpus.
    fn of(corpus: &Path) -> anyhow::Result<Self> {
        let mut files = Vec::new();
        walk(corpus, &corpus.join("charts"), &mut files)?;
        let values = cache().join("render-values").join(corpus.file_name().unwrap_or_default());
        std::fs::create_dir_all(&values)?;
        let mut work = Self { folders: Vec::new(), releases: Vec::new() };
        for file in files {
            let Ok(text) = std::fs::read_to_string(&file) else { continue };
            for document in parse_all(&text, Dialect::GoV2).0 {
                let text = |keys: &[&str]| document.value.str_at(keys).unwrap_or_default().to_owned();
                match text(&["kind"]).as_str() {
                    "Kustomization" if text(&["apiVersion"]).starts_with("kustomize.toolkit") => {
                        let folder = corpus.join(text(&["spec", "path"]).trim_start_matches("./"));
                        if folder.join("kustomization.yaml").exists() && !work.folders.contains(&folder) {
                            work.folders.push(folder);
                        }
                    }
                    "HelmRelease" => {
                        let chart = text(&["spec", "chart", "spec", "chart"]);
                        let chart = corpus.join(chart.trim_start_matches("./"));
                        if !chart.join("Chart.yaml").exists() {
                            continue;
                        }
                        let name = text(&["metadata", "name"]);
                        let path = values.join(format!("{}.json", work.releases.len()));
                        let empty = Value::object();
                        let own = document.value.at(&["spec", "values"]).unwrap_or(&empty);
                        std::fs::write(&path, json::to_string(own))?;
                        let (chart, path) = (chart.display().to_string(), path.display().to_string());
                        work.releases.push(vec![
                            "template".to_owned(),
                            name,
                            chart,
                            "--values".to_owned(),
                            path,
                        ]);
                    }
                    _ => {}
                }
            }
        }
        Ok(work)
    }

    /// Runs all of it, two programs at a time.
    #[expect(clippy::disallowed_methods, reason = "times are measured")]
    fn run(&self, tool: &mut Timed, helm: &Path, kustomize: &Path) {
        let (next, bytes) = (AtomicUsize::new(0), Mutex::new(0_u64));
        let started = Instant::now();
        let total = self.folders.len() + self.releases.len();
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        if at >= total {
                            return;
                        }
                        let mut command;
                        if let Some(folder) = self.folders.get(at) {
                            command = Command::new(kustomize);
                            command.arg("build").arg(folder).arg("--load-restrictor=LoadRestrictionsNone");
                        } else {
                            command = Command::new(helm);
                            command.args(&self.releases[at - self.folders.len()]);
                        }
                        let output = command.stderr(Stdio::null()).output();
                        let length = output.map_or(0, |output| output.stdout.len() as u64);
                        *bytes.lock().unwrap_or_else(std::sync::PoisonError::into_inner) += length;
                    }
                });
            }
        });
        tool.times.push(started.elapsed());
        tool.output_bytes = bytes.into_inner().unwrap_or_default();
    }
}

fn walk(folder: &Path, skip: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<_>>()?;
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path == skip || name == ".git" || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            walk(&path, skip, files)?;
        } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            files.push(path);
        }
    }
    Ok(())
}
