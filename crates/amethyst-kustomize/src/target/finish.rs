//! What is done once, at the outermost kustomization.

use amethyst_object::{Map, Object, Str, Value};
use amethyst_yaml::settle;

use super::{Builder, Target, about};
use crate::generate::hash_names;
use crate::kustomization::Sort;
use crate::provenance::{INTERNAL, ORIGIN, TRANSFORMATIONS, list};
use crate::set::{Item, Set};
use crate::{Options, Order, Resource, nameref, sort, vars};

const LOCAL_CONFIG: &str = "config.kubernetes.io/local-config";
const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// The kustomize whose behaviour this is.
const VERSION: &str = "v5.8.2";

impl Builder<'_> {
    pub(super) fn finish(
        &mut self,
        mut set: Set,
        target: Option<&Target>,
        options: &Options<'_>,
    ) -> Vec<Resource> {
        hash_names(self, &mut set);
        self.loader.faults.extend(nameref::fix(&mut set));
        self.loader.faults.extend(vars::resolve(&mut set));
        set.items.retain(|item| !is_local(&item.object));
        match target.and_then(|target| target.kustomization.sort.as_ref()) {
            Some(Sort::Legacy(order)) => sort::legacy(&mut set.items, order.as_ref()),
            None if options.order == Order::Legacy => sort::legacy(&mut set.items, None),
            None | Some(Sort::Fifo) => {}
        }
        let mut resources = Vec::with_capacity(set.items.len());
        for mut item in set.items {
            self.annotate(&mut item);
            if options.add_managed_by || self.metadata.managed_by {
                let version = if options.version.is_empty() { VERSION } else { options.version };
                let labels = item.object.object_mut("metadata").object_mut("labels");
                labels.insert(MANAGED_BY, format!("kustomize-{version}"));
            }
            if let Some(overlay) = options.overlay {
                add_metadata(&mut item, "labels", &overlay.common_labels);
                add_metadata(&mut item, "annotations", &overlay.common_annotations);
            }
            let mut object = Value::Object(std::mem::take(&mut item.object));
            if let Err(reason) = settle(&mut object) {
                self.loader.faults.push(about(&item, reason));
            }
            if let Some(object) = Object::from_value(object) {
                resources.push(Resource { object, origin: item.origin });
            }
        }
        resources
    }

    /// Annotations become strings; those that kustomize keeps for itself go, those asked for come.
    fn annotate(&self, item: &mut Item) {
        let mut annotations = item.strings("annotations");
        annotations.retain(|(key, _)| {
            !(key == ORIGIN || key == TRANSFORMATIONS || INTERNAL.contains(&key.as_str()))
        });
        if let Some(notes) = &item.notes {
            if let Some(origin) = notes.origin.as_ref().filter(|_| self.metadata.origins) {
                annotations.push((Str::from(ORIGIN), origin.text().into()));
            }
            if self.metadata.transformations && !notes.transformations.is_empty() {
                annotations.push((Str::from(TRANSFORMATIONS), list(&notes.transformations).into()));
            }
        }
        item.set_strings("annotations", annotations);
    }
}

fn is_local(object: &Map) -> bool {
    let annotations = object.get("metadata").and_then(|metadata| metadata.get("annotations"));
    let found = annotations.and_then(|annotations| annotations.get(LOCAL_CONFIG));
    found.is_some_and(|value| crate::id::text(value) != "false")
}

fn add_metadata(item: &mut Item, key: &str, pairs: &[(String, String)]) {
    if !pairs.is_empty() {
        let map: &mut Map = item.object.object_mut("metadata").object_mut(key);
        for (key, value) in pairs {
            map.insert(key.as_str(), value.as_str());
        }
    }
}
