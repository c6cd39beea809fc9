//! The objects that templates see beside values: `.Chart`, `.Release`, `.Capabilities`, `.Files`.

mod capabilities;
mod chart;
mod files;

use amethyst_gotemplate::{Map, MapKind, Value};

use crate::render::Release;

pub(crate) use capabilities::capabilities;
pub(crate) use chart::chart;
pub(crate) use files::files;

/// `.Release`.
pub(crate) fn release(release: &Release) -> Map {
    [
        ("Name", Value::from(release.name.as_str())),
        ("Namespace", Value::from(release.namespace.as_str())),
        ("IsUpgrade", Value::Bool(release.is_upgrade)),
        ("IsInstall", Value::Bool(!release.is_upgrade)),
        ("Revision", Value::int(release.revision)),
        ("Service", Value::from("Helm")),
    ]
    .into_iter()
    .collect()
}

/// `.Template`.
pub(crate) fn template(name: &str, base_path: &str) -> Map {
    let pairs = vec![("BasePath".into(), Value::from(base_path)), ("Name".into(), Value::from(name))];
    Map::with_kind(MapKind::Values, pairs)
}
