//! `configurations`, `crds` and `openapi`: which fields transformers change, and which lists merge.

use amethyst_diag::Diagnostic;
use amethyst_object::FieldPath;

use super::{Builder, Target};
use crate::config::{self, Config};
use crate::decode::{Decoder, File, Spot};
use crate::kustomization::Entry;
use crate::schema::Custom;
use crate::set::Set;

impl Builder<'_> {
    /// Adds what `configurations` and `crds` say to the table of fields.
    pub(super) fn configure(&mut self, target: &Target, set: &mut Set) {
        let kustomization = &target.kustomization;
        if !kustomization.configurations.is_empty() {
            let mut whole = Config::clone(&config::default());
            for entry in &kustomization.configurations {
                let place = target.file.place(entry.path.as_ref());
                let Some(added) = self.configuration(target, entry, place) else { continue };
                if let Err(reason) = whole.merge(&added) {
                    self.fault("kustomize-configuration", reason, place);
                }
            }
            let place = target.file.at_key(&FieldPath::of(["configurations"]));
            match config::begun(set.config_begun.then_some(&set.config), whole) {
                Ok(config) => set.config = config,
                Err(reason) => self.fault("kustomize-configuration", reason, place),
            }
        }
        set.config_begun = true;
        for entry in &kustomization.crds {
            let place = target.file.place(entry.path.as_ref());
            let path = self.loader.resolve_file(&target.file.folder, &entry.text, place);
            let Some(path) = path else { continue };
            let Some(document) = self.loader.document(&path, place) else { continue };
            match config::extended(&set.config, &Config::from_crds(&document.value)) {
                Ok(config) => set.config = config,
                Err(reason) => self.fault("kustomize-configuration", reason, place),
            }
        }
    }

    fn configuration(&mut self, target: &Target, entry: &Entry, place: Spot<'_>) -> Option<Config> {
        let path = self.loader.resolve_file(&target.file.folder, &entry.text, place)?;
        let document = self.loader.document(&path, place)?;
        let text = std::sync::Arc::clone(&document.text);
        let folder = target.file.folder.clone();
        let file = File { path, folder, text, document: document.index, line: 0 };
        let decoder = Decoder::strict(&file, "TransformerConfig");
        let added = Config::decode(&decoder, &document.value);
        self.loader.faults.extend(decoder.faults.take());
        Some(added)
    }

    /// Takes the schema that a kustomization brings; the first one of a build counts.
    pub(super) fn open_api(&mut self, target: &Target) {
        let Some(open_api) = &target.kustomization.open_api else { return };
        if std::mem::replace(&mut self.schema_is_set, true) {
            return;
        }
        if let Some(version) = &open_api.version {
            let place = target.file.place(version.path.as_ref());
            if open_api.path.is_some() {
                let text = "builtin version and custom schema provided, cannot use both";
                self.fault("kustomize-openapi", text, place);
            } else if !matches!(version.text.as_str(), "" | "v1.21.2") {
                let text = "the specified OpenAPI version is not built in";
                self.loader.faults.push(
                    Diagnostic::error("kustomize-openapi", text)
                        .at(place.into())
                        .hint("v1.21.2 is the only one"),
                );
            }
        }
        let Some(path) = &open_api.path else { return };
        let place = target.file.place(path.path.as_ref());
        let Some((text, path)) = self.loader.load_text(&target.file.folder, &path.text, place) else {
            return;
        };
        let document = crate::cache::SoleDocument::new(&text);
        self.loader.faults.extend(document.faults(&path));
        self.schemas.custom = Some(Custom::new(&document.value, self.visits > 0));
    }
}
