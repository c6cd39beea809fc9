//! The valid objects.

use std::path::Path;

use amethyst_object::Value;
use amethyst_yaml::{Dialect, parse_all};
use anyhow::{Context, bail};

/// A valid object and where objects of its kind are made.
pub(crate) struct Seed {
    /// `/api/v1/namespaces/default/pods`.
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) object: Value,
}

impl Seed {
    /// `pods/plain`.
    pub(crate) fn id(&self) -> String {
        format!("{}/{}", self.path.rsplit('/').next().unwrap_or_default(), self.name)
    }
}

pub(crate) fn read(file: &Path, only: &str) -> anyhow::Result<Vec<Seed>> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("failed to read `{}`", file.display()))?;
    let (documents, faults) = parse_all(&text, Dialect::GoV3);
    if let Some(fault) = faults.first() {
        bail!("failed to read `{}`: {fault}", file.display());
    }
    let seeds = documents.into_iter().map(|document| {
        let path = document.value.str_at(&["path"]).context("a seed has no path")?.to_owned();
        let object = document.value.get("object").cloned().context("a seed has no object")?;
        let name = object.str_at(&["metadata", "name"]).context("a seed has no name")?.to_owned();
        Ok(Seed { path, name, object })
    });
    let mut seeds = seeds.collect::<anyhow::Result<Vec<_>>>()?;
    // Some lie in a namespace of their own, and pods need an account.
    let always = |seed: &Seed| seed.path == "/api/v1/namespaces" || seed.path.ends_with("/serviceaccounts");
    seeds.retain(|seed| seed.path.contains(only) || always(seed));
    Ok(seeds)
}
