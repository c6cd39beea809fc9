//! Tokens of service accounts against a real registry: who counts, and who counts no more.

use std::time::Duration;

use amethyst_object::{Value, json};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::keys::SigningKey;
use super::{Identity, IdentityOptions, Refusal, jwt};
use crate::edge::tls::PkiHome;
use crate::registry::tests::{Server, body, refused, show, text};

const OTHER_KEY: &str = include_str!("keys/testdata/ec-sec1.pem");

impl Server {
    async fn token(&self, request: &str) -> Result<Value, crate::status::Status> {
        let call = self.call("v1/serviceaccounts/token", "default", "web");
        Ok(crate::registry::tests::answer(&self.registry.create(&call, body(request)).await?))
    }

    async fn who(&self, token: &str) -> Result<super::Authenticated, String> {
        let identity = self.registry.identity();
        let snapshot = self.registry.store().snapshot();
        identity.authenticate(token, identity.audiences(), &snapshot).await.map_err(|Refusal(why)| why)
    }

    async fn review(&self, spec: &str) -> Value {
        let object = format!("{{\"spec\":{spec}}}");
        self.create("authentication.k8s.io/v1/tokenreviews", "", &object).await.unwrap()
    }
}

async fn server() -> Server {
    let server = Server::start().await;
    server.create("v1/serviceaccounts", "default", r#"{"metadata":{"name":"web"}}"#).await.unwrap();
    server
}

async fn with_pod(server: &Server) -> Value {
    let pod = r#"{"metadata":{"name":"p"},"spec":{"serviceAccountName":"web","nodeName":"n",
        "containers":[{"name":"c","image":"i"}]}}"#;
    server.create("v1/pods", "default", pod).await.unwrap()
}

fn claims(token: &str) -> Value {
    Value::Object(jwt::parse(token).unwrap().claims)
}

#[tokio::test(start_paused = true)]
async fn a_token_is_made_as_upstream_makes_it() {
    let server = server().await;
    let answer = server.token("{}").await.unwrap();
    assert_eq!(text(&answer, "status.expirationTimestamp"), "2026-11-24T04:00:00Z");
    assert_eq!(
        show(&answer, "spec"),
        r#"{"audiences":["https://kubernetes.default.svc.cluster.local"],"boundObjectRef":null,"expirationSeconds":3600}"#
    );
    let token = text(&answer, "status.token");
    let uid = text(&answer, "metadata.uid");
    let read = jwt::parse(token).unwrap();
    let [header, payload, _] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    assert_eq!(
        String::from_utf8(URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap(),
        format!(r#"{{"alg":"RS256","kid":"{}"}}"#, read.key_id)
    );
    let id = read.claims.str("jti").unwrap();
    assert_eq!(
        String::from_utf8(URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap(),
        format!(
            r#"{{"aud":["https://kubernetes.default.svc.cluster.local"],"exp":1795492800,"iat":1795489200,"iss":"https://kubernetes.default.svc.cluster.local","jti":"{id}","kubernetes.io":{{"namespace":"default","serviceaccount":{{"name":"web","uid":"{uid}"}}}},"nbf":1795489200,"sub":"system:serviceaccount:default:web"}}"#
        )
    );
    let who = server.who(token).await.unwrap();
    assert_eq!(who.user.name, "system:serviceaccount:default:web");
    assert_eq!(who.user.groups, ["system:serviceaccounts", "system:serviceaccounts:default"]);
    assert_eq!(who.user.extra["authentication.kubernetes.io/credential-id"], [format!("JTI={id}")]);
}

#[tokio::test(start_paused = true)]
async fn requests_are_refused_in_upstreams_words() {
    let server = server().await;
    with_pod(&server).await;
    let check = async |request: &str, expect: &str| {
        assert_eq!(refused(server.token(request).await), expect, "{request}");
    };
    let invalid = r#"422 Invalid: TokenRequest.authentication.k8s.io "" is invalid: "#;
    check(
        r#"{"spec":{"expirationSeconds":599}}"#,
        &format!("{invalid}spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes"),
    )
    .await;
    check(
        r#"{"spec":{"expirationSeconds":4294967297}}"#,
        &format!("{invalid}spec.expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds"),
    )
    .await;
    check(
        r#"{"metadata":{"name":"other"}}"#,
        r#"422 Invalid: TokenRequest.authentication.k8s.io "web" is invalid: metadata.name: Invalid value: "other": must match the service account name if specified"#,
    )
    .await;
    let uid = server.get("v1/serviceaccounts", "default", "web").unwrap();
    let uid = text(&uid, "metadata.uid");
    check(
        r#"{"metadata":{"uid":"x"}}"#,
        &format!(r#"409 Conflict: Operation cannot be fulfilled on TokenRequest.authentication.k8s.io "web": the UID in the token request (x) does not match the UID of the service account ({uid})"#),
    )
    .await;
    check(
        r#"{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"q"}}}"#,
        r#"404 NotFound: pods "q" not found"#,
    )
    .await;
    check(
        r#"{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"p","uid":"x"}}}"#,
        r#"409 Conflict: Operation cannot be fulfilled on Pod "p": the UID in the bound object reference (x) does not match the UID in record. The object might have been deleted and then recreated"#,
    )
    .await;
    check(
        r#"{"spec":{"boundObjectRef":{"apiVersion":"v1","kind":"ConfigMap","name":"p"}}}"#,
        "400 BadRequest: cannot bind token to object of type /v1, Kind=ConfigMap",
    )
    .await;
    check(
        r#"{"spec":{"attestations":{"admissionReviewAPIGroups":["apps"]}}}"#,
        &format!(r#"{invalid}spec.attestations: Invalid value: {{"admissionReviewAPIGroups":["apps"]}}: attestations may only be specified with a webhook bound object reference"#),
    )
    .await;
    let call = server.call("v1/serviceaccounts/token", "default", "gone");
    let gone = server.registry.create(&call, body("{}")).await;
    assert_eq!(refused(gone), r#"404 NotFound: serviceaccounts "gone" not found"#);
}

#[tokio::test(start_paused = true)]
async fn a_bound_token_goes_with_what_it_is_bound_to() {
    let server = server().await;
    let pod = with_pod(&server).await;
    let bound =
        r#"{"spec":{"expirationSeconds":3607,"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"p"}}}"#;
    let answer = server.token(bound).await.unwrap();
    let token = text(&answer, "status.token");
    let claimed = claims(token);
    // A year, and a warning after the hour; the answer tells of the hour.
    assert_eq!(show(&claimed, "exp"), (1_795_489_200_i64 + 365 * 24 * 3600).to_string());
    let inside = claimed.get("kubernetes.io").unwrap();
    assert_eq!(show(inside, "warnafter"), (1_795_489_200 + 3607).to_string());
    assert_eq!(show(inside, "node"), r#"{"name":"n"}"#);
    assert_eq!(text(&answer, "status.expirationTimestamp"), "2026-11-24T04:00:07Z");
    let user = server.who(token).await.unwrap().user;
    assert_eq!(user.extra["authentication.kubernetes.io/pod-uid"], [text(&pod, "metadata.uid")]);
    assert_eq!(user.extra["authentication.kubernetes.io/node-name"], ["n"]);
    assert!(!user.extra.contains_key("authentication.kubernetes.io/node-uid"));
    let other = r#"{"spec":{"audiences":["vault"],"expirationSeconds":3607,"boundObjectRef":{"apiVersion":"v1","kind":"Pod","name":"p"}}}"#;
    let other = server.token(other).await.unwrap();
    assert_eq!(show(&claims(text(&other, "status.token")), "exp"), (1_795_489_200 + 3607).to_string());

    let grace = crate::registry::DeleteOptions { grace_period_seconds: Some(0), ..Default::default() };
    server.delete_with("v1/pods", "default", "p", grace).await.unwrap();
    let why = "[invalid bearer token, service account token has been invalidated]";
    assert_eq!(server.who(token).await.unwrap_err(), why);
    with_pod(&server).await;
    assert!(server.who(token).await.unwrap_err().contains("pod UID ("), "another pod of the same name");
}

#[tokio::test(start_paused = true)]
async fn an_account_that_is_gone_has_no_tokens() {
    let server = server().await;
    let answer = server.token("{}").await.unwrap();
    let token = text(&answer, "status.token");
    let held = r#"{"metadata":{"finalizers":["example.com/held"]}}"#;
    server
        .patch(crate::registry::PatchKind::Merge, "v1/serviceaccounts", "default", "web", held)
        .await
        .unwrap();
    server.delete("v1/serviceaccounts", "default", "web").await.unwrap();
    tokio::time::advance(Duration::from_secs(59)).await;
    assert!(server.who(token).await.is_ok(), "within the leeway");
    tokio::time::advance(Duration::from_secs(5)).await;
    assert_eq!(
        server.who(token).await.unwrap_err(),
        "[invalid bearer token, service account default/web has been deleted]"
    );
    let free = r#"{"metadata":{"finalizers":null}}"#;
    server
        .patch(crate::registry::PatchKind::Merge, "v1/serviceaccounts", "default", "web", free)
        .await
        .unwrap();
    assert_eq!(
        server.who(token).await.unwrap_err(),
        r#"[invalid bearer token, serviceaccounts "web" not found]"#
    );
    server.create("v1/serviceaccounts", "default", r#"{"metadata":{"name":"web"}}"#).await.unwrap();
    assert!(server.who(token).await.unwrap_err().contains("service account UID ("));
}

#[tokio::test(start_paused = true)]
async fn time_counts_with_a_minute_of_leeway() {
    let server = server().await;
    let answer = server.token(r#"{"spec":{"expirationSeconds":600}}"#).await.unwrap();
    let token = text(&answer, "status.token");
    tokio::time::advance(Duration::from_mins(11)).await;
    assert!(server.who(token).await.is_ok());
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(
        server.who(token).await.unwrap_err(),
        "[invalid bearer token, service account token has expired]"
    );
    let base = claims(token);
    for (claim, ahead, expect) in [
        ("nbf", 61, "service account token is not valid yet"),
        ("iat", 61, "service account token is issued in the future"),
    ] {
        let now = server.registry.options().clock.now().as_second();
        let mut changed = base.clone();
        let map = changed.as_object_mut().unwrap();
        map.insert("exp", now + 1000);
        map.insert(claim, now + ahead);
        let token = server.registry.identity().sign(&changed).await.unwrap();
        assert_eq!(server.who(&token).await.unwrap_err(), format!("[invalid bearer token, {expect}]"));
        changed.as_object_mut().unwrap().insert(claim, now + 59);
        let token = server.registry.identity().sign(&changed).await.unwrap();
        assert!(server.who(&token).await.is_ok(), "{claim}");
    }
}

#[tokio::test(start_paused = true)]
async fn forged_tokens_do_not_count() {
    let server = server().await;
    let answer = server.token("{}").await.unwrap();
    let token = text(&answer, "status.token").to_owned();
    let [header, payload, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let changed = json::to_string(&claims(&token)).replace(":web\"", ":root\"");
    let key_id = jwt::parse(&token).unwrap().key_id;
    let other = SigningKey::of_pem(OTHER_KEY).unwrap();
    let confused = jwt::to_sign("ES256", &key_id, &claims(&token));
    let confused = jwt::finish(&confused, &other.sign(confused.as_bytes()).unwrap());
    let foreign = jwt::to_sign("ES256", &other.verifying.id, &claims(&token));
    let foreign = jwt::finish(&foreign, &other.sign(foreign.as_bytes()).unwrap());
    let bad = "[invalid bearer token, go-jose/go-jose: error in cryptographic primitive]";
    let unknown = "[invalid bearer token, invalid signature, no keys found]";
    let cases = [
        (format!("{header}.{}.{signature}", part(&changed)), bad),
        (format!("{}.{payload}.", part(&format!(r#"{{"alg":"none","kid":"{key_id}"}}"#))), bad),
        (format!("{}.{payload}.{signature}", part(&format!(r#"{{"alg":"HS256","kid":"{key_id}"}}"#))), bad),
        (format!("{}.{payload}.{signature}", part(r#"{"alg":"RS256","kid":"x"}"#)), unknown),
        (confused, bad),
        (foreign, unknown),
        (format!("{header}.{payload}."), bad),
        ("opaque".to_owned(), "invalid bearer token"),
        (format!("{header}.{}.{signature}", part(r#"{"iss":"https://elsewhere"}"#)), "invalid bearer token"),
    ];
    for (token, expect) in cases {
        assert_eq!(server.who(&token).await.unwrap_err(), expect, "{token}");
    }
    // Nothing of these was remembered, and the true one still counts.
    assert!(server.who(&token).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn reviews_tell_whose_a_token_is() {
    let server = server().await;
    let answer = server.token(r#"{"spec":{"audiences":["vault","db"]}}"#).await.unwrap();
    let token = text(&answer, "status.token");
    let review = server.review(&format!(r#"{{"token":"{token}","audiences":["db","x"]}}"#)).await;
    assert_eq!(show(&review, "status.authenticated"), "true");
    assert_eq!(show(&review, "status.audiences"), r#"["db"]"#);
    assert_eq!(text(&review, "status.user.username"), "system:serviceaccount:default:web");
    assert_eq!(
        show(&review, "status.user.groups"),
        r#"["system:serviceaccounts","system:serviceaccounts:default","system:authenticated"]"#
    );
    let review = server.review(&format!(r#"{{"token":"{token}"}}"#)).await;
    assert_eq!(
        show(&review, "status"),
        r#"{"error":"[invalid bearer token, token audiences [\"vault\" \"db\"] is invalid for the target audiences [\"https://kubernetes.default.svc.cluster.local\"]]","user":{}}"#
    );
    let review = server.review(r#"{"token":"nonsense"}"#).await;
    assert_eq!(show(&review, "status"), r#"{"error":"invalid bearer token","user":{}}"#);
    let none = server.create("authentication.k8s.io/v1/tokenreviews", "", "{}").await;
    assert_eq!(refused(none), "400 BadRequest: token is required for TokenReview in authentication");
}

#[tokio::test(start_paused = true)]
async fn a_secret_s_token_counts_as_long_as_the_secret_holds_it() {
    let server = server().await;
    let account = server.get("v1/serviceaccounts", "default", "web").unwrap();
    let account = super::Object { name: "web".into(), uid: text(&account, "metadata.uid").to_owned() };
    let token = server.registry.identity().issue_legacy("default", &account, "s").await.unwrap();
    let secret = |token: &str| {
        format!(
            r#"{{"metadata":{{"name":"s","annotations":{{"kubernetes.io/service-account.name":"web"}}}},
                "type":"kubernetes.io/service-account-token","data":{{"token":"{}"}}}}"#,
            STANDARD.encode(token)
        )
    };
    assert_eq!(server.who(&token).await.unwrap_err(), "[invalid bearer token, Token has been invalidated]");
    server.create("v1/secrets", "default", &secret(&token)).await.unwrap();
    let who = server.who(&token).await.unwrap();
    assert_eq!((who.user.name.as_str(), who.user.uid), ("system:serviceaccount:default:web", account.uid));
    assert_eq!(who.audiences, server.registry.identity().audiences());
    let other = r#"{"data":{"token":"b3RoZXI="}}"#;
    server.patch(crate::registry::PatchKind::Merge, "v1/secrets", "default", "s", other).await.unwrap();
    assert_eq!(
        server.who(&token).await.unwrap_err(),
        "[invalid bearer token, Token does not match server's copy]"
    );
}

#[tokio::test]
async fn a_key_is_made_once_and_kept_for_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let home = PkiHome::Folder(folder.path().join("pki"));
    let open = || {
        let entropy = amethyst_clock::Entropy::seeded(1);
        Identity::open(IdentityOptions::new(home.clone(), amethyst_clock::Clock::system(), entropy)).unwrap()
    };
    let first = open();
    assert!(!folder.path().join("pki/sa.key").exists(), "nothing needed it yet");
    let (one, two) = tokio::join!(first.key_set(), first.key_set());
    let set = one.unwrap();
    assert_eq!(set, two.unwrap());
    let mode = std::fs::metadata(folder.path().join("pki/sa.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(open().key_set().await.unwrap(), set);
    std::fs::write(folder.path().join("pki/sa.key"), "nonsense").unwrap();
    let entropy = amethyst_clock::Entropy::seeded(1);
    let broken = Identity::open(IdentityOptions::new(home, amethyst_clock::Clock::system(), entropy));
    assert_eq!(broken.unwrap_err().to_string(), "failed to use the service-account key `sa.key`");
}

#[tokio::test]
async fn documents_name_the_issuer_and_all_keys() {
    let clock = amethyst_clock::Clock::system();
    let mut options = IdentityOptions::new(PkiHome::Memory, clock, amethyst_clock::Entropy::seeded(1));
    options.key_pem = Some(include_str!("keys/testdata/rsa-pkcs1.pem").to_owned());
    options.verification_pems = vec![OTHER_KEY.to_owned()];
    options.issuers = vec!["https://id.example.com".to_owned(), "https://old.example.com".to_owned()];
    let identity = Identity::open(options.clone()).unwrap();
    assert_eq!(
        identity.configuration("192.0.2.1:6443").await.unwrap(),
        r#"{"issuer":"https://id.example.com","jwks_uri":"https://192.0.2.1:6443/openid/v1/jwks","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["ES256","RS256"]}"#
    );
    let set = json::parse(identity.key_set().await.unwrap().as_bytes()).unwrap();
    assert_eq!(show(&set, "keys.0.alg"), "\"RS256\"");
    assert_eq!(show(&set, "keys.1.crv"), "\"P-256\"");
    options.jwks_uri = Some("https://keys.example.com/jwks".to_owned());
    let document = Identity::open(options).unwrap().configuration("x").await.unwrap();
    assert!(document.contains(r#""jwks_uri":"https://keys.example.com/jwks""#), "{document}");
}
