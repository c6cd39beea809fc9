//! Tokens of service accounts: what they claim, and what must hold for them to count (kubernetes
//! `pkg/serviceaccount/claims.go`, `jwt.go`).

use std::collections::BTreeMap;
use std::sync::Arc;

use amethyst_object::{Map, Value};
use amethyst_store::Snapshot;
use jiff::{SignedDuration, Timestamp};

use super::{Authenticated, Identity, IdentityError, jwt, legacy};
use crate::record::Entry;
use crate::registry::scan;
use crate::user::{User, service_account_groups};

/// How far the clocks of issuer and verifier may be apart, and how long what is deleted still counts.
const LEEWAY: SignedDuration = SignedDuration::from_secs(60);

/// Where a user's `extra` names the token.
const CREDENTIAL: &str = "authentication.kubernetes.io/credential-id";
const POD_NAME: &str = "authentication.kubernetes.io/pod-name";
const POD_UID: &str = "authentication.kubernetes.io/pod-uid";
const NODE_NAME: &str = "authentication.kubernetes.io/node-name";
const NODE_UID: &str = "authentication.kubernetes.io/node-uid";

const INVALIDATED: &str = "service account token has been invalidated";

/// A name and a uid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Object {
    /// The name.
    pub(crate) name: String,
    /// The uid; empty when the object is not there.
    pub(crate) uid: String,
}

impl Object {
    fn claim(&self) -> Value {
        let mut claim = Map::new();
        claim.insert("name", self.name.as_str());
        if !self.uid.is_empty() {
            claim.insert("uid", self.uid.as_str());
        }
        Value::Object(claim)
    }

    fn of_claim(claim: &Value) -> Option<Self> {
        let map = claim.as_object()?;
        let text =
            |key: &str| map.get(key).map_or(Some(String::new()), |text| Some(text.as_str()?.to_owned()));
        Some(Self { name: text("name")?, uid: text("uid")? })
    }
}

/// What a token is bound to besides its account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Bound {
    /// Nothing.
    #[default]
    Account,
    /// A pod, and the node it is on.
    Pod {
        /// The pod.
        pod: Object,
        /// Its node.
        node: Option<Object>,
    },
    /// A Secret.
    Secret(Object),
    /// A node.
    Node(Object),
}

/// A token that is to be made.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The account's namespace.
    pub(crate) namespace: String,
    /// The account.
    pub(crate) account: Object,
    /// What else it is bound to.
    pub(crate) bound: Bound,
    /// Whom it is for.
    pub(crate) audiences: Vec<String>,
    /// How long it counts.
    pub(crate) expiration_seconds: i64,
    /// When its use is worth a warning, if before its end.
    pub(crate) warn_after_seconds: Option<i64>,
}

impl Identity {
    /// Makes a token.
    pub(crate) async fn issue(&self, request: &Request, now: Timestamp) -> Result<String, IdentityError> {
        let claims = claims(request, now, &self.issuers()[0], &self.0.options.entropy.uuid());
        self.sign(&claims).await
    }

    /// Signs claims.
    pub(super) async fn sign(&self, claims: &Value) -> Result<String, IdentityError> {
        let key = self.signing().await?;
        let verifying = &key.verifying;
        let signed = jwt::to_sign(verifying.algorithm(), &verifying.id, claims);
        let signature = key
            .sign(signed.as_bytes())
            .map_err(|source| IdentityError::Key { name: verifying.id.clone(), source })?;
        Ok(jwt::finish(&signed, &signature))
    }
}

fn claims(request: &Request, now: Timestamp, issuer: &str, id: &str) -> Value {
    let now = now.as_second();
    let mut kubernetes = Map::new();
    kubernetes.insert("namespace", request.namespace.as_str());
    kubernetes.insert("serviceaccount", request.account.claim());
    match &request.bound {
        Bound::Account => {}
        Bound::Pod { pod, node } => {
            kubernetes.insert("pod", pod.claim());
            if let Some(node) = node {
                kubernetes.insert("node", node.claim());
            }
        }
        Bound::Secret(secret) => {
            kubernetes.insert("secret", secret.claim());
        }
        Bound::Node(node) => {
            kubernetes.insert("node", node.claim());
        }
    }
    if let Some(seconds) = request.warn_after_seconds {
        kubernetes.insert("warnafter", now + seconds);
    }
    let mut claims = Map::new();
    let audiences: Vec<Value> = request.audiences.iter().map(|one| one.as_str().into()).collect();
    claims.insert("aud", audiences);
    claims.insert("exp", now + request.expiration_seconds);
    claims.insert("iat", now);
    claims.insert("iss", issuer);
    claims.insert("jti", id);
    claims.insert("kubernetes.io", kubernetes);
    claims.insert("nbf", now);
    claims.insert("sub", user_name(&request.namespace, &request.account.name));
    Value::Object(claims)
}

/// The user that a service account is.
pub(super) fn user_name(namespace: &str, name: &str) -> String {
    format!("system:serviceaccount:{namespace}:{name}")
}

/// Whom a token is of: nothing when it is of another issuer, or no token at all.
pub(super) fn authenticate(
    identity: &Identity,
    token: &str,
    wanted: &[String],
    snapshot: &Snapshot<Entry>,
) -> Result<Option<Authenticated>, String> {
    let Some(claims) = verified(identity, token)? else { return Ok(None) };
    let own = identity.audiences();
    let invalid = || "service account token claims could not be read".to_owned();
    let mut audiences = jwt::audiences(&claims).ok_or_else(invalid)?;
    if audiences.is_empty() {
        audiences = own.to_vec();
    }
    let matching: Vec<String> =
        audiences.iter().filter(|audience| wanted.contains(audience)).cloned().collect();
    if matching.is_empty() {
        return Err(format!(
            "token audiences {} is invalid for the target audiences {}",
            quoted(&audiences),
            quoted(wanted)
        ));
    }
    let user = if claims.str("iss") == Some(legacy::ISSUER) {
        legacy::user(token, &claims, snapshot)?
    } else {
        bound_user(&claims, identity.0.options.clock.now(), snapshot)?
    };
    Ok(Some(Authenticated { user, audiences: matching }))
}

/// The claims of a token of ours whose signature is right.
fn verified(identity: &Identity, token: &str) -> Result<Option<Arc<Map>>, String> {
    let token = token.trim();
    if let Some(claims) = identity.0.verified.get(token) {
        return Ok(Some(claims));
    }
    let Some(unverified) = jwt::parse(token) else { return Ok(None) };
    let issuer = unverified.claims.str("iss").unwrap_or_default();
    if issuer != legacy::ISSUER && !identity.issuers().iter().any(|known| known == issuer) {
        return Ok(None);
    }
    let keys = identity.0.keys.load();
    let named = |id: &str| unverified.key_id.is_empty() || unverified.key_id == id;
    let mut candidates = keys.verifying.iter().filter(|key| named(&key.id)).peekable();
    if candidates.peek().is_none() {
        return Err("invalid signature, no keys found".to_owned());
    }
    let message = unverified.signed.as_bytes();
    if !candidates.any(|key| key.verifies(&unverified.algorithm, message, &unverified.signature)) {
        return Err("go-jose/go-jose: error in cryptographic primitive".to_owned());
    }
    Ok(Some(identity.0.verified.put(token, unverified.claims)))
}

fn quoted(audiences: &[String]) -> String {
    let quoted: Vec<String> = audiences.iter().map(|audience| format!("{audience:?}")).collect();
    format!("[{}]", quoted.join(" "))
}

fn bound_user(claims: &Map, now: Timestamp, snapshot: &Snapshot<Entry>) -> Result<User, String> {
    check_times(claims, now)?;
    let invalid = || "service account token claims could not be read".to_owned();
    let private = claims.get("kubernetes.io").and_then(Value::as_object).ok_or_else(invalid)?;
    let reference = |name: &str| match private.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(claim) => Object::of_claim(claim).map(Some).ok_or_else(invalid),
    };
    let namespace = private.str("namespace").unwrap_or_default();
    let account = reference("serviceaccount")?.unwrap_or_default();
    let (pod, node, secret) = (reference("pod")?, reference("node")?, reference("secret")?);
    let store = Existing { snapshot, since: now.checked_sub(LEEWAY).unwrap_or(Timestamp::MIN) };
    store.account(namespace, &account)?;
    if let Some(secret) = &secret {
        store.bound("secrets", namespace, secret, "secret")?;
    }
    let mut extra = BTreeMap::new();
    let mut say = |key: &str, value: &str| extra.insert(key.to_owned(), vec![value.to_owned()]);
    if let Some(pod) = &pod {
        store.bound("pods", namespace, pod, "pod")?;
        say(POD_NAME, &pod.name);
        say(POD_UID, &pod.uid);
    }
    if let Some(node) = &node {
        // The node of a pod is only told, not checked: the pod may be gone from it.
        if pod.is_none() {
            store.bound("nodes", "", node, "node")?;
        }
        say(NODE_NAME, &node.name);
        if !node.uid.is_empty() {
            say(NODE_UID, &node.uid);
        }
    }
    if let Some(id) = claims.str("jti").filter(|id| !id.is_empty()) {
        say(CREDENTIAL, &format!("JTI={id}"));
    }
    Ok(User {
        name: user_name(namespace, &account.name),
        uid: account.uid,
        groups: service_account_groups(namespace),
        extra,
    })
}

fn check_times(claims: &Map, now: Timestamp) -> Result<(), String> {
    let at = |name: &str| -> Result<Option<Timestamp>, String> {
        let unreadable = |_| "service account token claims could not be read".to_owned();
        let seconds = jwt::date(claims, name).map_err(unreadable)?;
        Ok(seconds.map(|seconds| {
            let beyond = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
            Timestamp::from_second(seconds).unwrap_or(beyond)
        }))
    };
    let earlier = now.checked_sub(LEEWAY).unwrap_or(Timestamp::MIN);
    let later = now.checked_add(LEEWAY).unwrap_or(Timestamp::MAX);
    if at("nbf")?.is_some_and(|start| later < start) {
        return Err("service account token is not valid yet".to_owned());
    }
    if at("exp")?.is_some_and(|end| earlier > end) {
        return Err("service account token has expired".to_owned());
    }
    if at("iat")?.is_some_and(|issued| later < issued) {
        return Err("service account token is issued in the future".to_owned());
    }
    Ok(())
}

/// What exists, for a token that says it does.
struct Existing<'a> {
    snapshot: &'a Snapshot<Entry>,
    /// What was deleted before is gone, though its finalizers hold it.
    since: Timestamp,
}

impl Existing<'_> {
    fn account(&self, namespace: &str, account: &Object) -> Result<(), String> {
        let name = &account.name;
        let found = find(self.snapshot, "serviceaccounts", namespace, name)
            .ok_or_else(|| format!("serviceaccounts \"{name}\" not found"))?;
        if found.index.uid != account.uid {
            let uid = &found.index.uid;
            return Err(format!("service account UID ({uid}) does not match claim ({})", account.uid));
        }
        if self.is_gone(found) {
            return Err(format!("service account {namespace}/{name} has been deleted"));
        }
        Ok(())
    }

    fn bound(&self, plural: &str, namespace: &str, object: &Object, kind: &str) -> Result<(), String> {
        let found =
            find(self.snapshot, plural, namespace, &object.name).ok_or_else(|| INVALIDATED.to_owned())?;
        if found.index.uid != object.uid {
            let uid = &found.index.uid;
            let claimed = &object.uid;
            return Err(format!(
                "{kind} UID ({uid}) does not match service account {kind} ref claim ({claimed})"
            ));
        }
        if self.is_gone(found) { Err(INVALIDATED.to_owned()) } else { Ok(()) }
    }

    fn is_gone(&self, object: &Entry) -> bool {
        object.index.deleting
            && scan::text(&object.body, &["metadata", "deletionTimestamp"])
                .and_then(|at| at.parse::<Timestamp>().ok())
                .is_some_and(|at| at < self.since)
    }
}

/// An object of the core group.
pub(super) fn find<'a>(
    snapshot: &'a Snapshot<Entry>,
    plural: &str,
    namespace: &str,
    name: &str,
) -> Option<&'a Entry> {
    snapshot.get(&format!("/{plural}/{namespace}/{name}")).map(|stored| stored.record.as_ref())
}
