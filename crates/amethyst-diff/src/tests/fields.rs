//! Fields: paths, lists, texts, quantities, secrets.

use amethyst_diag::Redacted;

use crate::testing::{options, side};
use crate::{DiffOptions, FieldPattern, HumanOptions, diff, human};

/// The fields as the terminal shows them, without headings.
fn check_with(before: &str, after: &str, options: &DiffOptions, expect: &str) {
    let found = diff(&side(before), &side(after), options);
    let text = human(&found, &HumanOptions { full: true, ..HumanOptions::default() });
    let start = text.find("\nKustomization").expect("something changes");
    let fields: Vec<&str> =
        text[start..].lines().skip(3).map(|line| line.get(4..).unwrap_or_default()).collect();
    let expect: Vec<&str> =
        expect.trim_matches('\n').lines().map(|line| line.strip_prefix("        ").unwrap_or(line)).collect();
    assert_eq!(fields.join("\n").trim_end(), expect.join("\n").trim_end());
}

fn check(before: &str, after: &str, expect: &str) {
    check_with(before, after, &options(), expect);
}

fn deployment(spec: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: media}}\nspec:\n  template:\n    spec:\n{spec}"
    )
}

#[test]
fn elements_of_lists_are_named_by_their_keys() {
    check(
        &deployment("      containers: [{name: a, image: x:1}, {name: b, image: y:1}]"),
        &deployment("      containers: [{name: b, image: y:2}, {name: a, image: x:1}]"),
        "
          spec.template.spec.containers[name=b].image: y:1 -> y:2
          spec.template.spec.containers  (order only)
            - a, b
            + b, a",
    );
    check(
        &deployment(
            "      containers: [{name: a, ports: [{containerPort: 80, name: http}, {containerPort: 53, name: dns}]}]",
        ),
        &deployment(
            "      containers: [{name: a, ports: [{containerPort: 8080, name: http}, {containerPort: 53, name: dns}]}]",
        ),
        "  spec.template.spec.containers[name=a].ports[name=http].containerPort: 80 -> 8080",
    );
    check(
        &deployment(
            "      containers: [{name: a, volumeMounts: [{mountPath: /a, name: x}, {mountPath: /b, name: x}]}]",
        ),
        &deployment(
            "      containers: [{name: a, volumeMounts: [{mountPath: /a, name: x}, {mountPath: /b, name: z}]}]",
        ),
        "  spec.template.spec.containers[name=a].volumeMounts[mountPath=/b].name: x -> z",
    );
}

#[test]
fn ports_without_names_are_told_apart_by_number_and_protocol() {
    let service = |ports: &str| {
        format!("apiVersion: v1\nkind: Service\nmetadata: {{name: dns}}\nspec: {{ports: [{ports}]}}")
    };
    check(
        &service("{port: 53, protocol: UDP, nodePort: 30053}, {port: 53, nodePort: 30054}"),
        &service("{port: 53, protocol: TCP, nodePort: 30054}, {port: 53, protocol: UDP, nodePort: 30055}"),
        "
          spec.ports[port=53,protocol=UDP].nodePort: 30053 -> 30055
        + spec.ports[port=53].protocol: TCP
          spec.ports  (order only)
            - 53/UDP, 53
            + 53, 53/UDP",
    );
}

#[test]
fn a_definition_in_the_side_says_how_lists_are_keyed() {
    let crd = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.org}
spec:
  group: example.org
  names: {kind: Thing, plural: things}
  versions:
  - name: v1
    schema:
      openAPIV3Schema:
        properties:
          spec:
            properties:
              parts: {items: {}, x-kubernetes-list-map-keys: [slot]}
---
";
    let thing = |parts: &str| {
        format!(
            "{crd}apiVersion: example.org/v1\nkind: Thing\nmetadata: {{name: t}}\nspec: {{parts: [{parts}]}}"
        )
    };
    check(
        &thing("{slot: 1, name: a}, {slot: 2, name: b}"),
        &thing("{slot: 1, name: b}, {slot: 2, name: a}"),
        "
          spec.parts[slot=1].name: a -> b
          spec.parts[slot=2].name: b -> a",
    );
}

#[test]
fn other_lists_are_compared_by_their_longest_common_sequence() {
    check(
        &deployment("      containers: [{name: a, args: [one, two, three, four]}]"),
        &deployment("      containers: [{name: a, args: [zero, one, three, four, five]}]"),
        "
        + spec.template.spec.containers[name=a].args[0]: zero
        - spec.template.spec.containers[name=a].args[1]: two
        + spec.template.spec.containers[name=a].args[4]: five",
    );
    check(
        &deployment("      containers: [{name: a, args: [--x=1, --y=1]}]"),
        &deployment("      containers: [{name: a, args: [--y=1, --x=1]}]"),
        "
          spec.template.spec.containers[name=a].args  (order only)
            - --x=1, --y=1
            + --y=1, --x=1",
    );
    check(
        "{apiVersion: x/v1, kind: T, metadata: {name: t}, rules: [{to: [a], allow: true}, {to: [b], allow: true}]}",
        "{apiVersion: x/v1, kind: T, metadata: {name: t}, rules: [{to: [a], allow: false}, {to: [b], allow: true}]}",
        "  rules[0].allow: true -> false",
    );
}

#[test]
fn texts_are_compared_by_line() {
    let map = |text: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n  app.conf: |\n{text}")
    };
    check(
        &map("    a\n    b\n    c\n    d\n    e\n    f\n    g\n"),
        &map("    a\n    b\n    c\n    d\n    E\n    f\n    g\n"),
        "
          data[app.conf]
            @@ -2,6 +2,6 @@
              b
              c
              d
            - e
            + E
              f
              g",
    );
}

#[test]
fn documents_inside_of_texts_are_compared_on_request() {
    let map = |text: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n  app.yaml: |\n    # comment\n    server: {{port: {text}}}\n"
        )
    };
    let structural = DiffOptions { embedded: true, ..options() };
    check_with(&map("80"), &map("81"), &structural, "  data[app.yaml]|server.port: 80 -> 81");
    // Only the comment differs: that is told by line.
    check_with(
        &map("80"),
        &map("80").replace("comment", "remark"),
        &structural,
        "
          data[app.yaml]
            - # comment
            + # remark
              server: {port: 80}",
    );
}

#[test]
fn quantities_of_the_same_worth_are_told_as_such() {
    check(
        &deployment("      containers: [{name: a, resources: {limits: {cpu: 500m, memory: 1Gi}}}]"),
        &deployment("      containers: [{name: a, resources: {limits: {cpu: '0.5', memory: 1G}}}]"),
        "
          spec.template.spec.containers[name=a].resources.limits.cpu: 500m -> \"0.5\"  (same value, written differently)
          spec.template.spec.containers[name=a].resources.limits.memory: 1Gi -> 1G",
    );
    // Not every text with a unit is a quantity.
    check(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {size: 1Ki}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {size: '1024'}}",
        "  data.size: 1Ki -> \"1024\"",
    );
}

#[test]
fn types_that_change_are_told() {
    check(
        "{apiVersion: x/v1, kind: T, metadata: {name: t}, a: 1, b: '1', c: {}}",
        "{apiVersion: x/v1, kind: T, metadata: {name: t}, a: '1', b: '1', c: null}",
        "
          a: 1 -> \"1\"  (type changes)
          c: {} -> null",
    );
}

#[test]
fn values_of_secrets_are_told_by_hash_and_size() {
    let secret = |data: &str| format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\n{data}");
    check(
        &secret("data: {a: aHVudGVyMg==, b: eA==}"),
        &secret("data: {a: aHVudGVyMw==}\nstringData: {b: x}"),
        "
          data.a: hash e25ebb0d, 7 bytes -> hash 25355139, 7 bytes
        - data.b: (secret: hash a9911e49, 1 byte)
        + stringData.b: (secret: hash a9911e49, 1 byte)",
    );
    let keyless = DiffOptions { secret_key: None, ..options() };
    check_with(
        &secret("data: {a: aHVudGVyMg==}"),
        &secret("data: {a: aHVudGVy}"),
        &keyless,
        "  data.a: 7 bytes -> 6 bytes",
    );
}

#[test]
fn fields_and_texts_that_the_caller_calls_secret_are_hidden() {
    let hidden = DiffOptions {
        secret_fields: vec![FieldPattern::new("HelmRelease:spec.values.**.password")],
        secret_texts: vec![Redacted::new("example.org".into())],
        ..options()
    };
    check_with(
        "{apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, metadata: {name: r}, spec: {values: {db: {password: old, host: a.example.org}}}}",
        "{apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, metadata: {name: r}, spec: {values: {db: {password: new!, host: b.example.org}, x: {password: p, more: 1}}}}",
        &hidden,
        "
          spec.values.db.password: hash e6a1de83, 3 bytes -> hash be4b374b, 4 bytes
          spec.values.db.host: a.<hash 96c1258e, 11 bytes> -> b.<hash 96c1258e, 11 bytes>
          spec.values.x
            + more: 1
            + password: '<secret: hash f57b0a33, 1 byte>'",
    );
}

#[test]
fn binary_data_is_told_by_hash() {
    check(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, binaryData: {x: AAAA}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, binaryData: {x: AAAB}}",
        "  binaryData.x: hash 709e80c8, 3 bytes -> hash cf7605ed, 3 bytes",
    );
}
