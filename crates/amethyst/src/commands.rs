//! The verbs, one file each: parse, resolve settings, call a library, print.

mod build;
mod check;
mod completions;
mod diff;
mod fetch;
mod fetched;
mod helm;
mod kustomize;
mod rendering;
mod renders;
mod reset;
mod status;
mod up;

use std::process::ExitCode;

use tracing_subscriber::EnvFilter;

use crate::arguments::{Arguments, Verb};
use crate::{environment, output};

/// Does what the command line asks for.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    log(arguments.verbose);
    let done = match &arguments.verb {
        Verb::Up(up) => up::run(up),
        Verb::Build(build) => build::run(build),
        Verb::Diff(diff) => diff::run(diff),
        Verb::Fetch(fetch) => fetch::run(fetch),
        Verb::Helm(helm) => helm::run(helm),
        Verb::Kustomize(kustomize) => kustomize::run(kustomize),
        Verb::Check(check) => check::run(check),
        Verb::Status(status) => status::run(status),
        Verb::Reset(reset) => reset::run(reset),
        Verb::Completions(completions) => completions::run(completions),
    };
    done.unwrap_or_else(|error| output::failed(&error))
}

fn log(verbose: u8) {
    let default = match verbose {
        // What a client cannot reach is told by the verb that asked, once.
        0 => "error,kube_client=off",
        1 => "amethyst=info,warn",
        _ => "amethyst=debug,info",
    };
    let filter = environment::log_filter().unwrap_or_else(|| default.to_owned());
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_ansi(output::is_coloured())
        .finish();
    // A second subscriber cannot be there: this is the only call in the program.
    let _ = tracing::subscriber::set_global_default(subscriber);
}
