//! Sequences as they are written: what is asked, in which order.

use std::path::Path;

use amethyst_object::{Map, Value};
use amethyst_yaml::{Dialect, parse_one};
use anyhow::{Context, bail};

/// Requests that follow one another in a namespace of their own.
pub(crate) struct Sequence {
    pub(crate) name: String,
    pub(crate) steps: Vec<Step>,
}

/// One request.
#[derive(Clone)]
pub(crate) struct Step {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) content_type: String,
    pub(crate) accept: String,
    pub(crate) body: Body,
    /// Further headers: `as: jane` stands for `Impersonate-User`.
    pub(crate) headers: Vec<(String, String)>,
    /// Variables `<keep>.rv` and `<keep>.uid` hold this answer's.
    pub(crate) keep: Option<String>,
    /// Asked again until it succeeds (`wait`) or fails (`refused`), and not compared.
    pub(crate) wait: bool,
    /// Fields of the answer that are not compared, as dotted paths.
    pub(crate) ignore: Vec<String>,
}

/// What is sent.
#[derive(Clone)]
pub(crate) enum Body {
    /// Nothing.
    None,
    /// A document.
    Value(Value),
    /// Text, as it stands.
    Text(String),
    /// The object that was answered last, with this merged into it.
    Edit(Value),
}

const VERBS: &[(&str, &str, &str)] = &[
    ("GET", "GET", ""),
    ("POST", "POST", "application/json"),
    ("PUT", "PUT", "application/json"),
    ("DELETE", "DELETE", "application/json"),
    ("apply", "PATCH", "application/apply-patch+yaml"),
    ("merge", "PATCH", "application/merge-patch+json"),
    ("json", "PATCH", "application/json-patch+json"),
    ("strategic", "PATCH", "application/strategic-merge-patch+json"),
    ("PATCH", "PATCH", ""),
    ("wait", "GET", ""),
    ("refused", "POST", "application/json"),
];

/// Reads the files of a folder in the order of their names.
pub(crate) fn read(folder: &Path, only: &str) -> anyhow::Result<Vec<Sequence>> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .with_context(|| format!("failed to read `{}`", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    files.sort();
    let mut sequences = Vec::new();
    for file in files {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file)?;
        let document = parse_one(&text, Dialect::GoV3)
            .with_context(|| format!("failed to read `{}`", file.display()))?;
        for item in document.as_array().context("a file of sequences is a list")? {
            let name = format!("{stem}/{}", item.str_at(&["name"]).context("a sequence has no name")?);
            let steps = item.get("steps").and_then(Value::as_array).unwrap_or_default();
            let steps: anyhow::Result<Vec<Step>> = steps.iter().map(step).collect();
            let steps = steps.with_context(|| format!("failed to read the sequence `{name}`"))?;
            if sequences.iter().any(|other: &Sequence| other.name == name) {
                bail!("two sequences are called `{name}`");
            }
            sequences.push(Sequence { name, steps });
        }
    }
    sequences.retain(|sequence| sequence.name.contains(only));
    Ok(sequences)
}

fn step(value: &Value) -> anyhow::Result<Step> {
    let map = value.as_object().context("a step is a map")?;
    let (verb, method, content_type) = VERBS
        .iter()
        .find(|(verb, _, _)| map.contains_key(verb))
        .with_context(|| format!("a step has no verb: {map:?}"))?;
    let known = ["body", "text", "edit", "type", "accept", "keep", "ignore", "as", "headers", verb];
    if let Some(key) = map.keys().find(|key| !known.contains(&key.as_str())) {
        bail!("a step has the unknown key `{key}`");
    }
    let body = match (map.get("body"), map.get("text"), map.get("edit")) {
        (None, None, None) => Body::None,
        (Some(body), None, None) => Body::Value(spelled(body.clone())),
        (None, Some(text), None) => Body::Text(text.as_str().context("`text` is a string")?.to_owned()),
        (None, None, Some(edit)) => Body::Edit(edit.clone()),
        _ => bail!("a step has more than one body: {map:?}"),
    };
    let ignore = map.get("ignore").and_then(Value::as_array).unwrap_or_default();
    Ok(Step {
        method: (*method).to_owned(),
        path: path(map.str(verb).context("a verb takes a path")?),
        content_type: map.str("type").unwrap_or(content_type).to_owned(),
        accept: accept(map.str("accept").unwrap_or_default()),
        body,
        headers: headers(map),
        keep: map.str("keep").map(str::to_owned),
        wait: matches!(*verb, "wait" | "refused"),
        ignore: ignore.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
    })
}

/// Headers of a step; a list stands for several of one name.
fn headers(map: &Map) -> Vec<(String, String)> {
    let user = map.str("as").map(|user| ("Impersonate-User".to_owned(), user.to_owned()));
    let others = map.get("headers").and_then(Value::as_object).into_iter().flat_map(Map::iter);
    let each = others.flat_map(|(name, value)| {
        let values = value.as_array().unwrap_or(std::slice::from_ref(value));
        let values = values.iter().filter_map(Value::as_str);
        values.map(|value| (name.to_string(), value.to_owned())).collect::<Vec<_>>()
    });
    user.into_iter().chain(each).collect()
}

fn accept(short: &str) -> String {
    let kind = match short {
        "" => return "application/json".to_owned(),
        "table" => "Table",
        "metadata" => "PartialObjectMetadata",
        "metadata list" => "PartialObjectMetadataList",
        other => return other.to_owned(),
    };
    format!("application/json;as={kind};v=v1;g=meta.k8s.io")
}

/// `@v1/configmaps` and `@apps/v1/deployments` lie in the sequence's namespace, `~` is the cluster's.
fn path(short: &str) -> String {
    let (rest, namespace) = match (short.strip_prefix('@'), short.strip_prefix('~')) {
        (Some(rest), _) => (rest, "namespaces/$ns/"),
        (None, Some(rest)) => (rest, ""),
        (None, None) => return short.to_owned(),
    };
    let mut parts = rest.splitn(3, '/');
    let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    match parts.next() {
        Some(third) if first != "v1" => format!("/apis/{first}/{second}/{namespace}{third}"),
        Some(third) => format!("/api/v1/{namespace}{second}/{third}"),
        None => format!("/api/{first}/{namespace}{second}"),
    }
}

/// `is: v1 ConfigMap a` stands for apiVersion, kind and name.
fn spelled(body: Value) -> Value {
    let Value::Object(mut map) = body else { return body };
    let Some(is) = map.remove("is") else { return Value::Object(map) };
    let mut words = is.as_str().unwrap_or_default().split(' ');
    let mut whole = Map::new();
    whole.insert("apiVersion", words.next().unwrap_or_default());
    whole.insert("kind", words.next().unwrap_or_default());
    if let Some(name) = words.next() {
        whole.object_mut("metadata").insert("name", name);
    }
    for (key, value) in map {
        match value {
            Value::Object(metadata) if key == "metadata" => {
                let held = whole.object_mut("metadata");
                for (key, value) in metadata {
                    held.insert(key, value);
                }
            }
            value => {
                whole.insert(key, value);
            }
        }
    }
    Value::Object(whole)
}
