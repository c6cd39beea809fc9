//! The comparison itself: pairs, changes, and what follows from them.

use std::collections::HashSet;

use amethyst_object::{ObjectId, Str, Value};

use crate::change::{Change, ChangeKind, ObjectChange};
use crate::dangers::{self, Context, Danger};
use crate::equal::equal_maps;
use crate::images::{ImageChange, images};
use crate::matching::{Pair, pairs};
use crate::noise::{Renames, classify};
use crate::options::DiffOptions;
use crate::path::Path;
use crate::schema::Definitions;
use crate::secret::{Kind, Redactor};
use crate::side::{Failed, Producer, Rendered, Side};
use crate::summary::{ChartChange, Summary, charts, summarize};
use crate::walk::{Knowledge, fields};

/// What changes between two sides.
///
/// It owns what it tells and holds no secret value, so it may be kept, sent and printed.
#[derive(Clone, Debug, Default)]
pub struct Diff {
    /// What the side before is called.
    pub before: Str,
    /// What the side after is called.
    pub after: Str,
    /// The objects that change, by producer, then by namespace, kind and name.
    pub objects: Vec<ObjectChange>,
    /// What is dangerous about it, the worst first.
    pub dangers: Vec<Danger>,
    /// Images that change.
    pub images: Vec<ImageChange>,
    /// Charts that change.
    pub charts: Vec<ChartChange>,
    /// Producers that could be rendered on one side only, and whose objects are left out.
    pub withheld: Vec<Withheld>,
    /// Counts.
    pub summary: Summary,
}

impl Diff {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.withheld.is_empty() && self.charts.is_empty()
    }
}

/// A producer whose objects are left out, because one side of it could not be rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withheld {
    /// Which one.
    pub producer: Producer,
    /// Whether it failed on the side after.
    pub failed_after: bool,
    /// Why.
    pub reason: String,
    /// How many objects of the other side are left out.
    pub objects: usize,
}

/// Compares two sides.
///
/// Objects that are equal cost one walk; nothing of them is copied. The order of objects does not matter.
pub fn diff(before: &Side, after: &Side, options: &DiffOptions) -> Diff {
    let redactor = Redactor::new(options);
    let definitions = Definitions::new(before, after);
    let withheld = withheld(before, after);
    let is_withheld =
        |rendered: &Rendered| withheld.iter().any(|withheld| withheld.producer.is(&rendered.producer));
    let pairs = pairs(before, after, &|rendered| withheld.is_empty() || !is_withheld(rendered));

    let renames = renames(&pairs, before, after);
    let knowledge = Knowledge { definitions: &definitions, redactor: &redactor, options, renames: &renames };
    let compare = Compare { before, after, knowledge };
    let mut changes: Vec<ObjectChange> = pairs.into_iter().filter_map(|pair| compare.pair(pair)).collect();
    mark_noise(&mut changes, &renames, options);
    changes.sort_by(|left, right| order(left).cmp(&order(right)));

    let charts = charts(before, after);
    let context = Context { before, after, changes: &changes, charts: &charts, redactor: &redactor };
    let dangers = dangers::find(&context);
    Diff {
        before: options.before.clone(),
        after: options.after.clone(),
        dangers,
        images: images(before, after, &changes, &redactor),
        charts,
        summary: summarize(&changes, after.objects.len()),
        objects: changes,
        withheld,
    }
}

fn order(change: &ObjectChange) -> impl Ord + use<'_> {
    let id = &change.id;
    let producer = &change.producer;
    let who = (producer.kind, &producer.namespace, &producer.name);
    (who, &id.namespace, &id.kind, &id.name, &id.group, change.kind)
}

/// What a pair of objects is compared with.
struct Compare<'a> {
    before: &'a Side,
    after: &'a Side,
    knowledge: Knowledge<'a>,
}

impl Compare<'_> {
    fn pair(&self, pair: Pair) -> Option<ObjectChange> {
        let old = pair.0.map(|at| &self.before.objects[at]);
        let new = pair.1.map(|at| &self.after.objects[at]);
        let kind = match (old, new) {
            (Some(old), Some(new)) => {
                if old.producer.is(&new.producer) && equal_maps(&old.object.0, &new.object.0) {
                    return None;
                }
                ChangeKind::Changed
            }
            (None, _) => ChangeKind::Added,
            (_, None) => ChangeKind::Removed,
        };
        let shown = new.or(old)?;
        let mut change = ObjectChange {
            id: shown_id(shown, self.knowledge.redactor),
            kind,
            renamed_from: None,
            moved_from: None,
            producer: shown.producer.clone(),
            before: old.map(|old| old.origin.clone()),
            after: new.map(|new| new.origin.clone()),
            fields: Vec::new(),
            body: None,
            restarts: false,
            places: pair,
        };
        if let (Some(old), Some(new)) = (old, new) {
            change.fields = fields(&old.object, &new.object, &self.knowledge);
            change.restarts = restarts(Kind::of(&new.object), &change);
            if old.object.name() != new.object.name() {
                change.renamed_from = Some(self.knowledge.redactor.text(old.object.name()));
            }
            if !old.producer.is(&new.producer) {
                change.moved_from = Some(old.producer.clone());
            }
        } else {
            let object = &shown.object;
            let whole = Value::Object(object.0.clone());
            change.body = Some(self.knowledge.redactor.value(Kind::of(object), &mut Path::default(), &whole));
        }
        Some(change)
    }
}

/// The name of an object among all, without secret texts.
pub(crate) fn shown_id(rendered: &Rendered, redactor: &Redactor<'_>) -> ObjectId {
    let id = rendered.object.id();
    ObjectId { namespace: redactor.text(&id.namespace), name: redactor.text(&id.name), ..id }
}

/// Whether the change replaces the pods of a workload.
fn restarts(kind: Kind<'_>, change: &ObjectChange) -> bool {
    let workload = kind.group == "apps" && matches!(kind.name, "Deployment" | "StatefulSet" | "DaemonSet");
    let in_template = |path: &Path| path.is_within(&["spec", "template"]);
    let real = |change: &Change| !matches!(change, Change::SameValue { .. });
    workload && change.fields.iter().any(|field| in_template(&field.path) && real(&field.change))
}

/// The names of generated objects that have another one now.
fn renames<'a>(pairs: &[Pair], before: &'a Side, after: &'a Side) -> Renames<'a> {
    let mut renames = Renames::new();
    for pair in pairs {
        if let (Some(old), Some(new)) = *pair {
            let (old, new) = (before.objects[old].object.name(), after.objects[new].object.name());
            if old != new {
                renames.insert(old, new);
            }
        }
    }
    renames
}

fn mark_noise(changes: &mut [ObjectChange], renames: &Renames<'_>, options: &DiffOptions) {
    for change in changes.iter_mut() {
        let own = change.renamed_from.is_some();
        for field in &mut change.fields {
            if !(own && field.path.is_within(&["metadata", "name"])) {
                field.noise = classify(&field.path, &field.change, renames, options);
            }
        }
    }
}

/// Producers that failed on exactly one side.
fn withheld(before: &Side, after: &Side) -> Vec<Withheld> {
    let mut found = Vec::new();
    for (failed_here, other, failed_after) in [(before, after, false), (after, before, true)] {
        let mut seen: HashSet<Producer> = HashSet::new();
        for Failed { producer, reason } in &failed_here.failed {
            let twice = other.failed.iter().any(|failed| failed.producer.is(producer));
            let objects = other.objects.iter().filter(|rendered| rendered.producer.is(producer)).count();
            if !twice && objects > 0 && seen.insert(producer.identity()) {
                let (producer, reason) = (producer.clone(), reason.clone());
                found.push(Withheld { producer, failed_after, reason, objects });
            }
        }
    }
    found.sort_by(|left, right| left.producer.cmp(&right.producer));
    found
}
