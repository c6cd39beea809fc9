//! `values.schema.json`: JSON Schema of the drafts 4 to 2020-12, with the texts of Helm 4.
//!
//! Schemas are compiled once per chart. Those that others refer to come from the caller; one that cannot be
//! had is told in a warning, and the values are then not checked against the schema that needs it. Schemas
//! themselves are not checked against their metaschemas.

mod compile;
mod fault;
mod formats;
mod node;
mod number;
mod urls;
mod validate;

use amethyst_diag::{Diagnostic, Location};
use amethyst_gotemplate::{Map, Value};

use crate::RenderError;
use crate::dependencies::Member;
use crate::error::join;

use compile::Unresolved;
pub(crate) use node::Set;

/// Gives schemas that others refer to by `http`, `https` and other URLs.
pub trait Schemas: Send + Sync {
    /// The schema's JSON, if it can be had.
    fn get(&self, url: &str) -> Option<Vec<u8>>;

    /// Told that a schema is used which was asked for earlier, with another release of the same chart.
    fn used(&self, _url: &str) {}
}

/// A compiled schema, or why there is none.
pub(crate) type Compiled = Result<Set, Unresolved>;

/// Checks the values of a chart and its subcharts.
pub(crate) fn check(
    member: &Member,
    values: &Map,
    schemas: Option<&dyn Schemas>,
    location: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<(), Box<RenderError>> {
    let mut checker = Checker { schemas, location, diagnostics };
    let text = checker.chart(member, values, "");
    if text.is_empty() {
        return Ok(());
    }
    let text =
        format!("values don't meet the specifications of the schema(s) in the following chart(s):\n{text}");
    Err(RenderError::schema(text))
}

struct Checker<'a> {
    schemas: Option<&'a dyn Schemas>,
    location: &'a str,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Checker<'_> {
    /// Helm's text of all faults in a chart and its subcharts.
    fn chart(&mut self, member: &Member, values: &Map, path: &str) -> String {
        let mut text = String::new();
        if let Some(schema) = member.chart.schema()
            && let Some(fault) = self.own(member, schema, values, path)
        {
            text.push_str(&format!("{}:\n{fault}", member.name));
        }
        for inner in &member.members {
            match values.get(&inner.name) {
                None | Some(Value::Nil) => {}
                Some(Value::Map(found)) => {
                    let path = join(path, &format!("charts/{}", inner.name));
                    text.push_str(&self.chart(inner, &found, &path));
                }
                Some(other) => {
                    let found = other.type_name();
                    text.push_str(&format!(
                        "{}:\ninvalid type for values: expected object (map), got {found}\n",
                        inner.name
                    ));
                }
            }
        }
        text
    }

    fn own(&mut self, member: &Member, schema: &[u8], values: &Map, path: &str) -> Option<String> {
        let cache = &member.chart.cache().schema;
        // What others refer to may be had later: only what is complete is kept.
        let missing;
        let compiled = if let Some(compiled) = cache.get() {
            let documents = compiled.as_ref().map(|set| set.documents.as_slice()).unwrap_or_default();
            for url in documents {
                self.schemas.iter().for_each(|schemas| schemas.used(url));
            }
            compiled
        } else {
            let fresh = compile::compile(schema, self.schemas);
            if matches!(fresh, Err(Unresolved::Missing(_))) {
                missing = fresh;
                &missing
            } else {
                cache.get_or_init(|| fresh)
            }
        };
        match compiled {
            Ok(set) => validate::validate(set, values).err(),
            Err(Unresolved::Invalid(text)) => Some(format!("{text}\n")),
            Err(Unresolved::Missing(url)) => {
                let file = join(self.location, &join(path, "values.schema.json"));
                let text = format!(
                    "the values of chart `{}` were not checked: its schema refers to `{url}`, which is not at hand",
                    member.name
                );
                self.diagnostics.push(
                    Diagnostic::warning("helm-schema-unresolved", text)
                        .at(Location::file(file))
                        .hint("fetch the schema while online, or take it into the chart"),
                );
                None
            }
        }
    }
}

#[cfg(test)]
mod tests;
