//! The table of figures, with the budget of each, and its place in the document.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, bail};

use super::figures::{Figures, more_is_better};

const DOCUMENT: &str = "docs/BENCHMARKS.md";
const BEGIN: &str = "<!-- bench: begin -->";
const END: &str = "<!-- bench: end -->";

/// In which circumstances was measured.
pub(super) struct Circumstances {
    /// How often the sides took turns.
    pub(super) rounds: usize,
    /// The load average of the last minute, before and after.
    pub(super) load_average: [f64; 2],
}

/// What a figure may be.
enum Budget {
    /// At most this, in the figure's unit.
    AtMost(f64),
    /// At most this share of the peer's.
    Share(f64),
    /// At least this many times the peer's.
    Times(f64),
    /// Both of the first.
    Both(f64, f64),
    /// None: it is told, and nothing was promised.
    None,
}

/// A line of the table.
struct Row {
    what: &'static str,
    name: &'static str,
    unit: &'static str,
    budget: Budget,
}

const ROWS: &[Row] = &[
    row("start to ready, empty", "start_empty_ms", "ms", Budget::Both(80.0, 1.0 / 30.0)),
    row("start to ready, 10,000 objects", "start_full_ms", "ms", Budget::Both(300.0, 1.0 / 30.0)),
    row("resident memory, empty", "memory_empty_mb", "MB", Budget::Both(35.0, 1.0 / 8.0)),
    row(
        "resident memory, 2,000 objects and the definitions",
        "memory_full_mb",
        "MB",
        Budget::Both(60.0, 1.0 / 8.0),
    ),
    row("definitions created by kubectl, all established", "definitions_s", "s", Budget::Share(1.0 / 5.0)),
    row("durable creates, 64 writers", "create_64_per_second", "/s", Budget::Times(3.0)),
    row("durable creates, 16 writers", "create_16_per_second", "/s", Budget::Times(3.0)),
    row("durable creates, one writer", "create_1_per_second", "/s", Budget::Times(1.2)),
    row("written, answered and seen by a watch, p50", "seen_1_p50_ms", "ms", Budget::Share(0.5)),
    row("... p99", "seen_1_p99_ms", "ms", Budget::Share(0.5)),
    row("... by 100 watches, p50", "seen_100_p50_ms", "ms", Budget::Share(0.5)),
    row("... p99", "seen_100_p99_ms", "ms", Budget::Share(0.5)),
    row("... by 1,000 watches over 20 connections, p50", "seen_1000_p50_ms", "ms", Budget::None),
    row("... p99", "seen_1000_p99_ms", "ms", Budget::None),
    row("memory of 1,000 idle watches over 20 connections", "idle_watches_mb", "MB", Budget::AtMost(40.0)),
    row("list of 10,000 pods, p50", "list_pods_ms", "ms", Budget::None),
    row("list of 3,000, p50", "list_ms", "ms", Budget::Share(1.0 / 3.0)),
    row("idle processor time, of one core", "idle_percent", "%", Budget::AtMost(0.3)),
    row("bytes to disk per durable write of 1 KB", "bytes_per_write", "bytes", Budget::AtMost(4096.0)),
    row("commit to applied, one ConfigMap, p50", "commit_p50_ms", "ms", Budget::AtMost(1000.0)),
    row("... p99", "commit_p99_ms", "ms", Budget::AtMost(1000.0)),
];

const fn row(what: &'static str, name: &'static str, unit: &'static str, budget: Budget) -> Row {
    Row { what, name, unit, budget }
}

/// Writes the table as Markdown.
pub(super) fn table(peer: &Figures, ours: &Figures, circumstances: &Circumstances) -> anyhow::Result<String> {
    let mut out = String::new();
    let [before, after] = circumstances.load_average;
    writeln!(
        out,
        "{} processors; {} definitions; best of {} rounds in turns; load average {before} before, {after} after (the bench itself makes some).\n",
        std::thread::available_parallelism()?,
        ours.get("definitions").unwrap_or_default(),
        circumstances.rounds
    )?;
    out.push_str("| what | kube-apiserver + etcd | ours | ratio | budget | |\n|---|---|---|---|---|---|\n");
    for row in ROWS {
        let Some(value) = ours.get(row.name) else { continue };
        let theirs = peer.get(row.name);
        let shown = theirs.map_or("-".to_owned(), |theirs| figure(theirs, row.unit));
        let verdict = match row.budget.is_met(value, theirs) {
            Some(true) => "met",
            Some(false) => "**missed**",
            None => "-",
        };
        writeln!(
            out,
            "| {} | {shown} | {} | {} | {} | {verdict} |",
            row.what,
            figure(value, row.unit),
            ratio(row, value, theirs),
            row.budget.text(row.unit)
        )?;
    }
    Ok(out)
}

impl Budget {
    fn is_met(&self, ours: f64, theirs: Option<f64>) -> Option<bool> {
        match *self {
            Self::AtMost(most) => Some(ours <= most),
            Self::Share(share) => theirs.map(|theirs| ours <= theirs * share),
            Self::Times(times) => theirs.map(|theirs| ours >= theirs * times),
            Self::Both(most, share) => theirs.map(|theirs| ours <= most && ours <= theirs * share),
            Self::None => None,
        }
    }

    fn text(&self, unit: &str) -> String {
        match *self {
            Self::AtMost(most) => format!("at most {}", figure(most, unit)),
            Self::Share(share) => format!("at most 1/{:.0}", 1.0 / share),
            Self::Times(times) => format!("at least {times}x"),
            Self::Both(most, share) => format!("at most {} and 1/{:.0}", figure(most, unit), 1.0 / share),
            Self::None => "-".to_owned(),
        }
    }
}

fn ratio(row: &Row, ours: f64, theirs: Option<f64>) -> String {
    match theirs {
        Some(theirs) if more_is_better(row.name) => format!("{:.2}x", ours / theirs),
        Some(theirs) if ours > 0.0 && theirs >= ours => format!("1/{:.1}", theirs / ours),
        Some(theirs) if ours > 0.0 => format!("{:.2}x", ours / theirs),
        Some(_) => "none to measure".to_owned(),
        None => "-".to_owned(),
    }
}

/// A figure with as many digits as mean something.
fn figure(value: f64, unit: &str) -> String {
    if value >= 100.0 {
        format!("{value:.0} {unit}")
    } else if value >= 10.0 {
        format!("{value:.1} {unit}")
    } else {
        format!("{value:.2} {unit}")
    }
}

/// Puts the table between the marks of the document.
pub(super) fn write(root: &Path, table: &str) -> anyhow::Result<()> {
    let path = root.join(DOCUMENT);
    let text = std::fs::read_to_string(&path).with_context(|| format!("failed to read `{DOCUMENT}`"))?;
    let (Some(begin), Some(end)) = (text.find(BEGIN), text.find(END)) else {
        bail!("`{DOCUMENT}` has no marks `{BEGIN}` and `{END}`");
    };
    let text = format!("{}{BEGIN}\n\n{table}\n{}", &text[..begin], &text[end..]);
    std::fs::write(&path, text).with_context(|| format!("failed to write `{DOCUMENT}`"))
}

#[cfg(test)]
mod tests {
    use super::{Budget, figure};

    #[test]
    fn budgets_are_met_or_missed() {
        let check = |budget: Budget, ours, theirs, expect| assert_eq!(budget.is_met(ours, theirs), expect);
        check(Budget::AtMost(0.3), 0.2, None, Some(true));
        check(Budget::Share(0.5), 3.0, Some(4.0), Some(false));
        check(Budget::Share(0.5), 3.0, None, None);
        check(Budget::Times(3.0), 3000.0, Some(1000.0), Some(true));
        check(Budget::Both(80.0, 1.0 / 30.0), 79.0, Some(2400.0), Some(true));
        check(Budget::Both(80.0, 1.0 / 30.0), 81.0, Some(3000.0), Some(false));
    }

    #[test]
    fn figures_have_as_many_digits_as_mean_something() {
        assert_eq!(figure(1234.5, "/s"), "1234 /s");
        assert_eq!(figure(40.04, "ms"), "40.0 ms");
        assert_eq!(figure(2.344, "ms"), "2.34 ms");
    }
}
