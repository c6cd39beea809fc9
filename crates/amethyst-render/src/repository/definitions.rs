//! What the definitions in the `crds/` of a chart define, without reading their schemas.
//!
//! Charts ask which APIs there are, so all definitions must be known before the first chart is rendered; but they
//! are megabytes of schemas, which nobody asks about.

use amethyst_object::Object;
use amethyst_yaml::{Dialect, parse_all};

use super::packed::Defined;

/// Lines that are indented deeper than the fields of a version are parts of its schema.
const INDENT_MAX: usize = 6;

/// What the definitions in a text define.
///
/// Read is the text without its deeper lines. Of block collections that leaves out whole values, as nothing in
/// one is indented less than it; a text in flow style or JSON is not lessened in a way that parses, or loses the
/// fields that are looked for, and is read whole then.
pub(super) fn skim(text: &[u8]) -> Vec<Defined> {
    let mut outline = Vec::with_capacity(text.len() / 8);
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', text).map(|at| at + 1).chain([text.len()]) {
        let line = &text[start..end];
        start = end;
        if !line.starts_with(&[b' '; INDENT_MAX + 1]) {
            outline.extend_from_slice(line);
        }
    }
    let (documents, faults) = parse_all(&String::from_utf8_lossy(&outline), Dialect::GoV3);
    let objects = || documents.iter().filter_map(|document| Object::from_value(document.value.clone()));
    let is_whole = |object: &Object| {
        object.kind() != "CustomResourceDefinition"
            || Defined::by(object).is_some_and(|defined| !defined.versions.is_empty())
    };
    if faults.is_empty() && objects().all(|object| is_whole(&object)) {
        return objects().filter_map(|object| Defined::by(&object)).collect();
    }
    let (documents, _) = parse_all(&String::from_utf8_lossy(text), Dialect::GoV3);
    let objects = documents.into_iter().filter_map(|document| Object::from_value(document.value));
    objects.filter_map(|object| Defined::by(&object)).collect()
}

#[cfg(test)]
mod tests {
    use super::skim;

    const BLOCK: &str = "\
---
# A comment.
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: things.example.org
  annotations:
    long: >-
      with
      lines
spec:
  group: example.org
  names: {kind: Thing, plural: things}
  scope: Namespaced
  versions:
  - additionalPrinterColumns:
    - jsonPath: .status.x
      name: X
      description: |-
        served: false
    name: v1
    schema:
      openAPIV3Schema:
        type: object
        description: \"a text
          over lines\"
    served: true
    storage: true
  - name: v1alpha1
    schema: {}
    served: false
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: others.example.org}
spec:
    group: example.org
    names:
        kind: Other
    scope: Cluster
    versions:
        - name: v2
          served: true
";

    #[test]
    fn definitions_are_known_without_their_schemas() {
        let told = |text: &str| -> Vec<String> {
            skim(text.as_bytes())
                .iter()
                .map(|one| format!("{}/{} {:?} {}", one.group, one.kind, one.versions, one.is_namespaced))
                .collect()
        };
        let expected = ["example.org/Thing [\"v1\"] true", "example.org/Other [\"v2\"] false"];
        assert_eq!(told(BLOCK), expected, "the second is indented by four and read whole");
        let json = "{\"kind\": \"CustomResourceDefinition\", \"spec\": {\"group\": \"a.b\", \"scope\": \"Cluster\",\n\
                            \"names\": {\"kind\": \"K\"}, \"versions\": [{\"name\": \"v1\", \"served\": true}]}}";
        assert_eq!(told(json), ["a.b/K [\"v1\"] false"]);
        assert_eq!(told("kind: ConfigMap\n"), [] as [&str; 0]);
        assert_eq!(told("kind: [\n"), [] as [&str; 0]);
    }
}
