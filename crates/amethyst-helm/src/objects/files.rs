//! `.Files`: what a chart holds beside its templates.

use std::borrow::Cow;
use std::rc::Rc;

use amethyst_gotemplate::{CallError, Engine, List, ListKind, Map, Native, UintKind, Value};
use amethyst_object::{Str, Value as Document};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::capabilities::no_arguments;
use crate::glob::Glob;
use crate::ignore::base;
use crate::{Chart, File};

/// `.Files` of a chart.
pub(crate) fn files(chart: &Chart) -> Value {
    let mut files = chart.files().to_vec();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    // Of files with one name the last counts.
    files.dedup_by(|later, earlier| {
        let same = later.name == earlier.name;
        if same {
            std::mem::swap(later, earlier);
        }
        same
    });
    Value::Native(Rc::new(Files(files.into())))
}

/// Files, sorted by name.
#[derive(Debug)]
struct Files(Rc<[File]>);

impl Files {
    fn get(&self, name: &str) -> Option<&Bytes> {
        let at = self.0.binary_search_by(|file| file.name.as_str().cmp(name)).ok()?;
        Some(&self.0[at].data)
    }

    /// The files by the last part of their names.
    fn by_base(&self, content: impl Fn(&Bytes) -> Value) -> Map {
        self.0.iter().map(|file| (Str::from(base(&file.name)), content(&file.data))).collect()
    }

    fn lines(&self, name: &str) -> Value {
        let data = self.get(name).filter(|data| !data.is_empty());
        let Some(data) = data else { return Value::List(List::strings(Vec::<Value>::new())) };
        let data = data.strip_suffix(b"\n").unwrap_or(data);
        Value::List(List::strings(data.split(|byte| *byte == b'\n').map(text)))
    }
}

fn text(data: &[u8]) -> Value {
    Value::bytes_string(data.to_vec())
}

fn bytes(data: &[u8]) -> Value {
    let items = data.iter().map(|byte| Value::Uint(UintKind::Uint8, u64::from(*byte))).collect();
    Value::List(List::with_kind(ListKind::Byte, items))
}

fn one_name<'a>(method: &str, arguments: &'a [Value]) -> Result<Cow<'a, str>, CallError> {
    match arguments {
        [name] => name
            .as_str()
            .ok_or_else(|| format!("wrong type for value; expected string; got {}", name.type_name()).into()),
        other => Err(format!("wrong number of args for {method}: want 1 got {}", other.len()).into()),
    }
}

impl Native for Files {
    fn type_name(&self) -> Cow<'static, str> {
        "engine.files".into()
    }

    fn kind_name(&self) -> &'static str {
        "map"
    }

    fn field(&self, name: &str) -> Option<Value> {
        if matches!(name, "Get" | "GetBytes" | "Lines" | "Glob" | "AsConfig" | "AsSecrets") {
            return None;
        }
        // A map's key; one that is not there is no bytes.
        Some(bytes(self.get(name).map_or(&[], |data| data)))
    }

    fn method(
        &self,
        name: &str,
        arguments: &[Value],
        _: &mut Engine<'_>,
    ) -> Option<Result<Value, CallError>> {
        let by_name = |call: &dyn Fn(&str) -> Value| Some(one_name(name, arguments).map(|file| call(&file)));
        let config = |content: fn(&Bytes) -> Value| {
            Some(no_arguments(name, arguments).map(|()| {
                let document = to_document(&self.by_base(content));
                let yaml = amethyst_yaml::emit(&document);
                Value::from(yaml.strip_suffix('\n').unwrap_or(&yaml))
            }))
        };
        match name {
            "Get" => by_name(&|file| self.get(file).map_or(Value::from(""), |data| text(data))),
            "GetBytes" => by_name(&|file| bytes(self.get(file).map_or(&[], |data| data))),
            "Lines" => by_name(&|file| self.lines(file)),
            "Glob" => by_name(&|pattern| {
                let glob = Glob::new(pattern);
                let found = self.0.iter().filter(|file| glob.matches(&file.name)).cloned().collect();
                Value::Native(Rc::new(Self(found)))
            }),
            "AsConfig" => config(|data| text(data)),
            "AsSecrets" => config(|data| Value::from(STANDARD.encode(data))),
            _ => None,
        }
    }

    fn index(&self, key: &Value) -> Option<Result<Value, CallError>> {
        Some(match key.as_str() {
            Some(name) => Ok(bytes(self.get(&name).map_or(&[], |data| data))),
            None => Err(format!("value has type {}; should be string", key.type_name()).into()),
        })
    }

    fn range(&self) -> Option<Vec<(Value, Value)>> {
        Some(self.0.iter().map(|file| (Value::String(file.name.clone()), bytes(&file.data))).collect())
    }

    fn length(&self) -> Option<usize> {
        Some(self.0.len())
    }

    fn is_true(&self) -> bool {
        !self.0.is_empty()
    }

    fn print(&self) -> String {
        let numbers = |file: &File| file.data.iter().map(u8::to_string).collect::<Vec<_>>().join(" ");
        let pairs: Vec<String> =
            self.0.iter().map(|file| format!("{}:[{}]", file.name, numbers(file))).collect();
        format!("map[{}]", pairs.join(" "))
    }

    fn to_document(&self) -> Document {
        let encoded = |file: &File| (file.name.clone(), Document::from(STANDARD.encode(&file.data)));
        Document::Object(self.0.iter().map(encoded).collect())
    }
}

/// A map of strings as a document; what is no UTF-8 is told as base64, as Helm's YAML does.
fn to_document(map: &Map) -> Document {
    let text = |value: &Value| Document::from(value.as_str().unwrap_or_default().into_owned());
    Document::Object(map.pairs().iter().map(|(key, value)| (key.clone(), text(value))).collect())
}
