//! `Chart.yaml`, good and broken.

use amethyst_yaml::{Dialect, parse_one};

use super::Metadata;

fn read(text: &str) -> Result<Metadata, String> {
    let mut metadata = Metadata::default();
    metadata.merge(&parse_one(text, Dialect::GoV2).unwrap()).map_err(|failure| failure.0)?;
    metadata.validate()?;
    Ok(metadata)
}

#[test]
fn numbers_become_strings_and_keys_have_any_case() {
    let metadata =
        read("apiVersion: v2\nname: 1\nVersion: 1.10\nappVersion: 1e3\ndescription: \"a\\u200bb\\nc\"")
            .unwrap();
    assert_eq!(
        (metadata.name.as_str(), metadata.version.as_str(), metadata.app_version.as_str()),
        ("1", "1.1", "1000")
    );
    assert_eq!(metadata.description, "ab c");
}

#[test]
fn faults_have_helms_texts() {
    let check = |text: &str, expected: &str| assert_eq!(read(text).unwrap_err(), expected, "{text}");
    check("name: x", "chart.metadata.apiVersion is required");
    check("apiVersion: v2", "chart.metadata.name is required");
    check("apiVersion: v2\nname: ..\nversion: 1.0.0", "chart.metadata.name \"..\" is not allowed");
    check("apiVersion: v2\nname: a/b\nversion: 1.0.0", "chart.metadata.name \"a/b\" is invalid");
    check("apiVersion: v2\nname: a", "chart.metadata.version is required");
    check("apiVersion: v2\nname: a\nversion: 1.2.3.4", "chart.metadata.version \"1.2.3.4\" is invalid");
    check(
        "apiVersion: v2\nname: a\nversion: 1.0.0\ntype: x",
        "chart.metadata.type must be application or library",
    );
    let dependencies = "apiVersion: v2\nname: a\nversion: 1.0.0\ndependencies:\n";
    check(
        &format!("{dependencies}- name: foo\n  alias: baz\n- name: bar\n  alias: baz\n"),
        "more than one dependency with name or alias \"baz\"",
    );
    check(
        &format!("{dependencies}- name: foo\n  alias: a.b\n"),
        "dependency \"foo\" has disallowed characters in the alias",
    );
    check(&format!("{dependencies}- null\n"), "dependencies must not contain empty or null nodes");
    check(
        "apiVersion: v2\nname: [a]",
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go struct field Metadata.name of type string",
    );
}
