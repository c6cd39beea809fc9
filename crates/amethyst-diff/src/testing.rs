//! Sides from YAML, for tests.

use amethyst_diag::Redacted;
use amethyst_object::Object;
use amethyst_yaml::{Dialect, parse_all};

use crate::{DiffOptions, Origin, Producer, ProducerKind, Rendered, Side};

/// The objects of a YAML stream, applied by the Kustomization `flux-system/apps`.
pub(crate) fn side(yaml: &str) -> Side {
    let apps = Producer {
        kind: ProducerKind::Kustomization,
        namespace: "flux-system".into(),
        name: "apps".into(),
        chart: None,
    };
    by(&apps, yaml)
}

/// The objects of a YAML stream, applied by the HelmRelease `media/NAME` of a chart.
pub(crate) fn release(name: &str, chart: &str, yaml: &str) -> Side {
    let producer = Producer {
        kind: ProducerKind::HelmRelease,
        namespace: "media".into(),
        name: name.into(),
        chart: Some(chart.into()),
    };
    by(&producer, yaml)
}

pub(crate) fn by(producer: &Producer, yaml: &str) -> Side {
    let (documents, faults) = parse_all(yaml, Dialect::GoV2);
    assert_eq!(faults, [], "{yaml}");
    let objects = documents.into_iter().map(|document| Rendered {
        object: Object::from_value(document.value).expect("tests write objects"),
        producer: producer.clone(),
        origin: Origin {
            file: format!("apps/{}.yaml", producer.name).into(),
            line: document.line,
            column: 1,
            template: producer.chart.is_some().then(|| "templates/common.yaml".into()),
        },
    });
    Side { objects: objects.collect(), failed: Vec::new() }
}

/// Both in one side.
pub(crate) fn both(mut left: Side, right: Side) -> Side {
    left.objects.extend(right.objects);
    left
}

pub(crate) fn options() -> DiffOptions {
    DiffOptions {
        before: "main".into(),
        after: "renovate/plex".into(),
        secret_key: Some(Redacted::new(b"a key of the tests".to_vec())),
        ..DiffOptions::default()
    }
}
