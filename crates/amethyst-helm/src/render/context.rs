//! What the templates of one chart of a release are given.

use amethyst_gotemplate::{Map, MapKind, Value};
use bytes::Bytes;

use super::RenderOptions;
use crate::dependencies::Member;
use crate::ignore::base;
use crate::{Chart, objects, values};

/// One chart of a release, and its dot.
pub(crate) struct Context {
    chart: Chart,
    /// The chart's path: `parent/charts/child`.
    pub(crate) path: String,
    data: Map,
}

impl Context {
    /// The templates that count, with their names in the set and their texts; of a library only partials.
    pub(crate) fn templates(&self) -> impl Iterator<Item = (String, &Bytes)> {
        let library = self.chart.metadata().is_library();
        let counts = move |name: &str| !library || base(name).starts_with('_');
        let files = self.chart.templates().iter().filter(move |file| counts(&file.name));
        files.map(|file| (format!("{}/{}", self.path, file.name), &file.data))
    }

    /// Its chart, by its address.
    pub(crate) fn address(&self) -> usize {
        self.chart.address()
    }

    pub(super) fn set_template(&self, name: &str) {
        self.data.insert("Template", objects::template(name, &format!("{}/templates", self.path)));
    }

    /// The dot of its templates.
    pub(super) fn data(&self) -> Value {
        Value::Map(self.data.clone())
    }
}

/// The contexts of all charts of a release, the outermost first.
pub(super) fn contexts(member: &Member, values: &Map, options: &RenderOptions) -> Vec<Context> {
    let mut builder = Builder {
        release: Value::Map(objects::release(&options.release)),
        capabilities: objects::capabilities(&options.capabilities, options.asked.clone()),
        options,
        contexts: Vec::new(),
    };
    builder.add(member, &values.with_type(MapKind::Values), &member.name, true);
    builder.contexts
}

struct Builder<'a> {
    release: Value,
    capabilities: Value,
    options: &'a RenderOptions,
    contexts: Vec<Context>,
}

impl Builder<'_> {
    fn add(&mut self, member: &Member, values: &Map, path: &str, is_root: bool) -> Map {
        let subcharts = Map::new();
        let pairs = vec![
            ("Capabilities".into(), self.capabilities.clone()),
            ("Chart".into(), objects::chart(member, is_root, self.options.helm())),
            ("Files".into(), objects::files(&member.chart)),
            ("Release".into(), self.release.clone()),
            ("Subcharts".into(), Value::Map(subcharts.clone())),
            ("Values".into(), Value::Map(values.clone())),
        ];
        let data = Map::with_kind(MapKind::Values, pairs);
        self.contexts.push(Context {
            chart: member.chart.clone(),
            path: path.to_owned(),
            data: data.clone(),
        });
        for inner in &member.members {
            // The map that the parent sees under the subchart's name, not a copy of it.
            let found = values::table(values, &inner.name).unwrap_or_default();
            let inner_path = format!("{path}/charts/{}", inner.name);
            let inner_data = self.add(inner, &found.with_type(MapKind::Values), &inner_path, false);
            subcharts.insert(inner.name.as_str(), inner_data.with_type(MapKind::Any));
        }
        data
    }
}
