//! What is gathered of one request while it runs.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use amethyst_object::{Map, Str, Value, json, value};
use bytes::Bytes;
use http::HeaderMap;

use super::Audit;
use super::event::{Event, status, without_managed_fields};
use super::policy::{Level, Plan, Stage};
use crate::rbac::{Attributes, Target};
use crate::request::RequestInfo;
use crate::user::User;

const USER_AGENT_BYTES_MAX: usize = 1024;
const USER_AGENT_CUT: &str = "...TRUNCATED";

/// The trail of one request; empty when nothing is told of it. Clones share what they gather.
#[derive(Clone, Debug, Default)]
pub struct Trail(Option<Arc<Gathered>>);

#[derive(Debug)]
struct Gathered {
    audit: Audit,
    plan: Plan,
    event: Mutex<Event>,
}

/// A request as it came in.
pub(crate) struct Received<'a> {
    pub(crate) id: &'a str,
    pub(crate) uri: String,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) address: Option<IpAddr>,
    pub(crate) attributes: &'a Attributes<'a>,
    /// None when it is about no object.
    pub(crate) info: Option<&'a RequestInfo>,
}

impl Trail {
    /// Begins the trail of a request of `user`, who may be nobody that is known.
    pub(crate) fn begin(audit: &Audit, received: &Received<'_>, user: Option<&Arc<User>>) -> Self {
        let plan = audit.0.policy.plan(user.map(Arc::as_ref), received.attributes);
        if plan.level == Level::None {
            return Self::default();
        }
        let event = Event {
            level: plan.level,
            id: received.id.to_owned(),
            uri: received.uri.clone(),
            verb: received.attributes.verb.to_owned(),
            user: user.cloned(),
            impersonated: None,
            constraint: String::new(),
            source_ips: source_ips(received.headers, received.address),
            user_agent: user_agent(received.headers),
            reference: reference(received),
            response_status: None,
            request_object: None,
            response_object: None,
            received: audit.0.clock.now(),
            annotations: Map::new(),
        };
        Self(Some(Arc::new(Gathered { audit: audit.clone(), plan, event: Mutex::new(event) })))
    }

    /// Adds an annotation, as admission may. The first value of a key stays.
    pub fn annotate(&self, key: &str, text: &str) {
        let Some(gathered) = &self.0 else { return };
        let mut event = gathered.event();
        if let Some(held) = event.annotations.str(key) {
            if held != text {
                tracing::warn!(key, text, held, audit_id = %event.id, "an audit annotation is set already");
            }
            return;
        }
        event.annotations.insert(key, text);
        // Go writes maps sorted.
        event.annotations.sort_keys();
    }

    /// Says for whom the request is made.
    pub(crate) fn impersonated(&self, user: &Arc<User>, constraint: &str) {
        let Some(gathered) = &self.0 else { return };
        let mut event = gathered.event();
        event.impersonated = Some(Arc::clone(user));
        constraint.clone_into(&mut event.constraint);
    }

    /// Notes the object that was sent.
    pub(crate) fn request(&self, object: &Value) {
        let Some(gathered) = &self.0 else { return };
        let mut event = gathered.event();
        for (key, of) in [
            ("namespace", "namespace"),
            ("name", "name"),
            ("uid", "uid"),
            ("resourceVersion", "resourceVersion"),
        ] {
            let text = object.str_at(&["metadata", of]).unwrap_or_default();
            if !text.is_empty() && !event.reference.contains_key(key) {
                event.reference.insert(key, text);
            }
        }
        event.reference = sorted(&event.reference);
        drop(event);
        self.request_document(object);
    }

    /// Notes a patch, or the options of a deletion.
    pub(crate) fn request_document(&self, document: &Value) {
        let Some(gathered) = self.0.as_ref().filter(|gathered| gathered.plan.level >= Level::Request) else {
            return;
        };
        let mut document = document.clone();
        if gathered.plan.omit_managed_fields {
            without_managed_fields(&mut document);
        }
        gathered.event().request_object = Some(document);
    }

    /// Whether anything is told of the request.
    pub(crate) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Tells that the request came in.
    pub(crate) fn received(&self) {
        if let Some(gathered) = &self.0 {
            let at = gathered.event().received;
            gathered.tell(Stage::RequestReceived, at);
        }
    }

    /// Notes an answer: its code, and its body when that is at hand.
    pub(crate) fn answered(&self, code: u16, body: Option<&Bytes>) {
        let Some(gathered) = &self.0 else { return };
        let whole = gathered.plan.level >= Level::RequestResponse;
        let parse = |body: &&Bytes| whole || code >= 400 || body.starts_with(b"{\"kind\":\"Status\"");
        let parsed = body.filter(parse).and_then(|body| json::parse(body).ok());
        let mut event = gathered.event();
        event.response_status = Some(status(code, parsed.as_ref()));
        if whole && let Some(mut object) = parsed {
            if gathered.plan.omit_managed_fields {
                without_managed_fields(&mut object);
            }
            event.response_object = Some(object);
        }
    }

    /// Tells that a long answer has begun.
    pub(crate) fn started(&self) {
        self.tell(Stage::ResponseStarted);
    }

    /// What tells the end, whichever way it comes.
    pub(crate) fn guard(&self) -> Guard {
        Guard(self.clone())
    }

    fn tell(&self, stage: Stage) {
        if let Some(gathered) = &self.0 {
            gathered.tell(stage, gathered.audit.0.clock.now());
        }
    }
}

impl Gathered {
    fn event(&self) -> MutexGuard<'_, Event> {
        self.event.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, stage: Stage, at: jiff::Timestamp) {
        if self.plan.tells(stage) {
            let line = self.event().line(stage, at);
            self.audit.0.log.take(line);
        }
    }
}

/// Tells the end of a request when it is dropped: with the answer, with the last frame of a watch, by a panic,
/// or because nobody waits any more.
#[derive(Debug)]
pub(crate) struct Guard(Trail);

impl Drop for Guard {
    fn drop(&mut self) {
        let Some(gathered) = &self.0.0 else { return };
        if std::thread::panicking() {
            gathered.event().response_status = Some(value!({
                "metadata": {}, "status": "Failure", "message": "the request made the server panic",
                "reason": "InternalError", "code": 500
            }));
            return self.0.tell(Stage::Panic);
        }
        let mut event = gathered.event();
        if event.response_status.is_none() {
            event.response_status = Some(value!({
                "metadata": {}, "status": "Failure", "message": "the request did not complete",
                "reason": "Timeout", "code": 504
            }));
        }
        drop(event);
        self.0.tell(Stage::ResponseComplete);
    }
}

/// `objectRef` in Go's order of its fields.
fn reference(received: &Received<'_>) -> Map {
    let mut reference = Map::new();
    let (Target::Resource(asked), Some(info)) = (&received.attributes.target, received.info) else {
        return reference;
    };
    for (key, text) in [
        ("resource", asked.resource),
        ("namespace", asked.namespace),
        ("name", asked.name),
        ("apiGroup", asked.group),
        ("apiVersion", info.version.as_str()),
        ("subresource", asked.subresource),
    ] {
        if !text.is_empty() {
            reference.insert(key, text);
        }
    }
    reference
}

fn sorted(reference: &Map) -> Map {
    let order =
        ["resource", "namespace", "name", "uid", "apiGroup", "apiVersion", "resourceVersion", "subresource"];
    let known = order.iter().filter_map(|key| Some((Str::from(*key), reference.get(key)?.clone())));
    known.collect()
}

fn user_agent(headers: &HeaderMap) -> String {
    let agent = headers.get(http::header::USER_AGENT).map(|agent| String::from_utf8_lossy(agent.as_bytes()));
    let agent = agent.unwrap_or_default();
    if agent.len() <= USER_AGENT_BYTES_MAX {
        return agent.into_owned();
    }
    let end = (0..=USER_AGENT_BYTES_MAX).rev().find(|end| agent.is_char_boundary(*end)).unwrap_or_default();
    format!("{}{USER_AGENT_CUT}", &agent[..end])
}

/// Whom proxies name, then who is connected (kubernetes/apimachinery `pkg/util/net`, `SourceIPs`).
fn source_ips(headers: &HeaderMap, address: Option<IpAddr>) -> Vec<String> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let forwarded = text("x-forwarded-for").split(',');
    let mut found: Vec<IpAddr> = forwarded.filter_map(|part| part.trim().parse().ok()).collect();
    if let Ok(real) = text("x-real-ip").parse()
        && !found.contains(&real)
    {
        found.push(real);
    }
    if let Some(address) = address
        && found.last() != Some(&address)
    {
        found.push(address);
    }
    found.iter().map(ToString::to_string).collect()
}
