//! Faults: what is done to a valid object to break it.

use amethyst_object::{Map, Str, Value};

use crate::random::Random;
use crate::seeds::Seed;

/// How often two faults come together.
const PAIR_OF: usize = 4;

/// What is done, and to which write.
pub(crate) struct Fault {
    /// The object is changed, not made.
    pub(crate) update: bool,
    changes: Vec<Change>,
}

/// One change of one value.
#[derive(Clone)]
struct Change {
    path: Vec<Step>,
    name: &'static str,
    to: To,
}

#[derive(Clone)]
enum Step {
    Key(Str),
    Index(usize),
}

#[derive(Clone)]
enum To {
    Value(Value),
    Gone,
    /// The first element once more.
    Twice,
    /// An entry under this key more.
    Key(&'static str, Value),
}

impl Fault {
    /// `update spec.replicas=negative`.
    pub(crate) fn id(&self) -> String {
        let changes: Vec<String> = self.changes.iter().map(Change::id).collect();
        format!("{} {}", if self.update { "update" } else { "create" }, changes.join(" "))
    }

    /// The broken object.
    pub(crate) fn apply(&self, object: &mut Value) {
        self.changes.iter().for_each(|change| change.apply(object));
    }
}

impl Change {
    fn id(&self) -> String {
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Key(key) if path.is_empty() => path.push_str(key),
                Step::Key(key) => path.push_str(&format!(".{key}")),
                Step::Index(index) => path.push_str(&format!("[{index}]")),
            }
        }
        format!("{path}={}", self.name)
    }

    fn apply(&self, object: &mut Value) {
        let Some((last, way)) = self.path.split_last() else { return };
        let mut place = object;
        for step in way {
            let next = match step {
                Step::Key(key) => place.as_object_mut().and_then(|map| map.get_mut(key)),
                Step::Index(index) => place.as_array_mut().and_then(|list| list.get_mut(*index)),
            };
            let Some(next) = next else { return };
            place = next;
        }
        match (last, &self.to) {
            (Step::Key(key), To::Gone) => {
                if let Some(map) = place.as_object_mut() {
                    map.remove(key);
                }
            }
            (Step::Index(index), To::Gone) => {
                if let Some(list) = place.as_array_mut().filter(|list| *index < list.len()) {
                    list.remove(*index);
                }
            }
            (step, to) => {
                let value = match step {
                    Step::Key(key) => {
                        place.as_object_mut().map(|map| map.get_or_insert_with(key, || Value::Null))
                    }
                    Step::Index(index) => place.as_array_mut().and_then(|list| list.get_mut(*index)),
                };
                if let Some(value) = value {
                    become_of(value, to);
                }
            }
        }
    }
}

fn become_of(value: &mut Value, to: &To) {
    match to {
        To::Value(new) => *value = new.clone(),
        To::Twice => {
            if let Some(list) = value.as_array_mut()
                && let Some(first) = list.first().cloned()
            {
                list.push(first);
            }
        }
        To::Key(key, new) => {
            if let Some(map) = value.as_object_mut() {
                map.insert(*key, new.clone());
            }
        }
        To::Gone => {}
    }
}

/// All faults of a seed in an order of chance: single ones, and some in pairs.
pub(crate) fn faults(seed: &Seed, random: &mut Random) -> Vec<Fault> {
    let mut changes = Vec::new();
    walk(&seed.object, &mut Vec::new(), &mut changes);
    let mut faults = Vec::new();
    for update in [false, true] {
        for change in &changes {
            faults.push(Fault { update, changes: vec![change.clone()] });
            if random.below(PAIR_OF) == 0 {
                let other = changes[random.below(changes.len())].clone();
                if other.id() != change.id() {
                    faults.push(Fault { update, changes: vec![change.clone(), other] });
                }
            }
        }
    }
    random.shuffle(&mut faults);
    faults
}

fn walk(value: &Value, path: &mut Vec<Step>, changes: &mut Vec<Change>) {
    let here = |name: &'static str, to: To| Change { path: path.clone(), name, to };
    let depth = path.len();
    if depth > 0 {
        changes.extend(broken(value, path).into_iter().map(|(name, to)| here(name, to)));
    }
    match value {
        Value::Object(map) => {
            for (key, inner) in map.iter() {
                let fixed = depth == 0 && matches!(key.as_str(), "apiVersion" | "kind");
                let name = depth == 1
                    && key == "name"
                    && matches!(&path[0], Step::Key(first) if first == "metadata");
                if fixed {
                    continue;
                }
                path.push(Step::Key(key.clone()));
                if name {
                    let long: Value = "a".repeat(300).into();
                    for (kind, to) in [("upper", "Name_".into()), ("long", long), ("slash", "a/b".into())] {
                        changes.push(Change { path: path.clone(), name: kind, to: To::Value(to) });
                    }
                } else {
                    walk(inner, path, changes);
                }
                path.pop();
            }
        }
        Value::Array(list) => {
            for (index, inner) in list.iter().enumerate() {
                path.push(Step::Index(index));
                walk(inner, path, changes);
                path.pop();
            }
        }
        _ => {}
    }
}

/// What a value of this type is replaced by.
fn broken(value: &Value, path: &[Step]) -> Vec<(&'static str, To)> {
    let to = |value: Value| To::Value(value);
    match value {
        Value::String(text) if is_quantity(text, path) => vec![
            ("gone", To::Gone),
            ("negative", to("-1".into())),
            ("zero", to("0".into())),
            ("fraction", to("1m".into())),
            ("huge", to("100E".into())),
        ],
        // Texts in base 64 and times are refused by the decoder.
        Value::String(text) if text.ends_with("==") || text.ends_with("30=") || text.contains("T00:") => {
            vec![("gone", To::Gone)]
        }
        Value::String(text) => {
            let mut list = vec![
                ("gone", To::Gone),
                ("empty", to("".into())),
                ("bad", to("Not_Valid!".into())),
                ("long", to("a".repeat(70).into())),
                ("path", to("../up".into())),
                ("other", to("other".into())),
            ];
            if text.chars().next().is_some_and(|first| first.is_ascii_digit()) {
                list.push(("address", to("127.0.0.01".into())));
            }
            list
        }
        Value::Number(_) => vec![
            ("gone", To::Gone),
            ("negative", to((-1).into())),
            ("zero", to(0.into())),
            ("much", to(70_000.into())),
            ("huge", to(2_147_483_647.into())),
        ],
        Value::Bool(flag) => vec![("gone", To::Gone), ("flipped", to((!flag).into()))],
        Value::Array(_) => {
            vec![("gone", To::Gone), ("empty", to(Value::Array(Vec::new()))), ("twice", To::Twice)]
        }
        Value::Object(_) if is_free(path) => vec![
            ("gone", To::Gone),
            ("empty", to(Value::Object(Map::new()))),
            ("key", To::Key("-not valid-", "x".into())),
            ("value", To::Key("fine", "-not valid-".into())),
        ],
        Value::Object(_) if is_amounts(path) => vec![
            ("gone", To::Gone),
            ("key", To::Key("not-known", "1".into())),
            ("wrong", To::Key("-not valid-", "1".into())),
            ("pages", To::Key("hugepages-2Mi", "1Mi".into())),
            ("device", To::Key("a.b/c", "1m".into())),
        ],
        Value::Object(_) => vec![("gone", To::Gone), ("empty", to(Value::Object(Map::new())))],
        Value::Null => Vec::new(),
    }
}

fn last(path: &[Step]) -> &str {
    match path.last() {
        Some(Step::Key(key)) => key,
        _ => "",
    }
}

fn parent(path: &[Step]) -> &str {
    last(&path[..path.len() - 1])
}

const AMOUNTS: [&str; 11] = [
    "requests",
    "limits",
    "hard",
    "capacity",
    "podFixed",
    "max",
    "min",
    "default",
    "defaultRequest",
    "maxLimitRequestRatio",
    "allocatable",
];

fn is_amounts(path: &[Step]) -> bool {
    AMOUNTS.contains(&last(path))
        && !path.iter().any(|step| matches!(step, Step::Key(key) if key == "devices"))
}

fn is_quantity(text: &str, path: &[Step]) -> bool {
    let single = ["sizeLimit", "divisor", "averageValue", "tolerance", "maximumVolumeSize", "capacity"]
        .contains(&last(path));
    let value =
        last(path) == "value" && parent(path) != "env" && text.chars().all(|c| c.is_ascii_alphanumeric());
    let target = value && matches!(parent(path), "target" | "m");
    single || target || path.len() > 1 && AMOUNTS.contains(&parent(path))
}

fn is_free(path: &[Step]) -> bool {
    ["labels", "annotations", "matchLabels", "nodeSelector", "data", "parameters"].contains(&last(path))
        && parent(path) != "opaque"
}
