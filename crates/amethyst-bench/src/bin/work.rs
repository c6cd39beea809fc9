//! What the sync of a repository comes to: `work FOLDER [ENTRY]` prints one JSON object with the file of the entry,
//! the folder that is applied first, the folders of all Kustomizations, and all HelmReleases whose charts lie in the
//! repository, with their values as their parents substituted them.
//!
//! `cargo xtask peers render` has other tools do that work.

use std::path::Path;

use amethyst_object::{Object, Value, json, value};
use amethyst_render::entry;
use amethyst_render::repository::{self, Cache, Input, NoCharts, UnitKind};
use amethyst_tree::normalize;
use anyhow::{Context, anyhow};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Renders are deep: threads as the program has them.
const STACK_BYTES: usize = 16 << 20;

#[expect(clippy::print_stdout, reason = "the work is what is asked for")]
fn main() -> anyhow::Result<()> {
    rayon::ThreadPoolBuilder::new().stack_size(STACK_BYTES).build_global()?;
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().context("usage: work FOLDER [ENTRY]")?;
    let tree = amethyst_source::folder(Path::new(&folder))?;
    let entry = entry::find(&tree, arguments.next().as_deref()).map_err(|fault| anyhow!("{fault}"))?;
    let rendered = repository::render(Input {
        tree: &tree,
        entry: &entry,
        definitions: &amethyst_gitops::definitions(),
        kubernetes_version: "1.37.2",
        charts: &NoCharts,
        schemas: None,
        lookup: None,
        with_crds: false,
        cache: &Cache::new(usize::MAX),
    });
    let of = |kind| rendered.units.iter().filter(move |unit| unit.kind == kind).map(|unit| &*unit.object);
    let path = |object: &Object| {
        let path = object.str_at(&["spec", "path"]).unwrap_or_default();
        normalize("", path).map(Value::from)
    };
    let kustomizations: Vec<Value> = of(UnitKind::Kustomization).filter_map(path).collect();
    let release = |object: &Object| {
        let chart = normalize("", object.str_at(&["spec", "chart", "spec", "chart"])?)?;
        tree.entry(&format!("{chart}/Chart.yaml"))?;
        let text = |keys: &[&str]| object.str_at(keys).map(str::to_owned);
        let name = text(&["spec", "releaseName"]).unwrap_or_else(|| object.name().to_owned());
        let namespace = text(&["spec", "targetNamespace"]).unwrap_or_else(|| object.namespace().to_owned());
        let values = object.at(&["spec", "values"]).cloned().unwrap_or_else(Value::object);
        Some(value!({
            "name": (name.as_str()), "namespace": (namespace.as_str()), "chart": (chart.as_str()),
            "values": (values),
        }))
    };
    let releases: Vec<Value> = of(UnitKind::HelmRelease).filter_map(release).collect();
    let first = path(&entry.kustomization).unwrap_or_else(|| Value::from(""));
    let all = value!({
        "entry": (entry.file.as_str()), "folder": (first), "kustomizations": (Value::Array(kustomizations)),
        "releases": (Value::Array(releases)),
    });
    println!("{}", json::to_string(&all));
    Ok(())
}
