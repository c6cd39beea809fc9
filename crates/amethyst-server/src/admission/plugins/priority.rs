//! `Priority`: a pod gets the number of its class; one class may be everybody's
//! (kubernetes `plugin/pkg/admission/priority`).

use amethyst_admission::{Denial, Notes, Operation, Plugin, Request, View};
use amethyst_object::Value;

use super::read::{map_mut, some, text};

const GROUP: &str = "scheduling.k8s.io";
const CLASSES: &str = "priorityclasses";

#[derive(Debug)]
pub(super) struct Priority;

/// What a class gives a pod.
struct Given {
    name: String,
    priority: i64,
    policy: Option<Value>,
}

impl Plugin for Priority {
    fn name(&self) -> &'static str {
        "Priority"
    }

    fn handles(&self, request: &Request<'_>) -> bool {
        matches!(request.operation, Operation::Create | Operation::Update)
            && (request.is_for("", "pods") || request.is_for(GROUP, CLASSES))
    }

    fn mutate(
        &self,
        request: &Request<'_>,
        pod: &mut Value,
        view: &dyn View,
        _: &mut Notes,
    ) -> Result<(), Denial> {
        if !request.is_for("", "pods") {
            return Ok(());
        }
        if let Some(old) = request.old {
            keep(pod, old);
            return Ok(());
        }
        let given = resolve(text(pod, &["spec", "priorityClassName"]), view)?;
        let asked = some(pod, &["spec", "priority"]).and_then(Value::as_i64);
        if let Some(asked) = asked.filter(|asked| *asked != given.priority) {
            return Err(Denial::forbidden(format!(
                "the integer value of priority ({asked}) must not be provided in pod spec; priority admission \
                 controller computed {} from the given PriorityClass name",
                given.priority
            )));
        }
        let asked = some(pod, &["spec", "preemptionPolicy"]);
        if let (Some(asked), Some(policy)) = (asked, &given.policy)
            && asked != policy
        {
            return Err(Denial::forbidden(format!(
                "the string value of PreemptionPolicy ({}) must not be provided in pod spec; priority admission \
                 controller computed {} from the given PriorityClass name",
                asked.as_str().unwrap_or_default(),
                policy.as_str().unwrap_or_default()
            )));
        }
        let spec = map_mut(pod, &["spec"]);
        if !given.name.is_empty() {
            spec.insert("priorityClassName", given.name);
        }
        spec.insert("priority", given.priority);
        if let Some(policy) = given.policy {
            spec.insert("preemptionPolicy", policy);
        }
        Ok(())
    }

    fn validate(
        &self,
        request: &Request<'_>,
        class: Option<&Value>,
        view: &dyn View,
        _: &mut Notes,
    ) -> Result<(), Denial> {
        let Some(class) = class.filter(|class| is_default(class) && request.is_for(GROUP, CLASSES)) else {
            return Ok(());
        };
        let Some(default) = default_class(view) else { return Ok(()) };
        let name = text(&default, &["metadata", "name"]);
        if request.operation == Operation::Update && name == text(class, &["metadata", "name"]) {
            return Ok(());
        }
        let why = format!("PriorityClass {name} is already marked as default. Only one default can exist");
        Err(Denial::forbidden(why))
    }
}

/// What a change leaves out of these stays as it was.
fn keep(pod: &mut Value, old: &Value) {
    for key in ["priority", "preemptionPolicy"] {
        if let (None, Some(kept)) = (some(pod, &["spec", key]), some(old, &["spec", key])) {
            map_mut(pod, &["spec"]).insert(key, kept.clone());
        }
    }
}

fn resolve(name: &str, view: &dyn View) -> Result<Given, Denial> {
    let class = if name.is_empty() {
        let Some(class) = default_class(view) else {
            let policy = Some("PreemptLowerPriority".into());
            return Ok(Given { name: String::new(), priority: 0, policy });
        };
        class
    } else {
        let missing = || Denial::forbidden(format!("no PriorityClass with name {name} was found"));
        view.get(GROUP, CLASSES, "", name).ok_or_else(missing)?
    };
    Ok(Given {
        name: text(&class, &["metadata", "name"]).to_owned(),
        priority: value_of(&class),
        policy: some(&class, &["preemptionPolicy"]).cloned(),
    })
}

/// The class that pods without one get: of several, the lowest.
fn default_class(view: &dyn View) -> Option<Value> {
    view.list(GROUP, CLASSES, "").into_iter().filter(is_default).min_by_key(value_of)
}

fn is_default(class: &Value) -> bool {
    class.get("globalDefault").and_then(Value::as_bool) == Some(true)
}

fn value_of(class: &Value) -> i64 {
    class.get("value").and_then(Value::as_i64).unwrap_or_default()
}
