//! Built-in transformers and generators, configured by objects of their own.
//!
//! Such an object has `apiVersion: builtin` and the plugin's name for a kind. Everything else (executables, Go
//! plugins, containers) is refused by name, as kustomize refuses it unless it is told to run plugins.

use amethyst_diag::{Diagnostic, Location};
use amethyst_object::{FieldPath, Str, Value};
use amethyst_yaml::settle;

use super::{Namespaces, Subjects, images, labels, names, patches, replacements, replicas, value_add};
use crate::Origin;
use crate::decode::{Decoder, Field, Fields, File, Spot};
use crate::fieldspec::FieldSpec;
use crate::generate::hash_names;
use crate::kustomization::{
    self, Entry, Image, Patch, Replica, Selector, chart_generator, generator,
    replacements as read_replacements,
};
use crate::load::parse_objects;
use crate::provenance::Step;
use crate::set::{Item, Set};
use crate::target::{Builder, Target};

const CODE: &str = "kustomize-plugin";

/// An object that configures a plugin, and the file that its fields are read from.
struct Plugin {
    file: File,
    config: Value,
    kind: Str,
    label: String,
    step: Option<Step>,
}

impl Plugin {
    fn new(target: &Target, mut item: Item) -> Result<Self, Box<Diagnostic>> {
        let place = Location::new(item.origin.file.clone(), item.origin.line, 1);
        let (gvk, label) = (item.gvk(), item.label());
        if gvk.version != "builtin" || !gvk.group.is_empty() {
            let text = format!("external plugins disabled; unable to load external plugin '{}'", gvk.kind);
            let fault = Diagnostic::error("kustomize-unsupported-plugin", text).at(place).about(label);
            let hint = "use a built-in transformer or generator; plugins do not run";
            return Err(Box::new(fault.hint(hint)));
        }
        let step = item.notes.take().and_then(|notes| notes.origin).map(|origin| Step {
            configured_in: origin.path.clone(),
            path: String::new(),
            configured_by: ["builtin".into(), gvk.kind.clone(), item.name(), item.namespace()],
            ..origin
        });
        let mut config = Value::Object(std::mem::take(&mut item.object));
        settle(&mut config).map_err(|reason| Box::new(Diagnostic::error(CODE, reason).at(place)))?;
        let Origin { file, document, line, .. } = item.origin;
        let folder = target.file.folder.clone();
        let file = File { path: file, folder, text: "".into(), document, line };
        Ok(Self { file, config, kind: gvk.kind, label, step })
    }

    fn place(&self) -> Spot<'_> {
        self.file.place(None)
    }
}

/// The objects that the entries hold or name.
fn load(builder: &mut Builder<'_>, target: &Target, entries: &[Entry]) -> Vec<Plugin> {
    let mut set = Set::default();
    for entry in entries {
        let (inline, faults) = parse_objects(&entry.text, &target.file.path);
        if !faults.is_empty() || inline.is_empty() {
            builder.resource(target, entry, &mut set);
            continue;
        }
        let place = target.file.place(entry.path.as_ref());
        for loaded in inline {
            let mut item = Item::new(loaded.object, loaded.origin);
            item.origin.line = place.location().line;
            if let Some(origin) = &builder.origin {
                item.note(&origin.append(target.file.name()));
            }
            if let Err((reason, _)) = set.append(item) {
                builder.fault(CODE, reason, place.location());
            }
        }
    }
    let mut plugins = Vec::new();
    for item in set.items {
        match Plugin::new(target, item) {
            Ok(plugin) => plugins.push(plugin),
            Err(fault) => builder.loader.faults.push(*fault),
        }
    }
    plugins
}

/// Runs the generators that the entries configure.
pub(crate) fn generators(builder: &mut Builder<'_>, target: &Target, set: &mut Set) {
    for plugin in load(builder, target, &target.kustomization.generator_objects) {
        let decoder = Decoder::lenient(&plugin.file, "Generator");
        let root = Field::root(&plugin.config);
        let before = builder.loader.faults.len();
        let items = match plugin.kind.as_str() {
            "ConfigMapGenerator" | "SecretGenerator" => {
                let is_secret = plugin.kind == "SecretGenerator";
                let found = generator(&decoder, &Field::root(&named(&plugin.config)), is_secret, None);
                builder.generate(&plugin.file, &found, &plugin.kind).into_iter().collect()
            }
            "HelmChartInflationGenerator" => {
                let chart = chart_generator(&decoder, &root);
                builder.inflate(&plugin.file, chart, plugin.place())
            }
            "IAMPolicyGenerator" => iam_policy(builder, &plugin, &decoder).into_iter().collect(),
            _ => {
                unknown(builder, &plugin, "generator");
                Vec::new()
            }
        };
        take_faults(builder, &decoder, before);
        for mut item in items {
            if let Some(step) = plugin.step.as_ref().filter(|_| item.notes.is_none()) {
                item.note(step);
            }
            if let Err(reason) = set.absorb(item) {
                builder.fault(
                    CODE,
                    format!("merging from generator {}: {reason}", plugin.label),
                    plugin.place(),
                );
            }
        }
    }
}

/// Runs the transformers that the entries configure.
pub(crate) fn transformers(builder: &mut Builder<'_>, target: &Target, set: &mut Set, entries: &[Entry]) {
    if entries.is_empty() {
        return;
    }
    for plugin in load(builder, target, entries) {
        let decoder = Decoder::lenient(&plugin.file, "Transformer");
        let before = builder.loader.faults.len();
        transform(builder, &plugin, &decoder, set);
        take_faults(builder, &decoder, before);
        if let Some(step) = &plugin.step {
            set.items.iter_mut().for_each(|item| item.note(step));
        }
        set.drop_empty();
    }
}

/// The configuration of a ConfigMap or Secret, which is named as the object that configures it is.
fn named(config: &Value) -> Value {
    let mut named = config.clone();
    if let Value::Object(map) = &mut named {
        for key in ["name", "namespace"] {
            let own = config.at(&["metadata", key]);
            if let Some(own) = own.filter(|_| !map.contains_key(key)) {
                map.insert(key, own.clone());
            }
        }
    }
    named
}

fn take_faults(builder: &mut Builder<'_>, decoder: &Decoder<'_>, at: usize) {
    let found = decoder.faults.take();
    builder.loader.faults.splice(at..at, found);
}

fn unknown(builder: &mut Builder<'_>, plugin: &Plugin, wanted: &str) {
    let text = format!("plugin {} ({}) is not a built-in {wanted}", plugin.kind, plugin.label);
    builder.fault(CODE, text, plugin.place());
}

fn specs(decoder: &Decoder<'_>, fields: &Fields<'_>) -> Vec<FieldSpec> {
    let list = decoder.list(fields.get("fieldSpecs"));
    list.iter().map(|field| FieldSpec::decode(decoder, field)).collect()
}

fn transform(builder: &mut Builder<'_>, plugin: &Plugin, decoder: &Decoder<'_>, set: &mut Set) {
    let root = Field::root(&plugin.config);
    match plugin.kind.as_str() {
        "AnnotationsTransformer" => {
            let fields = decoder.fields(&root, &["annotations", "fieldSpecs"]);
            let pairs = decoder.strings(fields.get("annotations"));
            labels::put(builder, set, &pairs, &specs(decoder, &fields));
        }
        "LabelTransformer" => {
            let fields = decoder.fields(&root, &["labels", "fieldSpecs"]);
            let pairs = decoder.strings(fields.get("labels"));
            labels::put(builder, set, &pairs, &specs(decoder, &fields));
        }
        "PrefixTransformer" | "SuffixTransformer" | "PrefixSuffixTransformer" => {
            affixes(builder, plugin, decoder, set);
        }
        "NamespaceTransformer" => namespace(builder, plugin, decoder, set),
        "ImageTagTransformer" => {
            let fields = decoder.fields(&root, &["imageTag", "fieldSpecs"]);
            let image = fields.get("imageTag").map(|field| Image::decode(decoder, field));
            images::run(builder, set, &image.unwrap_or_default(), &specs(decoder, &fields));
        }
        "ReplicaCountTransformer" => {
            let fields = decoder.fields(&root, &["replica", "fieldSpecs"]);
            let replica = fields.get("replica").map(|field| kustomization::replica(decoder, field));
            let replica = Replica { path: FieldPath::default(), ..replica.unwrap_or_default() };
            replicas::run(builder, &plugin.file, set, &replica, &specs(decoder, &fields));
        }
        "ReplacementTransformer" => {
            let fields = decoder.fields(&root, &["replacements"]);
            let list = read_replacements(decoder, fields.get("replacements"));
            replacements::run(builder, &plugin.file, &list, set);
        }
        "PatchTransformer" => {
            let patch = kustomization::patch(decoder, &root);
            patches::patch(builder, &plugin.file, &patch, set);
        }
        "PatchJson6902Transformer" => {
            let fields = decoder.fields(&root, &["target", "path", "jsonOp"]);
            let patch = Patch {
                text: decoder.string(fields.get("jsonOp")),
                file: decoder.string(fields.get("path")),
                target: fields.get("target").map(|field| Selector::decode(decoder, field)),
                ..Patch::default()
            };
            patches::json(builder, &plugin.file, &patch, set);
        }
        "PatchStrategicMergeTransformer" => strategic_merge(builder, plugin, decoder, set),
        "ValueAddTransformer" => value_add::run(builder, &plugin.file, decoder, &root, set),
        "HashTransformer" => hash_names(builder, set),
        _ => unknown(builder, plugin, "transformer"),
    }
}

fn strategic_merge(builder: &mut Builder<'_>, plugin: &Plugin, decoder: &Decoder<'_>, set: &mut Set) {
    let fields = decoder.fields(&Field::root(&plugin.config), &["paths", "patches"]);
    let paths = decoder.list(fields.get("paths"));
    let mut entries: Vec<Entry> =
        paths.iter().map(|field| Entry { text: decoder.string(Some(field)), path: None }).collect();
    let text = decoder.string(fields.get("patches"));
    if !text.is_empty() {
        entries.push(Entry { text, path: None });
    }
    if entries.is_empty() {
        builder.fault(CODE, "empty file path and empty patch content", plugin.place());
    }
    patches::strategic_merge(builder, &plugin.file, &entries, set);
}

fn affixes(builder: &mut Builder<'_>, plugin: &Plugin, decoder: &Decoder<'_>, set: &mut Set) {
    let fields = decoder.fields(&Field::root(&plugin.config), &["prefix", "suffix", "fieldSpecs"]);
    let specs = specs(decoder, &fields);
    if fields.get("fieldSpecs").is_none() {
        builder.fault(CODE, "fieldSpecs is not expected to be nil", plugin.place());
        return;
    }
    if plugin.kind != "SuffixTransformer" {
        names::prefix(builder, set, &decoder.string(fields.get("prefix")), &specs);
    }
    if plugin.kind != "PrefixTransformer" {
        names::suffix(builder, set, &decoder.string(fields.get("suffix")), &specs);
    }
}

fn namespace(builder: &mut Builder<'_>, plugin: &Plugin, decoder: &Decoder<'_>, set: &mut Set) {
    let known = &["metadata", "fieldSpecs", "unsetOnly", "setRoleBindingSubjects"];
    let fields = decoder.fields(&Field::root(&plugin.config), known);
    let namespace = plugin.config.str_at(&["metadata", "namespace"]).unwrap_or_default().into();
    let subjects = match decoder.string(fields.get("setRoleBindingSubjects")).as_str() {
        "" | "defaultOnly" => Subjects::Default,
        "allServiceAccounts" => Subjects::ServiceAccounts,
        "none" => Subjects::None,
        other => {
            let text = format!(
                "invalid value \"{other}\" for setRoleBindingSubjects: must be one of \"defaultOnly\", \"none\" or \"allServiceAccounts\""
            );
            builder.fault(CODE, text, plugin.place());
            return;
        }
    };
    let namespaces = Namespaces {
        namespace: &namespace,
        fields: &specs(decoder, &fields),
        unset_only: decoder.bool(fields.get("unsetOnly")),
        subjects,
    };
    namespaces.run(builder, plugin.place(), set);
}

/// A service account of Google's cloud.
fn iam_policy(builder: &mut Builder<'_>, plugin: &Plugin, decoder: &Decoder<'_>) -> Option<Item> {
    let fields =
        decoder.fields(&Field::root(&plugin.config), &["cloud", "kubernetesService", "serviceAccount"]);
    let cloud = decoder.string(fields.get("cloud"));
    if cloud != "gke" {
        builder.fault(CODE, format!("cloud provider {cloud} not supported yet"), plugin.place());
        return None;
    }
    let text = |field: &str, key: &str| plugin.config.str_at(&[field, key]).unwrap_or_default().to_owned();
    let mut yaml = format!(
        "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  annotations:\n    iam.gke.io/gcp-service-account: {}@{}.iam.gserviceaccount.com\n  name: {}\n",
        text("serviceAccount", "name"),
        text("serviceAccount", "projectId"),
        text("kubernetesService", "name"),
    );
    let namespace = text("kubernetesService", "namespace");
    if !namespace.is_empty() {
        yaml.push_str(&format!("  namespace: {namespace}\n"));
    }
    let (objects, faults) = parse_objects(&yaml, &plugin.file.path);
    builder.loader.faults.extend(faults);
    let loaded = objects.into_iter().next()?;
    let origin = Origin {
        line: plugin.file.line,
        generated_by: Some("IAMPolicyGenerator".to_owned()),
        ..loaded.origin
    };
    Some(Item::new(loaded.object, origin))
}
