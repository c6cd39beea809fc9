//! What reaches the terminal: data on stdout, everything else on stderr, readable without colour.

mod diagnostics;
mod github;
mod rows;
mod sarif;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

pub(crate) use diagnostics::print as diagnostics;
pub(crate) use rows::Rows;

use crate::environment;

/// The homelab has faults, and they were printed.
pub(crate) const FAULTS: u8 = 1;
/// The command line is wrong.
pub(crate) const USAGE: u8 = 2;
/// The machine, the disk or the network failed.
pub(crate) const ENVIRONMENT: u8 = 3;

/// Writes data. A reader that went away is no fault of ours.
pub(crate) fn data(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Writes data that ends as it should end.
pub(crate) fn raw(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Writes a remark.
pub(crate) fn note(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Writes an error with its causes and its hint, and gives the exit code of a failed environment.
pub(crate) fn failed(error: &anyhow::Error) -> ExitCode {
    let text = error.to_string();
    let (message, hint) =
        text.split_once("\nhint: ").map_or((text.as_str(), None), |(message, hint)| (message, Some(hint)));
    let mut lines = format!("{} {message}", paint("error:", RED));
    let mut hints: Vec<String> = hint.map(str::to_owned).into_iter().collect();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        let (cause, hint) =
            cause.split_once("\nhint: ").map_or((cause.as_str(), None), |(cause, hint)| (cause, Some(hint)));
        lines += &format!("\n  caused by: {cause}");
        hints.extend(hint.map(str::to_owned));
    }
    if hints.is_empty() && lines.contains("No space left on device") {
        hints.push("make room on that disk; what was stored before is still there".to_owned());
    }
    note(&lines);
    for hint in hints {
        note(&format!("{} {hint}", paint("hint:", CYAN)));
    }
    ExitCode::from(ENVIRONMENT)
}

/// So many of something.
pub(crate) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// What is said of HelmReleases: they are stored, and that is all. Nothing when there are none.
pub(crate) fn not_installed(releases: usize) -> Option<String> {
    let verb = if releases == 1 { "is" } else { "are" };
    let told = || {
        let releases = count(releases, "HelmRelease");
        format!("{releases} {verb} not installed: this version renders charts and installs none")
    };
    (releases > 0).then(told)
}

pub(crate) const RED: &str = "31";
pub(crate) const GREEN: &str = "32";
pub(crate) const YELLOW: &str = "33";
pub(crate) const CYAN: &str = "36";

/// Whether stderr is a terminal that wants colour.
pub(crate) fn is_coloured() -> bool {
    std::io::stderr().is_terminal() && !environment::no_color()
}

/// Whether stdout is a terminal that wants colour.
pub(crate) fn is_data_coloured() -> bool {
    std::io::stdout().is_terminal() && !environment::no_color()
}

/// Colours `text` when stderr is a terminal that wants it.
pub(crate) fn paint(text: &str, colour: &str) -> String {
    if is_coloured() { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
}
