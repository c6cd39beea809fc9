//! What the charts of releases are, and what is said about their sources.

use amethyst_object::Object;
use amethyst_yaml::{Dialect, parse_all};

use super::{ChartPlace, chart_of_release};
use crate::request::{ChartSource, Credentials};

/// Reads the first document as the release, the others as the repository; says what comes of them.
fn read(text: &str) -> (String, Vec<String>) {
    let (documents, faults) = parse_all(text, Dialect::GoV2);
    assert!(faults.is_empty(), "{faults:?}");
    let objects: Vec<Object> =
        documents.into_iter().filter_map(|one| Object::from_value(one.value)).collect();
    let find = |kind: &str, namespace: &str, name: &str| {
        objects.iter().find(|one| one.kind() == kind && one.namespace() == namespace && one.name() == name)
    };
    let (chart, said) = chart_of_release(&objects[0], &find);
    let said = said.iter().map(ToString::to_string).collect();
    let Some(chart) = chart else { return ("none".to_owned(), said) };
    let mut shown = match &chart.place {
        ChartPlace::Git { repository, url, path } => format!("{} {url} {path}", repository.name),
        ChartPlace::Fetch(request) => {
            let who = match &request.credentials {
                None => String::new(),
                Some(Credentials::Basic { username, password }) => {
                    format!(" as {username}:{}", password.expose())
                }
                Some(other) => format!(" as {other:?}"),
            };
            let more = match &request.source {
                ChartSource::Oci(source) => format!(
                    " {:?} {:?}{}",
                    source.version,
                    source.layer,
                    if source.insecure { " insecure" } else { "" }
                ),
                _ => String::new(),
            };
            format!("{}{more}{who}", request.source)
        }
    };
    if !chart.values_files.is_empty() {
        shown += &format!(" with {}", chart.values_files.join(","));
    }
    if let Some(ignore) = &chart.ignore {
        shown += &format!(" without {ignore}");
    }
    (shown, said)
}

fn by_chart(chart: &str, sources: &str) -> (String, Vec<String>) {
    read(&format!(
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: app, namespace: media}}\nspec: {{chart: {{spec: {chart}}}}}\n---\n{sources}"
    ))
}

fn by_ref(reference: &str, sources: &str) -> (String, Vec<String>) {
    read(&format!(
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: app, namespace: media}}\nspec: {{chartRef: {reference}}}\n---\n{sources}"
    ))
}

fn source(kind: &str, name: &str, spec: &str) -> String {
    format!(
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: media}}\nspec: {spec}\n"
    )
}

#[test]
fn charts_of_repositories() {
    let chart = "{chart: plex, version: 1.x, sourceRef: {kind: HelmRepository, name: r}, interval: 1h, valuesFiles: [values.yaml, b.yaml]}";
    let (shown, said) =
        by_chart(chart, &source("HelmRepository", "r", "{url: 'https://charts.h/x/', interval: 1h}"));
    assert_eq!(
        (shown.as_str(), said.len()),
        ("chart `plex` version `1.x` of `https://charts.h/x` with values.yaml,b.yaml", 0)
    );
    let (shown, _) = by_chart(
        chart,
        &source("HelmRepository", "r", "{url: 'oci://ghcr.io/x', type: oci, insecure: true}"),
    );
    assert_eq!(
        shown,
        "`oci://ghcr.io/x/plex` version `1.x` Chart(\"1.x\") HelmChart insecure with values.yaml,b.yaml"
    );
    let (shown, said) = by_chart(chart, &source("HelmRepository", "r", "{url: 'oci://ghcr.io/x'}"));
    assert_eq!(shown, "none");
    assert!(
        said[0].contains("set `spec.type: oci`") && said[0].contains("HelmRelease/media/app"),
        "{said:?}"
    );
    let (shown, said) = by_chart(chart, "");
    assert_eq!(shown, "none");
    assert!(
        said[0].starts_with("error[chart-source-missing]: failed to find the HelmRepository `media/r`"),
        "{said:?}"
    );
}

#[test]
fn charts_of_git_and_buckets() {
    let chart = "{chart: ./charts/app/, sourceRef: {kind: GitRepository, name: g}}";
    let (shown, _) =
        by_chart(chart, &source("GitRepository", "g", "{url: 'https://git.h/x', ignore: '/docs'}"));
    assert_eq!(shown, "g https://git.h/x charts/app without /docs");
    let (shown, said) = by_chart("{chart: x, sourceRef: {kind: Bucket, name: b}}", "");
    assert_eq!(shown, "none");
    assert!(said[0].contains("Buckets are not supported"), "{said:?}");
}

#[test]
fn oci_repositories_in_the_order_of_flux() {
    let cases = [
        ("{url: 'oci://ghcr.io/x'}", "`oci://ghcr.io/x:latest` Tag(\"latest\") First"),
        ("{url: 'oci://ghcr.io/x', ref: {tag: 1.2.3}}", "`oci://ghcr.io/x:1.2.3` Tag(\"1.2.3\") First"),
        (
            "{url: 'oci://ghcr.io/x', ref: {tag: a, semver: '>=1', semverFilter: '^1'}, layerSelector: {mediaType: m, operation: copy}, ignore: x}",
            "`oci://ghcr.io/x` in `>=1` Semver { range: \">=1\", filter: Some(\"^1\") } MediaType(\"m\")",
        ),
        (
            "{url: 'oci://ghcr.io/x', ref: {tag: a, semver: b, digest: 'sha256:0'}, ignore: x}",
            "`oci://ghcr.io/x@sha256:0` Digest(\"sha256:0\") First without x",
        ),
    ];
    for (spec, expect) in cases {
        let (shown, said) = by_ref("{kind: OCIRepository, name: o}", &source("OCIRepository", "o", spec));
        assert_eq!((shown.as_str(), said.len()), (expect, 0), "{said:?}");
    }
}

#[test]
fn a_helm_chart_names_its_source() {
    let sources =
        source("HelmChart", "c", "{chart: x, version: '*', sourceRef: {kind: HelmRepository, name: r}}")
            + "---\n"
            + &source("HelmRepository", "r", "{url: 'https://h'}");
    assert_eq!(by_ref("{kind: HelmChart, name: c}", &sources).0, "chart `x` version `*` of `https://h`");
}

#[test]
fn every_field_is_honoured_or_named() {
    let spec = "{url: 'oci://ghcr.io/x', verify: {provider: cosign}, provider: aws, serviceAccountName: a, suspend: true, timeout: 1m, typo: 1}";
    let (shown, said) = by_ref("{kind: OCIRepository, name: o}", &source("OCIRepository", "o", spec));
    assert_ne!(shown, "none");
    for named in
        ["`spec.verify`", "`spec.provider` `aws`", "`spec.serviceAccountName`", "is suspended", "`spec.typo`"]
    {
        assert!(said.iter().any(|one| one.contains(named)), "{named}: {said:?}");
    }
    assert_eq!(said.len(), 5, "{said:?}");
    for field in ["certSecretRef", "proxySecretRef"] {
        let spec = format!("{{url: 'oci://ghcr.io/x', {field}: {{name: s}}}}");
        let (shown, said) = by_ref("{kind: OCIRepository, name: o}", &source("OCIRepository", "o", &spec));
        assert_eq!(shown, "none");
        assert!(said[0].contains(&format!("`spec.{field}`")) && said[0].contains("hint: "), "{said:?}");
    }
}

#[test]
fn secrets_say_who_asks() {
    let chart = "{chart: x, sourceRef: {kind: HelmRepository, name: r}}";
    let repository = |spec: &str| source("HelmRepository", "r", spec) + "---\n";
    let secret = |data: &str| {
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: s, namespace: media}}\n{data}\n")
    };
    let plain = repository("{url: 'https://h', secretRef: {name: s}}");
    let (shown, said) =
        by_chart(chart, &(plain.clone() + &secret("stringData: {username: me, password: pw}")));
    assert_eq!((shown.as_str(), said.len()), ("chart `x` version `*` of `https://h` as me:pw", 0));
    let (shown, _) = by_chart(chart, &(plain.clone() + &secret("data: {username: bWU=, password: cHc=}")));
    assert_eq!(shown, "chart `x` version `*` of `https://h` as me:pw");
    let oci = repository("{url: 'oci://ghcr.io/x', type: oci, secretRef: {name: s}}");
    let docker =
        secret("stringData: {.dockerconfigjson: '{\"auths\": {\"ghcr.io\": {\"auth\": \"bWU6cHc=\"}}}'}");
    assert!(by_chart(chart, &(oci + &docker)).0.ends_with(" as me:pw"));
    for (data, why) in [
        ("stringData: {username: me, password: 'ENC[AES256]'}", "`password` is encrypted"),
        ("data: {username: '%'}", "`username` is no base64"),
        ("stringData: {username: me}", "both"),
        ("{}", "neither"),
    ] {
        let data = if data == "{}" { "" } else { data };
        let (shown, said) = by_chart(chart, &(plain.clone() + &secret(data)));
        assert_eq!(shown, "chart `x` version `*` of `https://h`");
        assert!(said[0].contains(why) && !said[0].contains("pw"), "{said:?}");
    }
    assert!(by_chart(chart, &plain).1[0].contains("is not in this repository"));
}
