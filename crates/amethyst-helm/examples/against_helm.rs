//! Renders the charts and HelmReleases of corpora by `helm template` and by this crate, and compares.
//!
//! `against_helm HELM CACHE CORPUS...`: a corpus is a repository with its charts in `charts/`, as HelmReleases
//! name them (`./charts/NAME`). Documents are compared as a bag, since the order of those of one kind from one
//! file differs from run to run of Helm. What Helm says is kept in the folder CACHE between runs. Each render gives
//! one line, `VERDICT<tab>1<tab>NAME<tab>WHY`.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a tool for developers reads disk and prints"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use amethyst_gotemplate::{Map, Value};
use amethyst_helm::{Chart, OutputFlags, Release, RenderOptions, render, to_template_output};
use amethyst_object::{Value as Document, json};
use amethyst_tree::Tree;
use anyhow::{Context, Result, bail};

/// How often Helm is asked before a difference is one.
const RUNS_MAX: usize = 8;

/// One render.
struct Case {
    what: String,
    chart: PathBuf,
    release: Release,
    values: Document,
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(helm), Some(cache)) = (arguments.next(), arguments.next()) else {
        bail!("usage: against_helm HELM CACHE CORPUS...");
    };
    fs::create_dir_all(&cache)?;
    let only = std::env::var("ONLY").ok();
    for corpus in arguments {
        let mut charts: BTreeMap<PathBuf, Result<Chart, String>> = BTreeMap::new();
        let mut time = Duration::ZERO;
        for case in cases(Path::new(&corpus))? {
            if only.as_ref().is_some_and(|only| !case.what.contains(only.as_str())) {
                continue;
            }
            let chart = charts.entry(case.chart.clone()).or_insert_with(|| load(&case.chart));
            let started = Instant::now();
            let ours = chart.clone().and_then(|chart| ours(&chart, &case));
            time += started.elapsed();
            let digest = chart.as_ref().map(Chart::digest).unwrap_or_default();
            let ask = |run: &str| theirs(&helm, Path::new(&cache), &case, &format!("{digest} {run}"));
            let theirs = ask("")?;
            let (ours, repeats) = match ours {
                Ok((text, repeats)) => (Ok(text), repeats),
                Err(text) => (Err(text), true),
            };
            let (mut difference, mut remark) = (compare(&ours, &theirs), "");
            if let (Some(_), false, Ok(ours), Ok(theirs)) = (&difference, repeats, &ours, &theirs) {
                let again = ask("again")?.unwrap_or_default();
                difference = compare_masked(ours, theirs, &again);
                remark = "but for what is random";
            }
            // Helm walks maps of sprig's `keys` and `merge` in random order: it may say this another time.
            for run in 1..RUNS_MAX {
                if difference.is_none() || ours.is_err() || theirs.is_err() {
                    break;
                }
                let again = ask(&format!("run {run}"))?;
                difference = compare(&ours, &again);
                remark = "as in one of several runs of helm";
            }
            match (difference, &ours, &theirs) {
                (None, Ok(_), _) => tell("equal", &case.what, remark),
                (None, Err(_), _) => tell("equal", &case.what, "refused by both"),
                (Some(difference), Err(_), Ok(_)) => tell("refused", &case.what, &difference),
                (Some(difference), ..) => tell("different", &case.what, &difference),
            }
        }
        println!("equal\t0\t\tours took {:.1} s on one thread", time.as_secs_f64());
    }
    Ok(())
}

/// One line for `cargo xtask peers template`, which counts them.
fn tell(verdict: &str, name: &str, why: &str) {
    println!("{verdict}\t1\t{name}\t{}", why.replace(['\n', '\t'], " "));
}

fn cases(corpus: &Path) -> Result<Vec<Case>> {
    let charts = corpus.join("charts");
    let mut cases = Vec::new();
    let mut folders: Vec<PathBuf> =
        fs::read_dir(&charts)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    folders.sort();
    for chart in folders.into_iter().filter(|folder| folder.join("Chart.yaml").exists()) {
        let what = format!("chart {}", chart.file_name().unwrap_or_default().to_string_lossy());
        let release = Release::new("release-name", "default");
        cases.push(Case { what, chart, release, values: Document::object() });
    }
    let mut files = Vec::new();
    walk(corpus, &charts, &mut files)?;
    for file in files {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        if !text.contains("HelmRelease") {
            continue;
        }
        let (documents, _) = amethyst_yaml::parse_all(&text, amethyst_yaml::Dialect::GoV2);
        for document in documents {
            let value = document.value;
            let Some(chart) = value.str_at(&["spec", "chart", "spec", "chart"]) else { continue };
            let Some(chart) = chart.strip_prefix("./charts/") else { continue };
            if value.str_at(&["kind"]) != Some("HelmRelease") || !charts.join(chart).exists() {
                continue;
            }
            let name = value.str_at(&["metadata", "name"]).unwrap_or("release");
            let namespace = value
                .str_at(&["spec", "targetNamespace"])
                .or_else(|| value.str_at(&["metadata", "namespace"]))
                .unwrap_or("default");
            let release_name = value.str_at(&["spec", "releaseName"]).unwrap_or(name);
            let path = file.strip_prefix(corpus).unwrap_or(&file);
            cases.push(Case {
                what: format!("{} ({name}, chart {chart})", path.display()),
                chart: charts.join(chart),
                release: Release::new(release_name, namespace),
                values: value.at(&["spec", "values"]).cloned().unwrap_or_else(Document::object),
            });
        }
    }
    Ok(cases)
}

fn walk(folder: &Path, skip: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path == skip || name == ".git" || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            walk(&path, skip, files)?;
        } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            files.push(path);
        }
    }
    Ok(())
}

fn load(folder: &Path) -> Result<Chart, String> {
    let mut files = Vec::new();
    all_files(folder, folder, &mut files).map_err(|error| error.to_string())?;
    Chart::from_tree(&Tree::from_files(files), "").map_err(|error| error.to_string())
}

fn all_files(root: &Path, folder: &Path, files: &mut Vec<(String, Vec<u8>)>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            all_files(root, &path, files)?;
        } else {
            files.push((path.strip_prefix(root)?.to_string_lossy().into_owned(), fs::read(&path)?));
        }
    }
    Ok(())
}

/// What we print, and whether Helm would print it again.
fn ours(chart: &Chart, case: &Case) -> Result<(String, bool), String> {
    let values = match Value::from_document(&case.values) {
        Value::Map(map) => map,
        _ => Map::new(),
    };
    let options = RenderOptions::new(case.release.clone());
    let (rendered, diagnostics) = render(chart, &values, &options);
    let repeats = diagnostics.iter().all(|diagnostic| diagnostic.code != "helm-not-reproducible");
    if let Some(error) = &rendered.error {
        return Err(error.text.clone());
    }
    let flags = OutputFlags { include_crds: true, ..OutputFlags::default() };
    Ok((to_template_output(&rendered, &flags)?, repeats))
}

fn theirs(helm: &str, cache: &Path, case: &Case, run: &str) -> Result<Result<String, String>> {
    let values = json::to_string(&case.values);
    let key = format!("{helm}\n{run}\n{}\n{:?}\n{values}", case.chart.display(), case.release);
    let kept = cache.join(format!("{:016x}.json", hash(&key)));
    if let Ok(text) = fs::read(&kept) {
        return serde_json::from_slice(&text).context("kept answer");
    }
    let file = cache.join("values.json");
    fs::write(&file, values)?;
    let output = Command::new(helm)
        .args(["template", &case.release.name])
        .arg(&case.chart)
        .args(["--namespace", &case.release.namespace, "--include-crds", "-f"])
        .arg(&file)
        .output()?;
    let answer = if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let text = text.find("Error: ").map_or(text.as_str(), |at| &text[at + 7..]);
        let text = text.replace("\n\nUse --debug flag to render out invalid YAML", "");
        Err(text.trim_end().to_owned())
    };
    fs::write(&kept, serde_json::to_vec(&answer)?)?;
    Ok(answer)
}

fn hash(text: &str) -> u64 {
    // FNV-1a: the names of files need no better one.
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// What differs, if anything does.
fn compare(ours: &Result<String, String>, theirs: &Result<String, String>) -> Option<String> {
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) if ours == theirs => None,
        (Ok(ours), Ok(theirs)) => bag_difference(ours, theirs),
        (Err(ours), Err(theirs)) if sorted_lines(ours) == sorted_lines(theirs.trim_end()) => None,
        (Err(ours), Err(theirs)) => Some(format!("other errors\n  ours:   {ours}\n  theirs: {theirs}")),
        (Err(ours), Ok(_)) => Some(format!("only ours failed: {ours}")),
        (Ok(_), Err(theirs)) => Some(format!("only theirs failed: {theirs}")),
    }
}

/// Faults of a schema come in random order from Helm, and so do the names in one.
fn sorted_lines(text: &str) -> Vec<String> {
    let sorted = |line: &str| match line.split_once("additional properties ") {
        Some((before, names)) => {
            let mut names: Vec<&str> = names.trim_end_matches(" not allowed").split(", ").collect();
            names.sort_unstable();
            format!("{before}{}", names.join(", "))
        }
        None => line.to_owned(),
    };
    let mut lines: Vec<String> = text.trim_end().lines().map(sorted).collect();
    lines.sort_unstable();
    lines
}

fn bag(text: &str) -> Vec<String> {
    let mut documents: Vec<String> =
        format!("\n{text}").split("\n---\n# Source: ").map(|part| part.trim().to_owned()).collect();
    documents.sort();
    documents
}

/// Compares the lines that are the same in two runs of Helm.
fn compare_masked(ours: &str, theirs: &str, again: &str) -> Option<String> {
    let masked = |text: &str| {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let (theirs, again, text) = (lines(theirs), lines(again), lines(text));
        if theirs.len() != again.len() || text.len() != theirs.len() {
            return text.join("\n");
        }
        let kept = theirs.iter().zip(&again).zip(&text).filter(|((theirs, again), _)| theirs == again);
        kept.map(|(_, line)| line.as_str()).collect::<Vec<_>>().join("\n")
    };
    bag_difference(&masked(ours), &masked(theirs))
}

fn bag_difference(ours: &str, theirs: &str) -> Option<String> {
    let (ours, theirs) = (bag(ours), bag(theirs));
    if ours == theirs {
        return None;
    }
    let ours_only: Vec<&String> = ours.iter().filter(|document| !theirs.contains(document)).collect();
    let theirs_only: Vec<&String> = theirs.iter().filter(|document| !ours.contains(document)).collect();
    let mut out = format!("{} documents only ours, {} only theirs", ours_only.len(), theirs_only.len());
    if let (Some(ours), Some(theirs)) = (ours_only.first(), theirs_only.first()) {
        out.push_str(&format!("\n  ours first: {}", ours.lines().next().unwrap_or_default()));
        for (ours, theirs) in ours.lines().zip(theirs.lines()).filter(|(ours, theirs)| ours != theirs).take(4)
        {
            out.push_str(&format!("\n  - {theirs}\n  + {ours}"));
        }
    } else {
        for document in ours_only.iter().chain(&theirs_only).take(3) {
            out.push_str(&format!("\n  {}", document.lines().next().unwrap_or_default()));
        }
    }
    Some(out)
}
