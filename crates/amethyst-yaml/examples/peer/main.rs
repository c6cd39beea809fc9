//! Compares this crate with Go's libraries: `cargo xtask peers yaml --run` builds the other side and runs it.
//!
//! `peer ORACLE [--documents N] [--seed N] [FOLDER...]`: documents are made from the seed, and the YAML
//! files below the folders are added. Both are read in both dialects, and what was read is written in both
//! styles. Each difference gives one line, `different<tab>1<tab>NAME<tab>WHY`, and what is equal one in all,
//! `equal<tab>COUNT<tab><tab>`.

mod generate;
mod oracle;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use amethyst_object::{Value, json};
use amethyst_yaml::{Dialect, Writer, emit, natural_order, natural_order_of_v3, parse_all, write_value};

use generate::Random;
use oracle::{Answer, Oracle, Question};

/// Documents that are asked about at once.
const BATCH: usize = 256;

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a tool tells what it found")]
fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(oracle) = arguments.next() else {
        eprintln!("usage: peer ORACLE [--documents N] [--seed N] [FOLDER...]");
        return ExitCode::FAILURE;
    };
    let (mut count, mut seed, mut folders) = (10_000_usize, 1, Vec::new());
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|text| text.parse().ok()).unwrap_or_default();
        match argument.as_str() {
            "--documents" => count = number(),
            "--seed" => seed = number() as u64,
            _ => folders.push(PathBuf::from(argument)),
        }
    }
    let mut comparison =
        Comparison { oracle: Oracle::start(&oracle), differences: Vec::new(), checks: 0, ambiguous: 0 };
    let mut texts = Vec::new();
    let mut files = 0;
    for folder in &folders {
        for path in yaml_files(folder) {
            if let Ok(text) = std::fs::read_to_string(&path) {
                files += 1;
                texts.push((path.display().to_string(), text));
            }
            if texts.len() == BATCH {
                comparison.run(&std::mem::take(&mut texts));
            }
        }
    }
    comparison.run(&texts);
    let mut random = Random::new(seed);
    for batch in 0..count.div_ceil(BATCH) {
        let size = BATCH.min(count - batch * BATCH);
        let texts: Vec<(String, String)> = (0..size)
            .map(|at| (format!("document {}", batch * BATCH + at), generate::document(&mut random)))
            .collect();
        comparison.run(&texts);
        let values: Vec<Value> = (0..size / 2).map(|_| generate::value(&mut random, 3)).collect();
        comparison.write(&values);
    }
    for (name, why) in &comparison.differences {
        println!("different\t1\t{name}\t{why}");
    }
    println!("equal\t{}\t\t", comparison.checks - comparison.differences.len());
    println!(
        "{files} files, {count} documents, {} comparisons; {} left out because Go's answer is left to chance",
        comparison.checks, comparison.ambiguous
    );
    ExitCode::SUCCESS
}

struct Comparison {
    oracle: Oracle,
    differences: Vec<(String, String)>,
    checks: usize,
    /// What Go answers now so, now so.
    ambiguous: usize,
}

impl Comparison {
    /// Reads the texts in both dialects, and writes what was read.
    fn run(&mut self, texts: &[(String, String)]) {
        let questions: Vec<Question> = texts
            .iter()
            .flat_map(|(_, text)| [(b'j', text.clone()), (b's', text.clone()), (b'k', text.clone())])
            .collect();
        let answers = self.oracle.ask(&questions);
        let mut values = Vec::new();
        for ((name, text), answers) in texts.iter().zip(answers.chunks(3)) {
            let ours = [
                read(text, Dialect::GoV2, false),
                read(text, Dialect::GoV2, true),
                read(text, Dialect::GoV3, true),
            ];
            for (ours, (theirs, how)) in ours.iter().zip(answers.iter().zip(["v2", "v2 strict", "v3"])) {
                if how == "v2 strict" && answers[0].is_err() {
                    continue;
                }
                self.check(&format!("{name} read by {how}"), text, ours, theirs);
            }
            if let Ok(Some(value)) = first(text, Dialect::GoV2) {
                values.push(value);
            }
        }
        self.write(&values);
    }

    /// Writes the values in both styles.
    fn write(&mut self, values: &[Value]) {
        let values: Vec<&Value> = values.iter().filter(|value| has_one_order(value)).collect();
        let json: Vec<String> = values.iter().map(|value| escaped(&json::to_string(value))).collect();
        let questions: Vec<Question> =
            json.iter().flat_map(|json| [(b'm', json.clone()), (b'p', json.clone())]).collect();
        let answers = self.oracle.ask(&questions);
        for ((value, json), answers) in values.into_iter().zip(&json).zip(answers.chunks(2)) {
            self.check("written by v2", json, &Ok(emit(value)), &answers[0]);
            self.check("written by v3", json, &Ok(indented(value)), &answers[1]);
        }
    }

    fn check(&mut self, what: &str, input: &str, ours: &Result<String, String>, theirs: &Answer) {
        if theirs.as_ref().is_err_and(|error| error.starts_with("no one answer: ")) {
            self.ambiguous += 1;
            return;
        }
        self.checks += 1;
        let same = match (ours, theirs) {
            (Ok(ours), Ok(theirs)) => ours == theirs || same_json(ours, theirs),
            (Err(ours), Err(theirs)) => same_error(ours, theirs),
            _ => false,
        };
        if !same {
            self.differences
                .push((what.to_owned(), format!("{input:?}: ours is {ours:?}, theirs {theirs:?}")));
        }
    }
}

/// Whether Go has one order for the keys: for odd mixtures of digits and signs it has none.
fn has_one_order(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(has_one_order),
        Value::Object(map) => {
            let keys: Vec<&str> = map.keys().map(amethyst_object::Str::as_str).collect();
            let holds = [natural_order, natural_order_of_v3].iter().all(|order| {
                let less = |a: &str, b: &str| order(a, b) == std::cmp::Ordering::Less;
                keys.iter().all(|a| {
                    keys.iter().all(|b| {
                        a == b
                            || less(a, b) != less(b, a)
                                && keys.iter().all(|c| !(less(a, b) && less(b, c)) || less(a, c))
                    })
                })
            });
            holds && map.values().all(has_one_order)
        }
        _ => true,
    }
}

fn first(text: &str, dialect: Dialect) -> Result<Option<Value>, String> {
    amethyst_yaml::parse_one(text, dialect).map(Some).map_err(|fault| fault.to_string())
}

/// The first document as JSON.
fn read(text: &str, dialect: Dialect, strict: bool) -> Result<String, String> {
    let value = amethyst_yaml::parse_one(text, dialect).map_err(|fault| fault.to_string())?;
    if strict {
        let (documents, _) = parse_all(text, dialect);
        if documents.first().is_some_and(|found| found.index == 0 && !found.duplicates.is_empty()) {
            return Err("yaml: unmarshal errors:".to_owned());
        }
    }
    Ok(json::to_string(&value))
}

/// JSON without the characters that YAML takes for line breaks or refuses: Go's marshalling passes through
/// YAML once more, which is not what is compared here.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                text.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            other => text.push(other),
        }
    }
    text
}

fn same_json(ours: &str, theirs: &str) -> bool {
    match json::parse(theirs.as_bytes()) {
        Ok(value) => json::to_string(&value) == ours,
        Err(_) => false,
    }
}

/// Some of Go's errors end in a value as Go prints it.
fn same_error(ours: &str, theirs: &str) -> bool {
    let cut = |text: &str| {
        for start in [
            "yaml: invalid map key",
            "unsupported map key of type",
            "yaml: unmarshal errors:",
            // Go's maps have no order, so that of several values the first one told is any.
            "json: unsupported",
        ] {
            if text.starts_with(start) {
                return start.to_owned();
            }
        }
        text.to_owned()
    };
    cut(ours) == cut(theirs)
}

/// As Helm's `toYamlPretty` writes a value that came through JSON: all numbers are floats.
fn indented(value: &Value) -> String {
    let mut writer = Writer::indented();
    write(&mut writer, value);
    writer.finish()
}

fn write(writer: &mut Writer, value: &Value) {
    match value {
        Value::Number(number) => writer.number(&amethyst_yaml::go_float(number.as_f64())),
        Value::Array(items) => {
            writer.begin_list(items.is_empty());
            for item in items {
                write(writer, item);
            }
            writer.end();
        }
        Value::Object(map) => {
            writer.begin_map(map.is_empty());
            let mut pairs: Vec<_> = map.iter().collect();
            pairs.sort_by(|a, b| natural_order_of_v3(a.0, b.0));
            for (key, value) in pairs {
                writer.key(key);
                write(writer, value);
            }
            writer.end();
        }
        other => write_value(writer, other),
    }
}

fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let (mut folders, mut files) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "yaml" || end == "yml") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
