//! Who a request is made for: whom the caller may speak for (kubernetes/apiserver
//! `pkg/endpoints/filters/impersonation`).
//!
//! Constrained modes come first: each asks whether the caller may do this very request as somebody of that
//! sort (`impersonate-on:<mode>:<verb>`), then whether as this one (`impersonate:<mode>`). What none allows,
//! the older verb `impersonate` may. The first refusal is the one that is told; the mode that last worked for
//! a caller is tried first.

mod modes;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use http::HeaderMap;

use crate::rbac::{Attributes, Index, decide, forbidden};
use crate::status::Status;
use crate::user::{ANONYMOUS, AUTHENTICATED, UNAUTHENTICATED, User};
use modes::MODES;

const PREFIX: &str = "impersonate-";
const USER: &str = "impersonate-user";
const GROUP: &str = "impersonate-group";
const UID: &str = "impersonate-uid";
const EXTRA: &str = "impersonate-extra-";
/// How many callers' modes are remembered; past that, all are forgotten.
const REMEMBERED_MAX: usize = 10_000;

/// Somebody who is spoken for.
#[derive(Debug)]
pub(crate) struct Impersonated {
    pub(crate) user: Arc<User>,
    /// The constrained verb that allowed it; empty for `impersonate`.
    pub(crate) constraint: String,
}

/// Which mode last worked for whom.
#[derive(Debug, Default)]
pub(crate) struct Memory(Mutex<BTreeMap<String, usize>>);

impl Memory {
    fn get(&self, user: &str) -> Option<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(user).copied()
    }

    fn set(&self, user: &str, mode: usize) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.get(user) == Some(&mode) {
            return;
        }
        if known.len() >= REMEMBERED_MAX {
            known.clear();
        }
        known.insert(user.to_owned(), mode);
    }
}

/// Whom the request is made for, if not for the caller.
pub(crate) fn impersonated(
    index: &Index,
    memory: &Memory,
    caller: &User,
    attributes: &Attributes<'_>,
    headers: &HeaderMap,
) -> Result<Option<Impersonated>, Status> {
    let Some(wanted) = wanted(headers)? else { return Ok(None) };
    let request = Request { index, caller, attributes };
    let (mut refusal, last) = (None, memory.get(&caller.name));
    let others = (0..MODES.len()).filter(|mode| Some(*mode) != last);
    for mode in last.into_iter().chain(others) {
        match MODES[mode].check(&request, &wanted) {
            Ok(Some(user)) => {
                memory.set(&caller.name, mode);
                let constraint = MODES[mode].constraint();
                return Ok(Some(Impersonated { user: Arc::new(user), constraint }));
            }
            Ok(None) => {}
            Err(status) => refusal = refusal.or(Some(status)),
        }
    }
    Err(refusal.unwrap_or_else(|| Status::internal("all impersonation modes failed")))
}

/// What the modes decide about.
struct Request<'a> {
    index: &'a Index,
    caller: &'a User,
    /// What is to be done.
    attributes: &'a Attributes<'a>,
}

impl Request<'_> {
    fn check(&self, attributes: &Attributes<'_>) -> Result<(), Status> {
        let decision = decide(self.index, self.caller, attributes);
        if decision.allowed { Ok(()) } else { Err(self.refuse(attributes, &decision.reason)) }
    }

    fn refuse(&self, attributes: &Attributes<'_>, why: &str) -> Status {
        forbidden(self.caller, attributes, why)
    }
}

/// Reads the headers: whom the caller wants to speak for.
fn wanted(headers: &HeaderMap) -> Result<Option<User>, Status> {
    if !headers.keys().any(|name| name.as_str().starts_with(PREFIX)) {
        return Ok(None);
    }
    let texts = |name: &str| -> Vec<String> {
        headers
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect()
    };
    let first = |name: &str| texts(name).into_iter().next().unwrap_or_default();
    let mut user = User { name: first(USER), uid: first(UID), groups: texts(GROUP), ..User::default() };
    for header in headers.keys() {
        if let Some(key) = header.as_str().strip_prefix(EXTRA) {
            user.extra.entry(unescaped(key)).or_default().extend(texts(header.as_str()));
        }
    }
    if !user.name.is_empty() {
        return Ok(Some(user));
    }
    if user.uid.is_empty() && user.groups.is_empty() && user.extra.is_empty() {
        return Ok(None);
    }
    let message = format!("requested {} without impersonating a user name", go_syntax(&user));
    Err(Status::bad_request(message))
}

/// A key without its escapes; one that is escaped wrongly stays as it is.
fn unescaped(key: &str) -> String {
    let well = key.split('%').skip(1).all(|rest| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    if well { crate::request::decoded(key) } else { key.to_owned() }
}

/// `%#v` of upstream's user.
fn go_syntax(user: &User) -> String {
    let list = |list: &[String]| {
        let quoted: Vec<String> = list.iter().map(|text| format!("{text:?}")).collect();
        if list.is_empty() {
            "[]string(nil)".to_owned()
        } else {
            format!("[]string{{{}}}", quoted.join(", "))
        }
    };
    let extra: Vec<String> =
        user.extra.iter().map(|(key, values)| format!("{key:?}:{}", list(values))).collect();
    let extra = if extra.is_empty() {
        "map[string][]string(nil)".to_owned()
    } else {
        format!("map[string][]string{{{}}}", extra.join(", "))
    };
    format!(
        "&user.DefaultInfo{{Name:{:?}, UID:{:?}, Groups:{}, Extra:{extra}}}",
        user.name,
        user.uid,
        list(&user.groups)
    )
}

/// Gives the group that goes without saying.
fn complete(mut user: User) -> User {
    let has = |user: &User, group: &str| user.groups.iter().any(|own| own == group);
    if user.name == ANONYMOUS {
        if !has(&user, UNAUTHENTICATED) {
            user.groups.push(UNAUTHENTICATED.to_owned());
        }
    } else if !has(&user, UNAUTHENTICATED) && !has(&user, AUTHENTICATED) {
        user.groups.push(AUTHENTICATED.to_owned());
    }
    user
}

#[cfg(test)]
mod tests;
