//! Counts per producer, charts, and how far the change reaches.

use std::collections::{BTreeMap, BTreeSet};

use amethyst_object::Str;

use crate::change::{ChangeKind, ObjectChange};
use crate::side::{Producer, Side};
use crate::version::{Jump, jump};

/// How many objects change, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// New objects.
    pub added: usize,
    /// Objects that are gone.
    pub removed: usize,
    /// Objects that change in more than noise.
    pub changed: usize,
    /// Objects that change in noise only.
    pub noise: usize,
    /// Of the changed ones, those whose pods are replaced.
    pub restarts: usize,
}

impl Counts {
    fn count(&mut self, change: &ObjectChange) {
        match change.kind {
            ChangeKind::Added => self.added += 1,
            ChangeKind::Removed => self.removed += 1,
            ChangeKind::Changed if change.is_noise() => self.noise += 1,
            ChangeKind::Changed => self.changed += 1,
        }
        self.restarts += usize::from(change.restarts);
    }

    /// How many objects change.
    pub fn total(&self) -> usize {
        self.added + self.removed + self.changed + self.noise
    }
}

/// How far the change reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// All objects.
    pub total: Counts,
    /// Objects per producer, in the order of [`Producer`].
    pub producers: Vec<(Producer, Counts)>,
    /// The namespaces of the objects that change.
    pub namespaces: Vec<Str>,
    /// How many objects do not change.
    pub unchanged: usize,
}

/// The chart of a HelmRelease that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartChange {
    /// The release.
    pub producer: Producer,
    /// Name and version before: `app-template 4.1.1`.
    pub before: Str,
    /// Name and version after.
    pub after: Str,
    /// How far it jumps, when both are of one chart.
    pub jump: Option<Jump>,
}

pub(crate) fn summarize(changes: &[ObjectChange], objects_after: usize) -> Summary {
    let mut total = Counts::default();
    let mut producers: BTreeMap<Producer, (Producer, Counts)> = BTreeMap::new();
    let mut namespaces = BTreeSet::new();
    for change in changes {
        total.count(change);
        let entry = producers.entry(change.producer.identity());
        let entry = entry.or_insert_with(|| (change.producer.clone(), Counts::default()));
        entry.1.count(change);
        if !change.id.namespace.is_empty() {
            namespaces.insert(change.id.namespace.clone());
        }
    }
    Summary {
        total,
        producers: producers.into_values().collect(),
        namespaces: namespaces.into_iter().collect(),
        unchanged: objects_after.saturating_sub(total.added + total.changed + total.noise),
    }
}

pub(crate) fn charts(before: &Side, after: &Side) -> Vec<ChartChange> {
    let charts = |side: &Side| -> BTreeMap<Producer, Str> {
        let mut charts = BTreeMap::new();
        let mut last: Option<&Producer> = None;
        for producer in side.objects.iter().map(|rendered| &rendered.producer) {
            // The objects of one release mostly follow each other.
            if let Some(chart) = &producer.chart
                && last != Some(producer)
            {
                charts.insert(producer.identity(), chart.clone());
                last = Some(producer);
            }
        }
        charts
    };
    let (old, new) = (charts(before), charts(after));
    let changed = new.into_iter().filter_map(|(producer, after)| {
        let before = old.get(&producer)?.clone();
        (before != after).then(|| {
            let jump = match (before.rsplit_once(' '), after.rsplit_once(' ')) {
                (Some((name, old)), Some((same, new))) if name == same => Some(jump(old, new)),
                _ => None,
            };
            ChartChange { producer, before, after, jump }
        })
    });
    changed.collect()
}
