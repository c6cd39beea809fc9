//! `amethyst completions`: a script for a shell.

use std::process::ExitCode;

use clap::CommandFactory;

use crate::arguments::{Arguments, Completions};
use crate::output;

/// Prints the script.
pub(super) fn run(arguments: &Completions) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "amethyst", &mut script);
    output::data(std::str::from_utf8(&script)?.trim_end());
    Ok(ExitCode::SUCCESS)
}
