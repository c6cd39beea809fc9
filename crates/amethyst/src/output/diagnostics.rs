//! Diagnostics for people and for programs.

use amethyst_diag::{Diagnostic, Severity};

use super::{CYAN, RED, YELLOW, data, github, note, paint, sarif};
use crate::arguments::Report;

/// Prints diagnostics in the format that was asked for.
pub(crate) fn print(diagnostics: &[Diagnostic], output: Report) -> anyhow::Result<()> {
    match output {
        Report::Human => diagnostics.iter().for_each(human),
        Report::Json => data(&serde_json::to_string_pretty(diagnostics)?),
        Report::Sarif => data(&serde_json::to_string_pretty(&sarif::log(diagnostics))?),
        Report::Github => diagnostics.iter().for_each(|diagnostic| data(&github::command(diagnostic))),
    }
    Ok(())
}

fn human(diagnostic: &Diagnostic) {
    let colour = match diagnostic.severity {
        Severity::Error => RED,
        Severity::Warning => YELLOW,
        Severity::Info => CYAN,
    };
    let mark = paint(&format!("{}[{}]", diagnostic.severity, diagnostic.code), colour);
    let mut lines = String::new();
    if let Some(location) = &diagnostic.location {
        lines += &format!("{location}: ");
    }
    lines += &format!("{mark}: {}", diagnostic.message);
    if let Some(object) = &diagnostic.object {
        lines += &format!("\n  in {object}");
    }
    if let Some(hint) = &diagnostic.hint {
        lines += &format!("\n  {} {hint}", paint("hint:", CYAN));
    }
    note(&lines);
}
