//! Who asks: a client certificate or a bearer token.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use http::header::{AUTHORIZATION, CONNECTION, SEC_WEBSOCKET_PROTOCOL, UPGRADE};

use super::Inner;
use super::tls::Peer;
use crate::identity::Refusal;
use crate::status::{Reason, Status};
use crate::user::User;

/// How a websocket's client, which can set no header, brings its token.
const PROTOCOL_PREFIX: &str = "base64url.bearer.authorization.k8s.io.";

/// Who is behind a request of a network connection: by certificate, by bearer token, by the token in a
/// websocket's protocols, in this order (kubernetes `pkg/kubeapiserver/authenticator`). Who shows nothing is
/// anonymous; a wrong credential is never taken for none.
pub(super) async fn of_connection(
    server: &Inner,
    peer: &Peer,
    headers: &HeaderMap,
) -> Result<Arc<User>, Status> {
    let mut refused = match peer.user() {
        Some(Ok(user)) => return Ok(user),
        Some(Err(why)) => Some(why.to_owned()),
        None => None,
    };
    for token in [bearer(headers).map(str::to_owned).map(Ok), protocol_token(headers)].into_iter().flatten() {
        let snapshot = server.registry.store().snapshot();
        let identity = server.registry.identity();
        let answer = match token {
            Ok(token) => identity.authenticate(&token, identity.audiences(), &snapshot).await,
            Err(why) => Err(Refusal(why.to_owned())),
        };
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

#[cfg(test)]
mod tests {
    use http::HeaderMap;

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
}
