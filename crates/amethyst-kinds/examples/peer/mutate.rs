//! Variants of documents: what a fixture that fills every field never shows.

use std::path::Path;

use amethyst_object::{Map, Value, json};

use super::Failure;

/// Words that mean something where a field of that name stands.
const WORDS: [(&str, &[&str]); 7] = [
    (
        "type",
        &[
            "Ready",
            "Initialized",
            "PodScheduled",
            "Complete",
            "Failed",
            "Suspended",
            "ClusterIP",
            "NodePort",
            "LoadBalancer",
            "ExternalName",
            "InternalIP",
            "Resource",
            "Pods",
            "Object",
            "External",
            "Approved",
            "Denied",
            "Issued",
            "Dangling",
            "Running",
            "Succeeded",
        ],
    ),
    ("status", &["True", "False", "Unknown"]),
    ("phase", &["Pending", "Running", "Succeeded", "Failed", "Bound", ""]),
    (
        "reason",
        &["Completed", "Error", "SchedulingGated", "NodeLost", "CrashLoopBackOff", "PodInitializing", ""],
    ),
    ("restartPolicy", &["Always", "Never"]),
    ("operator", &["In", "NotIn"]),
    ("ip", &["10.0.0.1", "10.0.0.2", "fd00::1", ""]),
];

const TIMES: [&str; 3] = ["2006-01-02T15:04:05Z", "2020-05-05T05:05:05+02:00", "2024-02-29T12:00:00Z"];
const QUANTITIES: [&str; 9] = ["0.5", "1", "1000m", "1024Mi", "1.5Gi", "100Mi", "1e3", "0", "1500m"];

/// Writes `count` variants of each document in `from` to `to`.
pub(super) fn folder(from: &str, to: &str, count: usize, seed: u64) -> Result<(), Failure> {
    let mut dice = Dice(seed | 1);
    for path in super::documents(from)? {
        let document = json::parse(&std::fs::read(&path)?)?;
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        for index in 0..count {
            let mut variant = dice.vary("", &document, 0);
            for key in ["kind", "apiVersion"] {
                if let (Some(map), Some(value)) = (variant.as_object_mut(), document.get(key)) {
                    map.insert(key, value.clone());
                }
            }
            std::fs::write(Path::new(to).join(format!("{name}.{index}.json")), json::to_vec(&variant))?;
        }
    }
    Ok(())
}

/// Marsaglia's xorshift: the same seed gives the same variants everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % sides
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.roll(words.len())]
    }

    fn vary(&mut self, key: &str, value: &Value, depth: usize) -> Value {
        if depth > 0 && self.roll(16) == 0 {
            return Value::Null;
        }
        match value {
            Value::Object(_) if depth > 0 && self.roll(20) == 0 => Value::object(),
            Value::Object(map) => {
                let mut out = Map::new();
                for (key, value) in map.iter() {
                    if self.roll(7) > 0 {
                        out.insert(key.clone(), self.vary(key, value, depth + 1));
                    }
                }
                out.into()
            }
            Value::Array(items) => {
                let length = [0, 1, 1, 2, 4][self.roll(5)];
                let first = items.first().cloned().unwrap_or_default();
                (0..length).map(|_| self.vary(key, &first, depth + 1)).collect::<Vec<_>>().into()
            }
            Value::Bool(_) => (self.roll(2) == 0).into(),
            Value::Number(number) if number.is_integer() && self.roll(2) == 0 => 0.into(),
            Value::String(text) => self.vary_text(key, text).into(),
            other => other.clone(),
        }
    }

    fn vary_text<'a>(&mut self, key: &str, text: &'a str) -> &'a str {
        let is_time = text.len() == 20 && text.ends_with('Z');
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match WORDS.iter().find(|(name, _)| *name == key) {
            _ if is_time => self.pick(&TIMES),
            _ if is_number => self.pick(&QUANTITIES),
            Some((_, words)) => self.pick(words),
            None if self.roll(8) == 0 && !text.starts_with(|first: char| first.is_ascii_digit()) => "",
            None => text,
        }
    }
}
