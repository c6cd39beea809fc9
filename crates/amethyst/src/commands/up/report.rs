//! What `up` tells while it runs: one line per Kustomization as its state changes, then a summary.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use amethyst_assembly::{Homelab, Settings, Summary};
use amethyst_gitops::{Row, State};
use amethyst_source::Resolved;
use serde_json::json;

use crate::arguments::Output;
use crate::output::{CYAN, GREEN, RED, YELLOW, data, note, paint};

/// How many names stand behind one reason; the rest is counted.
const NAMES_MAX: usize = 4;

/// Tells people in lines, programs in one JSON document per line.
pub(super) struct Report {
    format: Output,
    /// What was told of each Kustomization last.
    told: BTreeMap<String, String>,
    /// What was said to be lacking last.
    lacking: String,
    /// Failures that may pass by themselves.
    doubted: BTreeSet<String>,
}

impl Report {
    pub(super) fn new(format: Output) -> Self {
        Self { format, told: BTreeMap::new(), lacking: String::new(), doubted: BTreeSet::new() }
    }

    /// Where the API is, and how to reach it.
    pub(super) fn started(&self, homelab: &Homelab, settings: &Settings, head: &Resolved) {
        let kubeconfig = settings.kubeconfig.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        let address = homelab.address().map(|address| format!("https://{address}")).unwrap_or_default();
        if self.format == Output::Json {
            data(&json!({"event": "started", "name": settings.name, "server": address, "kubeconfig": kubeconfig, "commit": head.commit}).to_string());
            return;
        }
        note(&format!(
            "{} runs {} at {} ({})",
            paint(&settings.name, GREEN),
            settings.repository.path().display(),
            super::short(head),
            head.summary
        ));
        if let Some(recovery) = homelab.recovery() {
            note(&format!("  state  {recovery}"));
            for repaired in &recovery.repaired {
                note(&format!("  {} {repaired}", paint("warning:", YELLOW)));
            }
        }
        note(&format!("  api    {address}"));
        note(&format!("  entry  {}:{}", settings.entry.file, settings.entry.line));
        note("  Objects are stored and synced for real; no pod runs yet: see SHORTCOMINGS.md");
        data(&format!("export KUBECONFIG={kubeconfig}"));
    }

    /// One line per Kustomization whose state changed. Those that wait for another are counted at it.
    pub(super) fn changed(&mut self, rows: &[Row], summary: &Summary) {
        for row in rows {
            let name = row.key.to_string();
            if row.state == State::Failed && self.format != Output::Json {
                self.doubted.insert(name);
                continue;
            }
            self.doubted.remove(&name);
            let line = match self.format {
                Output::Json => json!({
                    "event": "kustomization", "name": name, "state": row.state.to_string(), "revision": row.revision,
                    "reason": row.reason, "message": row.message,
                    "blamed": row.blamed.iter().map(ToString::to_string).collect::<Vec<_>>(),
                }).to_string(),
                _ => match human(row, summary) {
                    Some(line) => line,
                    None => continue,
                },
            };
            self.tell(name, line);
        }
    }

    /// Whether failures wait to be told.
    pub(super) fn doubts(&self) -> bool {
        !self.doubted.is_empty()
    }

    /// Tells the failures that lasted.
    pub(super) fn failed(&mut self, summary: &Summary) {
        let doubted = std::mem::take(&mut self.doubted);
        let rows = summary.overview.rows.iter().filter(|row| row.state == State::Failed);
        for row in rows.filter(|row| doubted.contains(&row.key.to_string())) {
            if let Some(line) = human(row, summary) {
                self.tell(row.key.to_string(), line);
            }
        }
    }

    fn tell(&mut self, name: String, line: String) {
        if self.told.get(&name) != Some(&line) {
            if self.format == Output::Json { data(&line) } else { note(&line) }
            self.told.insert(name, line);
        }
    }

    /// Everything is Ready.
    pub(super) fn ready(&mut self, summary: &Summary) {
        let (rows, objects) = (summary.overview.rows.len(), summary.objects.len());
        let suspended = summary.overview.count(State::Suspended);
        if self.format == Output::Json {
            let lacks: Vec<_> = summary.lacks().iter().map(|(id, lack)| json!({"object": id.to_string(), "why": lack.0})).collect();
            data(&json!({"event": "ready", "kustomizations": rows, "suspended": suspended, "objects": objects, "lacks": lacks}).to_string());
            return;
        }
        let aside = if suspended > 0 { format!(", {suspended} of them suspended") } else { String::new() };
        note(&format!("{} {rows} Kustomizations{aside}, {objects} objects applied", paint("Ready:", GREEN)));
        self.lacks(summary);
    }

    /// What is stored and not acted on, by reason.
    fn lacks(&mut self, summary: &Summary) {
        let mut by_reason: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (id, lack) in summary.lacks() {
            by_reason.entry(lack.0).or_default().push(id.to_string());
        }
        let mut lines = String::new();
        for (why, names) in &by_reason {
            let shown = names.iter().take(NAMES_MAX).cloned().collect::<Vec<_>>().join(", ");
            let more = names.len().saturating_sub(NAMES_MAX);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            lines += &format!("\n  {why}: {shown}{more}");
        }
        if !lines.is_empty() && lines != self.lacking {
            note(&format!("{} what this version stores and does not act on:{lines}", paint("Note:", CYAN)));
        }
        self.lacking = lines;
    }

    /// The timeout came first.
    pub(super) fn not_ready(&self, summary: &Summary, timeout: Duration) {
        let waiting = summary.overview.rows.iter().filter(|row| !matches!(row.state, State::Ready | State::Suspended));
        if self.format == Output::Json {
            let names: Vec<String> = waiting.map(|row| row.key.to_string()).collect();
            data(&json!({"event": "timeout", "seconds": timeout.as_secs(), "notReady": names}).to_string());
            return;
        }
        note(&format!("{} not Ready after {timeout:?}:", paint("error:", RED)));
        if summary.overview.rows.is_empty() {
            note("  no Kustomization was applied");
        }
        for row in waiting {
            note(&human(row, summary).unwrap_or_else(|| format!("  {row}")));
        }
    }

    /// The end.
    pub(super) fn stopping(&self) {
        if self.format == Output::Json {
            data(&json!({"event": "stopping"}).to_string());
        } else {
            note("stopping: letting what runs end, then closing the store");
        }
    }
}

/// A line for people; `None` for what is told elsewhere.
fn human(row: &Row, summary: &Summary) -> Option<String> {
    let mark = |text: &str, colour: &str| paint(&format!("{text:<9}"), colour);
    match row.state {
        State::Ready => Some(format!("  {} {} at {}", mark("ready", GREEN), row.key, row.revision)),
        State::Suspended => Some(format!("  {} {}", mark("suspended", YELLOW), row.key)),
        State::Failed => {
            let held = summary.overview.roots().find(|(root, _)| root.key == row.key).map_or(0, |(_, held)| held);
            let held = if held > 0 { format!(" ({held} more wait for it)") } else { String::new() };
            let message = row.message.trim_end().replace('\n', "\n            ");
            Some(format!("  {} {}: {}: {message}{held}", mark("failed", RED), row.key, row.reason))
        }
        State::Progressing | State::Blocked => None,
    }
}
