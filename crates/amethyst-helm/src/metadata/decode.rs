//! Documents to the structs that Helm's JSON decoder fills: keys in any case, numbers and booleans that
//! become strings where a string is wanted, nulls that leave a field as it is.

use std::collections::BTreeMap;

use amethyst_object::{Map, Number, Value};

use super::{Dependency, Maintainer, Metadata};

/// A field whose value is of another type: Go's text of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure(pub(crate) String);

/// One struct being filled: what it is called in messages, and the path to it.
struct Source<'a> {
    map: &'a Map,
    name: &'static str,
    path: String,
}

impl Metadata {
    /// Fills in what a `Chart.yaml` or `requirements.yaml` says.
    pub(crate) fn merge(&mut self, document: &Value) -> Result<(), Failure> {
        let Some(source) = Source::new(document, "Metadata", String::new())? else { return Ok(()) };
        source.string("name", &mut self.name)?;
        source.string("home", &mut self.home)?;
        source.strings("sources", &mut self.sources)?;
        source.string("version", &mut self.version)?;
        source.string("description", &mut self.description)?;
        source.strings("keywords", &mut self.keywords)?;
        if let Some(items) = source.list("maintainers", "[]*v2.Maintainer")? {
            self.maintainers = items
                .iter()
                .map(|item| maintainer(item, source.inner("maintainers")))
                .collect::<Result<_, _>>()?;
        }
        source.string("icon", &mut self.icon)?;
        source.string("apiVersion", &mut self.api_version)?;
        source.string("condition", &mut self.condition)?;
        source.string("tags", &mut self.tags)?;
        source.string("appVersion", &mut self.app_version)?;
        source.bool("deprecated", &mut self.deprecated)?;
        if let Some(value) = source.get("annotations") {
            self.annotations = Some(string_map(value, &source.inner("annotations"))?);
        }
        source.string("kubeVersion", &mut self.kube_version)?;
        if let Some(items) = source.list("dependencies", "[]*v2.Dependency")? {
            let path = source.inner("dependencies");
            self.dependencies =
                Some(items.iter().map(|item| dependency(item, path.clone())).collect::<Result<_, _>>()?);
        }
        source.string("type", &mut self.chart_type)
    }
}

fn maintainer(item: &Value, path: String) -> Result<Maintainer, Failure> {
    let mut maintainer = Maintainer::default();
    // A null is refused when the chart is validated.
    let Some(source) = Source::new(item, "Maintainer", path)? else {
        return Err(Failure("maintainers must not contain empty or null nodes".to_owned()));
    };
    source.string("name", &mut maintainer.name)?;
    source.string("email", &mut maintainer.email)?;
    source.string("url", &mut maintainer.url)?;
    Ok(maintainer)
}

fn dependency(item: &Value, path: String) -> Result<Dependency, Failure> {
    let mut dependency = Dependency::default();
    let Some(source) = Source::new(item, "Dependency", path)? else {
        return Err(Failure("dependencies must not contain empty or null nodes".to_owned()));
    };
    source.string("name", &mut dependency.name)?;
    source.string("version", &mut dependency.version)?;
    source.string("repository", &mut dependency.repository)?;
    source.string("condition", &mut dependency.condition)?;
    if source.list("tags", "[]string")?.is_some() {
        let mut tags = Vec::new();
        source.strings("tags", &mut tags)?;
        dependency.tags = Some(tags);
    }
    source.bool("enabled", &mut dependency.enabled)?;
    if let Some(items) = source.list("import-values", "[]interface {}")? {
        dependency.import_values = Some(items.to_vec());
    }
    source.string("alias", &mut dependency.alias)?;
    Ok(dependency)
}

impl<'a> Source<'a> {
    fn new(value: &'a Value, name: &'static str, path: String) -> Result<Option<Self>, Failure> {
        match value {
            Value::Null => Ok(None),
            Value::Object(map) => Ok(Some(Self { map, name, path })),
            other => Err(mismatch(other, &path, &format!("v2.{name}"))),
        }
    }

    fn inner(&self, key: &str) -> String {
        if self.path.is_empty() { format!("{}.{key}", self.name) } else { format!("{}.{key}", self.path) }
    }

    /// The value under a key in any case; null is none.
    fn get(&self, key: &str) -> Option<&'a Value> {
        let folded =
            || self.map.iter().find(|(found, _)| found.eq_ignore_ascii_case(key)).map(|(_, value)| value);
        self.map.get(key).or_else(folded).filter(|value| !value.is_null())
    }

    fn string(&self, key: &str, out: &mut String) -> Result<(), Failure> {
        if let Some(value) = self.get(key) {
            *out = scalar_text(value).ok_or_else(|| mismatch(value, &self.inner(key), "string"))?;
        }
        Ok(())
    }

    fn bool(&self, key: &str, out: &mut bool) -> Result<(), Failure> {
        if let Some(value) = self.get(key) {
            *out = value.as_bool().ok_or_else(|| mismatch(value, &self.inner(key), "bool"))?;
        }
        Ok(())
    }

    fn list(&self, key: &str, wanted: &str) -> Result<Option<&'a [Value]>, Failure> {
        let Some(value) = self.get(key) else { return Ok(None) };
        value.as_array().map(Some).ok_or_else(|| mismatch(value, &self.inner(key), wanted))
    }

    fn strings(&self, key: &str, out: &mut Vec<String>) -> Result<(), Failure> {
        let Some(items) = self.list(key, "[]string")? else { return Ok(()) };
        let text = |item: &Value| match item {
            Value::Null => Ok(String::new()),
            item => scalar_text(item).ok_or_else(|| mismatch(item, &self.inner(key), "string")),
        };
        *out = items.iter().map(text).collect::<Result<_, _>>()?;
        Ok(())
    }
}

/// A `map[string]string`.
pub(crate) fn string_map(value: &Value, path: &str) -> Result<BTreeMap<String, String>, Failure> {
    let Value::Object(map) = value else { return Err(mismatch(value, path, "map[string]string")) };
    let text = |value: &Value| match value {
        Value::Null => Ok(String::new()),
        value => scalar_text(value).ok_or_else(|| mismatch(value, path, "string")),
    };
    map.iter().map(|(key, value)| Ok((key.to_string(), text(value)?))).collect()
}

/// What a scalar is where a string is wanted.
pub(crate) fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number_text(number)),
        _ => None,
    }
}

fn number_text(number: &Number) -> String {
    if number.is_integer() { number.as_str().to_owned() } else { general_float(number.as_f64()) }
}

/// Go's `strconv.FormatFloat(value, 'g', -1, 64)`.
pub(crate) fn general_float(value: f64) -> String {
    float_text(value, 6)
}

/// Go's shortest text of a float, with an exponent from this power of ten on: 21 is that of `%v`.
pub(crate) fn float_text(value: f64, power_max: i32) -> String {
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i32 = exponent.parse().unwrap_or_default();
    if value == 0.0 || (-4..power_max).contains(&power) {
        format!("{value}")
    } else if power < 0 {
        format!("{mantissa}e-{:02}", -power)
    } else {
        format!("{mantissa}e+{power:02}")
    }
}

fn mismatch(value: &Value, path: &str, wanted: &str) -> Failure {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let field = if path.is_empty() { "value".to_owned() } else { format!("struct field {path}") };
    Failure(format!(
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {found} into Go {field} of type {wanted}"
    ))
}
