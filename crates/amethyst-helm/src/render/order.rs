//! Helm's order of templates: the deepest paths first, so that what a chart defines wins over its subcharts.

use bytes::Bytes;

use super::context::Context;

/// All templates with their contexts and texts, by the order in which Helm parses and executes them.
pub(crate) fn sorted(contexts: &[Context]) -> Vec<(&Context, String, &Bytes)> {
    let with_context = |context| move |(name, text)| (context, name, text);
    let mut all: Vec<(&Context, String, &Bytes)> =
        contexts.iter().flat_map(|context| context.templates().map(with_context(context))).collect();
    all.sort_by(|(_, a, _), (_, b, _)| compare(b, a));
    // Of equal names the last one counts, as in Go's map.
    all.dedup_by(|later, earlier| {
        let same = later.1 == earlier.1;
        if same {
            std::mem::swap(later, earlier);
        }
        same
    });
    all
}

/// Helm's `byPathLen`.
fn compare(a: &str, b: &str) -> std::cmp::Ordering {
    let depth = |path: &str| path.bytes().filter(|byte| *byte == b'/').count();
    depth(a).cmp(&depth(b)).then_with(|| a.cmp(b))
}
