//! The charts of one release: which subcharts are enabled, under which names, and what they export.

mod import;

use amethyst_gotemplate::{Map, Value};

use crate::Chart;
use crate::metadata::Dependency;
use crate::semver::is_compatible_range;
use crate::values::{Defaults, Warnings, coalesce_values, path_value, table};

pub(crate) use import::import_values;

/// A chart as it takes part in one release.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) chart: Chart,
    /// Its alias, or its own name.
    pub(crate) name: String,
    /// The dependencies that its metadata names, as far as they are enabled; aliases are names here.
    pub(crate) requirements: Option<Vec<Dependency>>,
    /// Its default values, once they are others than the chart's own.
    pub(crate) values: Option<Map>,
    pub(crate) members: Vec<Member>,
}

impl Member {
    /// A chart with all that lies in its `charts/`.
    pub(crate) fn new(chart: &Chart) -> Self {
        Self {
            name: chart.name().to_owned(),
            requirements: chart.metadata().dependencies.clone(),
            values: None,
            members: chart.dependencies().iter().map(Self::new).collect(),
            chart: chart.clone(),
        }
    }
}

impl Defaults for Member {
    fn name(&self) -> &str {
        &self.name
    }

    fn values(&self) -> Map {
        if let Some(values) = &self.values {
            return crate::values::deep_copy_map(values);
        }
        match Value::from_document(self.chart.values()) {
            Value::Map(map) => map,
            _ => Map::new(),
        }
    }

    fn dependencies(&self) -> &[Self] {
        &self.members
    }
}

/// Helm's `CheckDependencies`: the names that `Chart.yaml` has and `charts/` has not.
pub(crate) fn missing(chart: &Chart) -> Vec<String> {
    let there = |name: &str| chart.dependencies().iter().any(|subchart| subchart.name() == name);
    let named = chart.metadata().dependencies.iter().flatten().map(|dependency| &dependency.name);
    named.filter(|name| !there(name)).cloned().collect()
}

/// Helm's `ProcessDependencies` up to the values: applies aliases, and leaves out what is disabled.
pub(crate) fn enable(
    member: &mut Member,
    values: &Map,
    path: &str,
    warnings: &mut Warnings,
) -> Result<(), String> {
    let Some(mut requirements) = member.requirements.take() else { return Ok(()) };
    let all = std::mem::take(&mut member.members);
    let named = |found: &Member, wanted: &Dependency| {
        found.name == wanted.name && is_compatible_range(&wanted.version, &found.chart.metadata().version)
    };
    let unnamed = all.iter().filter(|found| !requirements.iter().any(|wanted| named(found, wanted)));
    let mut members: Vec<Member> = unnamed.cloned().collect();
    for wanted in &mut requirements {
        if let Some(found) = all.iter().find(|found| named(found, wanted)) {
            let mut found = found.clone();
            if !wanted.alias.is_empty() {
                found.name.clone_from(&wanted.alias);
            }
            members.push(found);
        }
        if !wanted.alias.is_empty() {
            wanted.name.clone_from(&wanted.alias);
        }
        wanted.enabled = true;
    }
    member.members = members;
    let coalesced = coalesce_values(member, values, warnings)?;
    apply_tags(&mut requirements, &coalesced, warnings);
    apply_conditions(&mut requirements, &coalesced, path, warnings);
    let disabled: Vec<String> =
        requirements.iter().filter(|wanted| !wanted.enabled).map(|wanted| wanted.name.clone()).collect();
    member.members.retain(|found| !disabled.contains(&found.name));
    requirements.retain(|wanted| !disabled.contains(&wanted.name));
    for inner in &mut member.members {
        let path = format!("{path}{}.", inner.name);
        enable(inner, &coalesced, &path, warnings)?;
    }
    // What names no dependency any more names none at all.
    member.requirements = (!requirements.is_empty()).then_some(requirements);
    Ok(())
}

fn apply_tags(requirements: &mut [Dependency], values: &Map, warnings: &mut Warnings) {
    let Ok(tags) = table(values, "tags") else { return };
    for wanted in requirements {
        let (mut has_true, mut has_false) = (false, false);
        for tag in wanted.tags.iter().flatten() {
            match tags.get(tag) {
                Some(Value::Bool(true)) => has_true = true,
                Some(Value::Bool(false)) => has_false = true,
                Some(_) => {
                    warnings.add(format!("returned non-bool value (tag `{tag}` of chart `{}`)", wanted.name));
                }
                None => {}
            }
        }
        wanted.enabled = has_true || !has_false;
    }
}

fn apply_conditions(requirements: &mut [Dependency], values: &Map, path: &str, warnings: &mut Warnings) {
    for wanted in requirements {
        for condition in wanted.condition.trim().split(',').filter(|condition| !condition.is_empty()) {
            match path_value(values, &format!("{path}{condition}")) {
                Some(Value::Bool(enabled)) => {
                    wanted.enabled = enabled;
                    break;
                }
                Some(_) => {
                    warnings.add(format!(
                        "returned non-bool value (path `{condition}` of chart `{}`)",
                        wanted.name
                    ));
                }
                None => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
