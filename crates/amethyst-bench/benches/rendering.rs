//! Where the time of a render goes, part by part.
//!
//! `cargo bench -p amethyst-bench --bench rendering` takes the homelab of this repository; `AMETHYST_CORPUS=DIR`
//! names another that brings its charts along, and `AMETHYST_ENTRY=FILE` where its sync starts, if that is not
//! found. `-- PART` runs the parts whose names hold this text. Parts that use all processors are marked so.

#[path = "rendering/corpus.rs"]
mod corpus;

use std::hint::black_box;
use std::time::Duration;

use amethyst_helm::{Chart, render};
use amethyst_kustomize::{FileCache, Options};
use amethyst_render::entry;
use amethyst_render::repository::Cache;
use amethyst_yaml::{Dialect, emit, parse_all};
use criterion::{Criterion, SamplingMode};
use rayon::prelude::*;

use corpus::Corpus;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Renders are deep: threads as the program has them.
const STACK_BYTES: usize = 16 << 20;

#[expect(clippy::print_stderr, reason = "figures need the size of what was measured")]
fn main() -> anyhow::Result<()> {
    rayon::ThreadPoolBuilder::new().stack_size(STACK_BYTES).build_global()?;
    // Templates and kustomizations nest deeper than a main thread's stack is made for.
    let worker = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(|| -> anyhow::Result<()> {
        let corpus = Corpus::open()?;
        eprintln!("{corpus}");
        let mut criterion = Criterion::default()
            .sample_size(15)
            .warm_up_time(Duration::from_secs(1))
            .measurement_time(Duration::from_secs(4))
            .configure_from_args();
        read(&mut criterion, &corpus);
        build(&mut criterion, &corpus);
        whole(&mut criterion, &corpus);
        criterion.final_summary();
        Ok(())
    })?;
    worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// What is done before anything is rendered.
fn read(criterion: &mut Criterion, corpus: &Corpus) {
    let mut group = criterion.benchmark_group("read");
    group.sampling_mode(SamplingMode::Flat);
    group.bench_function("list files", |bench| bench.iter(|| amethyst_source::folder(&corpus.root)));
    group.bench_function("find entry", |bench| bench.iter(|| entry::find(&corpus.tree, None)));
    group.bench_function("parse all YAML", |bench| {
        bench.iter(|| {
            for text in &corpus.texts {
                black_box(parse_all(text, Dialect::GoV2));
            }
        });
    });
    group.finish();
}

/// kustomize and Helm on one thread, without what Flux adds.
fn build(criterion: &mut Criterion, corpus: &Corpus) {
    let mut group = criterion.benchmark_group("build");
    group.sampling_mode(SamplingMode::Flat);
    group.bench_function("kustomizations", |bench| {
        bench.iter(|| {
            let files = FileCache::default();
            let options = Options { generate: true, files: Some(&files), ..Options::default() };
            for folder in &corpus.kustomizations {
                black_box(amethyst_kustomize::build(&corpus.tree, folder, &options));
            }
        });
    });
    if !corpus.releases.is_empty() {
        group.bench_function("load charts", |bench| {
            bench.iter(|| {
                for folder in corpus.charts.keys() {
                    black_box(Chart::from_tree(&corpus.tree, folder).is_ok());
                }
            });
        });
        group.bench_function("load and compile charts, render releases", |bench| {
            bench.iter(|| {
                let charts = corpus.load();
                for release in &corpus.releases {
                    let chart = &charts[&release.chart];
                    black_box(render(chart, &release.values, &release.options));
                }
            });
        });
        group.bench_function("render releases", |bench| {
            bench.iter(|| {
                for release in &corpus.releases {
                    let chart = &corpus.charts[&release.chart];
                    black_box(render(chart, &release.values, &release.options));
                }
            });
        });
    }
    group.finish();
}

/// The whole repository on all processors.
fn whole(criterion: &mut Criterion, corpus: &Corpus) {
    let changed = corpus.changed();
    let mut group = criterion.benchmark_group("whole, all processors");
    group.sampling_mode(SamplingMode::Flat);
    group.bench_function("render, nothing kept", |bench| {
        bench.iter_with_large_drop(|| {
            let cache = Cache::new(usize::MAX);
            (corpus.render(&corpus.tree, &cache), cache)
        });
    });
    let cache = Cache::new(usize::MAX);
    let rendered = corpus.render(&corpus.tree, &cache);
    group.bench_function("render again", |bench| {
        bench.iter_with_large_drop(|| corpus.render(&corpus.tree, &cache));
    });
    if let Some(tree) = &changed {
        // Each round changes the value to another one, so that none is found in the cache.
        let mut round = 0_u64;
        group.bench_function("render after one changed value", |bench| {
            bench.iter_batched(
                || {
                    round += 1;
                    tree(round)
                },
                |tree| corpus.render(&tree, &cache),
                criterion::BatchSize::PerIteration,
            );
        });
    }
    group.bench_function("print YAML", |bench| {
        bench.iter(|| {
            let units = rendered.units.par_iter().flat_map_iter(|unit| unit.objects.iter());
            units.map(|packed| emit(&packed.object().into_value()).len()).sum::<usize>()
        });
    });
    group.finish();
}
