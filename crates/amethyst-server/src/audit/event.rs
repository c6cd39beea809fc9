//! One event as a line of JSON, with keys in the order Go writes them.

use std::sync::Arc;

use amethyst_clock::rfc3339_micros;
use amethyst_object::{Map, Value, json, value};

use super::policy::{Level, Stage};
use crate::user::User;

/// What is known of a request.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) level: Level,
    pub(super) id: String,
    pub(super) uri: String,
    pub(super) verb: String,
    pub(super) user: Option<Arc<User>>,
    pub(super) impersonated: Option<Arc<User>>,
    pub(super) constraint: String,
    pub(super) source_ips: Vec<String>,
    pub(super) user_agent: String,
    /// `objectRef`.
    pub(super) reference: Map,
    pub(super) response_status: Option<Value>,
    pub(super) request_object: Option<Value>,
    pub(super) response_object: Option<Value>,
    pub(super) received: jiff::Timestamp,
    pub(super) annotations: Map,
}

impl Event {
    /// The event of a stage, with its end of line.
    pub(super) fn line(&self, stage: Stage, at: jiff::Timestamp) -> Vec<u8> {
        let mut event = Map::new();
        event.insert("kind", "Event");
        event.insert("apiVersion", "audit.k8s.io/v1");
        event.insert("level", self.level.as_str());
        event.insert("auditID", self.id.as_str());
        event.insert("stage", stage.as_str());
        event.insert("requestURI", self.uri.as_str());
        event.insert("verb", self.verb.as_str());
        event.insert("user", self.user.as_deref().map_or_else(Value::object, user_info));
        if let Some(user) = &self.impersonated {
            event.insert("impersonatedUser", user_info(user));
        }
        if !self.constraint.is_empty() {
            let constraint = self.constraint.as_str();
            event.insert("authenticationMetadata", value!({"impersonationConstraint": constraint}));
        }
        if !self.source_ips.is_empty() {
            event.insert("sourceIPs", list(&self.source_ips));
        }
        if !self.user_agent.is_empty() {
            event.insert("userAgent", self.user_agent.as_str());
        }
        if !self.reference.is_empty() {
            event.insert("objectRef", self.reference.clone());
        }
        for (key, part) in [
            ("responseStatus", &self.response_status),
            ("requestObject", &self.request_object),
            ("responseObject", &self.response_object),
        ] {
            if let Some(part) = part {
                event.insert(key, part.clone());
            }
        }
        event.insert("requestReceivedTimestamp", rfc3339_micros(self.received));
        event.insert("stageTimestamp", rfc3339_micros(at));
        if !self.annotations.is_empty() {
            event.insert("annotations", self.annotations.clone());
        }
        let mut line = json::to_string_in_order(&Value::Object(event)).into_bytes();
        line.push(b'\n');
        line
    }
}

fn user_info(user: &User) -> Value {
    let mut info = Map::new();
    info.insert("username", user.name.as_str());
    if !user.uid.is_empty() {
        info.insert("uid", user.uid.as_str());
    }
    if !user.groups.is_empty() {
        info.insert("groups", list(&user.groups));
    }
    if !user.extra.is_empty() {
        let extra = user.extra.iter().map(|(key, values)| (key.as_str(), list(values)));
        info.insert("extra", extra.collect::<Map>());
    }
    Value::Object(info)
}

fn list(texts: &[String]) -> Value {
    Value::Array(texts.iter().map(|text| text.as_str().into()).collect())
}

/// Takes the managed fields out of an object, or out of the items of a list or the rows of a Table.
pub(super) fn without_managed_fields(object: &mut Value) {
    if let Some(Value::Object(metadata)) = object.as_object_mut().and_then(|map| map.get_mut("metadata")) {
        metadata.remove("managedFields");
    }
    let Some(map) = object.as_object_mut() else { return };
    for key in ["items", "rows"] {
        for item in map.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten() {
            let row = key == "rows";
            match item.as_object_mut().and_then(|row| row.get_mut("object")).filter(|_| row) {
                Some(object) => without_managed_fields(object),
                None => without_managed_fields(item),
            }
        }
    }
}

/// What of a `metav1.Status` is told of an answer.
pub(super) fn status(code: u16, body: Option<&Value>) -> Value {
    let mut status = Map::new();
    status.insert("metadata", Value::object());
    if let Some(body) = body.filter(|body| body.str_at(&["kind"]) == Some("Status")) {
        for key in ["status", "message", "reason", "details"] {
            if let Some(part) = body.get(key) {
                status.insert(key, part.clone());
            }
        }
    }
    status.insert("code", u32::from(code));
    Value::Object(status)
}
