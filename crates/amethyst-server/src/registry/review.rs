//! Requests that are answered and never stored: who am I, may I.

mod access;

use amethyst_object::{Map, Value, value};
use bytes::Bytes;

use super::write::map_mut;
use super::{Body, Call, Outcome, Registry, Rendered, decode, managed};
use crate::catalog::Resource;
use crate::identity::{Authenticated, Refusal};
use crate::status::{Reason, Status};
use crate::user::User;

/// Whether a resource is a question, not an object.
pub(super) fn is_review(resource: &Resource) -> bool {
    !resource.is_custom() && resource.verbs == ["create"]
}

/// Answers a question.
pub(super) async fn answer(registry: &Registry, call: &Call, body: Body) -> Result<Outcome, Status> {
    let mut review = decode::decode(call, body)?;
    let gvk = call.resource.gvk();
    let mut owned = managed::of_question(registry, call, &gvk, &review);
    let status = match call.resource.gvr.resource.as_str() {
        "selfsubjectreviews" => {
            owned = Bytes::new();
            let now = registry.options().clock.now_rfc3339();
            // Upstream answers a new object: nothing of the one that was sent is in it.
            map_mut(&mut review).insert("metadata", value!({"creationTimestamp": now}));
            value!({"userInfo": (user_info(&call.user))})
        }
        "tokenreviews" => token_status(registry, &review).await?,
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
    amethyst_kinds::normalize(&gvk.group, &gvk.version, &gvk.kind, &mut review);
    let Value::Object(review) = review else { unreachable!("decoded objects are maps") };
    let object = Rendered::computed_of(review, owned);
    Ok(Outcome::Object { object, created: true })
}

/// What a token is (kubernetes `pkg/registry/authentication/tokenreview`).
async fn token_status(registry: &Registry, review: &Value) -> Result<Value, Status> {
    let token = review.str_at(&["spec", "token"]).unwrap_or_default();
    if token.is_empty() {
        return Err(Status::bad_request("token is required for TokenReview in authentication"));
    }
    let identity = registry.identity();
    let asked = review.at(&["spec", "audiences"]).and_then(Value::as_array).unwrap_or_default();
    let asked: Vec<String> = asked.iter().filter_map(|one| Some(one.as_str()?.to_owned())).collect();
    let audiences = if asked.is_empty() { identity.audiences() } else { &asked };
    let snapshot = registry.store().snapshot();
    Ok(match identity.authenticate(token, audiences, &snapshot).await {
        Ok(Authenticated { user, audiences }) => {
            let audiences: Vec<Value> = audiences.into_iter().map(Value::from).collect();
            let user = user_info(&user.authenticated());
            value!({"authenticated": true, "user": user, "audiences": audiences})
        }
        Err(Refusal(why)) => value!({"error": why, "user": {}}),
    })
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
