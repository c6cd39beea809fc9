//! Where the time of a render goes: `rendering CORPUS [ENTRY]` prints the middle of many rounds of each part.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use amethyst_render::entry;
use amethyst_render::repository::{self, Cache, Input, NoCharts, Repository, UnitKind};
use amethyst_tree::{BlobId, Tree};
use anyhow::{Context, anyhow, bail};
use rayon::prelude::*;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 15;

/// Renders are deep: threads as the program has them.
const STACK_BYTES: usize = 16 << 20;

#[expect(clippy::print_stdout, reason = "the table is what is asked for")]
#[expect(clippy::disallowed_methods, reason = "times are measured")]
fn main() -> anyhow::Result<()> {
    rayon::ThreadPoolBuilder::new().stack_size(STACK_BYTES).build_global()?;
    let mut arguments = std::env::args().skip(1);
    let corpus = arguments.next().context("usage: rendering CORPUS [ENTRY]")?;
    let named = arguments.next();
    let tree = amethyst_source::folder(Path::new(&corpus))?;
    let entry = entry::find(&tree, named.as_deref()).map_err(|fault| anyhow!("{fault}"))?;
    let definitions = amethyst_gitops::definitions();
    let render = |tree: &Tree, cache: &Cache| {
        repository::render(Input {
            tree,
            entry: &entry,
            definitions: &definitions,
            kubernetes_version: "1.37.2",
            charts: &NoCharts,
            schemas: None,
            lookup: None,
            with_crds: false,
            cache,
        })
    };
    let first = render(&tree, &Cache::new(usize::MAX));
    let units = |kind| first.units.iter().filter(|unit| unit.kind == kind).count();
    println!(
        "{corpus}: {} Kustomizations, {} HelmReleases, {} objects",
        units(UnitKind::Kustomization),
        units(UnitKind::HelmRelease),
        first.objects().count()
    );
    let changed = changed(&tree, &first)?;
    let mut parts: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
    for _ in 0..ROUNDS {
        let mut time = |name: &'static str, what: &mut dyn FnMut()| {
            let started = Instant::now();
            what();
            parts.entry(name).or_default().push(started.elapsed());
        };
        time("1 list the files", &mut || drop(amethyst_source::folder(Path::new(&corpus))));
        time("2 find the entry", &mut || drop(entry::find(&tree, named.as_deref())));
        let cache = Cache::new(usize::MAX);
        time("3 render, nothing kept", &mut || drop(render(&tree, &cache)));
        time("4 render again", &mut || drop(render(&tree, &cache)));
        time("5 render after one changed value", &mut || drop(render(&changed, &cache)));
        time("6 print all as YAML", &mut || {
            let sizes = first.units.par_iter().flat_map_iter(|unit| unit.objects.iter());
            let size: usize =
                sizes.map(|packed| amethyst_yaml::emit(&packed.object().into_value()).len()).sum();
            assert!(size > 0, "nothing was rendered");
        });
    }
    for (name, mut times) in parts {
        times.sort();
        println!("{name}: {:.2} ms", times[times.len() / 2].as_secs_f64() * 1e3);
    }
    Ok(())
}

/// The tree after a change of a value of the first HelmRelease whose file can be changed so.
fn changed(tree: &Tree, rendered: &Repository) -> anyhow::Result<Tree> {
    for unit in rendered.units.iter().filter(|unit| unit.kind == UnitKind::HelmRelease) {
        let Some(text) = tree.read(&unit.origin.file)? else { continue };
        let text = String::from_utf8_lossy(&text);
        if let Some((before, after)) = text.split_once("\n  values:\n") {
            let text = format!("{before}\n  values:\n    changedByABench: 1\n{after}");
            return Ok(tree.with_file(&unit.origin.file, BlobId("changed".into()), text.into_bytes().into()));
        }
    }
    bail!("no HelmRelease has values")
}
