//! The table of the roles and bindings that every cluster begins with.
//!
//! Upstream writes them in code and keeps what comes of it as YAML beside its tests (kubernetes
//! `plugin/pkg/auth/authorizer/rbac/bootstrappolicy/testdata`); those files are read here.

use std::fmt::Write as _;

use amethyst_object::Value;
use amethyst_yaml::{Dialect, parse_one};
use anyhow::{Context, bail};

use super::modules::Modules;

const FOLDER: &str = "plugin/pkg/auth/authorizer/rbac/bootstrappolicy/testdata";
const FILES: [&str; 6] = [
    "cluster-roles.yaml",
    "controller-roles.yaml",
    "cluster-role-bindings.yaml",
    "controller-role-bindings.yaml",
    "namespace-roles.yaml",
    "namespace-role-bindings.yaml",
];
const AGGREGATE: &str = "rbac.authorization.k8s.io/aggregate-to-";
const BOOTSTRAPPING: (&str, &str) = ("kubernetes.io/bootstrapping", "rbac-defaults");
const AUTOUPDATE: &str = "rbac.authorization.kubernetes.io/autoupdate";

/// Renders the table.
pub(crate) fn table(modules: &Modules) -> anyhow::Result<String> {
    let mut out = String::new();
    out.push_str(
        "# clusterrole NAME and role NAMESPACE NAME, with labels `to TARGET`, `from TARGET`, then\n",
    );
    out.push_str("#  rule VERBS GROUPS RESOURCES [NAMES] and urls VERBS URLS;\n");
    out.push_str(
        "# clusterrolebinding NAME ROLE_KIND ROLE and rolebinding NAMESPACE NAME ROLE_KIND ROLE, with\n",
    );
    out.push_str("#  subject KIND NAME [NAMESPACE]; `-` stands for the group without a name.\n");
    for file in FILES {
        let path = modules.kubernetes.join(FOLDER).join(file);
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("failed to read `{}`", path.display()))?;
        let list = parse_one(&text, Dialect::GoV2)
            .map_err(|fault| anyhow::anyhow!("failed to parse `{}`: {fault:?}", path.display()))?;
        for item in items(&list, "items") {
            let name = item.str_at(&["metadata", "name"]).unwrap_or_default().to_owned();
            object(&mut out, item).with_context(|| format!("`{file}`, object `{name}`"))?;
        }
    }
    Ok(out)
}

fn object(out: &mut String, item: &Value) -> anyhow::Result<()> {
    let kind = item.str_at(&["kind"]).context("it has no kind")?.to_lowercase();
    let name = item.str_at(&["metadata", "name"]).context("it has no name")?;
    let annotations = item.at(&["metadata", "annotations"]).and_then(Value::as_object);
    let updated = annotations.is_some_and(|all| all.len() == 1 && all.str(AUTOUPDATE) == Some("true"));
    if !updated {
        bail!("its annotations are not `{AUTOUPDATE}` alone, which the table takes for granted");
    }
    write!(out, "{kind}")?;
    if let Some(namespace) = item.str_at(&["metadata", "namespace"]) {
        write!(out, " {namespace}")?;
    }
    write!(out, " {name}")?;
    if let Some(role) = item.get("roleRef") {
        let part = |key: &str| role.str_at(&[key]).with_context(|| format!("roleRef has no {key}"));
        write!(out, " {} {}", part("kind")?, part("name")?)?;
    }
    out.push('\n');
    labels(out, item)?;
    for rule in items(item, "rules") {
        rules(out, rule)?;
    }
    for subject in items(item, "subjects") {
        let part = |key: &str| subject.str_at(&[key]);
        let (kind, name) = (part("kind").context("a subject has no kind")?, part("name").unwrap_or_default());
        writeln!(
            out,
            " subject {kind} {name}{}",
            part("namespace").map(|at| format!(" {at}")).unwrap_or_default()
        )?;
    }
    Ok(())
}

fn labels(out: &mut String, item: &Value) -> anyhow::Result<()> {
    let labels = item.at(&["metadata", "labels"]).and_then(Value::as_object).context("it has no labels")?;
    for (key, value) in labels.iter() {
        match (key.strip_prefix(AGGREGATE), value.as_str()) {
            (Some(target), Some("true")) => writeln!(out, " to {target}")?,
            (None, Some(text)) if (key.as_str(), text) == BOOTSTRAPPING => {}
            _ => bail!("the table has no place for the label `{key}`"),
        }
    }
    let Some(aggregation) = item.get("aggregationRule") else { return Ok(()) };
    for selector in items(aggregation, "clusterRoleSelectors") {
        let labels =
            selector.get("matchLabels").and_then(Value::as_object).context("a selector has no labels")?;
        let [(key, _)] = labels.iter().collect::<Vec<_>>()[..] else {
            bail!("a selector has several labels")
        };
        let target = key.strip_prefix(AGGREGATE).context("a selector is not for aggregation")?;
        writeln!(out, " from {target}")?;
    }
    Ok(())
}

fn rules(out: &mut String, rule: &Value) -> anyhow::Result<()> {
    let list = |key: &str| -> String {
        let texts = items(rule, key).iter().filter_map(Value::as_str);
        texts.map(|text| if text.is_empty() { "-" } else { text }).collect::<Vec<_>>().join(",")
    };
    let (verbs, urls, names) = (list("verbs"), list("nonResourceURLs"), list("resourceNames"));
    if urls.is_empty() {
        let names = if names.is_empty() { names } else { format!(" {names}") };
        writeln!(out, " rule {verbs} {} {}{names}", list("apiGroups"), list("resources"))?;
    } else {
        writeln!(out, " urls {verbs} {urls}")?;
    }
    Ok(())
}

fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).unwrap_or_default()
}
