//! The command line as it is typed. What it means is in [`crate::settings`].

mod helm;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use helm::{Answer, Helm, HelmMajor, Kustomize, KustomizeBuild, LoadRestrictor, Template, Test};

/// Run a homelab from one Git repository
#[derive(Debug, Parser)]
#[command(name = "amethyst", version, propagate_version = true, max_term_width = 100, after_help = AFTER)]
pub(crate) struct Arguments {
    /// What to do
    #[command(subcommand)]
    pub(crate) verb: Verb,
    /// Tell more about what happens inside; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

const AFTER: &str = "\
Begin with `amethyst check` and `amethyst up` in a homelab's repository.

Exit codes: 0 fine, 1 the homelab has faults (printed), 2 wrong usage, 3 the environment failed";

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Run the homelab of this repository here
    Up(Up),
    /// Check a repository offline: YAML, kustomize, schemas, references
    Check(Check),
    /// Print the objects that a repository renders into
    Build(Build),
    /// Show what changes between two states of a repository, in what is applied
    Diff(Diff),
    /// Fetch the charts that a repository names, for everything that renders it
    Fetch(Fetch),
    /// Render charts and run their tests, as `helm` does
    #[command(subcommand)]
    Helm(Helm),
    /// Build kustomizations, as `kustomize` does
    #[command(subcommand)]
    Kustomize(Kustomize),
    /// Show what runs, what is wrong and why
    Status(Status),
    /// Delete the state of a homelab on this machine
    Reset(Reset),
    /// Print a completion script for a shell
    Completions(Completions),
}

/// How the results of a verb are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Human,
    /// For programs: one JSON document, or one per line while something runs.
    Json,
}

/// How the results of a check are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Report {
    /// For people.
    Human,
    /// One JSON document.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// GitHub workflow commands, for annotations.
    Github,
}

/// The choice between [`Output`]s. The values are told in one line: a list of them would make clap spread
/// the help over three screens.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Format {
    /// Print for people (human) or for programs (json, one document per line while it runs)
    #[arg(long, value_enum, default_value_t = Output::Human, value_name = "FORMAT", hide_possible_values = true)]
    pub(crate) output: Output,
}

/// Which homelab is meant.
#[derive(Args, Clone, Debug)]
pub(crate) struct Place {
    /// Which repository: its folder, or one inside it
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub(crate) path: PathBuf,
    /// Keep state here [default: $XDG_STATE_HOME/amethyst/NAME; as root /var/lib/amethyst/NAME]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

/// `amethyst up`.
#[derive(Args, Debug)]
pub(crate) struct Up {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Start the sync at this file, which holds the first GitRepository and Kustomization
    #[arg(long, value_name = "FILE")]
    pub(crate) entry: Option<String>,
    /// Listen here for the API's clients
    #[arg(long, default_value = "127.0.0.1:6443", value_name = "ADDR")]
    pub(crate) listen: SocketAddr,
    /// Write the kubeconfig here [default: kubeconfig in the state folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// Serve these components only: names separated by commas, or `none`
    #[arg(long, value_name = "NAMES")]
    pub(crate) builtins: Option<String>,
    /// Seal the key of the encrypted state by the passphrase in this file's first line
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Encrypt the state with a new key
    #[arg(long)]
    pub(crate) rotate_key: bool,
    /// Write an audit log as this policy says [default: spec.audit in amethyst.yaml, or none]
    #[arg(long, value_name = "FILE")]
    pub(crate) audit_policy_file: Option<PathBuf>,
    /// Dial nothing outside this machine
    #[arg(long)]
    pub(crate) offline: bool,
    /// Exit when everything is Ready, or with 1 and the reasons when the timeout comes first
    #[arg(long)]
    pub(crate) until_ready: bool,
    /// Wait this long for Ready: 90s, 5m, 1h30m
    #[arg(long, default_value = "5m", value_name = "DURATION", requires = "until_ready")]
    pub(crate) timeout: String,
    #[command(flatten)]
    pub(crate) format: Format,
}

/// `amethyst check`.
#[derive(Args, Debug)]
pub(crate) struct Check {
    /// Folder to check; what is not committed yet counts too [default: the repository around here]
    #[arg(value_name = "DIR")]
    pub(crate) path: Option<PathBuf>,
    /// Start the sync at this file, which holds the first GitRepository and Kustomization
    #[arg(long, value_name = "FILE")]
    pub(crate) entry: Option<String>,
    /// Tell only faults that this revision had not
    #[arg(long, value_name = "REV")]
    pub(crate) since: Option<String>,
    /// Print for people (human), for programs (json), for code scanning (sarif) or as annotations (github)
    #[arg(long, value_enum, default_value_t = Report::Human, value_name = "FORMAT", hide_possible_values = true)]
    pub(crate) output: Report,
}

/// Which repository, and what of it.
#[derive(Args, Clone, Debug)]
pub(crate) struct Repository {
    /// Which repository: its folder, or one inside it
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub(crate) path: PathBuf,
    /// Start the sync at this file, which holds the first GitRepository and Kustomization
    #[arg(long, value_name = "FILE")]
    pub(crate) entry: Option<String>,
    /// Tell charts that Kubernetes is of this version [default: spec.kubernetesVersion in amethyst.yaml]
    #[arg(long, value_name = "VERSION")]
    pub(crate) kube_version: Option<String>,
}

/// `amethyst build`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  amethyst build                       all objects of what is checked out, committed or not
  amethyst build main                  those of a revision
  amethyst build ks apps               those of one Kustomization
  amethyst build HEAD~1 hr -n media plex")]
pub(crate) struct Build {
    /// A folder or a revision of Git [default: what is checked out], then perhaps `ks NAME` or `hr NAME`
    #[arg(value_name = "DIR|REV] [ks|hr NAME", num_args = 0..=3)]
    pub(crate) what: Vec<String>,
    /// Take the Kustomization or HelmRelease of this namespace
    #[arg(short, long, value_name = "NAME")]
    pub(crate) namespace: Option<String>,
    #[command(flatten)]
    pub(crate) repository: Repository,
    /// Leave out CustomResourceDefinitions
    #[arg(long)]
    pub(crate) skip_crds: bool,
    /// Print YAML documents (yaml) or one JSON array (json)
    #[arg(short, long, value_enum, default_value_t = Documents::Yaml, value_name = "FORMAT", hide_possible_values = true)]
    pub(crate) output: Documents,
}

/// `amethyst diff`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  amethyst diff                        what is checked out against the last commit
  amethyst diff main..renovate/plex    two branches
  amethyst diff main.. -o markdown     for a comment on a pull request
  amethyst diff v1.. -o html > diff.html")]
pub(crate) struct Diff {
    /// Two folders or revisions of Git; HEAD and what is checked out when left out
    #[arg(value_name = "A..B")]
    pub(crate) sides: Option<String>,
    #[command(flatten)]
    pub(crate) repository: Repository,
    /// Print for people (human), programs (json), a pull request (markdown) or as one page (html)
    #[arg(short, long, value_enum, default_value_t = Changes::Human, value_name = "FORMAT", hide_possible_values = true)]
    pub(crate) output: Changes,
    /// Leave out the fields: one line per object
    #[arg(long)]
    pub(crate) brief: bool,
    /// Compare YAML and JSON inside of texts by their structure
    #[arg(long)]
    pub(crate) embedded: bool,
    /// Exit with 1 when something changes
    #[arg(long)]
    pub(crate) exit_code: bool,
}

/// `amethyst fetch`.
#[derive(Args, Debug)]
pub(crate) struct Fetch {
    /// A folder or a revision of Git [default: what is checked out]
    #[arg(value_name = "DIR|REV")]
    pub(crate) what: Option<String>,
    #[command(flatten)]
    pub(crate) repository: Repository,
    /// Ask again about what was last looked for longer ago than this [default: 1h for ranges of versions, never for
    /// exact ones]
    #[arg(long, value_name = "DURATION")]
    pub(crate) max_age: Option<String>,
    /// Keep at most this much in the cache: 500MiB, 2GiB
    #[arg(long, default_value = "2GiB", value_name = "SIZE")]
    pub(crate) cache_size: String,
    #[command(flatten)]
    pub(crate) format: Format,
}

/// How changes are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Changes {
    /// For people.
    Human,
    /// One JSON document.
    Json,
    /// For a comment on a pull request.
    Markdown,
    /// One page that needs nothing else.
    Html,
}

/// How objects are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Documents {
    /// YAML documents, each after a comment that says where it came from.
    Yaml,
    /// One JSON array.
    Json,
}

/// `amethyst status`.
#[derive(Args, Debug)]
pub(crate) struct Status {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) format: Format,
}

/// `amethyst reset`.
#[derive(Args, Debug)]
pub(crate) struct Reset {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Delete without asking
    #[arg(long)]
    pub(crate) yes: bool,
}

/// `amethyst completions`.
#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// Shell that will read it
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// Reads the command line; wrong usage ends the program with 2, or with 1 where it takes the place of a tool
/// that does so.
pub(crate) fn parse() -> Result<Arguments, ExitCode> {
    Arguments::try_parse().map_err(|error| {
        let verb = std::env::args_os().nth(1).unwrap_or_default();
        let stands_in = verb == "helm" || verb == "kustomize";
        // A terminal that went away is no fault of ours.
        let _ = error.print();
        let code = if error.use_stderr() { if stands_in { 1 } else { 2 } } else { 0 };
        ExitCode::from(code)
    })
}
