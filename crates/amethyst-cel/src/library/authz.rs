//! The authorizer (apiserver `pkg/cel/library/authz.go`).

use std::sync::Arc;

use amethyst_object::Str;

use super::named::subdomain;
use super::{Native, no_overload};
use crate::access::{Access, Identity, ResourceCheck, Target};
use crate::error::EvalError;
use crate::value::Value;

type Result<'v> = std::result::Result<Value<'v>, EvalError>;

pub(super) fn native(name: &str) -> Option<Native> {
    Some(match name {
        "path" => |args| match args {
            [Value::Authorizer(identity), Value::String(path)] => {
                if path.trim().is_empty() {
                    return Err(EvalError::new("path must not be empty"));
                }
                Ok(Value::PathCheck(Arc::new((identity.clone(), path.as_str().into()))))
            }
            _ => no_overload("path", args),
        },
        "group" => |args| match args {
            [Value::Authorizer(identity), Value::String(group)] => {
                Ok(Value::GroupCheck(Arc::new((identity.clone(), group.as_str().into()))))
            }
            _ => no_overload("group", args),
        },
        "serviceAccount" => service_account,
        "resource" => |args| match args {
            [Value::GroupCheck(group), Value::String(resource)] => {
                if resource.trim().is_empty() {
                    return Err(EvalError::new("resource must not be empty"));
                }
                let (identity, group) = &**group;
                let resource = resource.as_str().into();
                let check = ResourceCheck { group: group.clone(), resource, ..ResourceCheck::default() };
                Ok(Value::ResourceCheck(Arc::new((identity.clone(), check))))
            }
            _ => no_overload("resource", args),
        },
        "subresource" => |args| with("subresource", args, |check, text| check.subresource = text),
        "namespace" => |args| with("namespace", args, |check, text| check.namespace = text),
        "name" => |args| with("name", args, |check, text| check.name = text),
        "fieldSelector" => |args| with("fieldSelector", args, |check, text| check.field_selector = text),
        "labelSelector" => |args| with("labelSelector", args, |check, text| check.label_selector = text),
        "check" => check,
        "allowed" => |args| match args {
            [Value::Decision(decision)] => Ok(Value::Bool(decision.allowed)),
            _ => no_overload("allowed", args),
        },
        "reason" => |args| match args {
            [Value::Decision(decision)] => Ok(Value::text(&decision.reason)),
            _ => no_overload("reason", args),
        },
        "errored" => |args| match args {
            [Value::Decision(decision)] => Ok(Value::Bool(decision.error.is_some())),
            _ => no_overload("errored", args),
        },
        "error" => |args| match args {
            [Value::Decision(decision)] => Ok(Value::text(decision.error.as_deref().unwrap_or_default())),
            _ => no_overload("error", args),
        },
        _ => return None,
    })
}

fn service_account<'v>(args: &[Value<'v>]) -> Result<'v> {
    let [Value::Authorizer(identity), Value::String(namespace), Value::String(name)] = args else {
        return no_overload("serviceAccount", args);
    };
    if !subdomain(name).is_empty() {
        return Err(EvalError::new("Invalid service account name"));
    }
    let is_label = |text: &str| text.len() <= 63 && !text.contains('.') && subdomain(text).is_empty();
    if !is_label(namespace) {
        return Err(EvalError::new("Invalid service account namespace"));
    }
    let account = Arc::new((namespace.as_str().into(), name.as_str().into()));
    Ok(Value::Authorizer(Identity { authorizer: identity.authorizer, service_account: Some(account) }))
}

fn with<'v>(name: &str, args: &[Value<'v>], set: fn(&mut ResourceCheck, Str)) -> Result<'v> {
    let [Value::ResourceCheck(check), Value::String(text)] = args else { return no_overload(name, args) };
    let (identity, mut check) = (**check).clone();
    set(&mut check, text.as_str().into());
    Ok(Value::ResourceCheck(Arc::new((identity, check))))
}

fn check<'v>(args: &[Value<'v>]) -> Result<'v> {
    let ask = |identity: &Identity<'v>, verb: &str, target: Target<'_>| {
        let service_account = identity.service_account.as_deref();
        let access = Access { service_account, verb, target };
        Ok(Value::Decision(Arc::new(identity.authorizer.authorize(&access))))
    };
    match args {
        [Value::PathCheck(check), Value::String(verb)] => ask(&check.0, verb, Target::Path(&check.1)),
        [Value::ResourceCheck(check), Value::String(verb)] => ask(&check.0, verb, Target::Resource(&check.1)),
        _ => no_overload("check", args),
    }
}
