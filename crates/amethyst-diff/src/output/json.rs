//! For programs.
//!
//! One JSON object on one line. Fields that are empty or unknown are left out, but for lists at the top and the
//! counts. Names, in the order they are written:
//!
//! - `schema`: [`SCHEMA`]; it changes when a field changes its meaning or goes, not when one is added.
//! - `before`, `after`: what the sides are called.
//! - `summary`: `added`, `removed`, `changed`, `noise`, `restarts`, `unchanged`; `namespaces`; `producers`, each with
//!   its own counts.
//! - `dangers`: `code`, `level` (`danger`, `warning`, `info`), `object`, `field`, `message`, `why`, `hint`, `producer`,
//!   `location` (`file`, `line`, `column`).
//! - `images`: `before` and `after` (`repository`, `tag`, `digest`), `jump` (`major`, `minor`, `patch`, `downgrade`,
//!   `digest`, `other`), `uses` (`object`, `place`).
//! - `charts`: `producer`, `before`, `after`, `jump`.
//! - `withheld`: `producer`, `failed` (`before`, `after`), `reason`, `objects`.
//! - `objects`: `change` (`added`, `removed`, `changed`), `object` (`group`, `kind`, `namespace`, `name`),
//!   `renamedFrom`, `producer` (`kind`, `namespace`, `name`, `chart`), `movedFrom`, `before` and `after` (`file`, `line`,
//!   `column`, `template`), `noise` (all of it is), `restarts`, `body` (the whole, when added or removed), `fields`.
//! - `fields`: `path` as people write it; `steps`, where a string leads into a map, a number into a list, a map into the
//!   element of a list that has these fields, and `null` into the document inside a string; `noise`; `immutable`;
//!   `change`, and with it
//!   - `added`, `removed`, `changed`, `sameValue`: `before`, `after`;
//!   - `text`: `added`, `removed` (numbers of lines), `hunks` (`beforeLine`, `beforeLines`, `afterLine`, `afterLines`,
//!     `lines`, each with its mark in front);
//!   - `reordered`: `before`, `after` (names);
//!   - `secret`, `binary`: `before`, `after` (`hash`, `bytes`).

use amethyst_diag::Location;
use amethyst_object::{Map, ObjectId, Str, Value, json as codec};

use crate::change::{Change, Digest, FieldChange, ObjectChange};
use crate::dangers::Danger;
use crate::diff::{Diff, Withheld};
use crate::images::{ImageChange, ImageRef};
use crate::lines::Hunk;
use crate::path::Step;
use crate::side::{Origin, Producer};
use crate::summary::{ChartChange, Counts};

/// The name and version of the layout.
pub const SCHEMA: &str = "amethyst.diff/v1alpha1";

/// The comparison as JSON, on one line.
pub fn json(diff: &Diff) -> String {
    let mut summary = counts(&diff.summary.total);
    summary.insert("unchanged", diff.summary.unchanged);
    summary.insert(
        "namespaces",
        Value::Array(diff.summary.namespaces.iter().cloned().map(Value::String).collect()),
    );
    let producers = diff.summary.producers.iter().map(|(of, numbers)| {
        let mut map = producer(of);
        for (key, value) in counts(numbers) {
            map.insert(key, value);
        }
        Value::Object(map)
    });
    summary.insert("producers", Value::Array(producers.collect()));
    let mut root = Map::new();
    root.insert("schema", SCHEMA);
    root.insert("before", diff.before.clone());
    root.insert("after", diff.after.clone());
    root.insert("summary", summary);
    root.insert("dangers", list(&diff.dangers, danger));
    root.insert("images", list(&diff.images, image));
    root.insert("charts", list(&diff.charts, chart));
    root.insert("withheld", list(&diff.withheld, withheld));
    root.insert("objects", list(&diff.objects, object));
    codec::to_string_in_order(&Value::Object(root))
}

fn list<T>(items: &[T], one: fn(&T) -> Map) -> Value {
    Value::Array(items.iter().map(|item| Value::Object(one(item))).collect())
}

/// Puts what is there.
fn put(map: &mut Map, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        map.insert(key, value);
    }
}

fn text(text: &Str) -> Option<Str> {
    (!text.is_empty()).then(|| text.clone())
}

fn counts(counts: &Counts) -> Map {
    let mut map = Map::new();
    map.insert("added", counts.added);
    map.insert("removed", counts.removed);
    map.insert("changed", counts.changed);
    map.insert("noise", counts.noise);
    map.insert("restarts", counts.restarts);
    map
}

fn producer(producer: &Producer) -> Map {
    let mut map = Map::new();
    map.insert("kind", producer.kind.as_str());
    put(&mut map, "namespace", text(&producer.namespace));
    map.insert("name", producer.name.clone());
    put(&mut map, "chart", producer.chart.clone());
    map
}

fn id(id: &ObjectId) -> Map {
    let mut map = Map::new();
    map.insert("group", id.group.clone());
    map.insert("kind", id.kind.clone());
    put(&mut map, "namespace", text(&id.namespace));
    map.insert("name", id.name.clone());
    map
}

fn place(file: &str, line: u32, column: u32) -> Map {
    let mut map = Map::new();
    put(&mut map, "file", (!file.is_empty()).then_some(file));
    put(&mut map, "line", (line > 0).then_some(line));
    put(&mut map, "column", (column > 0).then_some(column));
    map
}

fn location(location: &Location) -> Map {
    place(&location.file, location.line, location.column)
}

fn origin(origin: &Origin) -> Map {
    let mut map = place(&origin.file, origin.line, origin.column);
    put(&mut map, "template", origin.template.clone());
    map
}

fn danger(danger: &Danger) -> Map {
    let mut map = Map::new();
    map.insert("code", danger.code);
    map.insert("level", danger.level.as_str());
    map.insert("object", id(&danger.object));
    put(&mut map, "field", danger.field.clone());
    map.insert("message", danger.message.clone());
    map.insert("why", danger.why.clone());
    map.insert("hint", danger.hint.clone());
    map.insert("producer", producer(&danger.producer));
    put(&mut map, "location", danger.location.as_ref().map(location));
    map
}

fn image_ref(image: &ImageRef) -> Map {
    let mut map = Map::new();
    map.insert("repository", image.repository.clone());
    put(&mut map, "tag", (!image.tag.is_empty()).then(|| image.tag.clone()));
    put(&mut map, "digest", (!image.digest.is_empty()).then(|| image.digest.clone()));
    map
}

fn image(image: &ImageChange) -> Map {
    let mut map = Map::new();
    put(&mut map, "before", image.before.as_ref().map(image_ref));
    put(&mut map, "after", image.after.as_ref().map(image_ref));
    put(&mut map, "jump", image.jump.map(crate::Jump::as_str));
    let uses = image.uses.iter().map(|(object, place)| {
        let mut map = Map::new();
        map.insert("object", id(object));
        map.insert("place", place.clone());
        Value::Object(map)
    });
    map.insert("uses", Value::Array(uses.collect()));
    map
}

fn chart(chart: &ChartChange) -> Map {
    let mut map = Map::new();
    map.insert("producer", producer(&chart.producer));
    map.insert("before", chart.before.clone());
    map.insert("after", chart.after.clone());
    put(&mut map, "jump", chart.jump.map(crate::Jump::as_str));
    map
}

fn withheld(withheld: &Withheld) -> Map {
    let mut map = Map::new();
    map.insert("producer", producer(&withheld.producer));
    map.insert("failed", if withheld.failed_after { "after" } else { "before" });
    map.insert("reason", withheld.reason.clone());
    map.insert("objects", withheld.objects);
    map
}

fn object(change: &ObjectChange) -> Map {
    let mut map = Map::new();
    map.insert("change", change.kind.as_str());
    map.insert("object", id(&change.id));
    put(&mut map, "renamedFrom", change.renamed_from.clone());
    map.insert("producer", producer(&change.producer));
    put(&mut map, "movedFrom", change.moved_from.as_ref().map(producer));
    put(&mut map, "before", change.before.as_ref().map(origin));
    put(&mut map, "after", change.after.as_ref().map(origin));
    put(&mut map, "noise", change.is_noise().then_some(true));
    put(&mut map, "restarts", change.restarts.then_some(true));
    put(&mut map, "body", change.body.clone());
    map.insert("fields", list(&change.fields, field));
    map
}

fn field(field: &FieldChange) -> Map {
    let mut map = Map::new();
    map.insert("path", field.path.to_string());
    map.insert("steps", Value::Array(field.path.steps().iter().map(step).collect()));
    put(&mut map, "noise", field.noise.as_ref().map(crate::Noise::label));
    put(&mut map, "immutable", field.immutable.then_some(true));
    let (word, before, after) = match &field.change {
        Change::Added(after) => ("added", None, Some(after.clone())),
        Change::Removed(before) => ("removed", Some(before.clone()), None),
        Change::Changed { before, after } => ("changed", Some(before.clone()), Some(after.clone())),
        Change::SameValue { before, after } => ("sameValue", Some(before.clone()), Some(after.clone())),
        Change::Text(diff) => {
            map.insert("change", "text");
            map.insert("added", diff.added);
            map.insert("removed", diff.removed);
            map.insert("hunks", list(&diff.hunks, hunk));
            return map;
        }
        Change::Reordered { before, after } => {
            ("reordered", Some(Value::from(before.clone())), Some(Value::from(after.clone())))
        }
        Change::Opaque { before, after, secret } => {
            let word = if *secret { "secret" } else { "binary" };
            (word, before.as_ref().map(digest), after.as_ref().map(digest))
        }
    };
    map.insert("change", word);
    put(&mut map, "before", before);
    put(&mut map, "after", after);
    map
}

fn step(step: &Step) -> Value {
    match step {
        Step::Key(key) => Value::String(key.clone()),
        Step::Index(index) => Value::from(*index),
        Step::Item(keys) => Value::Object(keys.iter().cloned().collect()),
        Step::Embedded => Value::Null,
    }
}

fn hunk(hunk: &Hunk) -> Map {
    let mut map = Map::new();
    map.insert("beforeLine", hunk.before_line);
    map.insert("beforeLines", hunk.before_lines);
    map.insert("afterLine", hunk.after_line);
    map.insert("afterLines", hunk.after_lines);
    let lines = hunk.lines.iter().map(|line| Value::from(format!("{}{}", line.mark.as_char(), line.text)));
    map.insert("lines", Value::Array(lines.collect()));
    map
}

fn digest(digest: &Digest) -> Value {
    let mut map = Map::new();
    put(&mut map, "hash", (!digest.hash.is_empty()).then(|| digest.hash.clone()));
    map.insert("bytes", digest.size_bytes);
    Value::Object(map)
}
