//! Which resources a patch or a replacement is about.

use amethyst_object::LabelSelector;
use regex::Regex;

use crate::id::{Gvk, Id};
use crate::kustomization::Selector;
use crate::set::Item;

/// A selector, compiled: names are anchored regular expressions, empty ones match everything.
pub(crate) struct Matcher {
    group: Option<Regex>,
    version: Option<Regex>,
    kind: Option<Regex>,
    name: Option<Regex>,
    namespace: Option<Regex>,
    labels: LabelSelector,
    annotations: LabelSelector,
}

impl Matcher {
    pub(crate) fn new(selector: &Selector) -> Result<Self, String> {
        let anchored = |pattern: &str| {
            if pattern.is_empty() {
                return Ok(None);
            }
            Regex::new(&format!("^(?:{pattern})$")).map(Some).map_err(|error| error.to_string())
        };
        let labels = |text: &str| LabelSelector::parse(text).map_err(|error| error.to_string());
        Ok(Self {
            group: anchored(&selector.group)?,
            version: anchored(&selector.version)?,
            kind: anchored(&selector.kind)?,
            name: anchored(&selector.name)?,
            namespace: anchored(&selector.namespace)?,
            labels: labels(&selector.labels)?,
            annotations: labels(&selector.annotations)?,
        })
    }

    /// Whether a patch's target selects the resource, by what it is or what it was first.
    pub(crate) fn selects(&self, item: &Item) -> bool {
        if item.object.is_empty() {
            return false;
        }
        let (now, first) = (item.id(), item.original_id());
        let namespace = |id: &Id| fits(self.namespace.as_ref(), id.effective_namespace());
        let name = |id: &Id| fits(self.name.as_ref(), &id.name);
        (namespace(&first) || namespace(&now))
            && (name(&first) || name(&now))
            && self.selects_kind(&now.gvk)
            && self.selects_labels(item)
    }

    /// Whether a replacement's target selects this name of a resource.
    pub(crate) fn selects_id(&self, id: &Id) -> bool {
        self.selects_kind(&id.gvk)
            && fits(self.name.as_ref(), &id.name)
            && fits(self.namespace.as_ref(), &id.namespace)
    }

    pub(crate) fn selects_labels(&self, item: &Item) -> bool {
        let holds = |selector: &LabelSelector, key: &str| {
            if selector.is_everything() {
                return true;
            }
            let pairs = item.strings(key);
            selector
                .matches(|key| pairs.iter().find(|(found, _)| found == key).map(|(_, value)| value.as_str()))
        };
        holds(&self.labels, "labels") && holds(&self.annotations, "annotations")
    }

    fn selects_kind(&self, gvk: &Gvk) -> bool {
        fits(self.group.as_ref(), &gvk.group)
            && fits(self.version.as_ref(), &gvk.version)
            && fits(self.kind.as_ref(), &gvk.kind)
    }
}

fn fits(pattern: Option<&Regex>, text: &str) -> bool {
    pattern.is_none_or(|pattern| pattern.is_match(text))
}
