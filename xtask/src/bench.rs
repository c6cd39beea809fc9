//! `cargo xtask bench`: our server beside kube-apiserver with etcd, in one run, under one load.
//!
//! The load is the Go program in `peers/load`, with the client that every Kubernetes program has. The sides
//! take turns, round after round, and the best of each counts: what else runs on the machine only ever makes
//! a figure worse. What was measured goes into `docs/BENCHMARKS.md`, between its marks.
//!
//! Each server listens on loopback alone, keeps its state in a folder below `target/bench`, and is stopped
//! by its process id.

mod figures;
mod load;
pub(crate) mod process;
mod report;
mod side;

use std::path::PathBuf;

use anyhow::Context;

use figures::Figures;
use load::Load;
use side::Side;

/// How `bench` is called.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The kube-apiserver to measure beside ours; built when left out
    #[arg(long, value_name = "FILE")]
    kube_apiserver: Option<PathBuf>,
    /// The etcd below it; built when left out
    #[arg(long, value_name = "FILE")]
    etcd: Option<PathBuf>,
    /// The kubectl that creates definitions; built when left out
    #[arg(long, value_name = "FILE")]
    kubectl: Option<PathBuf>,
    /// Our program; built for release when left out
    #[arg(long, value_name = "FILE")]
    amethyst: Option<PathBuf>,
    /// How often the sides take turns
    #[arg(long, default_value_t = 3, value_name = "COUNT")]
    rounds: usize,
    /// A tenth of the work, once, to see whether it runs; the document stays as it is
    #[arg(long)]
    quick: bool,
    /// Measure ours alone; the document stays as it is
    #[arg(long)]
    ours: bool,
}

/// The programs of a run, and where it works.
struct Bench {
    amethyst: PathBuf,
    apiserver: PathBuf,
    etcd: PathBuf,
    load: Load,
    folder: PathBuf,
    quick: bool,
}

/// Measures both sides and writes the document.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let root = crate::root()?;
    let folder = root.join("target/bench");
    std::fs::create_dir_all(&folder)?;
    let peer = |given: &Option<PathBuf>, name: &str| match given {
        Some(path) => Ok(path.clone()),
        None => crate::peers::find(name),
    };
    let kubectl = peer(&arguments.kubectl, "kubectl")?;
    let bench = Bench {
        amethyst: arguments.amethyst.clone().map_or_else(|| crate::built(&root), Ok)?,
        apiserver: peer(&arguments.kube_apiserver, "kube-apiserver")?,
        etcd: peer(&arguments.etcd, "etcd")?,
        load: Load::build(&root, &folder, kubectl, arguments.quick)?,
        folder,
        quick: arguments.quick,
    };
    let before = process::load_average()?;
    let rounds = if arguments.quick { 1 } else { arguments.rounds.max(1) };
    let (mut peer, mut ours) = (Figures::default(), Figures::default());
    for round in 1..=rounds {
        if !arguments.ours {
            say(&format!("round {round} of {rounds}: kube-apiserver and etcd"));
            peer.keep_best(&bench.measure(Side::Peer)?);
        }
        say(&format!("round {round} of {rounds}: amethyst"));
        ours.keep_best(&bench.measure(Side::Ours)?);
    }
    let after = process::load_average()?;
    let text = report::table(&peer, &ours, &report::Circumstances { rounds, load_average: [before, after] })?;
    say(&text);
    if !arguments.quick && !arguments.ours {
        report::write(&root, &text)?;
    }
    Ok(())
}

impl Bench {
    /// One round of one side: three servers, one after the other, each with a folder of its own.
    fn measure(&self, side: Side) -> anyhow::Result<Figures> {
        let mut figures = Figures::default();
        self.memory(side, &mut figures)?;
        self.speed(side, &mut figures)?;
        self.many(side, &mut figures)?;
        self.restart(side, &mut figures)?;
        if matches!(side, Side::Ours) {
            self.commits(&mut figures)?;
        }
        Ok(figures)
    }

    /// A server that is empty, then full: start, memory, definitions, idleness.
    fn memory(&self, side: Side, figures: &mut Figures) -> anyhow::Result<()> {
        let mut server = side::start(self, side, "memory", true)?;
        figures.add("start_empty_ms", server.ready_ms);
        self.settle();
        figures.add("memory_empty_mb", server.memory_mb()?);
        let said = self.load.run(&server, &["fill", "crds"], &[("--objects", self.scaled(2000))])?;
        figures.add("definitions_s", number(&said, &["crds", "established_s"])?);
        figures.add("definitions", number(&said, &["crds", "count"])?);
        self.settle();
        figures.add("memory_full_mb", server.memory_mb()?);
        let seconds = if self.quick { 2 } else { 20 };
        figures.add("idle_percent", server.idle_percent(seconds)?);
        server.stop()
    }

    /// A server that is written to, watched and listed.
    fn speed(&self, side: Side, figures: &mut Figures) -> anyhow::Result<()> {
        let mut server = side::start(self, side, "speed", true)?;
        figures.add("start_empty_ms", server.ready_ms);
        self.settle();
        let pid = server.writing_pid().to_string();
        let said = self.load.run(
            &server,
            &["create", "watch", "watchers", "list", "serial"],
            &[
                ("--count", self.scaled(3000)),
                ("--list", self.scaled(3000)),
                ("--serial", self.scaled(500)),
                ("--samples", self.scaled(300)),
                ("--pid", pid),
            ],
        )?;
        for run in said["create"].as_array().context("the load says nothing of creates")? {
            let writers = run["writers"].as_u64().context("a run has no number of writers")?;
            figures.add(&format!("create_{writers}_per_second"), number(run, &["per_second"])?);
            figures.add(&format!("create_{writers}_p99_ms"), number(run, &["p99_ms"])?);
        }
        for (step, name) in [("watch", "seen_1"), ("watchers", "seen_100")] {
            figures.add(&format!("{name}_p50_ms"), number(&said, &[step, "seen", "p50_ms"])?);
            figures.add(&format!("{name}_p99_ms"), number(&said, &[step, "seen", "p99_ms"])?);
        }
        figures.add("list_ms", number(&said, &["list", "took", "p50_ms"])?);
        figures.add("bytes_per_write", number(&said, &["serial", "bytes_per_write"])?);
        server.stop()
    }

    /// A server with many watches and many pods.
    fn many(&self, side: Side, figures: &mut Figures) -> anyhow::Result<()> {
        let mut server = side::start(self, side, "many", true)?;
        figures.add("start_empty_ms", server.ready_ms);
        self.settle();
        let settings = [
            ("--fan", self.scaled(1000)),
            ("--pods", self.scaled(10_000)),
            ("--samples", self.scaled(300)),
            ("--pid", server.answering_pid().to_string()),
        ];
        let said = self.load.run(&server, &["idle", "fan", "pods"], &settings)?;
        figures.add("idle_watches_mb", number(&said, &["idle", "memory_mb"])?);
        figures.add("seen_1000_p50_ms", number(&said, &["fan", "seen", "p50_ms"])?);
        figures.add("seen_1000_p99_ms", number(&said, &["fan", "seen", "p99_ms"])?);
        figures.add("list_pods_ms", number(&said, &["pods", "took", "p50_ms"])?);
        server.stop()
    }

    /// A server that is started again over what it holds.
    fn restart(&self, side: Side, figures: &mut Figures) -> anyhow::Result<()> {
        let mut server = side::start(self, side, "restart", true)?;
        figures.add("start_empty_ms", server.ready_ms);
        self.load.run(&server, &["fill"], &[("--objects", self.scaled(10_000))])?;
        server.stop()?;
        for _ in 0..3 {
            let mut server = side::start(self, side, "restart", false)?;
            figures.add("start_full_ms", server.ready_ms);
            server.stop()?;
        }
        Ok(())
    }

    /// From `git commit` until a watch sees what was committed: nothing beside ours does this alone.
    fn commits(&self, figures: &mut Figures) -> anyhow::Result<()> {
        let mut server = side::start(self, Side::Ours, "commits", true)?;
        let checkout = server.checkout.clone().to_string_lossy().into_owned();
        let samples = if self.quick { 5 } else { 50 };
        let said = self.load.run(
            &server,
            &["commit"],
            &[
                ("--repository", checkout),
                ("--file", side::COMMITTED.to_owned()),
                ("--samples", samples.to_string()),
            ],
        )?;
        figures.add("commit_p50_ms", number(&said, &["commit", "p50_ms"])?);
        figures.add("commit_p99_ms", number(&said, &["commit", "p99_ms"])?);
        server.stop()
    }

    fn scaled(&self, count: usize) -> String {
        (if self.quick { count / 10 } else { count }).to_string()
    }

    /// Lets a server finish what it does after its start or after a load.
    fn settle(&self) {
        process::pause(std::time::Duration::from_secs(if self.quick { 1 } else { 8 }));
    }
}

fn number(document: &serde_json::Value, path: &[&str]) -> anyhow::Result<f64> {
    let found =
        path.iter().try_fold(document, |value, key| value.get(key)).and_then(serde_json::Value::as_f64);
    found.with_context(|| format!("the load says nothing of `{}`", path.join(".")))
}

#[expect(clippy::print_stderr, reason = "a task tells what it does")]
fn say(what: &str) {
    eprintln!("{what}");
}
