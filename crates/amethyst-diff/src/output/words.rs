//! Sentences that several outputs share.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{ObjectChange, title};
use crate::diff::{Diff, Withheld};
use crate::images::ImageChange;
use crate::noise::Noise;
use crate::side::{Producer, ProducerKind};
use crate::summary::Counts;
use crate::version::Jump;

/// `2 objects`, `1 object`.
pub(super) fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// `3 changed, 1 added, 2 removed, 4 in noise only`.
pub(super) fn counts(counts: &Counts) -> String {
    let parts = [
        (counts.changed, "changed"),
        (counts.added, "added"),
        (counts.removed, "removed"),
        (counts.noise, "in noise only"),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    if parts.is_empty() { "nothing changes".into() } else { parts.join(", ") }
}

/// `~2 +1 -3`.
pub(super) fn marks(counts: &Counts) -> String {
    let parts = [("~", counts.changed + counts.noise), ("+", counts.added), ("-", counts.removed)];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(_, number)| *number > 0)
        .map(|(mark, number)| format!("{mark}{number}"))
        .collect();
    parts.join(" ")
}

/// `2 HelmReleases and 1 Kustomization`.
pub(super) fn reach(diff: &Diff) -> String {
    let of = |kind| diff.summary.producers.iter().filter(|(producer, _)| producer.kind == kind).count();
    let parts =
        [(of(ProducerKind::HelmRelease), "HelmRelease"), (of(ProducerKind::Kustomization), "Kustomization")];
    let parts: Vec<String> =
        parts.iter().filter(|(number, _)| *number > 0).map(|(number, word)| count(*number, word)).collect();
    parts.join(" and ")
}

/// `main..renovate`, or what stands for it.
pub(super) fn range(diff: &Diff) -> Option<String> {
    (!diff.before.is_empty() || !diff.after.is_empty()).then(|| format!("{}..{}", diff.before, diff.after))
}

/// The chart of a producer, with the one it had before.
pub(super) fn chart(diff: &Diff, producer: &Producer) -> Option<String> {
    let change = diff.charts.iter().find(|chart| chart.producer.is(producer));
    match change {
        Some(chart) => {
            // The name once, when it stays.
            let same = chart.before.rsplit_once(' ').zip(chart.after.rsplit_once(' '));
            match same {
                Some(((name, before), (other, after))) if name == other => {
                    Some(format!("{name} {before} -> {after}"))
                }
                _ => Some(format!("{} -> {}", chart.before, chart.after)),
            }
        }
        None => producer.chart.as_ref().map(ToString::to_string),
    }
}

/// One step of a chart, and the releases that take it.
pub(super) struct ChartRow {
    pub(super) name: String,
    pub(super) before: String,
    pub(super) after: String,
    pub(super) jump: Option<Jump>,
    /// `namespace/name`.
    pub(super) releases: Vec<String>,
}

/// The charts that change: a row for each step, as many releases take the same one.
pub(super) fn charts(diff: &Diff) -> Vec<ChartRow> {
    let mut rows: BTreeMap<(&str, &str), ChartRow> = BTreeMap::new();
    for chart in &diff.charts {
        let row = rows.entry((&chart.before, &chart.after)).or_insert_with(|| {
            let parts = chart.before.rsplit_once(' ').zip(chart.after.rsplit_once(' '));
            let (name, before, after) = match parts {
                Some(((name, before), (other, after))) if name == other => (name, before, after),
                _ => ("", chart.before.as_str(), chart.after.as_str()),
            };
            let (name, before, after) = (name.into(), before.into(), after.into());
            ChartRow { name, before, after, jump: chart.jump, releases: Vec::new() }
        });
        let producer = &chart.producer;
        let namespace = if producer.namespace.is_empty() { "" } else { "/" };
        row.releases.push(format!("{}{namespace}{}", producer.namespace, producer.name));
    }
    rows.into_values().collect()
}

/// The repository of an image; both when it changes.
pub(super) fn repository(image: &ImageChange) -> String {
    match (&image.before, &image.after) {
        (Some(before), Some(after)) if before.repository != after.repository => {
            format!("{} -> {}", before.repository, after.repository)
        }
        (_, Some(image)) | (Some(image), None) => image.repository.clone(),
        (None, None) => String::new(),
    }
}

/// The two versions of an image.
pub(super) fn versions(image: &ImageChange) -> (String, String) {
    let version =
        |image: &Option<crate::ImageRef>| image.as_ref().map_or_else(|| "-".into(), crate::ImageRef::version);
    (version(&image.before), version(&image.after))
}

/// `Deployment media/plex [app]` for each use.
pub(super) fn uses(image: &ImageChange) -> Vec<String> {
    let mut uses: Vec<(String, Vec<&str>)> = Vec::new();
    for (id, place) in &image.uses {
        let title = title(id);
        match uses.last_mut() {
            Some((last, places)) if *last == title => places.push(place),
            _ => uses.push((title, vec![place])),
        }
    }
    uses.into_iter().map(|(title, places)| format!("{title} [{}]", places.join(", "))).collect()
}

/// The kinds of noise in the fields of an object.
pub(super) fn noise<'a>(changes: impl IntoIterator<Item = &'a ObjectChange>) -> String {
    let kinds: BTreeSet<&Noise> = changes
        .into_iter()
        .flat_map(|change| &change.fields)
        .filter_map(|field| field.noise.as_ref())
        .collect();
    let labels: Vec<String> = kinds.into_iter().map(Noise::label).collect();
    labels.join(", ")
}

/// The objects of each producer in order: those that matter, and those that change in noise only.
pub(super) fn by_producer(diff: &Diff) -> Vec<(&Producer, Vec<&ObjectChange>, Vec<&ObjectChange>)> {
    let mut groups: BTreeMap<Producer, (&Producer, Vec<&ObjectChange>, Vec<&ObjectChange>)> = BTreeMap::new();
    for change in &diff.objects {
        let entry = groups.entry(change.producer.identity());
        let group = entry.or_insert_with(|| (&change.producer, Vec::new(), Vec::new()));
        if change.is_noise() { group.2.push(change) } else { group.1.push(change) }
    }
    groups.into_values().collect()
}

/// What is said about a producer whose objects are left out.
pub(super) fn withheld(withheld: &Withheld) -> String {
    let side = if withheld.failed_after { "after" } else { "before" };
    let reason = withheld.reason.split_whitespace().collect::<Vec<_>>().join(" ");
    format!(
        "{} could not be rendered on the side {side}; its {} left out: {reason}",
        withheld.producer,
        if withheld.objects == 1 { "object is".into() } else { format!("{} objects are", withheld.objects) },
    )
}

/// What else is to be said about an object beside its name.
pub(super) fn remarks(change: &ObjectChange) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(old) = &change.renamed_from {
        remarks.push(format!("was {old}"));
    }
    if let Some(old) = &change.moved_from {
        remarks.push(format!("moved from {old}"));
    }
    if change.restarts {
        remarks.push("restarts pods".into());
    }
    remarks
}
