//! `helmCharts`: which values a chart gets, and what becomes of what it renders.

use amethyst_diag::Diagnostic;
use amethyst_object::{Map, Value};
use amethyst_yaml::{parse_raw, settle};

use crate::decode::{File, Spot};
use crate::hooks::{HelmChart, HelmInflator};
use crate::load::parse_objects;
use crate::merge::merge;
use crate::schema::Schemas;
use crate::set::Item;
use crate::target::{Builder, join};

const CODE: &str = "kustomize-helm";

impl Builder<'_> {
    /// The objects of a chart that the kustomization `file` names.
    pub(crate) fn inflate(&mut self, file: &File, mut chart: HelmChart, place: Spot<'_>) -> Vec<Item> {
        let Some(helm) = self.helm else {
            let fault =
                Diagnostic::error("kustomize-unsupported-field", "the field `helmCharts` is not supported");
            self.loader.faults.push(fault.at(place.location()).hint("use a HelmRelease instead"));
            return Vec::new();
        };
        if let Err(reason) = check(&chart) {
            self.fault(CODE, reason, place.location());
            return Vec::new();
        }
        self.find_chart(file, &mut chart, place);
        let Some(values) = self.values(file, &chart, helm, place) else { return Vec::new() };
        chart.values = values;
        let (tree, _) = self.loader.tree_of(&file.folder);
        let text = match helm.inflate(&chart, tree) {
            Ok(text) => text,
            Err(fault) => {
                self.loader.faults.push(fault.at(place.location()));
                return Vec::new();
            }
        };
        let (objects, faults) = parse_objects(&text, &file.path);
        // Its lines are of no file; what is wrong with it is wrong at the chart.
        let told = faults.into_iter().map(|fault| Diagnostic { location: Some(place.location()), ..fault });
        self.loader.faults.extend(told);
        let line = place.location().line;
        let items = objects.into_iter().map(|loaded| {
            let mut item = Item::new(loaded.object, loaded.origin);
            item.origin.line = line;
            item.origin.generated_by = Some("helmCharts".to_owned());
            item.by_helm = true;
            item
        });
        items.collect()
    }

    fn find_chart(&mut self, file: &File, chart: &mut HelmChart, place: Spot<'_>) {
        let home = if chart.chart_home.is_empty() { "charts" } else { chart.chart_home.as_str() };
        let home = if chart.version.is_empty() || chart.repo.is_empty() {
            home.to_owned()
        } else {
            format!("{home}/{}-{}", chart.name, chart.version)
        };
        let Some(home) = self.loader.resolve(&file.folder, &home, place) else { return };
        let folder = join(&home, &chart.name);
        if self.loader.is_dir(&folder) {
            chart.folder = Some(self.loader.tree_of(&folder).1.to_owned());
        }
    }

    /// The texts of the chart's value files.
    fn values(
        &mut self,
        file: &File,
        chart: &HelmChart,
        helm: &dyn HelmInflator,
        place: Spot<'_>,
    ) -> Option<Vec<String>> {
        if chart.folder.is_none() && chart.repo.is_empty() {
            let text = format!("no repo specified for pull, no chart found at '{}'", chart.name);
            self.fault(CODE, text, place.location());
            return None;
        }
        let own = match (&chart.folder, chart.values_file.is_empty()) {
            (_, false) => self.loader.load_text(&file.folder, &chart.values_file, place)?.0,
            (Some(folder), true) => {
                let path = join(folder, "values.yaml");
                let bytes = self.loader.read(&path, place)?;
                self.loader.text(bytes, &path, place)?
            }
            (None, true) => match helm.values(chart) {
                Ok(text) => text,
                Err(fault) => {
                    self.loader.faults.push(fault.at(place.location()));
                    return None;
                }
            },
        };
        let first = match &chart.values_inline {
            None => own,
            Some(inline) => match merged(&chart.values_merge, &own, inline) {
                Ok(text) => text,
                Err(reason) => {
                    self.fault(CODE, reason, place.location());
                    return None;
                }
            },
        };
        let mut values = vec![first];
        for path in &chart.additional_values_files {
            values.push(self.loader.load_text(&file.folder, path, place)?.0);
        }
        Some(values)
    }
}

fn check(chart: &HelmChart) -> Result<(), String> {
    if chart.name.is_empty() {
        return Err("chart name cannot be empty".to_owned());
    }
    for (field, value) in [("releaseName", &chart.release_name), ("chart name", &chart.name)] {
        if value.starts_with('-') {
            return Err(format!("{field} must not start with '-', got \"{value}\""));
        }
    }
    match chart.values_merge.as_str() {
        "" | "merge" | "override" | "replace" => Ok(()),
        _ => Err("valuesMerge must be one of [merge override replace]".to_owned()),
    }
}

/// The chart's values with those that the kustomization says.
fn merged(how: &str, own: &str, inline: &Value) -> Result<String, String> {
    let inline = inline.as_object().cloned().unwrap_or_default();
    if how == "replace" {
        return Ok(amethyst_yaml::emit(&Value::Object(inline)));
    }
    let (documents, faults) = parse_raw(own);
    if let Some(fault) = faults.first() {
        return Err(format!("could not parse values file into rnode: {fault}"));
    }
    let own = documents.into_iter().next().and_then(|document| match document.value {
        Value::Object(map) => Some(map),
        _ => None,
    });
    let own = own.unwrap_or_default();
    let (schemas, notes) = (Schemas::default(), std::cell::RefCell::default());
    let merged: Option<Map> = if how == "merge" {
        merge(&schemas, inline, &own, &notes)
    } else {
        merge(&schemas, own, &inline, &notes)
    }?;
    let mut merged = Value::Object(merged.unwrap_or_default());
    settle(&mut merged)?;
    Ok(amethyst_yaml::emit(&merged))
}
