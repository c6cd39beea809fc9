//! What `up` tells while it runs: one line per Kustomization as its state changes, then a summary.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use amethyst_assembly::{Homelab, Settings, Summary, is_release};
use amethyst_diag::Location;
use amethyst_gitops::{Row, State};
use amethyst_object::ObjectId;
use amethyst_source::Resolved;
use amethyst_store::CommitError;
use serde_json::json;

use crate::arguments::Output;
use crate::output::{CYAN, GREEN, RED, Rows, YELLOW, count, data, not_installed, note, paint};

/// How wide lists of names become.
const COLUMNS_MAX: usize = 100;

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
        let kubeconfig =
            settings.kubeconfig.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
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
        state(homelab, settings);
        note(&format!("  api    {address}"));
        note(&format!("  entry  {}:{}", settings.entry.file, settings.entry.line));
        let nodes = settings.devices.iter().filter(|device| device.is_node()).count();
        if nodes > 0 {
            note(&format!("  nodes  {nodes} of amethyst.yaml, simulated: no kubelet runs"));
        }
        note("  Objects are stored and synced for real; this version runs no pods");
        data(&format!("export KUBECONFIG={kubeconfig}"));
    }

    /// One line per Kustomization whose state changed. Those that wait for another are counted at it.
    pub(super) fn changed(&mut self, rows: &[Row], summary: &Summary) {
        let all = Rows::of(&summary.overview.rows);
        for row in rows {
            let name = row.key.to_string();
            if self.format == Output::Json {
                let line = json!({
                    "event": "kustomization", "name": name, "state": row.state.to_string(), "revision": row.revision,
                    "reason": row.reason, "message": row.message,
                    "blamed": row.blamed.iter().map(ToString::to_string).collect::<Vec<_>>(),
                });
                self.tell(name, line.to_string());
            } else if all.is_fault(row) {
                self.doubted.insert(name);
            } else {
                self.doubted.remove(&name);
                // What is Ready at an earlier commit only was so before this start, or is about to change.
                let is_told =
                    matches!(row.state, State::Ready) && !summary.behind.contains(&row.key.to_string());
                if is_told || row.state == State::Suspended {
                    self.tell(name, all.line(row));
                }
            }
        }
    }

    /// Whether failures wait to be told.
    pub(super) fn doubts(&self) -> bool {
        !self.doubted.is_empty()
    }

    /// Tells the failures that lasted.
    pub(super) fn failed(&mut self, summary: &Summary, declared: &BTreeMap<ObjectId, Location>) {
        let doubted = std::mem::take(&mut self.doubted);
        let all = Rows::declared(&summary.overview.rows, declared);
        for row in summary.overview.rows.iter().filter(|row| doubted.contains(&row.key.to_string())) {
            if all.is_fault(row) {
                self.tell(row.key.to_string(), all.line(row));
            }
        }
    }

    fn tell(&mut self, name: String, line: String) {
        if self.told.get(&name) != Some(&line) {
            if self.format == Output::Json {
                data(&line);
            } else {
                note(&line);
            }
            self.told.insert(name, line);
        }
    }

    /// Everything is Ready.
    pub(super) fn ready(&mut self, summary: &Summary) {
        let (rows, objects) = (summary.overview.rows.len(), summary.objects.len());
        let suspended = summary.overview.count(State::Suspended);
        if self.format == Output::Json {
            let lacks: Vec<_> = summary
                .lacks()
                .iter()
                .map(|(id, lack)| json!({"object": id.to_string(), "why": lack.0}))
                .collect();
            let releases: Vec<String> = summary.releases().iter().map(ToString::to_string).collect();
            data(&json!({"event": "ready", "kustomizations": rows, "suspended": suspended, "objects": objects, "notInstalled": releases, "lacks": lacks}).to_string());
            return;
        }
        let aside = if suspended > 0 { format!(" ({suspended} suspended)") } else { String::new() };
        let (rows, objects) = (count(rows, "Kustomization"), count(objects, "object"));
        note(&format!("{} {rows}{aside}, {objects} applied", paint("Ready:", GREEN)));
        self.lacks(summary);
    }

    /// What is stored and not acted on: every object, by reason; of HelmReleases how many.
    fn lacks(&mut self, summary: &Summary) {
        let mut by_reason: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (id, lack) in summary.lacks().into_iter().filter(|(id, _)| !is_release(id)) {
            by_reason.entry(lack.0).or_default().push(id.to_string());
        }
        let told = |(why, names): (&&str, &Vec<String>)| format!("\n  {why}:{}", wrapped(names));
        let lines: String = by_reason.iter().map(told).collect();
        let releases = not_installed(summary.releases().len()).unwrap_or_default();
        let lacking = format!("{releases}{lines}");
        if lacking != self.lacking {
            let mark = paint("Note:", CYAN);
            if !releases.is_empty() {
                note(&format!("{mark} {releases}"));
            }
            if !lines.is_empty() {
                note(&format!("{mark} stored, and not acted on in this version:{lines}"));
            }
        }
        self.lacking = lacking;
    }

    /// The timeout came first.
    pub(super) fn not_ready(
        &self,
        summary: &Summary,
        declared: &BTreeMap<ObjectId, Location>,
        timeout: Duration,
    ) {
        let waiting = summary.overview.rows.iter().filter(|row| {
            !matches!(row.state, State::Ready | State::Suspended)
                || summary.behind.contains(&row.key.to_string())
        });
        let waiting: Vec<&Row> = waiting.collect();
        if self.format == Output::Json {
            let names: Vec<String> = waiting.iter().map(|row| row.key.to_string()).collect();
            data(&json!({"event": "timeout", "seconds": timeout.as_secs(), "notReady": names}).to_string());
            return;
        }
        let (many, all) = (waiting.len(), count(summary.overview.rows.len(), "Kustomization"));
        note(&format!("{} {many} of {all} not Ready after {timeout:?}", paint("error:", RED)));
        if summary.overview.rows.is_empty() {
            note("  no Kustomization was applied");
        }
        let rows = Rows::declared(&summary.overview.rows, declared);
        for row in waiting.iter().filter(|row| !rows.is_told_elsewhere(row)) {
            note(&rows.line(row));
        }
    }

    /// The disk takes no writes, or takes them again.
    pub(super) fn trouble(&self, trouble: Option<&CommitError>) {
        if self.format == Output::Json {
            let why = trouble.map(ToString::to_string);
            data(&json!({"event": "disk", "writable": (why.is_none()), "why": why}).to_string());
            return;
        }
        match trouble {
            Some(why) => {
                note(&format!("{} {why}", paint("error:", RED)));
                note(
                    "  writes are refused until the disk takes them; reads go on, and nothing acknowledged is lost",
                );
                note("hint: make room on that disk; nothing has to be restarted");
            }
            None => note("the disk takes writes again"),
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

/// Names side by side, in lines of at most [`COLUMNS_MAX`].
fn wrapped(names: &[String]) -> String {
    let (mut text, mut columns) = (String::new(), COLUMNS_MAX);
    for (index, name) in names.iter().enumerate() {
        let separator = if index + 1 < names.len() { "," } else { "" };
        if columns + name.len() + 2 > COLUMNS_MAX {
            text += "\n   ";
            columns = 3;
        }
        text += &format!(" {name}{separator}");
        columns += name.len() + 2;
    }
    text
}

/// Where state lies, and what was found there.
fn state(homelab: &Homelab, settings: &Settings) {
    let folder = settings.data_dir.as_ref().map(|folder| folder.display().to_string()).unwrap_or_default();
    let Some(recovery) = homelab.recovery() else { return };
    if recovery.segments == 0 {
        note(&format!("  state  {folder} (new)"));
        return;
    }
    let objects = count(recovery.keys, "object");
    note(&format!("  state  {folder} ({objects}, read in {:.0?})", recovery.took));
    if recovery.dropped_bytes > 0 {
        note(&format!(
            "  {} the log ended in a write that was never finished: dropped its {} ({}); nothing acknowledged is lost",
            paint("warning:", YELLOW),
            count(usize::try_from(recovery.dropped_bytes).unwrap_or(usize::MAX), "byte"),
            count(usize::try_from(recovery.dropped_records).unwrap_or(usize::MAX), "change"),
        ));
    }
    for repaired in &recovery.repaired {
        note(&format!("  {} {repaired}", paint("warning:", YELLOW)));
    }
}
