//! One schema to one node.

use std::rc::Rc;

use amethyst_object::{Map, Str, Value};
use regex::Regex;

use super::super::formats::Format;
use super::super::node::{
    Additional, ArrayRules, Dependency, Id, Node, NumberRules, ObjectRules, StringRules,
};
use super::super::urls;
use super::{Compiler, Document, Unresolved};

/// One schema that is being compiled.
pub(super) struct Part<'a, 'b> {
    pub(super) compiler: &'a mut Compiler<'b>,
    pub(super) document: &'a Document,
    pub(super) url: &'a Rc<str>,
    pub(super) pointer: &'a str,
    pub(super) map: &'a Map,
}

impl<'a> Part<'a, '_> {
    pub(super) fn fill(&mut self, node: &mut Node) -> Result<(), Unresolved> {
        let draft = node.draft;
        node.reference = self.reference("$ref")?;
        if draft < 2019 && node.reference.is_some() {
            return Ok(());
        }
        if draft >= 2019 {
            for key in ["$recursiveRef", "$dynamicRef"] {
                node.dynamic_references.extend(self.reference(key)?);
            }
        }
        match self.map.get("type") {
            Some(Value::String(name)) => node.types.add(name),
            Some(Value::Array(names)) => {
                names.iter().filter_map(Value::as_str).for_each(|name| node.types.add(name));
            }
            _ => {}
        }
        node.enumeration = self.map.get("enum").and_then(Value::as_array).map(<[Value]>::to_vec);
        node.constant = self.map.get("const").filter(|_| draft >= 6).cloned();
        node.format = self.map.str("format").filter(|_| draft < 2019).and_then(Format::named);
        node.all_of = self.list("allOf");
        node.any_of = self.list("anyOf");
        node.one_of = self.list("oneOf");
        node.not = self.child("not");
        if draft >= 7 && self.map.contains_key("if") {
            node.condition = self.child("if");
            node.then = self.child("then");
            node.otherwise = self.child("else");
        }
        if draft >= 2019 {
            node.unevaluated_properties = self.child("unevaluatedProperties");
            node.unevaluated_items = self.child("unevaluatedItems");
        }
        node.object = self.object(draft)?;
        node.array = self.array(draft);
        node.string = self.string()?;
        node.number = self.number();
        Ok(())
    }

    fn object(&mut self, draft: u16) -> Result<Option<Box<ObjectRules>>, Unresolved> {
        const KEYS: &[&str] = &[
            "minProperties",
            "maxProperties",
            "required",
            "dependencies",
            "properties",
            "patternProperties",
            "additionalProperties",
            "propertyNames",
            "dependentSchemas",
            "dependentRequired",
        ];
        if !self.has(KEYS) {
            return Ok(None);
        }
        let mut rules = ObjectRules {
            properties_min: self.count("minProperties"),
            properties_max: self.count("maxProperties"),
            required: self.map.get("required").map(texts).unwrap_or_default(),
            additional: self.additional("additionalProperties"),
            ..ObjectRules::default()
        };
        for (name, value) in self.pairs("dependencies") {
            let rule = match value {
                Value::Array(_) => Dependency::Required(texts(value)),
                _ => Dependency::Schema(self.inner(&["dependencies", &name])),
            };
            rules.dependencies.push((name, rule));
        }
        for (name, _) in self.pairs("properties") {
            let id = self.inner(&["properties", &name]);
            rules.properties.insert(name, id);
        }
        for (name, _) in self.pairs("patternProperties") {
            let id = self.inner(&["patternProperties", &name]);
            rules.pattern_properties.push((self.regex(&name, "patternProperties")?, id));
        }
        if draft >= 6 {
            rules.property_names = self.child("propertyNames");
        }
        if draft >= 2019 {
            for (name, _) in self.pairs("dependentSchemas") {
                let id = self.inner(&["dependentSchemas", &name]);
                rules.dependent_schemas.push((name, id));
            }
            let required = self.pairs("dependentRequired").into_iter();
            rules.dependent_required = required.map(|(name, value)| (name, texts(value))).collect();
        }
        Ok(Some(Box::new(rules)))
    }

    fn array(&mut self, draft: u16) -> Option<Box<ArrayRules>> {
        const KEYS: &[&str] = &["minItems", "maxItems", "uniqueItems", "items", "prefixItems", "contains"];
        if !self.has(KEYS) {
            return None;
        }
        let mut rules = ArrayRules {
            items_min: self.count("minItems"),
            items_max: self.count("maxItems"),
            unique: self.map.get("uniqueItems").and_then(Value::as_bool).unwrap_or(false),
            ..ArrayRules::default()
        };
        if draft >= 2020 {
            rules.prefix = self.list("prefixItems");
            rules.rest = self.child("items").map(Additional::Schema);
        } else if matches!(self.map.get("items"), Some(Value::Array(_))) {
            rules.prefix = self.list("items");
            rules.rest = self.additional("additionalItems");
        } else {
            rules.rest = self.child("items").map(Additional::Schema);
        }
        if draft >= 6 {
            rules.contains = self.child("contains");
        }
        if draft >= 2019 {
            rules.contains_min = self.count("minContains");
            rules.contains_max = self.count("maxContains");
        }
        Some(Box::new(rules))
    }

    fn string(&mut self) -> Result<Option<Box<StringRules>>, Unresolved> {
        if !self.has(&["minLength", "maxLength", "pattern"]) {
            return Ok(None);
        }
        let pattern = match self.map.str("pattern") {
            Some(text) => Some((self.regex(text, "pattern")?, text.to_owned())),
            None => None,
        };
        let (length_min, length_max) = (self.count("minLength"), self.count("maxLength"));
        Ok(Some(Box::new(StringRules { length_min, length_max, pattern })))
    }

    fn number(&self) -> Option<Box<NumberRules>> {
        if !self.has(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]) {
            return None;
        }
        let number =
            |key: &str| self.map.get(key).and_then(Value::as_number).map(amethyst_object::Number::as_f64);
        let is_true = |key: &str| self.map.get(key).and_then(Value::as_bool) == Some(true);
        let mut rules = NumberRules {
            minimum: number("minimum"),
            maximum: number("maximum"),
            exclusive_minimum: number("exclusiveMinimum"),
            exclusive_maximum: number("exclusiveMaximum"),
            multiple_of: number("multipleOf"),
        };
        // Draft 4's way.
        if is_true("exclusiveMinimum") {
            rules.exclusive_minimum = rules.minimum.take();
        }
        if is_true("exclusiveMaximum") {
            rules.exclusive_maximum = rules.maximum.take();
        }
        Some(Box::new(rules))
    }

    fn has(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.map.contains_key(key))
    }

    fn reference(&mut self, key: &str) -> Result<Option<Id>, Unresolved> {
        let Some(reference) = self.map.str(key) else { return Ok(None) };
        self.compiler.resolve(self.document, self.url, self.pointer, reference).map(Some)
    }

    fn inner(&mut self, tokens: &[&str]) -> Id {
        self.compiler.enqueue(self.url, urls::pointer(self.pointer, tokens))
    }

    fn child(&mut self, key: &str) -> Option<Id> {
        self.map.contains_key(key).then(|| self.inner(&[key]))
    }

    fn list(&mut self, key: &str) -> Vec<Id> {
        let count = self.map.get(key).and_then(Value::as_array).map_or(0, <[Value]>::len);
        (0..count).map(|at| self.inner(&[key, &at.to_string()])).collect()
    }

    fn additional(&mut self, key: &str) -> Option<Additional> {
        match self.map.get(key)? {
            Value::Bool(allowed) => Some(Additional::Allowed(*allowed)),
            _ => self.child(key).map(Additional::Schema),
        }
    }

    fn pairs(&self, key: &str) -> Vec<(Str, &'a Value)> {
        let map = self.map.get(key).and_then(Value::as_object);
        map.map_or(Vec::new(), |map| map.iter().map(|(name, value)| (name.clone(), value)).collect())
    }

    fn count(&self, key: &str) -> Option<usize> {
        let number = self.map.get(key)?.as_number()?.as_f64();
        (number.fract() == 0.0 && number >= 0.0).then_some(number as usize)
    }

    fn regex(&mut self, text: &str, key: &str) -> Result<Regex, Unresolved> {
        self.compiler.regex(text).map_err(|_| {
            let (url, pointer) = (self.url, self.pointer);
            Unresolved::Invalid(format!("invalid regex {text:?} at \"{url}#{pointer}/{key}\""))
        })
    }
}

fn texts(value: &Value) -> Vec<Str> {
    value.as_array().unwrap_or_default().iter().filter_map(Value::as_str).map(Str::from).collect()
}
