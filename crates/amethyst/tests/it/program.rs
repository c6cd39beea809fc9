//! The built binary: run to its end, or run and watched line by line.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig};
use regex::Regex;
use rustix::process::{Pid, Signal, kill_process};

use crate::homelab::Homelab;

/// How long anything may take on a busy machine. It is the end of a test that went wrong, no pace.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// What a program that ended left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The command, in a world that holds nothing of this user's.
fn command(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_amethyst"));
    command
        .args(arguments)
        .current_dir(home)
        .env_clear()
        .env("HOME", home)
        .env("XDG_STATE_HOME", home.join("states"))
        // Some homes are folders that belong to somebody: this repository itself.
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs the program to its end in `folder`.
pub(crate) fn run_in(folder: &Path, arguments: &[&str]) -> Ended {
    run_with(folder, &[], arguments)
}

/// As [`run_in`], with variables of the environment.
pub(crate) fn run_with(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Ended {
    let variables = environment.iter().copied();
    let done = command(folder, arguments).envs(variables).output().expect("the program was built");
    Ended {
        code: done.status.code(),
        stdout: String::from_utf8(done.stdout).expect("it prints text"),
        stderr: String::from_utf8(done.stderr).expect("it prints text"),
    }
}

/// Runs `verb` on a homelab and its state, with `more` arguments, to its end.
pub(crate) fn run(homelab: &Homelab, verb: &str, more: &[&str]) -> Ended {
    let (repository, state) = (homelab.repository(), homelab.state());
    let place = ["--path", utf8(&repository), "--data-dir", utf8(&state)];
    run_in(homelab.root(), &[&[verb], place.as_slice(), more].concat())
}

/// Runs `up` to its end, on any port.
pub(crate) fn up(homelab: &Homelab, more: &[&str]) -> Ended {
    run(homelab, "up", &[&["--listen", "127.0.0.1:0"], more].concat())
}

fn utf8(path: &Path) -> &str {
    path.to_str().expect("temporary folders have plain names")
}

/// A line, and whether it stood on stdout.
type Line = (bool, String);

/// An `amethyst up` that runs; it is killed when this is dropped.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<Line>,
    seen: Vec<Line>,
}

impl Running {
    /// Starts `up` on any port.
    pub(crate) fn up(homelab: &Homelab, more: &[&str]) -> Self {
        Self::listening(homelab, "127.0.0.1:0", more)
    }

    /// Starts `up` on an address.
    pub(crate) fn listening(homelab: &Homelab, address: &str, more: &[&str]) -> Self {
        let (repository, state) = (homelab.repository(), homelab.state());
        let fixed = ["up", "--path", utf8(&repository), "--data-dir", utf8(&state), "--listen", address];
        let mut child =
            command(homelab.root(), &[&fixed, more].concat()).spawn().expect("the program was built");
        let (sender, lines) = channel();
        follow(child.stdout.take().expect("it is piped"), true, sender.clone());
        follow(child.stderr.take().expect("it is piped"), false, sender);
        Self { child, lines, seen: Vec::new() }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line that holds `part`, among all that were printed.
    pub(crate) fn wait_for(&mut self, part: &str) -> String {
        self.wait_after(0, part)
    }

    /// How many lines were seen; a place for [`Self::wait_after`].
    pub(crate) fn mark(&mut self) -> usize {
        while let Ok(line) = self.lines.try_recv() {
            self.seen.push(line);
        }
        self.seen.len()
    }

    /// Waits for a line that holds `part`, from the `mark`th on.
    pub(crate) fn wait_after(&mut self, mark: usize, part: &str) -> String {
        let mut next = mark;
        loop {
            while let Some((_, line)) = self.seen.get(next) {
                if line.contains(part) {
                    return line.clone();
                }
                next += 1;
            }
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => self.seen.push(line),
                Err(RecvTimeoutError::Timeout) => panic!("no `{part}` came in time\n{}", self.printed()),
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("it ended without `{part}`\n{}", self.printed())
                }
            }
        }
    }

    /// Everything that was printed until now, in the order it was seen.
    pub(crate) fn printed(&mut self) -> String {
        self.mark();
        joined(self.seen.iter())
    }

    /// A client by the kubeconfig that is announced on stdout.
    pub(crate) async fn client(&mut self) -> kube::Client {
        let line = self.wait_for("export KUBECONFIG=");
        client(Path::new(line.trim_start_matches("export KUBECONFIG="))).await
    }

    /// Sends SIGINT, as Ctrl-C does.
    pub(crate) fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    fn signal(&self, signal: Signal) {
        let pid =
            Pid::from_raw(i32::try_from(self.pid()).expect("process ids fit")).expect("no process is 0");
        kill_process(pid, signal).expect("it is ours");
    }

    /// Sends SIGKILL, and waits until nothing is left of it.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it is ours");
        self.child.wait().expect("it is ours");
    }

    /// Waits for its end.
    pub(crate) fn wait(mut self) -> Ended {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => self.seen.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it did not end\n{}", self.printed()),
            }
        }
        let code = self.child.wait().expect("it is ours").code();
        let text = |wanted: bool| joined(self.seen.iter().filter(|(stdout, _)| *stdout == wanted));
        Ended { code, stdout: text(true), stderr: text(false) }
    }
}

fn joined<'a>(lines: impl Iterator<Item = &'a Line>) -> String {
    lines.flat_map(|(_, line)| [line.as_str(), "\n"]).collect()
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn follow(stream: impl Read + Send + 'static, stdout: bool, sender: Sender<Line>) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send((stdout, line)).is_err() {
                break;
            }
        }
    });
}

/// A client by a kubeconfig.
pub(crate) async fn client(kubeconfig: &Path) -> kube::Client {
    // The second test of a process finds it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let read = Kubeconfig::read_from(kubeconfig).expect("it was written");
    let config =
        kube::Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await.expect("it is whole");
    kube::Client::try_from(config).expect("it is whole")
}

/// Waits until `look` finds something.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let found = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    found.await.unwrap_or_else(|_| panic!("{what} did not come in time"))
}

/// Text without what differs between two runs: folders, ports, commits, times, process ids.
pub(crate) fn plain(homelab: &Homelab, text: &str) -> String {
    let text =
        text.replace(utf8(&homelab.state()), "STATE").replace(utf8(&homelab.repository()), "REPOSITORY");
    let text = text.replace(utf8(homelab.root()), "HOME");
    [
        (r"127\.0\.0\.1:[1-9][0-9]*", "127.0.0.1:PORT"),
        (r"sha1:[0-9a-f]{40}", "sha1:COMMIT"),
        (r"\b[0-9a-f]{40}\b", "COMMIT"),
        (r" at [0-9a-f]{7}\b", " at SHORT"),
        (r"main@[0-9a-f]{7}\b", "main@SHORT"),
        (r"\b[0-9]+(\.[0-9]+)?(ns|µs|ms|s)\b", "TIME"),
        (r"kill -INT [0-9]+", "kill -INT PID"),
        (r"process [0-9]+", "process PID"),
        (r"\([0-9]+ objects, read in", "(N objects, read in"),
    ]
    .iter()
    .fold(text, |text, (pattern, with)| {
        Regex::new(pattern).expect("it is a pattern").replace_all(&text, *with).into_owned()
    })
}

/// Compares texts line by line, and shows both when they differ.
#[track_caller]
pub(crate) fn same(is: &str, expect: &str) {
    assert!(is.trim_end() == expect.trim_end(), "\n--- expected\n{expect}\n--- is\n{is}\n---");
}

/// Whether a file is there.
pub(crate) fn exists(path: impl AsRef<OsStr>) -> bool {
    Path::new(&path).exists()
}
