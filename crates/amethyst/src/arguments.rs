//! The command line as it is typed. What it means is in [`crate::settings`].

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Run a homelab from one Git repository
#[derive(Debug, Parser)]
#[command(name = "amethyst", version, propagate_version = true, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    /// What to do
    #[command(subcommand)]
    pub(crate) verb: Verb,
    /// How to print
    #[arg(long, global = true, value_enum, default_value_t = Output::Human, value_name = "FORMAT")]
    pub(crate) output: Output,
    /// Tell more about what happens inside; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

const EXIT_CODES: &str = "Exit codes: 0 fine, 1 the homelab has faults (printed), 2 wrong usage, 3 the environment failed";

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Run the homelab of this repository here
    Up(Up),
    /// Tell everything about a repository that can be known offline
    Check(Check),
    /// Tell what runs, and what is wrong and why
    Status(Status),
    /// Delete the state of a homelab on this machine
    Reset(Reset),
    /// Print a completion script for a shell
    Completions(Completions),
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people
    Human,
    /// For programs: one JSON document, or one per line while something runs
    Json,
    /// SARIF 2.1.0, for code scanning (`check` only)
    Sarif,
    /// GitHub workflow commands, for annotations (`check` only)
    Github,
}

/// Which homelab is meant.
#[derive(Args, Clone, Debug)]
pub(crate) struct Place {
    /// The repository's folder, or a folder inside it
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub(crate) path: PathBuf,
    /// Where state is kept [default: $XDG_STATE_HOME/amethyst/NAME, as root /var/lib/amethyst/NAME]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

/// `amethyst up`.
#[derive(Args, Debug)]
pub(crate) struct Up {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The file that holds the first GitRepository and Kustomization
    #[arg(long, value_name = "FILE")]
    pub(crate) entry: Option<String>,
    /// Where the API listens
    #[arg(long, default_value = "127.0.0.1:6443", value_name = "ADDR")]
    pub(crate) listen: SocketAddr,
    /// Where the kubeconfig is written [default: kubeconfig in the state folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// Which components Amethyst serves itself: `none`, or names separated by commas
    #[arg(long, value_name = "NAMES")]
    pub(crate) builtins: Option<String>,
    /// Dial nothing outside this machine
    #[arg(long)]
    pub(crate) offline: bool,
    /// Stop with 0 when everything is Ready, with 1 and the reasons when the timeout comes first
    #[arg(long)]
    pub(crate) until_ready: bool,
    /// How long to wait for Ready: 90s, 5m, 1h
    #[arg(long, default_value = "5m", value_name = "DURATION", requires = "until_ready")]
    pub(crate) timeout: String,
}

/// `amethyst check`.
#[derive(Args, Debug)]
pub(crate) struct Check {
    /// The repository's folder; what is not committed yet counts too
    #[arg(default_value = ".", value_name = "DIR")]
    pub(crate) path: PathBuf,
    /// The file that holds the first GitRepository and Kustomization
    #[arg(long, value_name = "FILE")]
    pub(crate) entry: Option<String>,
}

/// `amethyst status`.
#[derive(Args, Debug)]
pub(crate) struct Status {
    #[command(flatten)]
    pub(crate) place: Place,
}

/// `amethyst reset`.
#[derive(Args, Debug)]
pub(crate) struct Reset {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
}

/// `amethyst completions`.
#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// Reads the command line; wrong usage ends the program with 2.
pub(crate) fn parse() -> Arguments {
    Arguments::parse()
}
