//! `LimitRanger`: what containers and claims may ask for in a namespace, and what they get when they ask for
//! nothing (kubernetes `plugin/pkg/admission/limitranger`).

mod constraints;
mod totals;

use amethyst_admission::{Denial, Notes, Operation, Plugin, Request, View};
use amethyst_object::{Map, Value};
use amethyst_quota::ResourceList;

use super::read::{list, map_mut, maps_mut, some, text};
use constraints::Limits;

const ANNOTATION: &str = "kubernetes.io/limit-ranger";

#[derive(Debug)]
pub(super) struct LimitRanger;

impl Plugin for LimitRanger {
    fn name(&self) -> &'static str {
        "LimitRanger"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        let of = (request.resource.resource.as_str(), request.subresource, request.operation);
        request.resource.group.is_empty()
            && matches!(
                of,
                ("pods", "", Operation::Create)
                    | ("pods", "resize", Operation::Update)
                    | ("persistentvolumeclaims", "", Operation::Create | Operation::Update)
            )
    }

    fn mutate(
        &self,
        request: &Request<'_>,
        object: &mut Value,
        view: &dyn View,
        _: &mut Notes,
    ) -> Result<(), Denial> {
        if request.resource.resource == "pods" {
            for range in ranges(request, view) {
                fill(object, &Defaults::of(&range));
            }
        }
        Ok(())
    }

    fn validate(
        &self,
        request: &Request<'_>,
        object: Option<&Value>,
        view: &dyn View,
        _: &mut Notes,
    ) -> Result<(), Denial> {
        let Some(object) = object else { return Ok(()) };
        for range in ranges(request, view) {
            let mut errors = Vec::new();
            for limit in list(&range, &["spec", "limits"]) {
                let limits = Limits::of(limit);
                match (request.resource.resource.as_str(), limits.kind) {
                    ("pods", "Container") => check_containers(object, &limits, &mut errors),
                    ("pods", "Pod") => {
                        let (requests, ceilings) =
                            (totals::of(object, "requests"), totals::of(object, "limits"));
                        limits.check(&requests, &ceilings, &mut errors);
                    }
                    ("persistentvolumeclaims", "PersistentVolumeClaim") => {
                        let requests = ResourceList::read(object.at(&["spec", "resources", "requests"]));
                        limits.check_claim(&requests, &mut errors);
                    }
                    _ => {}
                }
            }
            if let Some(why) = aggregate(errors) {
                return Err(Denial::forbidden(why));
            }
        }
        Ok(())
    }
}

/// The limit ranges of the namespace; none for what is on its way out.
fn ranges(request: &Request<'_>, view: &dyn View) -> Vec<Value> {
    let is_ending = |old: &Value| some(old, &["metadata", "deletionTimestamp"]).is_some();
    if request.old.is_some_and(is_ending) {
        return Vec::new();
    }
    view.list("", "limitranges", request.namespace)
}

fn check_containers(pod: &Value, limits: &Limits<'_>, errors: &mut Vec<String>) {
    let containers = list(pod, &["spec", "containers"]).iter().chain(list(pod, &["spec", "initContainers"]));
    for container in containers {
        let of = |key| ResourceList::read(container.at(&["resources", key]));
        limits.check(&of("requests"), &of("limits"), errors);
    }
}

/// One text for all errors, each once (apimachinery `pkg/util/errors`).
fn aggregate(errors: Vec<String>) -> Option<String> {
    let mut once: Vec<String> = Vec::new();
    for error in errors {
        if !once.contains(&error) {
            once.push(error);
        }
    }
    match once.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        many => Some(format!("[{}]", many.join(", "))),
    }
}

/// What a limit range gives containers.
#[derive(Default)]
struct Defaults {
    requests: Map,
    limits: Map,
}

impl Defaults {
    fn of(range: &Value) -> Self {
        let mut defaults = Self::default();
        let limits = list(range, &["spec", "limits"]).iter();
        for limit in limits.filter(|limit| text(limit, &["type"]) == "Container") {
            let mut take = |into: fn(&mut Self) -> &mut Map, key: &str| {
                for (name, quantity) in
                    limit.get(key).and_then(Value::as_object).into_iter().flat_map(Map::iter)
                {
                    into(&mut defaults).insert(name.clone(), quantity.clone());
                }
            };
            take(|defaults| &mut defaults.requests, "defaultRequest");
            take(|defaults| &mut defaults.limits, "default");
        }
        defaults
    }
}

/// Fills in what containers do not say, and notes what was filled in.
fn fill(pod: &mut Value, defaults: &Defaults) {
    if defaults.requests.is_empty() && defaults.limits.is_empty() {
        return;
    }
    let mut notes = Vec::new();
    let spec = map_mut(pod, &["spec"]);
    for (key, word) in [("containers", "container"), ("initContainers", "init container")] {
        for container in maps_mut(spec, key) {
            fill_container(container, word, defaults, &mut notes);
        }
    }
    if !notes.is_empty() {
        let note = format!("LimitRanger plugin set: {}", notes.join("; "));
        map_mut(pod, &["metadata", "annotations"]).insert(ANNOTATION, note);
    }
}

fn fill_container(container: &mut Map, word: &str, defaults: &Defaults, notes: &mut Vec<String>) {
    let name = container.str("name").unwrap_or_default().to_owned();
    for (key, one, defaults) in
        [("requests", "request", &defaults.requests), ("limits", "limit", &defaults.limits)]
    {
        if defaults.is_empty() {
            continue;
        }
        let own = container.object_mut("resources").object_mut(key);
        let mut set = Vec::new();
        for (resource, quantity) in defaults.iter() {
            if !own.contains_key(resource) {
                own.insert(resource.clone(), quantity.clone());
                set.push(resource.as_str());
            }
        }
        if !set.is_empty() {
            set.sort_unstable();
            notes.push(format!("{} {one} for {word} {name}", set.join(", ")));
        }
    }
}
