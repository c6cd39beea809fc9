//! A suite file to suites.

use std::sync::Arc;

use super::decode::Decoder;
use super::{
    Assertion, Capabilities, ChartVersions, Provider, Release, SchemeKind, Selector, Suite, SuiteFault, Test,
    VERSION, ValuesFile,
};
use crate::value::Value;
use crate::yaml::{Fault, Node, Part, Scalar, parse_first};

/// Where a suite file is and how it is read.
pub(crate) struct Source<'a> {
    /// The file as it is shown.
    pub(crate) file: &'a str,
    /// The file in the tree.
    pub(crate) path: &'a str,
    /// Which chart it tests.
    pub(crate) route: &'a str,
    /// Fields that no suite has are faults.
    pub(crate) strict: bool,
    /// It was rendered: suites need names, and snapshots a number.
    pub(crate) rendered: bool,
    /// Files of values that the caller brought.
    pub(crate) values: &'a [(String, String)],
}

/// The suites of a file. A broken one has a fault and hides none of the others.
pub(crate) fn read(text: &str, source: &Source<'_>) -> Vec<Suite> {
    let mut suites = Vec::new();
    for (line_before, part) in crate::split::parts(text) {
        if part.trim().is_empty() {
            continue;
        }
        let blank = || Suite {
            file: source.file.to_owned(),
            path: source.path.to_owned(),
            route: source.route.to_owned(),
            line: line_before + 1,
            ..Suite::default()
        };
        match read_part(part, line_before, source, blank()) {
            Ok(Some(mut suite)) => {
                if source.rendered && suite.snapshot_id.is_empty() {
                    suite.snapshot_id = suites.len().to_string();
                }
                suites.push(suite);
            }
            Ok(None) => {}
            Err(fault) => suites.push(Suite { fault: Some(fault), ..blank() }),
        }
    }
    suites
}

fn read_part(
    part: &str,
    before: u32,
    source: &Source<'_>,
    suite: Suite,
) -> Result<Option<Suite>, SuiteFault> {
    let syntax = |fault: Fault| SuiteFault {
        message: format!("yaml: line {}: {}", fault.line + before, fault.message),
        line: fault.line + before,
    };
    match parse_first(part) {
        Ok(None) => Ok(None),
        Ok(Some(node)) => {
            let mut suite = decode(&node, before, source.strict, suite)?;
            validate(&mut suite, source.rendered)?;
            let given = |(name, content): &(String, String)| ValuesFile::Given(name.clone(), content.clone());
            suite.values.extend(source.values.iter().map(given));
            Ok(Some(suite))
        }
        // Upstream tries once more with every lone backslash doubled, and looks at the suite no further.
        Err(fault) if fault.message.contains("unknown escape character") => {
            match parse_first(&double_backslashes(part)).map_err(syntax)? {
                Some(node) => decode(&node, before, false, suite).map(Some),
                None => Ok(None),
            }
        }
        Err(fault) => Err(syntax(fault)),
    }
}

fn double_backslashes(text: &str) -> String {
    let mut doubled = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        doubled.push_str(&rest[..at]);
        let run = rest[at..].bytes().take_while(|byte| *byte == b'\\').count();
        doubled.extend(std::iter::repeat_n('\\', run + run % 2));
        rest = &rest[at + run..];
    }
    doubled.push_str(rest);
    doubled
}

fn validate(suite: &mut Suite, rendered: bool) -> Result<(), SuiteFault> {
    let fault = |message: &str, line| Err(SuiteFault { message: message.to_owned(), line });
    if suite.tests.is_empty() {
        return fault("no tests found", suite.line);
    }
    if rendered && suite.name.is_empty() {
        return fault("helm chart based test suites must include `suite` field", suite.line);
    }
    if !suite.minimum_version.is_empty() && !meets(VERSION, &suite.minimum_version) {
        suite.skip = format!(
            "Test suite requires minimum unittest plugin version {}, but current version is {VERSION}",
            suite.minimum_version
        );
    }
    match suite.tests.iter().find(|test| test.assertions.is_empty()) {
        Some(test) => fault("no asserts found", test.line),
        None => Ok(()),
    }
}

/// Whether a version is at least another one; what is no version is never met.
fn meets(version: &str, minimum: &str) -> bool {
    match (numbers(version), numbers(minimum)) {
        (Some(version), Some(minimum)) => version >= minimum,
        _ => false,
    }
}

/// A version as Masterminds/semver reads it loosely, up to its pre-release.
fn numbers(version: &str) -> Option<([u64; 3], bool)> {
    let version = version.strip_prefix('v').unwrap_or(version);
    let version = version.split('+').next()?;
    let (core, is_release) = match version.split_once('-') {
        Some((core, _)) => (core, false),
        None => (version, true),
    };
    let mut numbers = [0; 3];
    let parts: Vec<&str> = core.split('.').collect();
    if parts.len() > 3 {
        return None;
    }
    for (number, part) in numbers.iter_mut().zip(parts) {
        *number = part.parse().ok()?;
    }
    Some((numbers, is_release))
}

const SUITE_FIELDS: [&str; 14] = [
    "suite",
    "values",
    "set",
    "templates",
    "excludeTemplates",
    "includeCrds",
    "release",
    "chart",
    "capabilities",
    "kubernetesProvider",
    "postRenderer",
    "tests",
    "snapshotId",
    "skip",
];

const TEST_FIELDS: [&str; 15] = [
    "it",
    "values",
    "set",
    "template",
    "templates",
    "documentIndex",
    "documentindices",
    "documentSelector",
    "release",
    "chart",
    "capabilities",
    "asserts",
    "skip",
    "kubernetesProvider",
    "postRenderer",
];

fn decode(node: &Node, before: u32, strict: bool, mut suite: Suite) -> Result<Suite, SuiteFault> {
    let mut decoder = Decoder { strict, ..Decoder::default() };
    for (name, value) in decoder.fields(node, &SUITE_FIELDS, "unittest.TestSuite") {
        match name.as_str() {
            "suite" => suite.name = decoder.string(&value),
            "values" => suite.values = values(&mut decoder, &value),
            "set" => suite.set = decoder.pairs(&value),
            "templates" => suite.templates = decoder.strings(&value),
            "excludeTemplates" => suite.exclude_templates = decoder.strings(&value),
            "includeCrds" => suite.include_crds = decoder.boolean(&value),
            "release" => suite.release = release(&mut decoder, &value),
            "chart" => suite.chart = versions(&mut decoder, &value),
            "capabilities" => suite.capabilities = suite_capabilities(&mut decoder, &value),
            "kubernetesProvider" => suite.provider = provider(&mut decoder, &value),
            "postRenderer" => suite.post_renderer = post_renderer(&mut decoder, &value),
            "snapshotId" => suite.snapshot_id = decoder.string(&value),
            "skip" => {
                for (name, value) in decoder.fields(&value, &["reason", "minimumVersion"], "struct") {
                    let text = decoder.string(&value);
                    if name == "reason" { suite.skip = text } else { suite.minimum_version = text }
                }
            }
            _ => {
                let tests = decoder.list(&value, "[]*unittest.TestJob");
                suite.tests = tests.iter().filter_map(|test| read_test(&mut decoder, test, before)).collect();
            }
        }
    }
    if let Some(fault) = decoder.fatal {
        return Err(SuiteFault { message: fault.message, line: fault.line + before });
    }
    let Some(first) = decoder.faults.first() else { return Ok(suite) };
    let line = first.line + before;
    let lines: Vec<String> = decoder
        .faults
        .iter()
        .map(|fault| format!("  line {}: {}", fault.line + before, fault.message))
        .collect();
    Err(SuiteFault { message: format!("yaml: unmarshal errors:\n{}", lines.join("\n")), line })
}

fn read_test(decoder: &mut Decoder, node: &Arc<Node>, before: u32) -> Option<Test> {
    if node.is_null() {
        return None;
    }
    let mut test = Test { line: node.line + before, ..Test::default() };
    test.capabilities.api_versions = Some(Vec::new());
    for (name, value) in decoder.fields(node, &TEST_FIELDS, "unittest.TestJob") {
        match name.as_str() {
            "it" => test.name = decoder.string(&value),
            "values" => test.values = values(decoder, &value),
            "set" => test.set = decoder.pairs(&value),
            "template" => test.template = decoder.string(&value),
            "templates" => test.templates = decoder.strings(&value),
            "documentIndex" if value.is_null() => {}
            "documentIndex" => test.document_index = Some(decoder.integer(&value)),
            "documentSelector" => test.selector = selector(decoder, &value),
            "release" => test.release = release(decoder, &value),
            "chart" => test.chart = versions(decoder, &value),
            "capabilities" => test.capabilities = test_capabilities(decoder, &value),
            "skip" => {
                for (_, value) in decoder.fields(&value, &["reason"], "struct") {
                    test.skip = decoder.string(&value);
                }
            }
            "kubernetesProvider" => test.provider = provider(decoder, &value),
            "postRenderer" => test.post_renderer = post_renderer(decoder, &value),
            "asserts" => {
                for assert in decoder.list(&value, "[]*unittest.Assertion") {
                    let mut assertion = Assertion::read(assert, decoder);
                    if let Some(assertion) = &mut assertion {
                        assertion.line += before;
                    }
                    test.assertions.push(assertion);
                }
            }
            _ => {}
        }
    }
    Some(test)
}

fn values(decoder: &mut Decoder, node: &Node) -> Vec<ValuesFile> {
    decoder.strings(node).into_iter().map(ValuesFile::Named).collect()
}

fn selector(decoder: &mut Decoder, node: &Node) -> Option<Selector> {
    if node.is_null() {
        return None;
    }
    let mut selector = Selector::default();
    let known = ["skipEmptyTemplates", "matchMany", "path", "value"];
    for (name, value) in decoder.fields(node, &known, "valueutils.DocumentSelector") {
        match name.as_str() {
            "path" => selector.path = decoder.string(&value),
            "value" => selector.value = decoder.value(&value),
            "matchMany" => selector.match_many = decoder.boolean(&value),
            _ => selector.skip_empty_templates = decoder.boolean(&value),
        }
    }
    Some(selector)
}

fn release(decoder: &mut Decoder, node: &Node) -> Release {
    let mut release = Release::default();
    for (name, value) in decoder.fields(node, &["name", "namespace", "revision", "upgrade"], "struct") {
        match name.as_str() {
            "name" => release.name = decoder.string(&value),
            "namespace" => release.namespace = decoder.string(&value),
            "revision" => release.revision = decoder.integer(&value),
            _ => release.is_upgrade = decoder.boolean(&value),
        }
    }
    release
}

fn versions(decoder: &mut Decoder, node: &Node) -> ChartVersions {
    let mut versions = ChartVersions::default();
    for (name, value) in decoder.fields(node, &["version", "appVersion"], "struct") {
        let text = decoder.string(&value);
        if name == "version" { versions.version = text } else { versions.app_version = text }
    }
    versions
}

fn suite_capabilities(decoder: &mut Decoder, node: &Node) -> Capabilities {
    let mut capabilities = Capabilities::default();
    for (name, value) in decoder.fields(node, &["majorVersion", "minorVersion", "apiVersions"], "struct") {
        match name.as_str() {
            "majorVersion" => capabilities.major = decoder.string(&value),
            "minorVersion" => capabilities.minor = decoder.string(&value),
            _ => capabilities.api_versions = Some(decoder.strings(&value)),
        }
    }
    capabilities
}

/// A test's own: numbers count as versions, and `apiVersions` without a list takes away those of the suite.
fn test_capabilities(decoder: &mut Decoder, node: &Node) -> Capabilities {
    let fields = decoder.pairs(node);
    let get = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    let text = |name: &str| match get(name) {
        Some(Value::String(text)) => text.to_string(),
        Some(Value::Int(value)) => value.to_string(),
        _ => String::new(),
    };
    Capabilities {
        major: text("majorVersion"),
        minor: text("minorVersion"),
        api_versions: match get("apiVersions") {
            None => Some(Vec::new()),
            Some(Value::List(items)) => {
                Some(items.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            }
            Some(_) => None,
        },
    }
}

fn provider(decoder: &mut Decoder, node: &Node) -> Provider {
    let mut provider = Provider::default();
    for (name, value) in decoder.fields(node, &["scheme", "objects"], "unittest.KubernetesFakeClientProvider")
    {
        if name == "objects" {
            let objects = decoder.list(&value, "[]map[string]interface {}");
            provider.objects = objects.iter().map(|object| decoder.value(object)).collect();
            continue;
        }
        for (name, _, kind) in value.fields() {
            provider.scheme.push(scheme_kind(decoder, name.to_string(), &kind));
        }
    }
    provider
}

fn scheme_kind(decoder: &mut Decoder, name: String, node: &Node) -> SchemeKind {
    let mut kind = SchemeKind { name, ..SchemeKind::default() };
    for (name, value) in decoder.fields(node, &["should_err", "gvr", "namespaced"], "struct") {
        match name.as_str() {
            "namespaced" => kind.namespaced = decoder.boolean(&value),
            "gvr" => {
                for (name, value) in decoder.fields(&value, &["group", "version", "resource"], "struct") {
                    if name == "resource" {
                        kind.resource = decoder.string(&value);
                    }
                }
            }
            _ => {}
        }
    }
    kind
}

/// The command of a post-renderer, when there is one.
fn post_renderer(decoder: &mut Decoder, node: &Node) -> Option<String> {
    let mut command = None;
    for (name, value) in decoder.fields(node, &["cmd", "args"], "unittest.PostRendererConfig") {
        if name == "cmd" && !matches!(value.part, Part::Scalar(_, Scalar::Null)) {
            command = Some(decoder.string(&value)).filter(|command| !command.is_empty());
        }
    }
    command
}
