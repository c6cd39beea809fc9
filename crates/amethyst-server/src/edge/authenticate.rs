//! Who asks: a client certificate, and for masters the `Impersonate-*` headers.

use std::sync::Arc;

use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::authorize::{UNAUTHENTICATED, is_public};
use super::tls::Peer;
use crate::status::{Reason, Status};
use crate::user::User;

const IMPERSONATE: &str = "impersonate-";
const USER: &str = "impersonate-user";
const GROUP: &str = "impersonate-group";
const UID: &str = "impersonate-uid";
const EXTRA: &str = "impersonate-extra-";

/// Who is behind a network connection. A stranger passes only to what everybody may read; tokens are not
/// served yet, and a wrong credential is never taken for none.
pub(crate) fn of_connection(peer: &Peer, headers: &HeaderMap, path: &str) -> Result<Arc<User>, Status> {
    if headers.contains_key(AUTHORIZATION) {
        return Err(unauthorized());
    }
    match peer.user() {
        Some(user) => Ok(user),
        None if is_public(path) => Ok(Arc::new(User {
            name: "system:anonymous".to_owned(),
            groups: vec![UNAUTHENTICATED.to_owned()],
            ..User::default()
        })),
        None => Err(unauthorized()),
    }
}

fn unauthorized() -> Status {
    Status::new(Reason::Unauthorized, "Unauthorized")
}

/// Who the request is made for: the user itself, or whom a master speaks for.
pub(crate) fn impersonated(user: Arc<User>, headers: &HeaderMap) -> Result<Arc<User>, Status> {
    if !headers.keys().any(|name| name.as_str().starts_with(IMPERSONATE)) {
        return Ok(user);
    }
    let texts = |name: &str| -> Vec<String> {
        let values = headers.get_all(name).into_iter();
        values.filter_map(|value| value.to_str().ok()).map(str::to_owned).collect()
    };
    let Some(name) = texts(USER).into_iter().next().filter(|name| !name.is_empty()) else {
        let message = "requested impersonation of groups, uid or extra without impersonating a user";
        return Err(Status::internal(message));
    };
    if !user.is_master() {
        let message = format!(
            "users \"{name}\" is forbidden: User {:?} cannot impersonate resource \"users\" in API group \"\" at the cluster scope",
            user.name
        );
        return Err(Status::new(Reason::Forbidden, message).about("", "users", &name));
    }
    let mut groups = texts(GROUP);
    for implied in implied_groups(&name) {
        if !groups.contains(&implied) {
            groups.push(implied);
        }
    }
    let mut extra = std::collections::BTreeMap::new();
    for header in headers.keys() {
        if let Some(key) = header.as_str().strip_prefix(EXTRA) {
            extra.insert(key.to_owned(), texts(header.as_str()));
        }
    }
    let uid = texts(UID).into_iter().next().unwrap_or_default();
    Ok(Arc::new(User { name, uid, groups, extra }))
}

fn implied_groups(name: &str) -> Vec<String> {
    if name == "system:anonymous" {
        return vec![UNAUTHENTICATED.to_owned()];
    }
    let mut groups = Vec::new();
    if let Some((namespace, _)) =
        name.strip_prefix("system:serviceaccount:").and_then(|account| account.split_once(':'))
    {
        groups.push("system:serviceaccounts".to_owned());
        groups.push(format!("system:serviceaccounts:{namespace}"));
    }
    groups.push("system:authenticated".to_owned());
    groups
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http::HeaderMap;

    use super::impersonated;
    use crate::user::User;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn only_masters_speak_for_others() {
        let master = Arc::new(User::in_process("root"));
        let jane = Arc::new(User { name: "jane".into(), ..User::default() });
        let account = headers(&[("impersonate-user", "system:serviceaccount:apps:web")]);
        let spoken = impersonated(Arc::clone(&master), &account).unwrap();
        assert_eq!(spoken.name, "system:serviceaccount:apps:web");
        assert!(spoken.groups.contains(&"system:serviceaccounts:apps".to_owned()) && !spoken.is_master());
        assert!(
            impersonated(Arc::clone(&jane), &account).unwrap_err().to_string().contains("cannot impersonate")
        );
        assert!(impersonated(Arc::clone(&master), &headers(&[("impersonate-group", "x")])).is_err());
        assert_eq!(impersonated(jane, &HeaderMap::new()).unwrap().name, "jane");
        let extra = headers(&[("impersonate-user", "x"), ("impersonate-extra-scopes", "a")]);
        assert_eq!(impersonated(master, &extra).unwrap().extra["scopes"], ["a"]);
    }
}
