//! CustomResourceDefinitions of the projects that clusters under Flux use most.
//!
//! They are for repositories whose files do not say what a kind is, because a chart or somebody else brings it.
//! Each is of one version of its project, which it names; a cluster may run another. They lie compressed in the
//! program, a block for each group, and are unpacked by who asks and dropped with what was asked: nothing is
//! kept in memory. What can be known without a schema stands in the index.

/// What the index knows of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EcosystemKind {
    /// The group.
    pub group: &'static str,
    /// The kind: `Certificate`.
    pub kind: &'static str,
    /// The resource: `certificates`.
    pub plural: &'static str,
    /// Whether its objects lie in namespaces.
    pub namespaced: bool,
    /// The versions that are served.
    pub versions: &'static [&'static str],
    /// The Go module that the definition is from, with its version.
    pub module: &'static str,
}

/// A definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The CustomResourceDefinition as JSON, without prose, without CEL rules, without conversion.
    pub object: String,
    /// The Go module that it is from, with its version: `github.com/cert-manager/cert-manager@v1.20.3`.
    pub module: &'static str,
}

/// The kinds, sorted by group and kind.
static KINDS: &[EcosystemKind] = include!(concat!(env!("OUT_DIR"), "/ecosystem_kinds.rs"));

/// Group and compressed block, sorted by group. A line in it is a kind and its definition.
static BLOCKS: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/ecosystem_blocks.rs"));

/// All kinds that have a definition, sorted by group and kind.
pub fn ecosystem_kinds() -> &'static [EcosystemKind] {
    KINDS
}

/// What the index knows of a kind of any version.
pub fn ecosystem_kind(group: &str, kind: &str) -> Option<&'static EcosystemKind> {
    let found = KINDS.binary_search_by(|known| (known.group, known.kind).cmp(&(group, kind)));
    found.ok().and_then(|at| KINDS.get(at))
}

/// The definition of a kind; unpacks its group.
pub fn ecosystem(group: &str, kind: &str) -> Option<Definition> {
    let known = ecosystem_kind(group, kind)?;
    let at = BLOCKS.binary_search_by(|(name, _)| (*name).cmp(group)).ok()?;
    let (_, block) = BLOCKS.get(at)?;
    let bytes = lz4_flex::decompress_size_prepended(block).expect("the build compressed it");
    let text = String::from_utf8(bytes).expect("the build compressed text");
    let mut lines = text.lines();
    let object = lines.find_map(|line| line.strip_prefix(kind)?.strip_prefix(' '))?;
    Some(Definition { object: object.to_owned(), module: known.module })
}

#[cfg(test)]
mod tests {
    use amethyst_object::{Object, Value, json};
    use amethyst_schema::{Schemas, compile};

    use super::{ecosystem, ecosystem_kind, ecosystem_kinds};

    #[test]
    fn the_index_agrees_with_the_definitions_and_their_schemas_compile() {
        let kinds = ecosystem_kinds();
        assert!(kinds.len() > 150, "{}", kinds.len());
        assert!(kinds.is_sorted_by_key(|known| (known.group, known.kind)));
        for known in kinds {
            let definition = ecosystem(known.group, known.kind).unwrap();
            assert_eq!(definition.module, known.module);
            let object = Object::from_value(json::parse(definition.object.as_bytes()).unwrap()).unwrap();
            assert_eq!(object.name(), format!("{}.{}", known.plural, known.group));
            assert_eq!(object.str_at(&["spec", "names", "kind"]), Some(known.kind));
            assert_eq!(object.str_at(&["spec", "scope"]) == Some("Namespaced"), known.namespaced);
            let versions = object.at(&["spec", "versions"]).and_then(Value::as_array).unwrap();
            let is_served = |version: &&Value| version.get("served").and_then(Value::as_bool) == Some(true);
            let served: Vec<_> =
                versions.iter().filter(is_served).filter_map(|one| one.str_at(&["name"])).collect();
            assert_eq!(served, known.versions);
            for version in versions {
                let schema = version.at(&["schema", "openAPIV3Schema"]).unwrap();
                let compiled = compile(schema, &mut Schemas::new());
                assert!(compiled.is_ok(), "{} {}: {:?}", known.group, known.kind, compiled.err());
            }
        }
    }

    #[test]
    fn kinds_are_found_by_group_and_kind() {
        let certificate = ecosystem_kind("cert-manager.io", "Certificate").unwrap();
        assert_eq!((certificate.namespaced, certificate.versions), (true, ["v1"].as_slice()));
        assert_eq!(
            ecosystem_kind("cert-manager.io", "ClusterIssuer").map(|known| known.namespaced),
            Some(false)
        );
        assert_eq!(ecosystem_kind("example.org", "Certificate"), None);
        assert_eq!(ecosystem("cert-manager.io", "Certificat"), None);
    }

    #[test]
    fn it_is_small() {
        let bytes: usize = super::BLOCKS.iter().map(|(_, block)| block.len()).sum();
        assert!(bytes < 1_000_000, "{bytes}");
    }
}
