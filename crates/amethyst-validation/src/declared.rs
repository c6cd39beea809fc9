//! Rules that upstream declares beside its types, run from the generated table
//! (kubernetes/apimachinery `pkg/api/validate`; `cargo xtask codegen` makes the table).
//!
//! Upstream lists their faults behind those of the rules written by hand. What an update leaves as it was is not
//! looked at again.

mod formats;
mod table;

use amethyst_object::{FieldPath, Value};
use amethyst_schema::Fault;

use crate::at::At;
use crate::case::Case;
use crate::faults::{Faults, IMMUTABLE};
use table::{Field, Line, Table};

/// Features that rules ask about and that are on.
const OPTIONS: [&str; 1] = ["HPAScaleToZero"];

/// What the declared rules find wrong with an object.
pub fn declared(case: &Case<'_>) -> Vec<Fault> {
    let kind = case.new.str("kind").unwrap_or_default();
    let table = table::table();
    let Some(root) = table.root(case.group, case.version, kind, case.subresource) else { return Vec::new() };
    let whole = Value::Object(case.new.clone());
    let before = case.old.map(|old| Value::Object(old.clone()));
    let mut faults = Faults::default();
    let judge = Judge { table, updates: before.is_some() };
    let here = At::new(Some(&whole), FieldPath::default());
    let old = before.as_ref().map(|before| At::new(Some(before), FieldPath::default()));
    judge.of_type(root, &here, old.as_ref(), &mut faults);
    faults.into_vec()
}

struct Judge {
    table: &'static Table,
    updates: bool,
}

/// How a list of rules goes on.
enum Next {
    On,
    Stop,
}

impl Judge {
    fn of_type<'a>(&self, name: &str, at: &At<'a>, old: Option<&At<'a>>, faults: &mut Faults) {
        let Some(rules) = self.table.of(name) else { return };
        for line in &rules.own {
            self.line(line, at, old, faults);
        }
        rules.fields.iter().for_each(|field| self.field(field, at, old, faults));
    }

    fn field<'a>(&self, field: &Field, parent: &At<'a>, old: Option<&At<'a>>, faults: &mut Faults) {
        let get = |value: Option<&'a Value>| {
            if field.name.is_empty() { value } else { value.and_then(|value| value.get(field.name)) }
        };
        let path = if field.name.is_empty() { parent.path.clone() } else { parent.path.child(field.name) };
        let at = At::new(get(parent.value()), path.clone());
        let before = old.map(|old| At::new(get(old.value()), path));
        if self.updates && before.as_ref().is_some_and(|before| same(before, &at)) {
            return;
        }
        // Where the field itself was not there, Go has no old value either.
        let before = before.filter(|before| !field.pointer || before.is_set());
        let mut lines = field.lines.iter();
        while let Some(line) = lines.next() {
            if line.rule == "(" || line.rule == ")" {
                continue;
            }
            if field.pointer && !at.is_set() && line.rule.starts_with("type ") {
                continue;
            }
            if matches!(self.line(line, &at, before.as_ref(), faults), Next::Stop) {
                // A cohort stops alone.
                let inner = field.lines.iter().any(|line| line.rule == "(");
                if !inner || !lines.by_ref().any(|line| line.rule == ")") {
                    return;
                }
            }
        }
    }

    fn line<'a>(&self, line: &Line, at: &At<'a>, old: Option<&At<'a>>, faults: &mut Faults) -> Next {
        let mut found = Faults::default();
        self.rule(line.rule, at, old, &mut found);
        let failed = found.len() > 0;
        if line.tells {
            faults.extend(found.into_vec());
        }
        if failed && line.stops { Next::Stop } else { Next::On }
    }

    fn rule<'a>(&self, rule: &str, at: &At<'a>, old: Option<&At<'a>>, faults: &mut Faults) {
        let (name, rest) = rule.split_once(' ').unwrap_or((rule, ""));
        let number = || rest.parse::<i64>().unwrap_or_default();
        match name {
            "type" => self.of_type(rest, at, old, faults),
            "needed" if at.is_empty() => faults.required(&at.path, ""),
            "set" if !at.is_set() => faults.required(&at.path, ""),
            "unset" if at.is_set() => faults.forbidden(&at.path, ""),
            "immutable" if self.updates => faults.invalid_value(&at.path, Value::Null, IMMUTABLE),
            "max-items" if at.list().len() as i64 > number() => {
                faults.push(Fault::too_many(at.path.clone(), at.list().len(), number().unsigned_abs()));
            }
            "max-bytes" if at.str().len() as i64 > number() => {
                faults.too_long(&at.path, number().unsigned_abs());
            }
            "max-length" if at.str().chars().count() as i64 > number() => {
                faults.push(Fault::too_many_characters(at.path.clone(), number().unsigned_abs()));
            }
            "minimum" if at.int().unwrap_or_default() < number() => {
                let why = format!("must be greater than or equal to {rest}");
                faults.invalid_value(&at.path, at.int().unwrap_or_default(), why);
            }
            "maximum" if at.int().unwrap_or_default() > number() => {
                faults.invalid(at, format!("must be less than or equal to {rest}"));
            }
            "enum" => {
                let known: Vec<&str> = rest.split(',').collect();
                faults.enumerated(at, &known);
            }
            "union" => self.union(rest, at, old, faults),
            "unique" => unique(rest, at, faults),
            "each" => self.each(rest, at, old, faults),
            "values" => {
                for (key, value) in at.entries() {
                    let before = old.map(|old| old.key(key)).filter(At::is_set);
                    if !(self.updates && before.as_ref().is_some_and(|before| same(before, &value))) {
                        self.check(rest, &value, before.as_ref(), faults);
                    }
                }
            }
            "keys" => {
                for (key, _) in at.entries() {
                    if !(self.updates && old.is_some_and(|old| old.key(key).is_set())) {
                        let key = Value::from(key);
                        self.check(rest, &At::new(Some(&key), at.path.clone()), None, faults);
                    }
                }
            }
            "subfield" => {
                let (field, rule) = rest.split_once(' ').unwrap_or((rest, ""));
                let (inner, before) = (at.get(field), old.map(|old| old.get(field)));
                if !(self.updates && before.as_ref().is_some_and(|before| same(before, &inner))) {
                    self.rule(rule, &inner, before.as_ref(), faults);
                }
            }
            "update" => self.update(rest, at, old, faults),
            "if" | "unless" => {
                let (option, rule) = rest.split_once(' ').unwrap_or((rest, ""));
                if OPTIONS.contains(&option) == (name == "if") {
                    self.rule(rule, at, old, faults);
                }
            }
            "member" => self.member(rest, at, old, faults),
            _ => formats::check(name, at, faults),
        }
    }

    fn check<'a>(&self, what: &str, at: &At<'a>, old: Option<&At<'a>>, faults: &mut Faults) {
        match what.strip_prefix('@') {
            Some(name) => self.of_type(name, at, old, faults),
            None => formats::check(what, at, faults),
        }
    }

    /// Each element of a list; one that was there before is not looked at again.
    fn each<'a>(&self, rest: &str, at: &At<'a>, old: Option<&At<'a>>, faults: &mut Faults) {
        let (what, keys) = rest.split_once(' ').unwrap_or((rest, ""));
        for item in at.items() {
            let before = old.filter(|_| !keys.is_empty());
            let before = before.and_then(|old| old.items().find(|other| matches(keys, other, &item)));
            if !(self.updates && before.as_ref().is_some_and(|before| same(before, &item))) {
                self.check(what, &item, before.as_ref(), faults);
            }
        }
    }

    fn union(&self, members: &str, at: &At<'_>, old: Option<&At<'_>>, faults: &mut Faults) {
        let is_set = |at: &At<'_>, key: &str| {
            let member = at.get(key);
            member.is_set() && !matches!(member.value(), Some(Value::Array(list)) if list.is_empty())
        };
        let names: Vec<&str> = members.split(',').collect();
        if let Some(old) = old.filter(|_| self.updates)
            && names.iter().all(|key| is_set(at, key) == is_set(old, key))
        {
            return;
        }
        let set: Vec<&str> = names.iter().copied().filter(|key| is_set(at, key)).collect();
        let listed: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let listed = listed.join(", ");
        match set.len() {
            0 => faults.invalid_value(&at.path, "", format!("must specify one of: {listed}")),
            1 => {}
            _ => {
                let why = format!("must specify exactly one of: {listed}");
                faults.invalid_value(&at.path, format!("{{{}}}", set.join(", ")), why);
            }
        }
    }

    /// A field that goes with one value of another: `FIELD BY VALUE needed|allowed`.
    fn member(&self, rest: &str, at: &At<'_>, old: Option<&At<'_>>, faults: &mut Faults) {
        let words: Vec<&str> = rest.split(' ').collect();
        let [field, by, value, how] = words.as_slice() else { return };
        let member = at.get(field);
        if let Some(old) = old.filter(|_| self.updates)
            && old.text(by) == at.text(by)
            && same(&old.get(field), &member)
        {
            return;
        }
        if at.text(by) != *value {
            if member.is_set() {
                faults.forbidden(&member.path, "");
            }
        } else if *how == "needed" && !member.is_set() {
            faults.required(&member.path, "");
        }
    }

    fn update(&self, limits: &str, at: &At<'_>, old: Option<&At<'_>>, faults: &mut Faults) {
        if !self.updates {
            return;
        }
        let was = old.is_some_and(At::is_set);
        for limit in limits.split(',') {
            let why = match (limit, was, at.is_set()) {
                ("NoSet", false, true) => "field cannot be set once created",
                ("NoUnset", true, false) => "field cannot be cleared once set",
                ("NoModify", true, true) => "field cannot be modified once set",
                _ => continue,
            };
            faults.invalid_value(&at.path, Value::Null, why);
        }
    }
}

/// Equal as Go sees it: what is empty is as good as missing.
fn same(one: &At<'_>, other: &At<'_>) -> bool {
    one.value() == other.value() || one.is_empty() && other.is_empty()
}

fn matches(keys: &str, one: &At<'_>, other: &At<'_>) -> bool {
    match keys {
        "" | "=" => one.value() == other.value(),
        keys => keys.split(',').all(|key| same(&one.get(key), &other.get(key))),
    }
}

/// Elements that are there twice (`ValSliceUnique`).
fn unique(keys: &str, at: &At<'_>, faults: &mut Faults) {
    let items: Vec<At<'_>> = at.items().collect();
    for (index, item) in items.iter().enumerate() {
        if items[..index].iter().any(|other| matches(keys, other, item)) {
            faults.duplicate(&item.path, item.shown());
        }
    }
}
