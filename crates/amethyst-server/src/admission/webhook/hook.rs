//! One webhook, compiled from its configuration.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use amethyst_http::{Addresses, Endpoint, Gate, Open, Target, Trust};
use amethyst_object::{Str, Value};
use amethyst_store::{Revision, Snapshot};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::sync::Semaphore;

use super::super::attributes::Attributes;
use super::super::matching::{Criteria, Match};
use super::super::policy::expression::Compiler;
use super::super::policy::{self, Conditions};
use super::service::Service;
use crate::record::Entry;
use crate::status::Status;

/// Calls in flight to one webhook; more wait, and their time runs.
const CALLS_MAX: usize = 128;

/// One webhook.
#[derive(Debug)]
pub(crate) struct Hook {
    /// The configuration's name.
    pub(super) configuration: Str,
    /// When the configuration was written.
    modified: Revision,
    /// `<configuration>/<name>/<count>`: tells hooks of one name apart.
    pub(super) uid: String,
    /// `webhooks[].name`.
    pub(super) name: Str,
    pub(super) criteria: Criteria,
    pub(super) conditions: Conditions,
    /// `failurePolicy: Ignore`.
    pub(super) ignores_failure: bool,
    /// Whether it may be called in a dry run.
    pub(super) dry_runs: bool,
    pub(super) timeout: Duration,
    /// The first version of AdmissionReview that both sides know.
    pub(super) version: Option<&'static str>,
    /// `reinvocationPolicy: IfNeeded`.
    pub(super) reinvoked: bool,
    client: Client,
    pub(super) in_flight: Semaphore,
}

/// How a webhook is reached.
#[derive(Debug)]
struct Client {
    place: Place,
    authorities: String,
    gate: Arc<dyn Gate>,
    endpoint: OnceLock<Result<Endpoint, String>>,
}

#[derive(Debug)]
pub(super) enum Place {
    Url(String),
    Service(Arc<Service>),
    Nowhere,
}

/// The hooks of all configurations under `prefix`, in the order of the configurations' names.
pub(super) fn compile(
    prefix: &str,
    snapshot: &Snapshot<Entry>,
    current: &[Arc<Hook>],
    gate: &Arc<dyn Gate>,
) -> Vec<Arc<Hook>> {
    let mut hooks = Vec::new();
    for (_, stored) in snapshot.range(prefix, None) {
        let object = Value::Object(stored.record.object());
        let configuration = object.str_at(&["metadata", "name"]).unwrap_or_default();
        let kept = current
            .iter()
            .filter(|hook| hook.configuration == configuration && hook.modified == stored.modified);
        let before = hooks.len();
        hooks.extend(kept.cloned());
        if hooks.len() > before {
            continue;
        }
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for hook in object.get("webhooks").and_then(Value::as_array).unwrap_or_default() {
            let name = hook.str_at(&["name"]).unwrap_or_default();
            let count = seen.entry(name).or_default();
            let uid = format!("{configuration}/{name}/{count}");
            *count += 1;
            hooks.push(Arc::new(Hook::new(configuration, stored.modified, uid, hook, gate)));
        }
    }
    hooks
}

impl Hook {
    fn new(configuration: &str, modified: Revision, uid: String, hook: &Value, gate: &Arc<dyn Gate>) -> Self {
        let seconds = hook.get("timeoutSeconds").and_then(Value::as_i64).unwrap_or(10).clamp(1, 30);
        let listed = hook.get("admissionReviewVersions").and_then(Value::as_array).unwrap_or_default();
        let version = listed.iter().find_map(|version| match version.as_str() {
            Some("v1") => Some("v1"),
            Some("v1beta1") => Some("v1beta1"),
            _ => None,
        });
        Self {
            configuration: configuration.into(),
            modified,
            uid,
            name: hook.str_at(&["name"]).unwrap_or_default().into(),
            criteria: Criteria::of_webhook(hook),
            conditions: Conditions::compile(hook, &Compiler::plain(), false),
            ignores_failure: hook.str_at(&["failurePolicy"]) == Some("Ignore"),
            dry_runs: matches!(hook.str_at(&["sideEffects"]), Some("None" | "NoneOnDryRun")),
            timeout: Duration::from_secs(seconds.unsigned_abs()),
            version,
            reinvoked: hook.str_at(&["reinvocationPolicy"]) == Some("IfNeeded"),
            client: Client::new(hook.get("clientConfig"), gate),
            in_flight: Semaphore::new(CALLS_MAX),
        }
    }

    /// Whether it is to be asked about a request, and as what.
    pub(super) fn matches(
        &self,
        attributes: &Attributes<'_>,
        object: Option<&Value>,
    ) -> Result<Option<Match>, Status> {
        let Some(found) = self.criteria.matches(attributes, object)? else { return Ok(None) };
        let called =
            policy::webhook_conditions(&self.conditions, self.ignores_failure, attributes, &found, object)?;
        Ok(called.then_some(found))
    }

    /// The connections to it, and where they lead when that is a Service; or why there can be none.
    pub(super) fn endpoint(&self) -> Result<&Endpoint, String> {
        let client = &self.client;
        client.endpoint.get_or_init(|| client.connect()).as_ref().map_err(Clone::clone)
    }

    /// Where it is.
    pub(super) fn place(&self) -> &Place {
        &self.client.place
    }
}

impl Client {
    fn new(config: Option<&Value>, gate: &Arc<dyn Gate>) -> Self {
        let text = |keys: &[&str]| config.and_then(|config| config.str_at(keys));
        let place = match (text(&["url"]), config.and_then(|config| config.get("service"))) {
            (Some(url), _) => Place::Url(url.to_owned()),
            (None, Some(service)) => Place::Service(Arc::new(Service::from_value(service))),
            (None, None) => Place::Nowhere,
        };
        let bundle = BASE64_STANDARD.decode(text(&["caBundle"]).unwrap_or_default()).unwrap_or_default();
        let authorities = String::from_utf8_lossy(&bundle).into_owned();
        Self { place, authorities, gate: Arc::clone(gate), endpoint: OnceLock::new() }
    }

    fn connect(&self) -> Result<Endpoint, String> {
        let (url, gate): (String, Arc<dyn Gate>) = match &self.place {
            Place::Url(url) => (url.clone(), Arc::clone(&self.gate)),
            // What an EndpointSlice names is the cluster's own.
            Place::Service(service) => (service.origin(), Arc::new(Open)),
            Place::Nowhere => return Err("webhook configuration must have either service or URL".to_owned()),
        };
        let mut target = Target::new("webhook", &url).map_err(|error| error.to_string())?;
        if let Place::Service(service) = &self.place {
            target.addresses = Addresses::From(Arc::clone(service) as _);
        }
        // Upstream offers HTTP/2 to this machine only, so that requests spread over a Service's endpoints.
        target.http2 = matches!(target.host(), "localhost") || is_loopback(target.host());
        if !self.authorities.is_empty() {
            target.trust = Trust::Authorities(self.authorities.clone());
        }
        Endpoint::new(target, gate).map_err(|error| error.to_string())
    }
}

fn is_loopback(host: &str) -> bool {
    host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
