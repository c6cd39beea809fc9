//! `cargo xtask peers conformance`: upstream's conformance tests against `amethyst up --builtins none`.
//!
//! Each test is a process of its own, chosen by its whole name, as nothing else keeps one test's failure
//! from another's. What passed, failed and did not run is told by name. Tests that upstream marks as serial
//! run alone, after the others.

use std::collections::VecDeque;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::bench::process::{Process, pause};

/// How long the server may take to be there.
const START_WITHIN: Duration = Duration::from_secs(20);

/// How the conformance tests are run.
#[derive(clap::Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// Names of tests, one a line [default: peers/kubernetes/no-kubelet.txt]
    #[arg(long, value_name = "FILE")]
    names: Option<PathBuf>,
    /// Take this e2e.test instead of building one
    #[arg(long, value_name = "PATH")]
    e2e_test: Option<PathBuf>,
    /// Run against this cluster instead of `amethyst up`
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// Run this program instead of building one
    #[arg(long, value_name = "PATH")]
    amethyst: Option<PathBuf>,
    /// How many tests run at once
    #[arg(long, value_name = "N", default_value_t = 2)]
    jobs: usize,
    /// Keep what the tests print here [default: the cache folder]
    #[arg(long, value_name = "DIR")]
    logs: Option<PathBuf>,
}

/// How a test ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Passed,
    Failed,
    /// Upstream's program knows no such test, or skipped it.
    NotRun,
}

struct Ended {
    name: String,
    ending: Ending,
    seconds: f64,
    why: String,
}

/// What every test needs.
struct Suite {
    e2e_test: PathBuf,
    kubectl: PathBuf,
    kubeconfig: PathBuf,
    logs: PathBuf,
}

/// Runs the tests whose names hold `only`; fails unless all of them pass.
pub(super) fn run(arguments: &Arguments, only: &str) -> anyhow::Result<()> {
    let root = crate::root()?;
    let file = arguments.names.clone().unwrap_or_else(|| root.join("peers/kubernetes/no-kubelet.txt"));
    let text =
        std::fs::read_to_string(&file).with_context(|| format!("failed to read `{}`", file.display()))?;
    let names: Vec<&str> =
        text.lines().map(str::trim).filter(|name| !name.is_empty() && name.contains(only)).collect();
    if names.is_empty() {
        bail!("no name in `{}` holds `{only}`", file.display());
    }
    let folder = super::cache().join("conformance");
    let logs = arguments.logs.clone().unwrap_or_else(|| folder.join("logs"));
    std::fs::create_dir_all(&logs)?;
    let e2e_test = arguments.e2e_test.clone().map_or_else(|| super::find("e2e.test"), Ok)?;
    let kubectl = super::find("kubectl")?;
    let (_server, kubeconfig) = if let Some(given) = &arguments.kubeconfig {
        (None, given.clone())
    } else {
        let program = arguments.amethyst.clone().map_or_else(|| crate::built(&root), Ok)?;
        let (server, kubeconfig) = start(&program, &root, &folder)?;
        (Some(server), kubeconfig)
    };
    let suite = Suite { e2e_test, kubectl, kubeconfig, logs };
    let (serial, parallel): (Vec<&str>, Vec<&str>) =
        names.into_iter().partition(|name| name.contains("[Serial]"));
    let mut ended = suite.all(parallel, arguments.jobs.max(1));
    ended.extend(suite.all(serial, 1));
    report(&ended, &suite.logs)
}

impl Suite {
    fn all(&self, names: Vec<&str>, jobs: usize) -> Vec<Ended> {
        let (queue, ended) = (Mutex::new(VecDeque::from(names)), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for _ in 0..jobs {
                scope.spawn(|| {
                    // The lock is let go before the test runs.
                    let next = || queue.lock().expect("no holder panics").pop_front();
                    while let Some(name) = next() {
                        let one = self.one(name);
                        say(&one);
                        ended.lock().expect("no holder panics").push(one);
                    }
                });
            }
        });
        ended.into_inner().expect("no holder panics")
    }

    fn one(&self, name: &str) -> Ended {
        let began = now();
        let output = Command::new(&self.e2e_test)
            .args(["--provider", "local", "--allowed-not-ready-nodes=-1", "--minStartupPods=0"])
            .arg("--kubeconfig")
            .arg(&self.kubeconfig)
            .arg("--kubectl-path")
            .arg(&self.kubectl)
            .args(["--ginkgo.no-color", "--ginkgo.timeout=20m", "--ginkgo.focus", &exactly(name)])
            .output();
        let seconds = began.elapsed().as_secs_f64();
        let (ending, why, text) = match output {
            Err(error) => (Ending::NotRun, format!("failed to run: {error}"), String::new()),
            Ok(output) => {
                let text = String::from_utf8_lossy(&output.stdout).into_owned()
                    + &String::from_utf8_lossy(&output.stderr);
                let ending = match (output.status.success(), text.contains("| 0 Failed |")) {
                    (true, true) if text.contains("SUCCESS! -- 1 Passed") => Ending::Passed,
                    (true, _) => Ending::NotRun,
                    (false, _) => Ending::Failed,
                };
                (ending, failure(&text), text)
            }
        };
        let log = self.logs.join(format!("{}.log", file_name(name)));
        let why = match std::fs::write(&log, text) {
            Ok(()) => why,
            Err(error) => format!("{why} (and its log could not be written: {error})"),
        };
        Ended { name: name.to_owned(), ending, seconds, why }
    }
}

fn start(program: &Path, root: &Path, folder: &Path) -> anyhow::Result<(Process, PathBuf)> {
    let state = folder.join("state");
    if state.exists() {
        std::fs::remove_dir_all(&state)?;
    }
    std::fs::create_dir_all(&state)?;
    let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    let kubeconfig = folder.join("kubeconfig");
    if kubeconfig.exists() {
        std::fs::remove_file(&kubeconfig)?;
    }
    let mut command = Command::new(program);
    command.args(["up", "--offline", "--builtins", "none", "--path"]).arg(root);
    command.arg("--data-dir").arg(&state).arg("--kubeconfig").arg(&kubeconfig);
    command.args(["--listen", &format!("127.0.0.1:{port}")]);
    let log = folder.join("amethyst.log");
    let mut server = Process::start(&mut command, &log)?;
    let began = now();
    while !kubeconfig.exists() || std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        if server.has_ended() || began.elapsed() > START_WITHIN {
            bail!("`amethyst up` did not start\nhint: it said why in `{}`", log.display());
        }
        pause(Duration::from_millis(20));
    }
    Ok((server, kubeconfig))
}

/// A pattern that fits this name and no longer one.
fn exactly(name: &str) -> String {
    let mut pattern = String::new();
    for character in name.chars() {
        if !character.is_alphanumeric() && character != ' ' {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern + "$"
}

fn file_name(name: &str) -> String {
    let plain = |character: char| if character.is_ascii_alphanumeric() { character } else { '-' };
    name.chars().map(plain).take(150).collect()
}

/// The first line of what a test says of its failure.
fn failure(text: &str) -> String {
    let at = text.find("[FAILED]").map(|at| &text[at..]);
    let lines: Vec<&str> = at.unwrap_or_default().lines().take(4).map(str::trim).collect();
    lines.join(" ").chars().take(400).collect()
}

#[expect(clippy::print_stderr, reason = "a task tells how far it is")]
fn say(one: &Ended) {
    let word = match one.ending {
        Ending::Passed => "passed",
        Ending::Failed => "FAILED",
        Ending::NotRun => "not run",
    };
    eprintln!("{word:8}{:6.1} s  {}", one.seconds, one.name);
}

#[expect(clippy::print_stdout, reason = "the table is what is asked for")]
fn report(ended: &[Ended], logs: &Path) -> anyhow::Result<()> {
    let mut out = String::new();
    for (ending, title) in
        [(Ending::Passed, "passed"), (Ending::NotRun, "skipped"), (Ending::Failed, "failed")]
    {
        let mut those: Vec<&Ended> = ended.iter().filter(|one| one.ending == ending).collect();
        those.sort_by(|a, b| a.name.cmp(&b.name));
        writeln!(out, "\n{title}: {}", those.len())?;
        for one in those {
            writeln!(out, "  {}", one.name)?;
            if one.ending != Ending::Passed && !one.why.is_empty() {
                writeln!(out, "      {}", one.why)?;
            }
        }
    }
    println!("{out}");
    let count = |ending| ended.iter().filter(|one| one.ending == ending).count();
    let (passed, failed, skipped) = (count(Ending::Passed), count(Ending::Failed), count(Ending::NotRun));
    println!("{passed} passed, {failed} failed, {skipped} skipped");
    if failed + skipped > 0 {
        bail!("not every test passed\nhint: what each printed lies in `{}`", logs.display());
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a task tells how long a test took")]
fn now() -> Instant {
    Instant::now()
}
