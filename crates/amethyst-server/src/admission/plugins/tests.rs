//! The plugins one by one, on worlds of a few objects. The cases are those of upstream's `admission_test.go`s.

mod limit_ranger;
mod others;
mod pod_security;
mod priority;
mod service_account;

use amethyst_admission::{Denial, Notes, Operation, Plugin, Question, Request, User, View};
use amethyst_object::{GroupVersionKind, GroupVersionResource, Value, json};

/// Some objects, and who may do what: `verb name`.
#[derive(Default)]
struct World {
    objects: Vec<(String, Value)>,
    allowed: Vec<&'static str>,
}

impl World {
    /// Objects by `group/plural`.
    fn of(objects: &[(&str, &str)]) -> Self {
        let objects = objects.iter().map(|(of, text)| ((*of).to_owned(), parse(text)));
        Self { objects: objects.collect(), allowed: Vec::new() }
    }
}

impl View for World {
    fn get(&self, group: &str, plural: &str, namespace: &str, name: &str) -> Option<Value> {
        let found = |object: &Value| object.str_at(&["metadata", "name"]) == Some(name);
        self.list(group, plural, namespace).into_iter().find(found)
    }

    fn list(&self, group: &str, plural: &str, _: &str) -> Vec<Value> {
        let of = format!("{group}/{plural}");
        self.objects.iter().filter(|(kind, _)| *kind == of).map(|(_, object)| object.clone()).collect()
    }

    fn allows(&self, _: &User, question: &Question<'_>) -> bool {
        let asked = format!("{} {}", question.verb, question.name);
        self.allowed.contains(&asked.as_str())
    }
}

/// What a plugin is asked.
#[derive(Clone, Copy)]
struct Asked<'a> {
    /// `pods`, `pods/resize`, `scheduling.k8s.io/priorityclasses`.
    of: &'a str,
    old: Option<&'a str>,
}

fn create(of: &str) -> Asked<'_> {
    Asked { of, old: None }
}

fn update<'a>(of: &'a str, old: &'a str) -> Asked<'a> {
    Asked { of, old: Some(old) }
}

fn parse(text: &str) -> Value {
    json::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// What becomes of an object: mutated, then validated.
fn admit(
    plugin: &dyn Plugin,
    asked: Asked<'_>,
    object: &str,
    world: &World,
) -> (Result<Value, String>, Notes) {
    let (group, resource) = match asked.of.split_once('/') {
        Some((group, rest)) if group.contains('.') || group == "apps" => (group, rest),
        _ => ("", asked.of),
    };
    let (plural, subresource) = resource.split_once('/').unwrap_or((resource, ""));
    let (old, mut object) = (asked.old.map(parse), parse(object));
    let request = Request {
        operation: if old.is_some() { Operation::Update } else { Operation::Create },
        kind: &GroupVersionKind::new(group, "v1", "Any"),
        resource: &GroupVersionResource {
            group: group.into(),
            version: "v1".into(),
            resource: plural.into(),
        },
        subresource,
        namespace: "ns",
        name: "x",
        user: &User::default(),
        dry_run: false,
        options: &Value::Null,
        old: old.as_ref(),
    };
    let mut notes = Notes::default();
    if !plugin.handles(&request) {
        return (Ok(object), notes);
    }
    let done = plugin
        .mutate(&request, &mut object, world, &mut notes)
        .and_then(|()| plugin.validate(&request, Some(&object), world, &mut notes));
    let done = done.map(|()| object).map_err(|denial| match denial {
        Denial::Forbidden(why) => why,
        Denial::ForbiddenBecause { why, cause } => format!("{why} ({cause})"),
        other => format!("{other:?}"),
    });
    (done, notes)
}

fn refusal(plugin: &dyn Plugin, asked: Asked<'_>, object: &str, world: &World) -> String {
    admit(plugin, asked, object, world).0.err().unwrap_or_default()
}

/// What stands at a path afterwards, as JSON.
fn after(plugin: &dyn Plugin, asked: Asked<'_>, object: &str, world: &World, path: &[&str]) -> String {
    let object = admit(plugin, asked, object, world).0.unwrap_or_else(|why| panic!("{object}: {why}"));
    object.at(path).map(json::to_string).unwrap_or_default()
}
