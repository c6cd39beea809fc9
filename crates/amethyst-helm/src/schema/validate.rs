//! Values against compiled schemas.
//!
//! Most values are fine: a first pass only asks whether they are. Texts are made in a second one.

mod compare;
mod conditions;
mod lists;
mod objects;

use std::collections::BTreeSet;

use amethyst_gotemplate::{Map, Value};
use amethyst_object::{Str, Value as Document};

use super::fault::{Fault, Kind, quote};
use super::node::{Id, Node, NumberRules, Set, StringRules};
use super::number::{count, float};
use compare::{display, equals};

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
    #[expect(clippy::unnecessary_box_returns, reason = "faults are boxed wherever a check gives them")]
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

    /// Notes a fault with a text of its own.
    fn say(&self, path: &Path<'_>, faults: &mut Vec<Fault>, text: impl FnOnce() -> String) -> Checked {
        self.note(Err(self.fault(path, text)), faults)
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
}

/// JSON's type of a value.
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
