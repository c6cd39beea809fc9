//! What a pass over a Kustomization reads, in the order in which upstream's gates stand: what a gate
//! holds back, the later ones need not read.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use amethyst_controller::kstatus::Verdict;
use amethyst_controller::{Edge, ObjectKey, ReconcileError, Stamp, Wakes};
use amethyst_object::{GroupVersionKind, Object, Value};
use amethyst_tree::Tree;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::time::Instant;

use super::api::{Kustomization, SubstituteFrom};
use super::build::{BuildFailure, Built, build};
use super::compared::Compared;
use super::dependencies::{cycle, cycle_text, unready};
use super::health::{self, Target};
use super::report::Attempt;
use super::stages::verdicts;
use super::{Inputs, Kustomizations, Memory, Wait};
use crate::artifacts::Artifact;
use crate::duration::GoDuration;
use crate::git_repository::api::GitRepository;
use crate::git_repository::meta_of;
use crate::names::{self, reasons};
use crate::plan::{Missing, chain};
use crate::read::{read, read_typed};

/// How many Kustomizations a search for circles looks at.
const CIRCLE_SEARCH_MAX: usize = 1000;

/// How soon what was missing is looked for again when no watch says anything; a definition is heard of
/// a moment before its kind is served.
const MISSING_LOOK: Duration = Duration::from_secs(1);

/// What a pass reads.
pub(crate) struct Observed {
    pub(crate) object: Object,
    pub(crate) key: ObjectKey,
    pub(crate) kustomization: Kustomization,
    /// When the pass began.
    pub(crate) instant: Instant,
    /// The same, as it is written.
    pub(crate) now: String,
    pub(crate) seen: Seen,
}

impl Observed {
    pub(crate) fn stamp(&self) -> Stamp<'_> {
        Stamp { generation: self.kustomization.metadata.generation, now: &self.now }
    }
}

/// How far the gates let it.
pub(crate) enum Seen {
    /// It is to be deleted.
    Deleting,
    /// It lacks the finalizer.
    Unheld,
    /// It is to be left as it is.
    Suspended,
    /// It asks for what cannot be done.
    Stalled { reason: &'static str, message: String },
    /// The source was not looked at since this program began.
    Awaiting,
    /// The source has nothing to build from.
    NoSource(String),
    /// A dependency is not ready.
    Dependency(String),
    /// It waits for itself.
    Circle(String),
    /// Everything is as it was when it was tried last, and that is not long ago.
    Resting { due: Instant },
    /// It is applied, and its health is awaited.
    Waiting { wait: Box<Wait>, verdicts: Vec<(Target, Verdict)> },
    /// It was built.
    Built(Box<Candidate>),
    /// What would be built is what was compared last, and stands in the cluster as it stood then.
    Same(Box<Agreed>),
}

/// What is the same as at the last comparison.
pub(crate) struct Agreed {
    pub(crate) inputs: Inputs,
    pub(crate) attempt: Attempt,
    pub(crate) compared: Arc<Compared>,
}

/// What was built, and from what.
pub(crate) struct Candidate {
    pub(crate) inputs: Inputs,
    pub(crate) attempt: Attempt,
    pub(crate) built: Result<Built, BuildFailure>,
}

/// Why there is nothing to build from.
enum NoSource {
    /// Nobody looked at the source yet; that will be soon, and wakes. Upstream keeps artifacts on a volume, and
    /// has them when it starts again.
    Awaited,
    /// As upstream words it.
    Lacking(String),
}

/// The objects that a Kustomization depends on.
pub(crate) fn edges(
    kustomization: &Kustomization,
    targets: &[Target],
    missing: &BTreeSet<Missing>,
) -> BTreeSet<Edge> {
    let mut edges = health::edges(targets);
    edges.extend(missing.iter().map(|missing| match missing {
        Missing::Kind(_) => Edge::any(definition()),
        Missing::Namespace(name) => Edge { gvk: namespace(), key: ObjectKey::new("", name.clone()) },
    }));
    edges.insert(Edge { gvk: names::git_repository(), key: kustomization.source() });
    edges.extend(kustomization.dependencies().map(|key| Edge { gvk: names::kustomization(), key }));
    let variables = kustomization.spec.post_build.iter().flat_map(|post_build| &post_build.substitute_from);
    edges.extend(variables.map(|from| Edge { gvk: kind_of(from), key: key_of(kustomization, from) }));
    edges
}

fn definition() -> GroupVersionKind {
    GroupVersionKind::new("apiextensions.k8s.io", "v1", "CustomResourceDefinition")
}

fn namespace() -> GroupVersionKind {
    GroupVersionKind::new("", "v1", "Namespace")
}

fn kind_of(from: &SubstituteFrom) -> GroupVersionKind {
    GroupVersionKind::new("", "v1", from.kind.as_str())
}

fn key_of(kustomization: &Kustomization, from: &SubstituteFrom) -> ObjectKey {
    ObjectKey::new(kustomization.metadata.namespace.as_str(), from.name.as_str())
}

impl Kustomizations {
    /// Reads all that a pass needs.
    pub(crate) async fn look(
        &self,
        key: &ObjectKey,
        wakes: &Wakes,
    ) -> Result<Option<Observed>, ReconcileError> {
        let instant = self.clock.instant();
        let Some(read) = read::<Kustomization>(&self.cluster, &names::kustomization(), key).await? else {
            return Ok(None);
        };
        let now = self.clock.now_rfc3339();
        let seen = |kustomization, seen| {
            Some(Observed {
                object: read.object.clone(),
                key: key.clone(),
                kustomization,
                instant,
                now,
                seen,
            })
        };
        let kustomization = match read.typed {
            Ok(kustomization) => kustomization,
            Err(error) => {
                let kustomization =
                    Kustomization { metadata: meta_of(&read.object), ..Kustomization::default() };
                let message = format!("the spec cannot be read: {error}");
                return Ok(seen(kustomization, Seen::Stalled { reason: reasons::INVALID_SPEC, message }));
            }
        };
        let memory = self.memories().get(key).cloned().unwrap_or_default();
        let gate = self.gates(&read.object, &kustomization, memory, instant, wakes).await?;
        Ok(seen(kustomization, gate))
    }

    async fn gates(
        &self,
        object: &Object,
        kustomization: &Kustomization,
        memory: Memory,
        instant: Instant,
        wakes: &Wakes,
    ) -> Result<Seen, ReconcileError> {
        let (meta, key) = (&kustomization.metadata, kustomization.key());
        if meta.deletion_timestamp.is_some() {
            return Ok(Seen::Deleting);
        }
        if !meta.finalizers.iter().any(|finalizer| finalizer == names::FINALIZER) {
            return Ok(Seen::Unheld);
        }
        if kustomization.spec.suspend {
            return Ok(Seen::Suspended);
        }
        let unsupported = kustomization.unsupported();
        if !unsupported.is_empty() {
            return Ok(Seen::Stalled { reason: reasons::UNSUPPORTED, message: unsupported.join("\n") });
        }
        let targets = memory.wait.as_ref().map(|wait| wait.targets.as_slice()).unwrap_or_default();
        wakes.depend(&key, edges(kustomization, targets, &memory.missing));

        let (artifact, tree) = match self.source(kustomization).await? {
            Ok(found) => found,
            Err(NoSource::Awaited) => return Ok(Seen::Awaiting),
            Err(NoSource::Lacking(message)) => return Ok(Seen::NoSource(message)),
        };
        let (variables, versions) = self.variables(kustomization).await?;
        let inputs = Inputs {
            uid: meta.uid.clone(),
            generation: meta.generation,
            revision: artifact.revision.clone(),
            digest: artifact.digest,
            requested_at: meta.requested_at().map(ToOwned::to_owned),
            variables: versions,
        };
        if let Some(wait) = memory.wait.filter(|wait| wait.inputs == inputs) {
            let verdicts = verdicts(&self.cluster, &self.clock, &wait.targets).await?;
            return Ok(Seen::Waiting { wait: Box::new(wait), verdicts });
        }
        if let Some((_, due)) = memory.tried.filter(|(tried, due)| *tried == inputs && *due > instant)
            && !self.brought(&memory.missing).await?
        {
            let due = if memory.missing.is_empty() { due } else { due.min(instant + MISSING_LOOK) };
            return Ok(Seen::Resting { due });
        }
        if let Some(held_back) = self.held_back(kustomization, &artifact.revision).await? {
            return Ok(held_back);
        }
        let variables = match variables {
            Ok(variables) => variables,
            Err(message) => return Ok(self.built(inputs, instant, Err(BuildFailure::new(message)))),
        };
        if let Some(compared) = self.compared.same(&key, &inputs, &tree, instant, &self.cluster).await {
            let attempt = self.attempt(&inputs, compared.digest(), instant);
            return Ok(Seen::Same(Box::new(Agreed { inputs, attempt, compared })));
        }
        let spec = object.at(&["spec"]).cloned().unwrap_or_default();
        let work = move || build(&tree, &spec, variables, &key.namespace, &key.name);
        let built = tokio::task::spawn_blocking(work).await?;
        Ok(self.built(inputs, instant, built))
    }

    /// Whether anything that was missing has come.
    async fn brought(&self, missing: &BTreeSet<Missing>) -> Result<bool, ReconcileError> {
        for missing in missing {
            let is_there = match missing {
                Missing::Kind(gvk) => self.cluster.served(gvk).await.is_ok(),
                Missing::Namespace(name) => {
                    self.cluster.get(&namespace(), &ObjectKey::new("", name.clone())).await?.is_some()
                }
            };
            if is_there {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn built(&self, inputs: Inputs, began: Instant, built: Result<Built, BuildFailure>) -> Seen {
        let digest = built.as_ref().map(|built| built.digest.as_str()).unwrap_or_default();
        let attempt = self.attempt(&inputs, digest, began);
        Seen::Built(Box::new(Candidate { inputs, attempt, built }))
    }

    fn attempt(&self, inputs: &Inputs, digest: &str, began: Instant) -> Attempt {
        Attempt {
            revision: inputs.revision.clone(),
            digest: digest.to_owned(),
            took: GoDuration(self.clock.instant().duration_since(began)),
        }
    }

    /// The artifact of the source and its files, or why there are none.
    async fn source(
        &self,
        kustomization: &Kustomization,
    ) -> Result<Result<(Artifact, Tree), NoSource>, ReconcileError> {
        let lacking = |message: String| Ok(Err(NoSource::Lacking(message)));
        let name = kustomization.source();
        let repository: Option<GitRepository> =
            read_typed(&self.cluster, &names::git_repository(), &name).await?;
        let Some(repository) = repository else {
            return lacking(format!("gitrepositories.source.toolkit.fluxcd.io \"{}\" not found", name.name));
        };
        let is_awaited = self.artifacts.is_awaited(&name);
        match repository.status.artifact {
            Some(artifact) => match self.artifacts.open(&name, &artifact.digest) {
                Some(tree) => Ok(Ok((artifact, tree))),
                None if is_awaited => Ok(Err(NoSource::Awaited)),
                None => lacking("Source is not ready, artifact not found, retrying in 30s".to_owned()),
            },
            None if is_awaited => Ok(Err(NoSource::Awaited)),
            None => lacking("Source artifact not found, retrying in 30s".to_owned()),
        }
    }

    /// Which dependency is not ready, or which circle it is in.
    async fn held_back(
        &self,
        kustomization: &Kustomization,
        revision: &str,
    ) -> Result<Option<Seen>, ReconcileError> {
        for name in kustomization.dependencies() {
            let dependency: Option<Kustomization> =
                read_typed(&self.cluster, &names::kustomization(), &name).await?;
            if let Some(message) = unready(kustomization, &name, dependency.as_ref(), revision) {
                return Ok(Some(match self.circle(kustomization).await? {
                    Some(circle) => Seen::Circle(circle),
                    None => Seen::Dependency(message),
                }));
            }
        }
        Ok(None)
    }

    async fn circle(&self, kustomization: &Kustomization) -> Result<Option<String>, ReconcileError> {
        let start = kustomization.key();
        let mut graph = HashMap::from([(start.clone(), kustomization.dependencies().collect::<Vec<_>>())]);
        let mut open: VecDeque<ObjectKey> = kustomization.dependencies().collect();
        while let Some(name) = open.pop_front() {
            if graph.contains_key(&name) || graph.len() >= CIRCLE_SEARCH_MAX {
                continue;
            }
            let found: Option<Kustomization> =
                read_typed(&self.cluster, &names::kustomization(), &name).await?;
            let next: Vec<_> = found.iter().flat_map(Kustomization::dependencies).collect();
            open.extend(next.iter().cloned());
            graph.insert(name, next);
        }
        Ok(cycle(&start, &graph).map(|found| cycle_text(&found)))
    }

    /// The variables of `substituteFrom`, and the versions of the objects they come from.
    async fn variables(
        &self,
        kustomization: &Kustomization,
    ) -> Result<(Result<BTreeMap<String, String>, String>, Vec<String>), ReconcileError> {
        let (mut variables, mut versions, mut failure) = (BTreeMap::new(), Vec::new(), None);
        let from = kustomization.spec.post_build.iter().flat_map(|post_build| &post_build.substitute_from);
        for from in from {
            let found = self.cluster.get(&kind_of(from), &key_of(kustomization, from)).await?;
            let version = found.as_ref().and_then(|object| object.str_at(&["metadata", "resourceVersion"]));
            versions.push(format!("{}/{}@{}", from.kind, from.name, version.unwrap_or_default()));
            match found {
                Some(object) => {
                    if let Err(error) = add_variables(&object, &mut variables) {
                        failure.get_or_insert(format!(
                            "substitute from '{}/{}' error: {error}",
                            from.kind, from.name
                        ));
                    }
                }
                None if from.optional => {}
                None => {
                    let plural = if from.kind == "Secret" { "secrets" } else { "configmaps" };
                    failure.get_or_insert(format!(
                        "post build failed: substitute from '{}/{}' error: {plural} \"{}\" not found",
                        from.kind, from.name, from.name
                    ));
                }
            }
        }
        Ok((failure.map_or(Ok(variables), Err), versions))
    }
}

/// Adds the entries of a ConfigMap or Secret; later objects win.
fn add_variables(object: &Object, variables: &mut BTreeMap<String, String>) -> Result<(), String> {
    let data = object.at(&["data"]).and_then(Value::as_object);
    for (name, value) in data.into_iter().flat_map(amethyst_object::Map::iter) {
        let text = value.as_str().unwrap_or_default();
        let text = if object.kind() == "Secret" {
            let bytes = STANDARD.decode(text).map_err(|error| chain(&error))?;
            String::from_utf8(bytes).map_err(|_| format!("the value of `{name}` is not text"))?
        } else {
            text.to_owned()
        };
        variables.insert(name.to_string(), text);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use amethyst_object::{Object, value};

    use super::{Missing, add_variables, edges};

    #[test]
    fn later_objects_win_and_secrets_are_decoded() {
        let mut variables = BTreeMap::new();
        let mut add = |object| add_variables(&Object::from_value(object).unwrap(), &mut variables);
        add(value!({"kind": "ConfigMap", "data": {"A": "1", "B": "1"}})).unwrap();
        add(value!({"kind": "Secret", "data": {"B": "Mg=="}})).unwrap();
        assert!(add(value!({"kind": "Secret", "data": {"C": "%"}})).is_err());
        assert_eq!(
            variables,
            BTreeMap::from([("A", "1"), ("B", "2")].map(|(a, b)| (a.to_owned(), b.to_owned())))
        );
    }

    #[test]
    fn it_depends_on_all_that_its_build_reads() {
        let object = serde_json::json!({"metadata": {"name": "web", "namespace": "ns"}, "spec": {
            "sourceRef": {"kind": "GitRepository", "name": "home", "namespace": "flux-system"},
            "dependsOn": [{"name": "db"}],
            "postBuild": {"substituteFrom": [{"kind": "Secret", "name": "vars"}]},
        }});
        let found = edges(
            &serde_json::from_value(object).unwrap(),
            &[],
            &BTreeSet::from([Missing::Namespace("x".into())]),
        );
        let mut found: Vec<_> = found.iter().map(|edge| format!("{} {}", edge.gvk.kind, edge.key)).collect();
        found.sort();
        assert_eq!(
            found,
            ["GitRepository flux-system/home", "Kustomization ns/db", "Namespace x", "Secret ns/vars"]
        );
    }
}
