//! The table of kinds.

use std::sync::LazyLock;

use amethyst_schema::SchemaRef;

use crate::schemas::schemas;
use crate::selectors::{FieldSelector, selectors};

/// A kind as one group and version serve it.
#[derive(Debug)]
pub struct Kind {
    /// The group; empty for the core group.
    pub group: &'static str,
    /// The version.
    pub version: &'static str,
    /// The kind: `Pod`.
    pub kind: &'static str,
    /// The kind of its lists: `PodList`; empty when it cannot be listed.
    pub list_kind: &'static str,
    /// The resource: `pods`.
    pub plural: &'static str,
    /// The resource, for one: `pod`.
    pub singular: &'static str,
    /// Abbreviations: `po`.
    pub short_names: Vec<&'static str>,
    /// Categories: `all`.
    pub categories: Vec<&'static str>,
    /// Whether its objects lie in namespaces.
    pub namespaced: bool,
    /// What can be done with it, as discovery prints it.
    pub verbs: Vec<&'static str>,
    /// What lies below its objects.
    pub subresources: Vec<Subresource>,
    /// The name of its schema: `io.k8s.api.core.v1.Pod`; its protobuf message has the same name here.
    pub schema: &'static str,
    /// Group and version under which objects are stored, for kinds that several versions serve.
    pub storage: (&'static str, &'static str),
    /// What discovery tells as `storageVersionHash`; empty when nothing.
    pub storage_version_hash: &'static str,
    /// The fields that a `fieldSelector` may name.
    pub field_selectors: &'static [FieldSelector],
}

/// A subresource.
#[derive(Debug)]
pub struct Subresource {
    /// Its name: `status`.
    pub name: &'static str,
    /// The group of what it takes.
    pub group: &'static str,
    /// The version of what it takes.
    pub version: &'static str,
    /// The kind of what it takes.
    pub kind: &'static str,
    /// What can be done with it.
    pub verbs: Vec<&'static str>,
}

impl Kind {
    /// The `apiVersion` of its objects.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// The schema of its objects.
    pub fn schema(&self) -> SchemaRef<'static> {
        schemas().named(self.schema).expect("codegen takes kinds with a schema only; a test checks it")
    }

    /// Whether `verb` can be done with it.
    pub fn can(&self, verb: &str) -> bool {
        self.verbs.contains(&verb)
    }

    fn resource_key(&self) -> (&'static str, &'static str, &'static str) {
        (self.group, self.version, self.plural)
    }

    fn kind_key(&self) -> (&'static str, &'static str, &'static str) {
        (self.group, self.version, self.kind)
    }

    /// The subresource `name`.
    pub fn subresource(&self, name: &str) -> Option<&Subresource> {
        self.subresources.iter().find(|sub| sub.name == name)
    }
}

/// All kinds, groups and versions in the order discovery prints them.
pub fn kinds() -> &'static [Kind] {
    &TABLE.kinds
}

/// The kind that a group and version serve as `plural`.
pub fn by_resource(group: &str, version: &str, plural: &str) -> Option<&'static Kind> {
    let found = TABLE
        .by_resource
        .binary_search_by(|at| TABLE.kinds[*at].resource_key().cmp(&(group, version, plural)));
    found.ok().map(|at| &TABLE.kinds[TABLE.by_resource[at]])
}

/// The kind named `kind` of a group and version.
pub fn by_kind(group: &str, version: &str, kind: &str) -> Option<&'static Kind> {
    let found = TABLE.by_kind.binary_search_by(|at| TABLE.kinds[*at].kind_key().cmp(&(group, version, kind)));
    found.ok().map(|at| &TABLE.kinds[TABLE.by_kind[at]])
}

struct Table {
    kinds: Vec<Kind>,
    /// Places in `kinds`, sorted by group, version and resource.
    by_resource: Vec<usize>,
    /// Places in `kinds`, sorted by group, version and kind.
    by_kind: Vec<usize>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let kinds = parse(include_str!("generated/kinds.txt"));
    let mut by_resource: Vec<usize> = (0..kinds.len()).collect();
    let mut by_kind = by_resource.clone();
    by_resource.sort_unstable_by_key(|at| kinds[*at].resource_key());
    by_kind.sort_unstable_by_key(|at| kinds[*at].kind_key());
    Table { kinds, by_resource, by_kind }
});

/// Parses the generated table; its grammar stands in its first lines.
fn parse(text: &'static str) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = Vec::new();
    let (mut group, mut version) = ("", "");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split_ascii_whitespace();
        match words.next() {
            Some("group") => group = next(&mut words),
            Some("version") => version = next(&mut words),
            Some("kind") => kinds.push(kind_line(group, version, words)),
            Some(word) => property(kinds.last_mut().expect("properties follow a kind"), word, words),
            None => {}
        }
    }
    kinds
}

fn kind_line(
    group: &'static str,
    version: &'static str,
    mut words: impl Iterator<Item = &'static str>,
) -> Kind {
    let kind = next(&mut words);
    Kind {
        group,
        version,
        kind,
        list_kind: next(&mut words),
        plural: next(&mut words),
        singular: next(&mut words),
        namespaced: next(&mut words) == "namespaced",
        schema: next(&mut words),
        storage_version_hash: next(&mut words),
        storage: storage(group, version, kind),
        short_names: Vec::new(),
        categories: Vec::new(),
        verbs: Vec::new(),
        subresources: Vec::new(),
        field_selectors: selectors(group, version, kind),
    }
}

fn property(kind: &mut Kind, word: &str, mut words: impl Iterator<Item = &'static str>) {
    match word {
        "verbs" => kind.verbs = words.collect(),
        "short" => kind.short_names = words.collect(),
        "categories" => kind.categories = words.collect(),
        "sub" => kind.subresources.push(Subresource {
            name: next(&mut words),
            group: next(&mut words),
            version: next(&mut words),
            kind: next(&mut words),
            verbs: words.collect(),
        }),
        other => unreachable!("codegen writes no `{other}`"),
    }
}

fn next(words: &mut impl Iterator<Item = &'static str>) -> &'static str {
    let word = words.next().expect("codegen writes `-` for nothing");
    if word == "-" { "" } else { word }
}

/// Upstream keeps events of both groups as core ones (`AddCohabitatingResources`), and autoscalers as v2.
fn storage(group: &'static str, version: &'static str, kind: &str) -> (&'static str, &'static str) {
    match (group, kind) {
        ("events.k8s.io", "Event") => ("", "v1"),
        ("autoscaling", "HorizontalPodAutoscaler") => (group, "v2"),
        _ => (group, version),
    }
}

#[cfg(test)]
mod tests;
