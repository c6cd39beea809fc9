//! ResourceQuota: what an object costs is charged in the transaction that writes it, or refuses it
//! (kubernetes/apiserver `pkg/admission/plugin/resourcequota/controller.go`, `CheckRequest`).
//!
//! What is given back is not reckoned here: who counts quotas anew does that. A dry run costs nothing.

use amethyst_admission::Operation;
use amethyst_merge::{FieldSet, UpdateRequest};
use amethyst_object::{Map, Str, Value};
use amethyst_quota::{Evaluator, Operation as Write, ResourceList};
use amethyst_store::{Expect, Key, Stored};

use super::Asked;
use crate::record::Entry;
use crate::registry::managed;
use crate::registry::write::{Attempt, Extra, encode, managed_of, map};

/// Who writes the status of quotas that are charged.
const MANAGER: &str = "kube-apiserver";

/// A quota that looks at the object.
struct Looking {
    key: Key,
    stored: Stored<Entry>,
    object: Map,
    hard: ResourceList,
    used: ResourceList,
}

/// Charges all quotas of the namespace that look at the object, or says why it may not be.
pub(super) fn charge(
    attempt: &Attempt<'_>,
    asked: Asked<'_>,
    object: &Value,
    extra: &mut Extra,
) -> Result<(), String> {
    let (gvr, namespace) = (&attempt.resource.gvr, &attempt.call.namespace);
    if namespace.is_empty() {
        return Ok(());
    }
    let prefix = format!("/resourcequotas/{namespace}/");
    let mut quotas = attempt.snapshot.range(&prefix, None).peekable();
    if quotas.peek().is_none() {
        return Ok(());
    }
    let old = asked.old.map(map);
    let write = match (asked.operation, old) {
        (Operation::Create, _) => Write::Create,
        (Operation::Update, Some(old)) => Write::Update(old),
        _ => return Ok(()),
    };
    let (object, subresource) = (map(object), attempt.call.subresource.as_str());
    let evaluator = Evaluator::of(&gvr.group, &gvr.resource)
        .filter(|evaluator| evaluator.handles(write, subresource, object));
    let Some(evaluator) = evaluator else { return Ok(()) };
    let mut looking = Vec::new();
    for (key, stored) in quotas {
        let quota = Looking::of(key.clone(), stored.clone());
        if evaluator.matches(&quota.object, object) {
            quota.check(&evaluator, object)?;
            looking.push(quota);
        }
    }
    let now = attempt.registry.options().clock.now();
    let usage = evaluator.usage(object, now);
    let negative = usage.negative();
    if !negative.is_empty() {
        return Err(format!("quota usage is negative for resource(s): {}", negative.join(",")));
    }
    for quota in looking {
        let mut delta = usage.clone();
        if let Some(old) = old.filter(|old| evaluator.matches(&quota.object, old)) {
            delta.subtract_to_zero(&evaluator.usage(old, now));
        }
        let used = quota.charged(delta.without_zeros(), subresource)?;
        if used != quota.used && !attempt.call.write.dry_run {
            quota.write(attempt, &used, extra);
        }
    }
    Ok(())
}

impl Looking {
    fn of(key: Key, stored: Stored<Entry>) -> Self {
        let object = stored.record.object();
        let list = |list: &str| ResourceList::read(object.get("status").and_then(|status| status.get(list)));
        Self { key, hard: list("hard"), used: list("used"), object, stored }
    }

    fn name(&self) -> &str {
        self.object.get("metadata").and_then(|metadata| metadata.str_at(&["name"])).unwrap_or_default()
    }

    /// The object must say what is limited, and the quota must have been counted.
    fn check(&self, evaluator: &Evaluator, object: &Map) -> Result<(), String> {
        let restricted = evaluator.matching_resources(self.hard.names().map(Str::as_str));
        evaluator
            .constraints(&restricted, object)
            .map_err(|why| format!("failed quota: {}: {why}", self.name()))?;
        if restricted.iter().any(|name| self.used.get(name).is_none()) {
            let mut names = restricted;
            names.sort_unstable();
            return Err(format!("status unknown for quota: {}, resources: {}", self.name(), names.join(",")));
        }
        Ok(())
    }

    /// What is used with `delta` besides, if that may be.
    fn charged(&self, delta: ResourceList, subresource: &str) -> Result<ResourceList, String> {
        let requested = delta.mask(self.hard.names().map(Str::as_str));
        let mut used = self.used.clone();
        used.add(&requested);
        let touched = used.clone().mask(requested.names().map(Str::as_str));
        let exceeded = touched.exceeding(&self.hard);
        if exceeded.is_empty() || subresource == "status" {
            return Ok(used);
        }
        let of = |list: &ResourceList| list.clone().mask(exceeded.iter().copied());
        Err(format!(
            "exceeded quota: {}, requested: {}, used: {}, limited: {}",
            self.name(),
            of(&requested),
            of(&self.used),
            of(&self.hard)
        ))
    }

    /// Writes what is used now with the object, on the condition that nobody else did.
    fn write(self, attempt: &Attempt<'_>, used: &ResourceList, extra: &mut Extra) {
        let mut new = self.object.clone();
        new.object_mut("status").insert("used", used.to_value());
        let (live, new) = (Value::Object(self.object), Value::Object(new));
        let mut managed = managed_of(&self.stored.record);
        if let Some(resource) = attempt.registry.catalog().resource("", "v1", "resourcequotas") {
            let request = UpdateRequest {
                live: Some(&live),
                new: &new,
                managed: &managed,
                manager: MANAGER,
                subresource: "status",
                api_version: "v1",
                now: &attempt.now,
                schema: managed::schema(resource),
                reset_fields: &FieldSet::of(&[&["spec"]]),
            };
            if let Ok(tracked) = amethyst_merge::update(&request) {
                managed = tracked;
            }
        }
        let Value::Object(new) = new else { unreachable!("it was made of a map") };
        extra.expect(self.key.clone(), Expect::Unchanged(self.stored.modified));
        extra.put(self.key, Entry::new(new, encode(&managed)));
    }
}
