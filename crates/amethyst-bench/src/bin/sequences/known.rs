//! The differences that are known: a list that only shrinks.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, bail};

/// Lines of `<sequence>#<step> <reason>`; steps count from 1.
pub(crate) struct Known(BTreeMap<String, Line>);

struct Line {
    reason: String,
    met: bool,
}

impl Known {
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("failed to read `{}`", path.display()))?;
        let mut lines = BTreeMap::new();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with("# ")) {
            let Some((step, reason)) = line.split_once(": ") else { bail!("`{line}` gives no reason") };
            lines.insert(step.to_owned(), Line { reason: reason.to_owned(), met: false });
        }
        Ok(Self(lines))
    }

    /// The reason why a step differs, if that is known; the line counts as met.
    pub(crate) fn reason(&mut self, sequence: &str, step: usize) -> Option<&str> {
        let line = self.0.get_mut(&format!("{sequence}#{step}"))?;
        line.met = true;
        Some(&line.reason)
    }

    /// Lines about steps that do not differ.
    pub(crate) fn idle(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|(_, line)| !line.met).map(|(step, _)| step.as_str())
    }
}
