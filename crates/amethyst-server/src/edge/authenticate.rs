//! Who asks: a client certificate or a bearer token, and for masters the `Impersonate-*` headers.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use http::header::{AUTHORIZATION, CONNECTION, SEC_WEBSOCKET_PROTOCOL, UPGRADE};

use super::Inner;
use super::tls::Peer;
use crate::identity::Refusal;
use crate::status::{Reason, Status};
use crate::user::{ANONYMOUS, AUTHENTICATED, UNAUTHENTICATED, User, service_account_groups};

const IMPERSONATE: &str = "impersonate-";
const USER: &str = "impersonate-user";
const GROUP: &str = "impersonate-group";
const UID: &str = "impersonate-uid";
const EXTRA: &str = "impersonate-extra-";

/// How a websocket's client, which can set no header, brings its token.
const PROTOCOL_PREFIX: &str = "base64url.bearer.authorization.k8s.io.";

/// Who is behind a request of a network connection: by certificate, by bearer token, by the token in a
/// websocket's protocols, in this order (kubernetes `pkg/kubeapiserver/authenticator`). Who shows nothing is
/// anonymous; a wrong credential is never taken for none.
pub(super) fn of_connection(server: &Inner, peer: &Peer, headers: &HeaderMap) -> Result<Arc<User>, Status> {
    let mut refused = match peer.user() {
        Some(Ok(user)) => return Ok(user),
        Some(Err(why)) => Some(why.to_owned()),
        None => None,
    };
    for token in [bearer(headers).map(str::to_owned).map(Ok), protocol_token(headers)].into_iter().flatten() {
        let snapshot = server.registry.store().snapshot();
        let identity = server.registry.identity();
        let answer = token
            .map_err(|why| Refusal(why.to_owned()))
            .and_then(|token| identity.authenticate(&token, identity.audiences(), &snapshot));
        match answer {
            Ok(authenticated) => return Ok(Arc::new(authenticated.user.authenticated())),
            Err(Refusal(why)) => refused = Some(why),
        }
    }
    match refused {
        None => Ok(Arc::new(User::anonymous())),
        Some(why) => {
            tracing::debug!(why, "a credential was refused");
            Err(Status::new(Reason::Unauthorized, "Unauthorized"))
        }
    }
}

/// The bearer token of the `Authorization` header; other schemes are no credentials.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let header = headers.get(AUTHORIZATION)?.to_str().ok()?.trim();
    let mut parts = header.splitn(3, ' ');
    let (scheme, token) = (parts.next()?, parts.next()?);
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// The bearer token among the protocols of a websocket (kubernetes/apiserver
/// `pkg/authentication/request/websocket`).
fn protocol_token(headers: &HeaderMap) -> Option<Result<String, &'static str>> {
    let has = |name, word: &str| {
        let header = headers.get(name).and_then(|header| header.to_str().ok()).unwrap_or_default();
        header.split(',').any(|part| part.trim().eq_ignore_ascii_case(word))
    };
    if !has(UPGRADE, "websocket") || !has(CONNECTION, "upgrade") {
        return None;
    }
    let headers = headers.get_all(SEC_WEBSOCKET_PROTOCOL).into_iter();
    let protocols: Vec<&str> = headers
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(','))
        .map(str::trim)
        .collect();
    let (tokens, others): (Vec<&str>, Vec<&str>) =
        protocols.iter().partition(|protocol| protocol.starts_with(PROTOCOL_PREFIX));
    let token = match tokens.as_slice() {
        [] => return None,
        [one] => &one[PROTOCOL_PREFIX.len()..],
        _ => return Some(Err("multiple base64.bearer.authorization tokens specified")),
    };
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(token) else {
        return Some(Err("invalid base64.bearer.authorization token encoding"));
    };
    match String::from_utf8(bytes) {
        Err(_) => Some(Err("invalid base64.bearer.authorization token")),
        Ok(token) if token.is_empty() => None,
        Ok(_) if others.is_empty() => Some(Err("missing additional subprotocol")),
        Ok(token) => Some(Ok(token)),
    }
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
    if name == ANONYMOUS {
        return vec![UNAUTHENTICATED.to_owned()];
    }
    let mut groups = Vec::new();
    if let Some((namespace, _)) =
        name.strip_prefix("system:serviceaccount:").and_then(|account| account.split_once(':'))
    {
        groups.extend(service_account_groups(namespace));
    }
    groups.push(AUTHENTICATED.to_owned());
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
    fn tokens_are_where_upstream_looks_for_them() {
        let check = |header: &str, expect: Option<&str>| {
            assert_eq!(super::bearer(&headers(&[("authorization", header)])), expect, "{header}");
        };
        check("Bearer abc", Some("abc"));
        check("bearer abc def", Some("abc"));
        check("Bearer  abc", None);
        check("Bearer", None);
        check("Basic abc", None);
        let socket = |protocols: &str| {
            let pairs =
                [("upgrade", "websocket"), ("connection", "Upgrade"), ("sec-websocket-protocol", protocols)];
            super::protocol_token(&headers(&pairs))
        };
        let prefix = super::PROTOCOL_PREFIX;
        assert_eq!(socket(&format!("{prefix}YWJj, v4.channel.k8s.io")), Some(Ok("abc".to_owned())));
        assert_eq!(socket(&format!("{prefix}YWJj")), Some(Err("missing additional subprotocol")));
        assert!(socket(&format!("{prefix}YWJj,{prefix}YWJj,x")).unwrap().is_err());
        assert!(socket(&format!("{prefix}%,x")).unwrap().is_err());
        assert_eq!(socket("v4.channel.k8s.io"), None);
        let plain = [("sec-websocket-protocol", "base64url.bearer.authorization.k8s.io.YWJj, x")];
        assert_eq!(super::protocol_token(&headers(&plain)), None);
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
