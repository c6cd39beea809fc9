//! Runs the cases of Helm's own tests of `helm template` and compares with its goldens.
//!
//! `helm_goldens PKG_CMD`: the folder `pkg/cmd` of Helm's sources, version 4.3.1. Each case gives one line,
//! `VERDICT<tab>1<tab>NAME<tab>WHY`, which `cargo xtask peers goldens` counts.
#![expect(clippy::print_stdout, reason = "a tool for developers prints")]

use std::fs;
use std::path::Path;

use amethyst_helm::{
    Capabilities, Chart, KubeVersion, OutputFlags, Release, RenderOptions, ValueOptions, ValueSource,
    name_from_template, render, to_debug_output, to_template_output,
};
use amethyst_tree::Tree;
use anyhow::{Context, Result, bail};

/// What the tests' Helm takes Kubernetes to be.
const KUBE_VERSION: &str = "v1.20.0";
const SUBCHART: &str = "testdata/testcharts/subchart";

/// Golden, then arguments.
const CASES: &[(&str, &[&str])] = &[
    ("template", &[SUBCHART]),
    ("template-set", &[SUBCHART, "--set", "service.name=apache"]),
    (
        "template-values-files",
        &[SUBCHART, "--values", "testdata/testcharts/subchart/charts/subchartA/values.yaml"],
    ),
    ("template-name-template", &[SUBCHART, "--name-template", "foobar-{{ b64enc \"abc\" | lower }}-baz"]),
    ("template-no-args", &[]),
    ("template-lib-chart", &["testdata/testcharts/lib-chart"]),
    ("template-chart-bad-type", &["testdata/testcharts/chart-bad-type"]),
    ("template-chart-with-template-lib-dep", &["testdata/testcharts/chart-with-template-lib-dep"]),
    (
        "template-chart-with-template-lib-archive-dep",
        &["testdata/testcharts/chart-with-template-lib-archive-dep"],
    ),
    ("template-with-kube-version", &["--kube-version", "1.16.0", SUBCHART]),
    ("template-with-api-version", &["--api-versions", "helm.k8s.io/test,helm.k8s.io/test2", SUBCHART]),
    (
        "template-with-api-version",
        &["--api-versions", "helm.k8s.io/test", "--api-versions", "helm.k8s.io/test2", SUBCHART],
    ),
    ("template-with-crds", &[SUBCHART, "--include-crds"]),
    ("template-show-only-one", &[SUBCHART, "--show-only", "templates/service.yaml"]),
    (
        "template-show-only-multiple",
        &[
            SUBCHART,
            "--show-only",
            "templates/service.yaml",
            "--show-only",
            "charts/subcharta/templates/service.yaml",
        ],
    ),
    ("template-show-only-glob", &[SUBCHART, "--show-only", "templates/subdir/role*"]),
    ("object-order", &["testdata/testcharts/object-order"]),
    ("template-with-invalid-yaml", &["testdata/testcharts/chart-with-template-with-invalid-yaml"]),
    (
        "template-with-invalid-yaml-debug",
        &["testdata/testcharts/chart-with-template-with-invalid-yaml", "--debug"],
    ),
    (
        "template-with-invalid-template-expr-debug-show-only",
        &[
            "testdata/testcharts/chart-with-template-with-invalid-template-expr",
            "--debug",
            "--show-only",
            "templates/alpine-pod.yaml",
        ],
    ),
    ("template-skip-tests", &[SUBCHART, "--skip-tests"]),
    ("issue-9027", &["testdata/testcharts/issue-9027"]),
    (
        "template-subchart-cm",
        &[SUBCHART, "--set", "configmap.enabled=true", "--set", "subchartb.enabled=true"],
    ),
    (
        "template-subchart-cm-set",
        &[
            SUBCHART,
            "--set",
            "configmap.enabled=true",
            "--set",
            "subchartb.enabled=true",
            "--set",
            "configmap.value=baz",
        ],
    ),
    ("template-subchart-cm-set-file", &[SUBCHART, "-f", "testdata/testcharts/subchart/extra_values.yaml"]),
];

fn main() -> Result<()> {
    let Some(root) = std::env::args().nth(1) else { bail!("usage: helm_goldens PKG_CMD") };
    let root = Path::new(&root);
    for (golden, arguments) in CASES {
        let path = root.join("testdata/output").join(format!("{golden}.txt"));
        let expected = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let found = match run(root, arguments)? {
            Ok(text) => text,
            Err((text, error)) => format!("{text}Error: {error}\n"),
        };
        let name = format!("{golden} {arguments:?}");
        // The tests compare without carriage returns.
        if found == expected.replace("\r\n", "\n") {
            println!("equal\t1\t{name}\t");
        } else {
            let mut lines = found.lines().zip(expected.lines());
            let line = lines.find(|(ours, theirs)| ours != theirs);
            let line = line.map_or_else(
                || "one ends sooner".to_owned(),
                |(ours, theirs)| format!("`{ours}` instead of `{theirs}`"),
            );
            println!("different\t1\t{name}\t{line}");
        }
    }
    Ok(())
}

struct Files<'a>(&'a Path);

impl ValueSource for Files<'_> {
    fn read(&mut self, name: &str) -> Result<Vec<u8>, String> {
        fs::read(self.0.join(name)).map_err(|error| error.to_string())
    }
}

/// What goes to standard output, or that and the error.
type Answer = Result<String, (String, String)>;

fn run(root: &Path, arguments: &[&str]) -> Result<Answer> {
    let mut values = ValueOptions::default();
    let mut flags = OutputFlags::default();
    let mut capabilities =
        Capabilities { kube_version: parse_version(KUBE_VERSION)?, ..Capabilities::default() };
    let (mut folder, mut name, mut debug) = (None, "release-name".to_owned(), false);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut next = || rest.next().map(ToString::to_string).context("a value is missing");
        match *argument {
            "--set" => values.set.push(next()?),
            "--values" | "-f" => values.files.push(next()?),
            "--kube-version" => capabilities.kube_version = parse_version(&next()?)?,
            "--api-versions" => {
                let versions = next()?;
                capabilities = capabilities.with_api_versions(versions.split(','));
            }
            "--show-only" => flags.show_only.push(next()?),
            "--name-template" => name = name_from_template(&next()?).map_err(anyhow::Error::msg)?,
            "--include-crds" => flags.include_crds = true,
            "--skip-tests" => flags.skip_tests = true,
            "--debug" => debug = true,
            chart => folder = Some(root.join(chart)),
        }
    }
    let Some(folder) = folder else {
        let text =
            "\"helm template\" requires at least 1 argument\n\nUsage:  helm template [NAME] [CHART] [flags]";
        return Ok(Err((String::new(), text.to_owned())));
    };
    let values = values.merge(&mut Files(root))?;
    let mut files = Vec::new();
    all_files(&folder, &folder, &mut files)?;
    let chart = match Chart::from_tree(&Tree::from_files(files), "") {
        Ok(chart) => chart,
        Err(error) => return Ok(Err((String::new(), error.to_string()))),
    };
    let options = RenderOptions { capabilities, ..RenderOptions::new(Release::new(name, "default")) };
    let (rendered, _) = render(&chart, &values, &options);
    Ok(match &rendered.error {
        None => to_template_output(&rendered, &flags).map_err(|text| (String::new(), text)),
        Some(error) if debug => match to_debug_output(&rendered, &flags) {
            Ok(text) => Err((text, error.to_string())),
            Err(text) => Err((String::new(), text)),
        },
        Some(error) if error.has_release => {
            Err((String::new(), format!("{error}\n\nUse --debug flag to render out invalid YAML")))
        }
        Some(error) => Err((String::new(), error.to_string())),
    })
}

fn parse_version(text: &str) -> Result<KubeVersion> {
    KubeVersion::parse(text).map_err(anyhow::Error::msg)
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
