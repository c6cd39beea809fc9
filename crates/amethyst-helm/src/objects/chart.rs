//! `.Chart`: in Helm 4 a map named as Go's struct is, in Helm 3 the struct itself.

use std::borrow::Cow;
use std::rc::Rc;

use amethyst_gotemplate::{List, ListKind, Map, MapKind, Native, Value};
use amethyst_object::{Map as Pairs, Value as Document};

use crate::capabilities::HelmVersion;
use crate::dependencies::Member;
use crate::metadata::{Dependency, Maintainer};

/// `.Chart` of a chart in a release.
pub(crate) fn chart(member: &Member, is_root: bool, helm: HelmVersion) -> Value {
    let metadata = member.chart.metadata();
    let annotations = metadata.annotations.iter().flatten();
    let annotations =
        annotations.map(|(key, value)| (key.as_str().into(), Value::from(value.as_str()))).collect();
    let any = |items: Vec<Value>| Value::List(List::new(items));
    let texts = |items: &[String]| any(items.iter().map(|item| Value::from(item.as_str())).collect());
    let dependencies = member.requirements.iter().flatten().map(dependency).collect();
    let fields: Map = [
        ("Name", Value::from(member.name.as_str())),
        ("Home", metadata.home.as_str().into()),
        ("Sources", texts(&metadata.sources)),
        ("Version", metadata.version.as_str().into()),
        ("Description", metadata.description.as_str().into()),
        ("Keywords", texts(&metadata.keywords)),
        ("Maintainers", any(metadata.maintainers.iter().map(maintainer).collect())),
        ("Icon", metadata.icon.as_str().into()),
        ("APIVersion", metadata.api_version.as_str().into()),
        ("Condition", metadata.condition.as_str().into()),
        ("Tags", metadata.tags.as_str().into()),
        ("AppVersion", metadata.app_version.as_str().into()),
        ("Deprecated", metadata.deprecated.into()),
        ("Annotations", Value::Map(Map::with_kind(MapKind::String, annotations))),
        ("KubeVersion", metadata.kube_version.as_str().into()),
        ("Dependencies", any(dependencies)),
        ("Type", metadata.chart_type.as_str().into()),
        ("IsRoot", is_root.into()),
    ]
    .into_iter()
    .collect();
    match helm {
        HelmVersion::V3 => Value::Native(Rc::new(Struct(fields))),
        HelmVersion::V4 => Value::Map(fields),
    }
}

fn maintainer(maintainer: &Maintainer) -> Value {
    let fields: Map = [
        ("Name", Value::from(maintainer.name.as_str())),
        ("Email", maintainer.email.as_str().into()),
        ("URL", maintainer.url.as_str().into()),
    ]
    .into_iter()
    .collect();
    fields.into()
}

fn dependency(dependency: &Dependency) -> Value {
    let tags = dependency.tags.iter().flatten().map(|tag| Value::from(tag.as_str())).collect();
    let import_values = dependency.import_values.iter().flatten().map(Value::from_document).collect();
    let fields: Map = [
        ("Name", Value::from(dependency.name.as_str())),
        ("Version", dependency.version.as_str().into()),
        ("Repository", dependency.repository.as_str().into()),
        ("Condition", dependency.condition.as_str().into()),
        ("Tags", Value::List(List::with_kind(ListKind::Any, tags))),
        ("Enabled", dependency.enabled.into()),
        ("ImportValues", Value::List(List::new(import_values))),
        ("Alias", dependency.alias.as_str().into()),
    ]
    .into_iter()
    .collect();
    fields.into()
}

/// The struct of Helm 3: what it has no field for is an error.
#[derive(Debug)]
struct Struct(Map);

impl Native for Struct {
    fn type_name(&self) -> Cow<'static, str> {
        "struct { chart.Metadata; IsRoot bool }".into()
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.0.get(name)
    }

    fn print(&self) -> String {
        crate::values::print(&Value::Map(self.0.clone()))
    }

    fn to_document(&self) -> Document {
        let mut pairs = Pairs::new();
        for (name, value) in self.0.pairs().iter() {
            let key = match name.as_str() {
                "APIVersion" => "apiVersion".to_owned(),
                name => format!("{}{}", name[..1].to_lowercase(), &name[1..]),
            };
            match value {
                Value::String(text) if !text.is_empty() => pairs.insert(key, text.clone()),
                Value::Bool(true) => pairs.insert(key, true),
                _ => None,
            };
        }
        Document::Object(pairs)
    }
}
