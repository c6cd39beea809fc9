//! Runs a sequence on both servers, step by step.

use std::collections::BTreeMap;
use std::time::Duration;

use amethyst_object::{Map, Value, json};
use anyhow::{Context, bail};
use bytes::Bytes;

use crate::client::{Answer, Client};
use crate::compare::differences;
use crate::known::Known;
use crate::normal::Names;
use crate::plan::{Body, Sequence, Step};

/// How many lines of a difference are printed.
const LINES_MAX: usize = 12;
/// How often a `wait` asks, and the pause between.
const WAIT_TRIES: usize = 100;
const WAIT_PAUSE: Duration = Duration::from_millis(100);

/// One server, as a sequence sees it.
pub(crate) struct Side<'a> {
    name: &'static str,
    client: &'a Client,
    variables: BTreeMap<String, String>,
    last: Value,
    names: Names,
}

/// What came out.
#[derive(Default)]
pub(crate) struct Tally {
    sequences: usize,
    equal: usize,
    known: usize,
    steps: usize,
    different: Vec<String>,
}

impl<'a> Side<'a> {
    pub(crate) fn new(name: &'static str, client: &'a Client) -> Self {
        Self { name, client, variables: BTreeMap::new(), last: Value::Null, names: Names::default() }
    }

    fn filled(&self, text: &str) -> String {
        let mut text = text.to_owned();
        // Longer names first: `$a.rv` before `$a`.
        for (name, value) in self.variables.iter().rev() {
            text = text.replace(&format!("${name}"), value);
        }
        text
    }

    fn filled_value(&self, value: &mut Value) {
        match value {
            Value::String(text) if text.contains('$') => *text = self.filled(text).into(),
            Value::Array(items) => items.iter_mut().for_each(|item| self.filled_value(item)),
            Value::Object(map) => map.iter_mut().for_each(|(_, value)| self.filled_value(value)),
            _ => {}
        }
    }

    fn body(&self, body: &Body) -> Bytes {
        let mut value = match body {
            Body::None => return Bytes::new(),
            Body::Text(text) => return Bytes::from(self.filled(text)),
            Body::Value(value) => value.clone(),
            Body::Edit(edit) => {
                let mut edit = edit.clone();
                self.filled_value(&mut edit);
                let mut object = self.last.clone();
                merge(&mut object, edit);
                return Bytes::from(json::to_vec(&object));
            }
        };
        self.filled_value(&mut value);
        Bytes::from(json::to_vec(&value))
    }

    async fn ask(&mut self, step: &Step) -> anyhow::Result<Answer> {
        let path = self.filled(&step.path);
        let body = self.body(&step.body);
        let kind = if body.is_empty() { "" } else { step.content_type.as_str() };
        let filled: Vec<(&str, String)> =
            step.headers.iter().map(|(name, value)| (name.as_str(), self.filled(value))).collect();
        let mut headers = vec![("content-type", kind), ("accept", step.accept.as_str())];
        headers.extend(filled.iter().map(|(name, value)| (*name, value.as_str())));
        let asked = self.client.ask(&step.method, &path, &headers, body).await;
        asked.with_context(|| format!("{} failed at {} `{path}`", self.name, step.method))
    }

    /// Remembers what later steps refer to; gives back the answer in comparable form.
    fn take(&mut self, step: &Step, answer: &Answer) -> Value {
        let value = document(&answer.body);
        let mut keep = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                self.variables.insert(name.to_owned(), value.to_owned());
            }
        };
        let (version, uid) =
            (value.str_at(&["metadata", "resourceVersion"]), value.str_at(&["metadata", "uid"]));
        for name in ["last"].into_iter().chain(step.keep.as_deref()) {
            keep(&format!("{name}.rv"), version);
            keep(&format!("{name}.uid"), uid);
            keep(&format!("{name}.name"), value.str_at(&["metadata", "name"]));
        }
        keep("continue", value.str_at(&["metadata", "continue"]));
        if (200..300).contains(&answer.code) && uid.is_some() {
            self.last = value.clone();
        }
        let mut value = value;
        match &mut value {
            Value::Array(events) => events.iter_mut().for_each(|event| self.names.document(event)),
            other => self.names.document(other),
        }
        for path in &step.ignore {
            remove(&mut value, path);
        }
        let mut whole = Map::new();
        whole.insert("code", u32::from(answer.code));
        whole.insert("type", answer.content_type.as_str());
        whole.insert("warnings", answer.warnings.clone());
        whole.insert("body", value);
        Value::Object(whole)
    }
}

/// Runs the steps of a sequence and notes what differs.
pub(crate) async fn sequence(
    sequence: &Sequence,
    namespace: &str,
    sides: &mut [Side<'_>; 2],
    known: &mut Known,
    tally: &mut Tally,
    verbose: bool,
) -> anyhow::Result<()> {
    for side in sides.iter_mut() {
        side.variables.insert("ns".to_owned(), namespace.to_owned());
        // The account that pods are by default comes with a controller, which neither side has.
        for (path, kind, name) in [
            ("/api/v1/namespaces".to_owned(), "Namespace", namespace),
            (format!("/api/v1/namespaces/{namespace}/serviceaccounts"), "ServiceAccount", "default"),
        ] {
            let body = format!(r#"{{"apiVersion":"v1","kind":"{kind}","metadata":{{"name":"{name}"}}}}"#);
            let headers = [("content-type", "application/json")];
            let made = side.client.ask("POST", &path, &headers, Bytes::from(body)).await?;
            if made.code != 201 {
                bail!("{} made no {kind}: {}", side.name, String::from_utf8_lossy(&made.body));
            }
        }
    }
    tally.sequences += 1;
    let (mut equal, mut excused) = (true, true);
    for (index, step) in sequence.steps.iter().enumerate() {
        if step.wait {
            for side in sides.iter_mut() {
                wait(side, step).await?;
            }
            continue;
        }
        tally.steps += 1;
        let mut answers = Vec::new();
        for side in sides.iter_mut() {
            let answer = side.ask(step).await?;
            answers.push(side.take(step, &answer));
        }
        let found = differences(&answers[0], &answers[1]);
        let title = format!("{}#{}", sequence.name, index + 1);
        if verbose {
            say(&format!("   {title} {} {}\n      {}", step.method, step.path, json::to_string(&answers[1])));
        }
        if found.is_empty() {
            continue;
        }
        equal = false;
        if known.reason(&sequence.name, index + 1).is_some() {
            continue;
        }
        excused = false;
        say(&format!("DIFFERENT {title} {} {}", step.method, step.path));
        found.iter().take(LINES_MAX).for_each(|line| say(&format!("    {line}")));
        if found.len() > LINES_MAX {
            say(&format!("    and {} more", found.len() - LINES_MAX));
        }
    }
    match (equal, excused) {
        (true, _) => tally.equal += 1,
        (false, true) => tally.known += 1,
        (false, false) => tally.different.push(sequence.name.clone()),
    }
    Ok(())
}

async fn wait(side: &mut Side<'_>, step: &Step) -> anyhow::Result<()> {
    for _ in 0..WAIT_TRIES {
        let code = side.ask(step).await?.code;
        let done = if step.method == "GET" { code == 200 } else { code >= 400 };
        if done {
            return Ok(());
        }
        tokio::time::sleep(WAIT_PAUSE).await;
    }
    bail!("{} never served `{}`", side.name, step.path)
}

impl Tally {
    /// Prints the counts; fails when something differs that is not known, or no longer differs.
    pub(crate) fn finish(self, known: &Known, whole: bool) -> anyhow::Result<()> {
        say(&format!(
            "{} sequences, {} requests: {} equal, {} with known differences, {} different",
            self.sequences,
            self.steps,
            self.equal,
            self.known,
            self.different.len()
        ));
        let idle: Vec<&str> = known.idle().filter(|_| whole).collect();
        if !idle.is_empty() {
            bail!("no longer different, remove from known-differences.txt:\n{}", idle.join("\n"));
        }
        if !self.different.is_empty() {
            bail!("different:\n{}", self.different.join("\n"));
        }
        Ok(())
    }
}

/// A document, the documents of a stream as a list, or text.
fn document(body: &[u8]) -> Value {
    if let Ok(value) = json::parse(body) {
        return value;
    }
    let lines = body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let values: Result<Vec<Value>, _> = lines.map(json::parse).collect();
    values.map_or_else(|_| Value::from(String::from_utf8_lossy(body).into_owned()), Value::Array)
}

/// As a JSON merge patch.
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if target.as_object().is_none() {
        *target = Value::object();
    }
    let target = target.as_object_mut().expect("it was just made one");
    for (key, value) in patch {
        if value.is_null() {
            target.remove(&key);
        } else {
            merge(target.get_or_insert_with(&key, || Value::Null), value);
        }
    }
}

fn remove(value: &mut Value, path: &str) {
    let (head, rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
    match (value, rest) {
        (Value::Array(items), _) => items.iter_mut().for_each(|item| remove(item, path)),
        (Value::Object(map), None) => {
            map.remove(head);
        }
        (Value::Object(map), Some(rest)) => {
            if let Some(inner) = map.get_mut(head) {
                remove(inner, rest);
            }
        }
        _ => {}
    }
}

#[expect(clippy::print_stdout, reason = "the answers are what is asked for")]
fn say(line: &str) {
    println!("{line}");
}
