//! `JSONSchemaProps`, read from a document.

use amethyst_object::{FieldPath, Map, Number, Str, Value};

use super::DEPTH_MAX;
use crate::Fault;

/// A schema as a CRD writes it. Children keep the order of the document.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Props {
    pub(crate) ty: Str,
    pub(crate) format: Str,
    pub(crate) title: bool,
    pub(crate) description: bool,
    pub(crate) id: bool,
    pub(crate) schema: bool,
    pub(crate) reference: bool,
    pub(crate) additional_items: bool,
    pub(crate) pattern_properties: bool,
    pub(crate) definitions: bool,
    pub(crate) dependencies: bool,
    pub(crate) external_docs: bool,
    pub(crate) example: bool,
    pub(crate) nullable: bool,
    pub(crate) default: Option<Value>,
    pub(crate) maximum: Option<Number>,
    pub(crate) maximum_exclusive: bool,
    pub(crate) minimum: Option<Number>,
    pub(crate) minimum_exclusive: bool,
    pub(crate) length_max: Option<u64>,
    pub(crate) length_min: Option<u64>,
    pub(crate) pattern: Str,
    pub(crate) items_max: Option<u64>,
    pub(crate) items_min: Option<u64>,
    pub(crate) items_unique: bool,
    pub(crate) multiple_of: Option<Number>,
    pub(crate) enumeration: Vec<Value>,
    pub(crate) properties_max: Option<u64>,
    pub(crate) properties_min: Option<u64>,
    pub(crate) required: Vec<Str>,
    pub(crate) items: Option<Box<Props>>,
    pub(crate) items_are_many: bool,
    pub(crate) all_of: Vec<Props>,
    pub(crate) one_of: Vec<Props>,
    pub(crate) any_of: Vec<Props>,
    pub(crate) not: Option<Box<Props>>,
    pub(crate) properties: Vec<(Str, Props)>,
    pub(crate) additional: Option<Additional>,
    pub(crate) preserve_unknown: Option<bool>,
    pub(crate) embedded: bool,
    pub(crate) int_or_string: bool,
    pub(crate) list_keys: Vec<Str>,
    pub(crate) list_type: Option<Str>,
    pub(crate) map_type: Option<Str>,
    pub(crate) validations: Vec<Value>,
}

/// `additionalProperties`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Additional {
    Allowed(bool),
    Schema(Box<Props>),
}

impl Props {
    /// The schema of the declared property `name`.
    pub(crate) fn property(&self, name: &str) -> Option<&Self> {
        self.properties.iter().find(|(own, _)| own == name).map(|(_, props)| props)
    }

    /// The schema of free keys.
    pub(crate) fn additional_schema(&self) -> Option<&Self> {
        if let Some(Additional::Schema(props)) = &self.additional { Some(props) } else { None }
    }

    /// A keyword, here or further down, with which there is no structural schema.
    pub(crate) fn unsupported(&self) -> Option<&'static str> {
        let own = [
            (self.id, "id"),
            (self.schema, "schema"),
            (self.reference, "$ref"),
            (self.pattern_properties, "patternProperties"),
            (self.dependencies, "dependencies"),
            (self.additional_items, "additionalItems"),
            (self.definitions, "definitions"),
            (self.items_are_many, "items"),
            (self.preserve_unknown == Some(false), "x-kubernetes-preserve-unknown-fields"),
        ];
        let own = own.into_iter().find(|(is_set, _)| *is_set).map(|(_, keyword)| keyword);
        own.or_else(|| self.children().find_map(Self::unsupported))
    }

    /// Whether there is a default, here or further down.
    pub(crate) fn has_default(&self) -> bool {
        self.default.is_some() || self.children().any(Self::has_default)
    }

    fn children(&self) -> impl Iterator<Item = &Self> {
        let junctors = [&self.all_of, &self.one_of, &self.any_of].into_iter().flatten();
        let single = [self.items.as_deref(), self.not.as_deref(), self.additional_schema()];
        junctors.chain(single.into_iter().flatten()).chain(self.properties.iter().map(|(_, child)| child))
    }

    /// Whether unknown fields are kept.
    pub(crate) fn preserves(&self) -> bool {
        self.preserve_unknown == Some(true)
    }
}

/// Reads schemas and gathers what cannot be read.
#[derive(Default)]
pub(crate) struct Reader {
    pub(crate) faults: Vec<Fault>,
    depth: usize,
}

impl Reader {
    /// Reads one schema; what is unreadable is missing from it and in the faults.
    pub(crate) fn read(&mut self, value: &Value, path: &mut FieldPath) -> Props {
        let Value::Object(map) = value else {
            self.refuse(value, path, "object");
            return Props::default();
        };
        if self.depth >= DEPTH_MAX {
            self.faults.push(Fault::forbidden(
                path.clone(),
                format!("must not nest deeper than {DEPTH_MAX} levels"),
            ));
            return Props::default();
        }
        self.depth += 1;
        let mut props = Props::default();
        for (key, value) in map.iter().filter(|(_, value)| !value.is_null()) {
            path.push_key(key.clone());
            self.keyword(key, value, path, &mut props);
            path.pop();
        }
        self.depth -= 1;
        props
    }

    fn keyword(&mut self, key: &str, value: &Value, path: &mut FieldPath, props: &mut Props) {
        match key {
            "type" => props.ty = self.text(value, path),
            "format" => props.format = self.text(value, path),
            "title" => props.title = !self.text(value, path).is_empty(),
            "description" => props.description = !self.text(value, path).is_empty(),
            "id" => props.id = !self.text(value, path).is_empty(),
            "$schema" => props.schema = !self.text(value, path).is_empty(),
            "$ref" => {
                self.text(value, path);
                props.reference = true;
            }
            "pattern" => props.pattern = self.text(value, path),
            "nullable" => props.nullable = self.flag(value, path),
            "exclusiveMaximum" => props.maximum_exclusive = self.flag(value, path),
            "exclusiveMinimum" => props.minimum_exclusive = self.flag(value, path),
            "uniqueItems" => props.items_unique = self.flag(value, path),
            "x-kubernetes-embedded-resource" => props.embedded = self.flag(value, path),
            "x-kubernetes-int-or-string" => props.int_or_string = self.flag(value, path),
            "x-kubernetes-preserve-unknown-fields" => props.preserve_unknown = Some(self.flag(value, path)),
            "maximum" => props.maximum = self.number(value, path),
            "minimum" => props.minimum = self.number(value, path),
            "multipleOf" => props.multiple_of = self.number(value, path),
            "maxLength" => props.length_max = self.count(value, path),
            "minLength" => props.length_min = self.count(value, path),
            "maxItems" => props.items_max = self.count(value, path),
            "minItems" => props.items_min = self.count(value, path),
            "maxProperties" => props.properties_max = self.count(value, path),
            "minProperties" => props.properties_min = self.count(value, path),
            "default" => props.default = Some(value.clone()),
            "example" => props.example = true,
            "externalDocs" => props.external_docs = true,
            "additionalItems" => props.additional_items = true,
            "patternProperties" => props.pattern_properties = self.is_filled_map(value, path),
            "definitions" => props.definitions = self.is_filled_map(value, path),
            "dependencies" => {
                self.is_filled_map(value, path);
                props.dependencies = true;
            }
            "enum" => props.enumeration = self.list(value, path).to_vec(),
            "required" => props.required = self.texts(value, path),
            "x-kubernetes-list-map-keys" => props.list_keys = self.texts(value, path),
            "x-kubernetes-list-type" => props.list_type = Some(self.text(value, path)),
            "x-kubernetes-map-type" => props.map_type = Some(self.text(value, path)),
            "x-kubernetes-validations" => props.validations = self.list(value, path).to_vec(),
            _ => self.child_keyword(key, value, path, props),
        }
    }

    fn child_keyword(&mut self, key: &str, value: &Value, path: &mut FieldPath, props: &mut Props) {
        match (key, value) {
            ("items", Value::Array(many)) => props.items_are_many = !many.is_empty(),
            ("items", _) => props.items = Some(Box::new(self.read(value, path))),
            ("not", _) => props.not = Some(Box::new(self.read(value, path))),
            ("allOf", _) => props.all_of = self.many(value, path),
            ("oneOf", _) => props.one_of = self.many(value, path),
            ("anyOf", _) => props.any_of = self.many(value, path),
            ("properties", _) => props.properties = self.named(value, path),
            ("additionalProperties", Value::Bool(allowed)) => {
                props.additional = Some(Additional::Allowed(*allowed));
            }
            ("additionalProperties", _) => {
                props.additional = Some(Additional::Schema(Box::new(self.read(value, path))));
            }
            // Unknown keywords are dropped when the CRD is decoded.
            _ => {}
        }
    }

    fn many(&mut self, value: &Value, path: &mut FieldPath) -> Vec<Props> {
        let mut out = Vec::new();
        for (index, value) in self.list(value, path).to_vec().iter().enumerate() {
            path.push_index(index);
            out.push(self.read(value, path));
            path.pop();
        }
        out
    }

    fn named(&mut self, value: &Value, path: &mut FieldPath) -> Vec<(Str, Props)> {
        let Some(map) = self.map(value, path) else { return Vec::new() };
        let mut out = Vec::with_capacity(map.len());
        for (name, value) in map.iter() {
            path.pop();
            path.push_key("properties");
            path.push_map_key(name.clone());
            out.push((name.clone(), self.read(value, path)));
            path.pop();
        }
        out.sort_by(|a, b| a.0.cmp(&b.0));
        out
    }

    fn refuse(&mut self, value: &Value, path: &FieldPath, expected: &str) {
        let detail = format!("must be of type {expected}");
        self.faults.push(Fault::type_invalid(path.clone(), value.clone(), detail));
    }

    fn text(&mut self, value: &Value, path: &FieldPath) -> Str {
        let Value::String(text) = value else {
            self.refuse(value, path, "string");
            return Str::default();
        };
        text.clone()
    }

    fn flag(&mut self, value: &Value, path: &FieldPath) -> bool {
        value.as_bool().unwrap_or_else(|| {
            self.refuse(value, path, "boolean");
            false
        })
    }

    fn number(&mut self, value: &Value, path: &FieldPath) -> Option<Number> {
        let number = value.as_number().filter(|number| number.as_f64().is_finite());
        if number.is_none() {
            self.refuse(value, path, "number");
        }
        number.cloned()
    }

    fn count(&mut self, value: &Value, path: &FieldPath) -> Option<u64> {
        let count = value.as_i64();
        if count.is_none() {
            self.refuse(value, path, "integer");
        }
        // A negative limit is accepted upstream; as a minimum it never fails.
        count.map(|count| u64::try_from(count).unwrap_or(0))
    }

    fn list<'a>(&mut self, value: &'a Value, path: &FieldPath) -> &'a [Value] {
        value.as_array().unwrap_or_else(|| {
            self.refuse(value, path, "array");
            &[]
        })
    }

    fn map<'a>(&mut self, value: &'a Value, path: &FieldPath) -> Option<&'a Map> {
        if value.as_object().is_none() {
            self.refuse(value, path, "object");
        }
        value.as_object()
    }

    fn is_filled_map(&mut self, value: &Value, path: &FieldPath) -> bool {
        self.map(value, path).is_some_and(|map| !map.is_empty())
    }

    fn texts(&mut self, value: &Value, path: &FieldPath) -> Vec<Str> {
        self.list(value, path).iter().map(|value| self.text(value, path)).collect()
    }
}
