//! Values against compiled schemas.
//!
//! Most values are fine: a first pass only asks whether they are. Texts are made in a second one.

use std::collections::BTreeSet;

use amethyst_gotemplate::{Map, Value};
use amethyst_object::{Str, Value as Document};

use super::fault::{Fault, Kind, join_quoted, quote};
use super::node::{Additional, ArrayRules, Dependency, Id, Node, NumberRules, ObjectRules, Set, StringRules};
use super::number::{count, float};
use crate::values::print;

/// How many schemas may be entered on the way to one value.
const DEPTH_MAX: usize = 512;

/// The text of what is wrong with values.
pub(super) fn validate(set: &Set, values: &Map) -> Result<(), String> {
    let values = Value::Map(values.clone());
    let mut validator = Validator { set, tells: false, depth: 0 };
    if validator.node(0, &values, &Path::Root, &mut Left::default()).is_ok() {
        return Ok(());
    }
    validator.tells = true;
    validator.node(0, &values, &Path::Root, &mut Left::default()).map_err(|fault| fault.text())
}

/// Where in the values we are.
enum Path<'a> {
    Root,
    Key(&'a Path<'a>, &'a str),
    Index(&'a Path<'a>, usize),
}

impl Path<'_> {
    fn tokens(&self) -> Vec<String> {
        match self {
            Self::Root => Vec::new(),
            Self::Key(outer, key) => [outer.tokens(), vec![(*key).to_owned()]].concat(),
            Self::Index(outer, index) => [outer.tokens(), vec![index.to_string()]].concat(),
        }
    }
}

/// What of a map or list no schema has looked at yet, if anybody asks.
#[derive(Clone, Default)]
struct Left {
    properties: Option<BTreeSet<Str>>,
    items: Option<BTreeSet<usize>>,
}

impl Left {
    /// All of a value, as far as the schema itself or the one around it asks.
    fn of(value: &Value, node: &Node, outer: &Self) -> Self {
        let mut left = Self::default();
        match value {
            Value::Map(map) if outer.properties.is_some() || node.unevaluated_properties.is_some() => {
                left.properties = Some(map.pairs().iter().map(|(key, _)| key.clone()).collect());
            }
            Value::List(list) if outer.items.is_some() || node.unevaluated_items.is_some() => {
                left.items = Some((0..list.len()).collect());
            }
            _ => {}
        }
        left
    }

    fn keep_common(&mut self, other: &Self) {
        if let (Some(own), Some(other)) = (&mut self.properties, &other.properties) {
            own.retain(|name| other.contains(name));
        }
        if let (Some(own), Some(other)) = (&mut self.items, &other.items) {
            own.retain(|index| other.contains(index));
        }
    }

    fn asks(&self) -> bool {
        self.properties.is_some() || self.items.is_some()
    }
}

type Checked = Result<(), Box<Fault>>;

struct Validator<'a> {
    set: &'a Set,
    /// Whether faults are to have texts.
    tells: bool,
    depth: usize,
}

impl<'a> Validator<'a> {
    fn fault(&self, path: &Path<'_>, text: impl FnOnce() -> String) -> Box<Fault> {
        if !self.tells {
            return Box::default();
        }
        Box::new(Fault { at: path.tokens(), kind: Kind::Plain(text()), causes: Vec::new() })
    }

    /// Checks a value by another schema at the same place.
    fn same(&mut self, id: Id, value: &Value, path: &Path<'_>, left: &mut Left) -> Checked {
        let mut own = Left::of(value, &self.set.nodes[id], left);
        self.node(id, value, path, &mut own)?;
        left.keep_common(&own);
        Ok(())
    }

    /// As [`Self::same`], but only whether it holds.
    fn holds(&mut self, id: Id, value: &Value, path: &Path<'_>, left: &mut Left) -> bool {
        let tells = std::mem::replace(&mut self.tells, false);
        let result = self.same(id, value, path, left);
        self.tells = tells;
        result.is_ok()
    }

    /// Checks a value within.
    fn inner(&mut self, id: Id, value: &Value, path: &Path<'_>) -> Checked {
        let mut left = Left::of(value, &self.set.nodes[id], &Left::default());
        self.node(id, value, path, &mut left)
    }

    fn node(&mut self, id: Id, value: &Value, path: &Path<'_>, left: &mut Left) -> Checked {
        if self.depth >= DEPTH_MAX {
            return Err(self.fault(path, || "references of the schema lead in a circle".to_owned()));
        }
        self.depth += 1;
        let result = self.enter(id, value, path, left);
        self.depth -= 1;
        result
    }

    fn enter(&mut self, id: Id, value: &Value, path: &Path<'_>, left: &mut Left) -> Checked {
        let node: &'a Node = &self.set.nodes[id];
        if id == 0 && matches!(path, Path::Root) {
            *left = Left::of(value, node, &Left::default());
        }
        match node.always {
            Some(true) => return Ok(()),
            Some(false) => return Err(self.fault(path, || "false schema".to_owned())),
            None => {}
        }
        self.value(node, value, path)?;
        let mut faults = Vec::new();
        if let Some(target) = node.reference {
            let result = self.reference(target, value, path, left);
            if node.draft < 2019 {
                return result;
            }
            self.note(result, &mut faults)?;
        }
        self.by_type(node, value, path, left, &mut faults)?;
        for target in &node.dynamic_references {
            let result = self.reference(*target, value, path, left);
            self.note(result, &mut faults)?;
        }
        self.conditions(node, value, path, left, &mut faults)?;
        self.unevaluated(node, value, path, left, &mut faults)?;
        match faults.len() {
            0 => Ok(()),
            1 => faults.pop().map_or(Ok(()), |fault| Err(Box::new(fault))),
            _ => Err(Box::new(Fault { at: path.tokens(), kind: Kind::Group, causes: faults })),
        }
    }

    /// Keeps a fault; when texts are not wanted, one is enough.
    fn note(&self, result: Checked, faults: &mut Vec<Fault>) -> Checked {
        match result {
            Err(fault) if !self.tells => Err(fault),
            Err(fault) => {
                faults.push(*fault);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    fn reference(&mut self, id: Id, value: &Value, path: &Path<'_>, left: &mut Left) -> Checked {
        self.same(id, value, path, left).map_err(|fault| {
            if !self.tells {
                return fault;
            }
            let causes = if fault.kind == Kind::Group { fault.causes } else { vec![*fault] };
            Box::new(Fault { at: path.tokens(), kind: Kind::Reference, causes })
        })
    }

    /// What the value as a whole must be: the first fault ends it.
    fn value(&self, node: &Node, value: &Value, path: &Path<'_>) -> Checked {
        if !node.types.is_empty() {
            let found = type_of(value);
            let holds = node.types.contains(found)
                || (found == "number"
                    && node.types.contains("integer")
                    && number(value).is_some_and(|n| n.fract() == 0.0));
            if !holds {
                return Err(
                    self.fault(path, || format!("got {found}, want {}", node.types.names().join(" or ")))
                );
            }
        }
        if let Some(wanted) = &node.constant
            && !equals(value, wanted)
        {
            return Err(self.fault(path, || match wanted {
                Document::Array(_) | Document::Object(_) => "'const' failed".to_owned(),
                wanted => format!("value must be {}", display(wanted)),
            }));
        }
        if let Some(wanted) = &node.enumeration
            && !wanted.iter().any(|wanted| equals(value, wanted))
        {
            return Err(self.fault(path, || {
                if wanted.iter().any(|item| matches!(item, Document::Array(_) | Document::Object(_))) {
                    return "'enum' failed".to_owned();
                }
                let texts: Vec<String> = wanted.iter().map(display).collect();
                match texts.as_slice() {
                    [one] => format!("value must be {one}"),
                    texts => format!("value must be one of {}", texts.join(", ")),
                }
            }));
        }
        if let (Some(format), Some(text)) = (node.format, value.as_str())
            && let Some(fault) = format.fault(&text)
        {
            return Err(self.fault(path, || fault));
        }
        Ok(())
    }

    fn by_type(
        &mut self,
        node: &'a Node,
        value: &Value,
        path: &Path<'_>,
        left: &mut Left,
        faults: &mut Vec<Fault>,
    ) -> Checked {
        match value {
            Value::Map(map) => {
                node.object.as_ref().map_or(Ok(()), |rules| self.object(rules, map, path, left, faults))
            }
            Value::List(list) => node
                .array
                .as_ref()
                .map_or(Ok(()), |rules| self.array(rules, node.draft, list, path, left, faults)),
            Value::String(_) | Value::Binary(_) => {
                let text = value.as_str().unwrap_or_default();
                node.string.as_ref().map_or(Ok(()), |rules| self.string(rules, &text, path, faults))
            }
            value => match (number(value), &node.number) {
                (Some(number), Some(rules)) => self.number(rules, number, path, faults),
                _ => Ok(()),
            },
        }
    }

    fn object(
        &mut self,
        rules: &'a ObjectRules,
        map: &Map,
        path: &Path<'_>,
        left: &mut Left,
        faults: &mut Vec<Fault>,
    ) -> Checked {
        let pairs = map.pairs();
        let size = pairs.len();
        if let Some(wanted) = rules.properties_min.filter(|wanted| size < *wanted) {
            self.say(path, faults, || format!("minProperties: got {}, want {}", count(size), count(wanted)))?;
        }
        if let Some(wanted) = rules.properties_max.filter(|wanted| size > *wanted) {
            self.say(path, faults, || format!("maxProperties: got {}, want {}", count(size), count(wanted)))?;
        }
        let missing = missing(map, &rules.required);
        if !missing.is_empty() {
            self.say(path, faults, || match missing.as_slice() {
                [one] => format!("missing property {}", quote(one)),
                all => format!("missing properties {}", join_quoted(all)),
            })?;
        }
        for (name, dependency) in &rules.dependencies {
            if map.contains_key(name) {
                match dependency {
                    Dependency::Required(wanted) => self.dependent(map, name, wanted, path, faults)?,
                    Dependency::Schema(id) => {
                        let result = self.same(*id, &Value::Map(map.clone()), path, left);
                        self.note(result, faults)?;
                    }
                }
            }
        }
        let mut additional = Vec::new();
        for (name, value) in pairs.iter() {
            let inner = Path::Key(path, name);
            let mut evaluated = false;
            if let Some(id) = rules.properties.get(name) {
                evaluated = true;
                let result = self.inner(*id, value, &inner);
                self.note(result, faults)?;
            }
            for (_, id) in rules.pattern_properties.iter().filter(|(regex, _)| regex.is_match(name)) {
                evaluated = true;
                let result = self.inner(*id, value, &inner);
                self.note(result, faults)?;
            }
            if let (false, Some(rule)) = (evaluated, rules.additional) {
                evaluated = true;
                match rule {
                    Additional::Allowed(true) => {}
                    Additional::Allowed(false) => additional.push(name),
                    Additional::Schema(id) => {
                        let result = self.inner(id, value, &inner);
                        self.note(result, faults)?;
                    }
                }
            }
            if let (true, Some(left)) = (evaluated, &mut left.properties) {
                left.remove(name);
            }
        }
        if !additional.is_empty() {
            self.say(path, faults, || {
                format!("additional properties {} not allowed", join_quoted(&additional))
            })?;
        }
        if let Some(id) = rules.property_names {
            for (name, _) in pairs.iter() {
                if let Err(fault) = self.inner(id, &Value::String(name.clone()), &Path::Root) {
                    let causes = if fault.kind == Kind::Group { fault.causes } else { vec![*fault] };
                    let kind = Kind::Plain(format!("invalid propertyName {}", quote(name)));
                    self.note(Err(Box::new(Fault { at: path.tokens(), kind, causes })), faults)?;
                }
            }
        }
        for (name, id) in &rules.dependent_schemas {
            if map.contains_key(name) {
                let result = self.same(*id, &Value::Map(map.clone()), path, left);
                self.note(result, faults)?;
            }
        }
        for (name, wanted) in &rules.dependent_required {
            if map.contains_key(name) {
                self.dependent(map, name, wanted, path, faults)?;
            }
        }
        Ok(())
    }

    fn dependent(
        &self,
        map: &Map,
        name: &str,
        wanted: &[Str],
        path: &Path<'_>,
        faults: &mut Vec<Fault>,
    ) -> Checked {
        let missing = missing(map, wanted);
        if missing.is_empty() {
            return Ok(());
        }
        self.say(path, faults, || {
            format!("properties {} required, if {} exists", join_quoted(&missing), quote(name))
        })
    }

    /// Notes a fault with a text of its own.
    fn say(&self, path: &Path<'_>, faults: &mut Vec<Fault>, text: impl FnOnce() -> String) -> Checked {
        self.note(Err(self.fault(path, text)), faults)
    }

    fn array(
        &mut self,
        rules: &'a ArrayRules,
        draft: u16,
        list: &[Value],
        path: &Path<'_>,
        left: &mut Left,
        faults: &mut Vec<Fault>,
    ) -> Checked {
        let size = list.len();
        if let Some(wanted) = rules.items_min.filter(|wanted| size < *wanted) {
            self.say(path, faults, || format!("minItems: got {}, want {}", count(size), count(wanted)))?;
        }
        if let Some(wanted) = rules.items_max.filter(|wanted| size > *wanted) {
            self.say(path, faults, || format!("maxItems: got {}, want {}", count(size), count(wanted)))?;
        }
        if rules.unique
            && let Some((first, second)) = duplicates(list)
        {
            self.say(path, faults, || format!("items at {} and {} are equal", count(first), count(second)))?;
        }
        let before = rules.prefix.len().min(size);
        for (at, (item, id)) in list.iter().zip(&rules.prefix).enumerate() {
            let result = self.inner(*id, item, &Path::Index(path, at));
            self.note(result, faults)?;
        }
        match rules.rest {
            Some(Additional::Allowed(false)) if before != size => {
                self.say(path, faults, || {
                    format!("last {} additionalItem(s) not allowed", count(size - before))
                })?;
            }
            Some(Additional::Schema(id)) => {
                for (at, item) in list.iter().enumerate().skip(before) {
                    let result = self.inner(id, item, &Path::Index(path, at));
                    self.note(result, faults)?;
                }
            }
            _ => {}
        }
        if let Some(items) = &mut left.items {
            if rules.rest.is_some() { items.clear() } else { items.retain(|at| *at >= before) }
        }
        self.contains(rules, draft, list, path, left, faults)
    }

    fn contains(
        &mut self,
        rules: &ArrayRules,
        draft: u16,
        list: &[Value],
        path: &Path<'_>,
        left: &mut Left,
        faults: &mut Vec<Fault>,
    ) -> Checked {
        let Some(id) = rules.contains else { return Ok(()) };
        let (mut causes, mut matched) = (Vec::new(), Vec::new());
        for (at, item) in list.iter().enumerate() {
            match self.inner(id, item, &Path::Index(path, at)) {
                Ok(()) => {
                    matched.push(at);
                    if let (true, Some(items)) = (draft >= 2020, &mut left.items) {
                        items.remove(&at);
                    }
                }
                Err(fault) => causes.push(*fault),
            }
        }
        let places = || matched.iter().map(usize::to_string).collect::<Vec<_>>().join(" ");
        let text = match rules.contains_min {
            Some(wanted) if matched.is_empty() && wanted > 0 => Some(format!(
                "min {} items required to match contains schema, but none matched",
                count(wanted)
            )),
            Some(wanted) if matched.len() < wanted => Some(format!(
                "min {} items required to match contains schema, but matched {} items at {}",
                count(wanted),
                count(matched.len()),
                places()
            )),
            None if matched.is_empty() => Some("no items match contains schema".to_owned()),
            _ => None,
        };
        if let Some(text) = text {
            self.note(Err(Box::new(Fault { at: path.tokens(), kind: Kind::Plain(text), causes })), faults)?;
        }
        if let Some(wanted) = rules.contains_max.filter(|wanted| matched.len() > *wanted) {
            self.say(path, faults, || {
                format!(
                    "max {} items required to match contains schema, but matched {} items at {}",
                    count(wanted),
                    count(matched.len()),
                    places()
                )
            })?;
        }
        Ok(())
    }

    fn string(&self, rules: &StringRules, text: &str, path: &Path<'_>, faults: &mut Vec<Fault>) -> Checked {
        let length = || text.chars().count();
        if let Some(wanted) = rules.length_min.filter(|wanted| length() < *wanted) {
            self.say(path, faults, || format!("minLength: got {}, want {}", count(length()), count(wanted)))?;
        }
        if let Some(wanted) = rules.length_max.filter(|wanted| length() > *wanted) {
            self.say(path, faults, || format!("maxLength: got {}, want {}", count(length()), count(wanted)))?;
        }
        if let Some((_, written)) = rules.pattern.as_ref().filter(|(regex, _)| !regex.is_match(text)) {
            self.say(path, faults, || format!("{} does not match pattern {}", quote(text), quote(written)))?;
        }
        Ok(())
    }

    fn number(&self, rules: &NumberRules, number: f64, path: &Path<'_>, faults: &mut Vec<Fault>) -> Checked {
        let is_multiple = |of: f64| {
            let quotient = number / of;
            // A tenth is none in binary: what is that near was meant.
            (quotient - quotient.round()).abs() <= quotient.abs() * f64::EPSILON
        };
        let checks = [
            ("minimum", rules.minimum.filter(|wanted| number < *wanted)),
            ("maximum", rules.maximum.filter(|wanted| number > *wanted)),
            ("exclusiveMinimum", rules.exclusive_minimum.filter(|wanted| number <= *wanted)),
            ("exclusiveMaximum", rules.exclusive_maximum.filter(|wanted| number >= *wanted)),
            ("multipleOf", rules.multiple_of.filter(|wanted| !is_multiple(*wanted))),
        ];
        for (name, wanted) in checks {
            if let Some(wanted) = wanted {
                self.say(path, faults, || format!("{name}: got {}, want {}", float(number), float(wanted)))?;
            }
        }
        Ok(())
    }

    fn conditions(
        &mut self,
        node: &'a Node,
        value: &Value,
        path: &Path<'_>,
        left: &mut Left,
        faults: &mut Vec<Fault>,
    ) -> Checked {
        if let Some(id) = node.not
            && self.holds(id, value, path, left)
        {
            self.say(path, faults, || "'not' failed".to_owned())?;
        }
        if !node.all_of.is_empty() {
            let mut causes = Vec::new();
            for id in &node.all_of {
                let result = self.same(*id, value, path, left);
                self.note(result, &mut causes)?;
            }
            self.combined(path, causes, "'allOf' failed", faults)?;
        }
        if !node.any_of.is_empty() {
            let (mut causes, mut matched) = (Vec::new(), false);
            for id in &node.any_of {
                match self.same(*id, value, path, left) {
                    Ok(()) => {
                        matched = true;
                        // Who asks what is left must hear of all that match.
                        if !left.asks() {
                            break;
                        }
                    }
                    Err(fault) => causes.push(*fault),
                }
            }
            if !matched {
                self.combined(path, causes, "'anyOf' failed", faults)?;
            }
        }
        if !node.one_of.is_empty() {
            self.one_of(&node.one_of, value, path, left, faults)?;
        }
        if let Some(id) = node.condition {
            let next = if self.holds(id, value, path, left) { node.then } else { node.otherwise };
            if let Some(id) = next {
                let result = self.same(id, value, path, left);
                self.note(result, faults)?;
            }
        }
        Ok(())
    }

    fn one_of(
        &mut self,
        ids: &[Id],
        value: &Value,
        path: &Path<'_>,
        left: &mut Left,
        faults: &mut Vec<Fault>,
    ) -> Checked {
        let (mut causes, mut matched) = (Vec::new(), None);
        for (at, id) in ids.iter().enumerate() {
            match matched {
                None => match self.same(*id, value, path, left) {
                    Ok(()) => matched = Some(at),
                    Err(fault) => causes.push(*fault),
                },
                Some(first) => {
                    if self.holds(*id, value, path, left) {
                        let text =
                            format!("'oneOf' failed, subschemas {}, {} matched", count(first), count(at));
                        return self.say(path, faults, || text);
                    }
                }
            }
        }
        if matched.is_some() {
            Ok(())
        } else {
            self.combined(path, causes, "'oneOf' failed, none matched", faults)
        }
    }

    fn combined(&self, path: &Path<'_>, causes: Vec<Fault>, text: &str, faults: &mut Vec<Fault>) -> Checked {
        if causes.is_empty() {
            return Ok(());
        }
        let fault = Fault { at: path.tokens(), kind: Kind::Plain(text.to_owned()), causes };
        self.note(Err(Box::new(fault)), faults)
    }

    fn unevaluated(
        &mut self,
        node: &Node,
        value: &Value,
        path: &Path<'_>,
        left: &mut Left,
        faults: &mut Vec<Fault>,
    ) -> Checked {
        if let (Some(id), Value::Map(map)) = (node.unevaluated_properties, value) {
            for name in left.properties.replace(BTreeSet::new()).unwrap_or_default() {
                if let Some(value) = map.get(&name) {
                    let result = self.inner(id, &value, &Path::Key(path, &name));
                    self.note(result, faults)?;
                }
            }
        }
        if let (Some(id), Value::List(list)) = (node.unevaluated_items, value) {
            for at in left.items.replace(BTreeSet::new()).unwrap_or_default() {
                let result = self.inner(id, &list[at], &Path::Index(path, at));
                self.note(result, faults)?;
            }
        }
        Ok(())
    }
}

fn missing(map: &Map, wanted: &[Str]) -> Vec<Str> {
    wanted.iter().filter(|name| !map.contains_key(name)).cloned().collect()
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Nil => "null",
        Value::Bool(_) => "boolean",
        Value::Int(..) | Value::Uint(..) | Value::Float(_) => "number",
        Value::String(_) | Value::Binary(_) | Value::Native(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(_, value) => Some(*value as f64),
        Value::Uint(_, value) => Some(*value as f64),
        Value::Float(value) => Some(*value),
        _ => None,
    }
}

fn equals(value: &Value, wanted: &Document) -> bool {
    match (value, wanted) {
        (Value::Nil, Document::Null) => true,
        (Value::Bool(value), Document::Bool(wanted)) => value == wanted,
        (Value::String(value), Document::String(wanted)) => value == wanted,
        (Value::List(list), Document::Array(wanted)) => {
            list.len() == wanted.len() && list.iter().zip(wanted).all(|(value, wanted)| equals(value, wanted))
        }
        (Value::Map(map), Document::Object(wanted)) => {
            map.len() == wanted.len()
                && wanted.iter().all(|(key, wanted)| map.get(key).is_some_and(|value| equals(&value, wanted)))
        }
        (value, Document::Number(wanted)) => number(value).is_some_and(|value| value == wanted.as_f64()),
        _ => false,
    }
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Nil, Value::Nil) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::String(a), Value::String(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len()
                && a.pairs().iter().all(|(key, value)| b.get(key).is_some_and(|other| same(value, &other)))
        }
        (a, b) => number(a).is_some_and(|a| number(b) == Some(a)),
    }
}

/// How many items are compared with one another; longer lists are compared by their texts.
const PAIRS_MAX: usize = 20;

fn duplicates(list: &[Value]) -> Option<(usize, usize)> {
    if list.len() <= PAIRS_MAX {
        let pairs = (1..list.len()).flat_map(|second| (0..second).map(move |first| (first, second)));
        return pairs.into_iter().find(|(first, second)| same(&list[*first], &list[*second]));
    }
    let mut known = std::collections::HashMap::new();
    for (at, item) in list.iter().enumerate() {
        if let Some(first) = known.insert(format!("{}{}", type_of(item), print(item)), at)
            && same(&list[first], item)
        {
            return Some((first, at));
        }
    }
    None
}

fn display(value: &Document) -> String {
    match value {
        Document::Null => "<nil>".to_owned(),
        Document::Bool(value) => value.to_string(),
        Document::Number(number) => number.to_string(),
        Document::String(text) => quote(text),
        Document::Array(_) | Document::Object(_) => "value".to_owned(),
    }
}
