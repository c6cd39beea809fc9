//! Sequences of writes in one version of an object, and what structured-merge-diff makes of them.
//!
//! `cases/*.txt` holds what its merge package (v6.4.2) answers for the operations of its own table tests,
//! written down line by line; `cases/schemas.txt` the schemas, each with its name. A line is one of
//! - `case NAME SCHEMA`: a new object; the schema may be `deduced`,
//! - `reset FIELDS`: fields that no request changes,
//! - `schema SCHEMA`: another schema is in force from here on,
//! - `apply MANAGER VERSION OBJECT`, `force ...`, `update ...`: a write,
//! - `conflict MANAGER PATH`, `refused`: how the write above fails,
//! - `live OBJECT`, `owns MANAGER OPERATION VERSION FIELDS`: how it ends, all owners being named.
//!
//! Where several versions occur, an object is the same in all of them. In `cases/nulls.txt` the object lost
//! the nulls of declared fields after every apply, as it does when an API server decodes it; only then are
//! the answers those of an API server.

use std::collections::BTreeMap;

use amethyst_object::{Value, json};
use amethyst_schema::Schemas;

use crate::{
    ApplyError, ApplyRequest, FieldSet, Managed, UpdateRequest, apply,
    testing::{parse, schemas},
    update,
};

const SCHEMAS: &str = include_str!("cases/schemas.txt");

const CASES: &[&str] = &[
    include_str!("cases/deduced.txt"),
    include_str!("cases/default-keys.txt"),
    include_str!("cases/duplicates.txt"),
    include_str!("cases/keyed.txt"),
    include_str!("cases/leaves.txt"),
    include_str!("cases/maps.txt"),
    include_str!("cases/migrate-atomic.txt"),
    include_str!("cases/migrate-keys.txt"),
    include_str!("cases/nested.txt"),
    include_str!("cases/nested-shared.txt"),
    include_str!("cases/nulls.txt"),
    include_str!("cases/overrides.txt"),
    include_str!("cases/reapply.txt"),
    include_str!("cases/reset.txt"),
    include_str!("cases/sets.txt"),
    include_str!("cases/unset.txt"),
];

/// The lines of a case as they come out here.
struct Run<'a> {
    kinds: &'a BTreeMap<&'a str, Schemas>,
    kind: &'a str,
    reset_fields: FieldSet,
    live: Option<Value>,
    managed: Managed,
    lines: Vec<String>,
}

impl<'a> Run<'a> {
    fn new(kinds: &'a BTreeMap<&'a str, Schemas>, kind: &'a str) -> Self {
        Self {
            kinds,
            kind,
            reset_fields: FieldSet::default(),
            live: None,
            managed: Managed::default(),
            lines: Vec::new(),
        }
    }

    /// Does what the line says, when it says to do something, and keeps it with its outcome.
    fn line(&mut self, line: &'a str) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "reset" => self.reset_fields = FieldSet::from_fields_v1(&parse(rest)).unwrap(),
            "schema" => self.kind = rest,
            "apply" | "force" | "update" => {
                let [manager, version, object] = rest.splitn(3, ' ').collect::<Vec<_>>()[..] else {
                    panic!("a write needs manager, version and object: {line}");
                };
                self.lines.push(line.to_owned());
                return self.write(word, manager, version, parse(object));
            }
            "conflict" | "refused" | "live" | "owns" => return,
            _ => panic!("no such line: {line}"),
        }
        self.lines.push(line.to_owned());
    }

    fn write(&mut self, how: &str, manager: &str, version: &str, mut object: Value) {
        object.as_object_mut().unwrap().insert("apiVersion", version);
        let written = if how == "update" {
            self.update(manager, version, object)
        } else {
            self.apply(manager, version, &object, how == "force")
        };
        match written {
            Ok((object, managed)) => (self.live, self.managed) = (Some(object), managed),
            Err(ApplyError::Conflicts(conflicts)) => {
                let lines = conflicts.iter().flat_map(|conflict| {
                    conflict.paths().into_iter().map(|path| format!("conflict {} {path}", conflict.manager))
                });
                let mut lines: Vec<String> = lines.collect();
                lines.sort();
                self.lines.extend(lines);
            }
            Err(_) => self.lines.push("refused".into()),
        }
    }

    fn apply(
        &self,
        manager: &str,
        api_version: &str,
        applied: &Value,
        force: bool,
    ) -> Result<(Value, Managed), ApplyError> {
        let applied = apply(&ApplyRequest {
            live: self.live.as_ref(),
            empty: None,
            applied,
            managed: &self.managed,
            manager,
            subresource: "",
            api_version,
            force,
            now: "2020-01-01T00:00:00Z",
            schema: self.kinds.get(self.kind).and_then(|kind| kind.named("root")),
            reset_fields: &self.reset_fields,
        })?;
        Ok((applied.object, applied.managed))
    }

    fn update(&self, manager: &str, api_version: &str, new: Value) -> Result<(Value, Managed), ApplyError> {
        let managed = update(&UpdateRequest {
            live: self.live.as_ref(),
            new: &new,
            managed: &self.managed,
            manager,
            subresource: "",
            api_version,
            now: "2020-01-01T00:00:00Z",
            schema: self.kinds.get(self.kind).and_then(|kind| kind.named("root")),
            reset_fields: &self.reset_fields,
        })
        .map_err(ApplyError::Invalid)?;
        Ok((new, managed))
    }

    /// All lines, with how it ended.
    fn end(mut self) -> String {
        if let Some(mut live) = self.live {
            live.as_object_mut().unwrap().remove("apiVersion");
            self.lines.push(format!("live {}", json::to_string(&live)));
        }
        let mut owners: Vec<String> = self
            .managed
            .entries()
            .iter()
            .map(|entry| {
                let (operation, version) = (entry.operation.as_str(), &entry.api_version);
                format!("owns {} {operation} {version} {:?}", entry.manager, entry.fields)
            })
            .collect();
        owners.sort();
        self.lines.append(&mut owners);
        self.lines.join("\n")
    }
}

/// Runs one case: its lines as written, and as they come out.
fn run<'a>(kinds: &'a BTreeMap<&'a str, Schemas>, case: &'a str) -> (&'a str, String) {
    let (head, body) = case.trim().split_once('\n').unwrap();
    let ["case", name, kind] = head.split(' ').collect::<Vec<_>>()[..] else {
        panic!("a case needs name and schema: {head}");
    };
    assert!(kind == "deduced" || kinds.contains_key(kind), "{name}: no schema {kind}");
    let mut run = Run::new(kinds, kind);
    body.lines().for_each(|line| run.line(line));
    (body, run.end())
}

#[test]
fn writes_end_as_upstream() {
    let kinds: BTreeMap<&str, Schemas> = SCHEMAS
        .lines()
        .map(|line| line.split_once(' ').unwrap())
        .map(|(name, definitions)| (name, schemas(definitions)))
        .collect();
    let cases: Vec<&str> = CASES.iter().flat_map(|cases| cases.split("\n\n")).collect();
    let mut wrong = Vec::new();
    for case in &cases {
        let (expected, found) = run(&kinds, case);
        if found != expected {
            wrong.push(format!("{}\nfound\n{found}\n", case.trim()));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert_eq!(cases.len(), 124);
}
