//! Requests that are answered and never stored: who am I, may I.

mod access;

use amethyst_object::{Map, Value, value};

use super::write::map_mut;
use super::{Body, Call, Outcome, Registry, Rendered, decode};
use crate::catalog::Resource;
use crate::status::{Reason, Status};
use crate::user::User;

/// Whether a resource is a question, not an object.
pub(super) fn is_review(resource: &Resource) -> bool {
    !resource.is_custom() && resource.verbs == ["create"]
}

/// Answers a question.
pub(super) fn answer(registry: &Registry, call: &Call, body: Body) -> Result<Outcome, Status> {
    let mut review = decode::decode(call, body)?;
    let status = match call.resource.gvr.resource.as_str() {
        "selfsubjectreviews" => value!({"userInfo": (user_info(&call.user))}),
        plural if access::is_ours(plural) => {
            let object = access::answer(registry, call, review)?;
            return Ok(Outcome::Object { object, created: true });
        }
        other => {
            let gvr = &call.resource.gvr;
            let message = format!("{other}.{} is not served by this version", gvr.group);
            return Err(Status::new(Reason::MethodNotAllowed, message).about(&gvr.group, other, ""));
        }
    };
    map_mut(&mut review).insert("status", status);
    let Value::Object(review) = review else { unreachable!("decoded objects are maps") };
    let object = Rendered::computed(review, amethyst_store::Revision(0));
    Ok(Outcome::Object { object, created: true })
}

fn user_info(user: &User) -> Value {
    let mut info = Map::new();
    info.insert("username", user.name.as_str());
    if !user.uid.is_empty() {
        info.insert("uid", user.uid.as_str());
    }
    info.insert("groups", user.groups.iter().map(|group| Value::from(group.as_str())).collect::<Vec<_>>());
    if !user.extra.is_empty() {
        let extra = user.extra.iter().map(|(key, values)| {
            (key.as_str(), values.iter().map(|value| Value::from(value.as_str())).collect::<Vec<_>>())
        });
        info.insert("extra", extra.collect::<Map>());
    }
    Value::Object(info)
}
