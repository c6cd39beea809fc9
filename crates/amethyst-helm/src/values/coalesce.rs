//! Helm's coalescing: the values of a release laid over the defaults of its charts.
//!
//! What is coalesced is a copy of what the user gave; the defaults are made anew for every call. Maps of a
//! subchart and the same maps seen from its parent are one and the same, and templates can tell.

use std::collections::HashSet;

use amethyst_gotemplate::{Map, Value};
use amethyst_object::Str;

use super::{GLOBAL, deep_copy_map, print, shallow_copy};

/// What coalescing needs to know of a chart.
pub(crate) trait Defaults {
    /// The chart's name in this release: its alias, if it has one.
    fn name(&self) -> &str;
    /// A copy of its default values that nobody else holds.
    fn values(&self) -> Map;
    /// Its subcharts.
    fn dependencies(&self) -> &[Self]
    where
        Self: Sized;
}

/// Helm's warnings, each once, in the order they came.
#[derive(Debug, Default)]
pub(crate) struct Warnings {
    texts: Vec<String>,
    known: HashSet<String>,
}

impl Warnings {
    pub(crate) fn add(&mut self, text: String) {
        if self.known.insert(text.clone()) {
            self.texts.push(text);
        }
    }

    pub(crate) fn into_texts(self) -> Vec<String> {
        self.texts
    }
}

/// `CoalesceValues`: a null takes a default away.
pub(crate) fn coalesce_values<D: Defaults>(
    chart: &D,
    values: &Map,
    warnings: &mut Warnings,
) -> Result<Map, String> {
    let values = deep_copy_map(values);
    Coalescer { warnings }.chart(chart, &values, "", false)?;
    Ok(values)
}

/// `MergeValues`: as [`coalesce_values`], but nulls stay.
pub(crate) fn merge_values<D: Defaults>(
    chart: &D,
    values: &Map,
    warnings: &mut Warnings,
) -> Result<Map, String> {
    let values = deep_copy_map(values);
    Coalescer { warnings }.chart(chart, &values, "", true)?;
    Ok(values)
}

/// `CoalesceTables` and, with `merge`, `MergeTables`: lays `destination` over `source`, in `destination`.
pub(crate) fn coalesce_tables(destination: &Map, source: &Map, merge: bool, warnings: &mut Warnings) {
    Coalescer { warnings }.tables(destination, source, "", merge);
}

struct Coalescer<'a> {
    warnings: &'a mut Warnings,
}

impl Coalescer<'_> {
    fn chart<D: Defaults>(
        &mut self,
        chart: &D,
        values: &Map,
        prefix: &str,
        merge: bool,
    ) -> Result<(), String> {
        self.values(chart, values, prefix, merge);
        let inner = concat_prefix(prefix, chart.name());
        for subchart in chart.dependencies() {
            let name = subchart.name();
            let table = match values.get(name) {
                None => {
                    let table = Map::new();
                    values.insert(name, table.clone());
                    table
                }
                Some(Value::Map(table)) => table,
                Some(other) => return Err(format!("type mismatch on {name}: {}", print_as_bool(&other))),
            };
            self.globals(&table, values, &inner);
            self.chart(subchart, &table, &inner, merge)?;
        }
        Ok(())
    }

    /// Copies the globals of `source` into `destination`.
    fn globals(&mut self, destination: &Map, source: &Map, prefix: &str) {
        let into = match destination.get(GLOBAL) {
            None => Map::new(),
            Some(Value::Map(map)) => map,
            Some(_) => {
                let text = format!("warning: skipping globals because destination {GLOBAL} is not a table.");
                return self.warnings.add(text);
            }
        };
        let from = match source.get(GLOBAL) {
            None => Map::new(),
            Some(Value::Map(map)) => map,
            Some(_) => {
                return self
                    .warnings
                    .add(format!("warning: skipping globals because source {GLOBAL} is not a table."));
            }
        };
        let pairs = from.pairs().to_vec();
        for (key, value) in pairs {
            match (value, into.get(&key)) {
                (Value::Map(table), None) => {
                    into.insert(key, shallow_copy(&table));
                }
                (Value::Map(table), Some(Value::Map(before))) => {
                    // The other way round than elsewhere: what comes from above wins.
                    let copy = shallow_copy(&table);
                    self.tables(&copy, &before, &concat_prefix(prefix, &key), true);
                    into.insert(key, copy);
                }
                (Value::Map(_), Some(_)) => {
                    self.warnings
                        .add(format!("Conflict: cannot merge map onto non-map for {key:?}. Skipping."));
                }
                (_, Some(Value::Map(_))) => self.warnings.add(format!("key {key} is table. Skipping")),
                (value, _) => {
                    into.insert(key, value);
                }
            }
        }
        destination.insert(GLOBAL, into);
    }

    /// Lays the values of one chart over its defaults.
    fn values<D: Defaults>(&mut self, chart: &D, values: &Map, prefix: &str, merge: bool) {
        let prefix = concat_prefix(prefix, chart.name());
        let defaults = chart.values();
        let pairs = defaults.pairs().to_vec();
        for (key, default) in pairs {
            match values.get(&key) {
                Some(Value::Nil) if !merge => {
                    values.remove(&key);
                }
                Some(Value::Map(table)) => match default {
                    Value::Map(default) => {
                        let merge =
                            merge || chart.dependencies().iter().any(|subchart| subchart.name() == key);
                        if !merge {
                            clean_nils(&default);
                        }
                        self.tables(&table, &default, &concat_prefix(&prefix, &key), merge);
                    }
                    Value::Nil => {}
                    _ => {
                        self.warnings.add(format!("warning: skipped value for {prefix}.{key}: Not a table."));
                    }
                },
                Some(_) => {}
                None => {
                    if !merge {
                        match &default {
                            Value::Nil => continue,
                            Value::Map(table) => clean_nils(table),
                            _ => {}
                        }
                    }
                    values.insert(key, default);
                }
            }
        }
    }

    fn tables(&mut self, destination: &Map, source: &Map, prefix: &str, merge: bool) {
        let given: HashSet<Str> =
            source.pairs().iter().filter(|(_, value)| !value.is_nil()).map(|(key, _)| key.clone()).collect();
        let nils: Vec<Str> = destination
            .pairs()
            .iter()
            .filter(|(_, value)| value.is_nil())
            .map(|(key, _)| key.clone())
            .collect();
        for key in nils {
            source.insert(key, Value::Nil);
        }
        let pairs = source.pairs().to_vec();
        for (key, value) in pairs {
            match (destination.get(&key), value) {
                (Some(Value::Nil), _) if !merge && given.contains(&key) => {
                    destination.remove(&key);
                }
                (None, value) => {
                    destination.insert(key, value);
                }
                (Some(Value::Map(before)), Value::Map(table)) => {
                    self.tables(&before, &table, &concat_prefix(prefix, &key), merge);
                }
                (Some(_), Value::Map(table)) => {
                    let key = concat_prefix(prefix, &key);
                    let value = print(&Value::Map(table));
                    self.warnings
                        .add(format!("warning: cannot overwrite table with non table for {key} ({value})"));
                }
                (Some(Value::Map(_)), value) if !value.is_nil() => {
                    let (key, value) = (concat_prefix(prefix, &key), print(&value));
                    self.warnings.add(format!(
                        "warning: destination for {key} is a table. Ignoring non-table value ({value})"
                    ));
                }
                (Some(_), _) => {}
            }
        }
    }
}

fn concat_prefix(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}

/// Takes nulls out of a table and the tables in it.
fn clean_nils(table: &Map) {
    let pairs = table.pairs().to_vec();
    for (key, value) in pairs {
        match value {
            Value::Nil => {
                table.remove(&key);
            }
            Value::Map(inner) => clean_nils(&inner),
            _ => {}
        }
    }
}

/// Go's `%t`, which Helm uses for what is seldom a boolean.
fn print_as_bool(value: &Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Nil => "%!t(<nil>)".to_owned(),
        Value::List(list) => {
            format!("[{}]", list.iter().map(print_as_bool).collect::<Vec<_>>().join(" "))
        }
        value => format!("%!t({}={})", value.type_name(), print(value)),
    }
}
