//! Compares two files of rendered objects, as `kustomize build` and `helm template` print them, and prints the
//! difference: `compare BEFORE.yaml AFTER.yaml [human|brief|full|json|markdown|html]`. Every argument may be
//! `HelmRelease:namespace/name:chart=file` to say who applies the objects; several are separated by commas.

use std::error::Error;
use std::fs;
use std::io::{self, Write};

use amethyst_diag::Redacted;
use amethyst_diff::{
    DiffOptions, HumanOptions, Origin, Producer, ProducerKind, Rendered, Side, diff, html, human, json,
    markdown,
};
use amethyst_object::Object;
use amethyst_yaml::{Dialect, parse_all};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [before, after, rest @ ..] = arguments.as_slice() else {
        return Err("usage: compare BEFORE AFTER [human|brief|full|json|markdown|html]".into());
    };
    let options = DiffOptions {
        before: "main".into(),
        after: "renovate".into(),
        secret_key: Some(Redacted::new(b"compare".to_vec())),
        ..DiffOptions::default()
    };
    let diff = diff(&side(before)?, &side(after)?, &options);
    let text = match rest.first().map_or("human", String::as_str) {
        "json" => json(&diff),
        "markdown" => markdown(&diff),
        "html" => html(&diff),
        word => human(
            &diff,
            &HumanOptions { brief: word == "brief", full: word == "full", ..HumanOptions::default() },
        ),
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

fn side(argument: &str) -> Result<Side, Box<dyn Error>> {
    let mut side = Side::default();
    for part in argument.split(',') {
        let (who, file) = part.split_once('=').unwrap_or(("Kustomization:flux-system/apps:", part));
        let mut words = who.splitn(3, ':');
        let kind = match words.next() {
            Some("HelmRelease") => ProducerKind::HelmRelease,
            _ => ProducerKind::Kustomization,
        };
        let (namespace, name) = words.next().and_then(|id| id.split_once('/')).unwrap_or(("", "apps"));
        let chart = words.next().filter(|chart| !chart.is_empty());
        let producer =
            Producer { kind, namespace: namespace.into(), name: name.into(), chart: chart.map(Into::into) };
        let text = fs::read_to_string(file)?;
        for document in parse_all(&text, Dialect::GoV2).0 {
            let Some(object) = Object::from_value(document.value) else { continue };
            let template =
                chart.is_some().then(|| format!("templates/{}.yaml", object.kind().to_lowercase()).into());
            let origin = Origin {
                file: format!("kubernetes/apps/{namespace}/{name}/app.yaml").into(),
                line: document.line,
                column: 1,
                template,
            };
            side.objects.push(Rendered { object, producer: producer.clone(), origin });
        }
    }
    Ok(side)
}
