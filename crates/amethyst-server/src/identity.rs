//! Who a token is of: the keys and issuers of service-account tokens, and what a token must show to count.
//!
//! One [`Identity`] serves the registry (TokenRequest, TokenReview, token Secrets) and the edge (bearer tokens,
//! discovery documents). Signatures that were once verified are remembered; whether the account, the pod or
//! the Secret behind a token still exists is asked of the store each time. What a user may do is no question
//! of this module.

mod discovery;
mod jwt;
mod keys;
mod legacy;
mod oidc;
mod service_account;
mod verified;

use std::sync::Arc;

use amethyst_clock::{Clock, Entropy};
use amethyst_http::{Gate, LoopbackOnly};
use amethyst_store::Snapshot;
use arc_swap::ArcSwap;

pub(crate) use discovery::{CONFIGURATION_PATH, JWKS_PATH, MAX_AGE_SECONDS};
pub use keys::KeyError;
pub use oidc::{ClaimMapping, OidcIssuer};
pub(crate) use service_account::{Bound, Object, Request};

use crate::edge::tls::{PkiError, PkiHome};
use crate::record::Entry;
use crate::user::User;
use keys::{SigningKey, VerifyingKey};
use oidc::Issuers;
use verified::Verified;

/// The issuer of clusters that name none, as kubeadm has it.
pub const DEFAULT_ISSUER: &str = "https://kubernetes.default.svc.cluster.local";

/// The file of our own key in the folder of the certificates.
const KEY_FILE: &str = "sa.key";

/// Why there is no identity.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The key's file cannot be read or written.
    #[error(transparent)]
    Home(#[from] PkiError),
    /// A key cannot be used.
    #[error("failed to use the service-account key `{name}`")]
    Key {
        /// The file.
        name: String,
        /// Why.
        #[source]
        source: KeyError,
    },
    /// The making of a key was cut off.
    #[error("failed to make the service-account key")]
    CutOff,
}

/// What tokens are signed with, and whom they are for.
#[derive(Clone, Debug)]
pub struct IdentityOptions {
    /// Where our own key is kept.
    pub home: PkiHome,
    /// A private key in PEM that signs instead of our own.
    pub key_pem: Option<String>,
    /// More keys in PEM whose tokens count: those that signed before.
    pub verification_pems: Vec<String>,
    /// The issuers whose tokens count; the first one signs. Empty means [`DEFAULT_ISSUER`].
    pub issuers: Vec<String>,
    /// The audiences of this API server; empty means the issuers.
    pub audiences: Vec<String>,
    /// Where the issuer's keys are published, if not by this server.
    pub jwks_uri: Option<String>,
    /// Other issuers whose tokens count.
    pub oidc: Vec<OidcIssuer>,
    /// What may be dialed to fetch their keys.
    pub outbound: Arc<dyn Gate>,
    /// The time of tokens.
    pub clock: Clock,
    /// Where keys and token ids come from.
    pub entropy: Entropy,
}

impl IdentityOptions {
    /// The usual issuer, and a key of our own in `home`.
    pub fn new(home: PkiHome, clock: Clock, entropy: Entropy) -> Self {
        Self {
            home,
            key_pem: None,
            verification_pems: Vec::new(),
            issuers: Vec::new(),
            audiences: Vec::new(),
            jwks_uri: None,
            oidc: Vec::new(),
            outbound: Arc::new(LoopbackOnly),
            clock,
            entropy,
        }
    }
}

/// Whose tokens count, and what signs them. Cheap to clone.
#[derive(Clone)]
pub struct Identity(Arc<Inner>);

struct Inner {
    options: IdentityOptions,
    keys: ArcSwap<Keys>,
    /// Held while a key is made, so that two requests do not make two.
    making: tokio::sync::Mutex<()>,
    verified: Verified,
    oidc: Issuers,
}

/// The keys there are.
#[derive(Debug, Default)]
struct Keys {
    /// What signs; none as long as nothing was to be signed.
    signing: Option<SigningKey>,
    /// What verifies, the signing key first.
    verifying: Vec<VerifyingKey>,
}

/// What a token that counts says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Authenticated {
    /// Whose it is.
    pub(crate) user: User,
    /// The audiences that it is for and that were asked about.
    pub(crate) audiences: Vec<String>,
}

/// Why a token does not count; said to reviewers of tokens and to the log, never to who brought it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal(pub(crate) String);

/// What is said of a token that nobody knows.
const INVALID: &str = "invalid bearer token";

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("issuers", &self.issuers()).finish_non_exhaustive()
    }
}

impl Identity {
    /// Reads the keys that there are. A key of our own is made when it is first needed.
    pub fn open(mut options: IdentityOptions) -> Result<Self, IdentityError> {
        if options.issuers.is_empty() {
            options.issuers.push(DEFAULT_ISSUER.to_owned());
        }
        if options.audiences.is_empty() {
            options.audiences.clone_from(&options.issuers);
        }
        let kept = match &options.key_pem {
            Some(pem) => Some(("serviceAccountKey".to_owned(), pem.clone())),
            None => options.home.read_text(KEY_FILE)?.map(|pem| (KEY_FILE.to_owned(), pem)),
        };
        let failed = |name: &str| {
            let name = name.to_owned();
            move |source| IdentityError::Key { name, source }
        };
        let mut keys = Keys::default();
        if let Some((name, pem)) = kept {
            keys.sign_with(SigningKey::of_pem(&pem).map_err(failed(&name))?);
        }
        for pem in &options.verification_pems {
            for key in VerifyingKey::of_pem(pem).map_err(failed("serviceAccountVerificationKeys"))? {
                keys.verify_with(key);
            }
        }
        let oidc = Issuers::new(&options.oidc, &options.outbound);
        Ok(Self(Arc::new(Inner {
            oidc,
            options,
            keys: ArcSwap::from_pointee(keys),
            making: tokio::sync::Mutex::new(()),
            verified: Verified::default(),
        })))
    }

    /// An identity whose key lives as long as the process.
    ///
    /// # Panics
    /// Never: nothing is read.
    pub fn in_memory(clock: Clock, entropy: Entropy) -> Self {
        Self::open(IdentityOptions::new(PkiHome::Memory, clock, entropy))
            .expect("an identity in memory reads no key")
    }

    /// The issuers whose tokens count; the first one signs.
    pub fn issuers(&self) -> &[String] {
        &self.0.options.issuers
    }

    /// The audiences of this API server.
    pub(crate) fn audiences(&self) -> &[String] {
        &self.0.options.audiences
    }

    /// Whom a token is of, if it counts for one of `audiences`.
    pub(crate) async fn authenticate(
        &self,
        token: &str,
        audiences: &[String],
        snapshot: &Snapshot<Entry>,
    ) -> Result<Authenticated, Refusal> {
        let own = service_account::authenticate(self, token, audiences, snapshot);
        let found = match own {
            Ok(None) => {
                let now = self.0.options.clock.now();
                self.0.oidc.authenticate(token, now, self.audiences(), audiences).await
            }
            own => own,
        };
        match found {
            Ok(Some(authenticated)) => Ok(authenticated),
            Ok(None) => Err(Refusal(INVALID.to_owned())),
            // Upstream asks the tokens of its own loopback client first, and lists what each said.
            Err(why) => Err(Refusal(format!("[{INVALID}, {why}]"))),
        }
    }

    /// The keys, with one that signs: made now if need be.
    async fn signing(&self) -> Result<SigningKey, IdentityError> {
        if let Some(key) = &self.0.keys.load().signing {
            return Ok(key.clone());
        }
        let _making = self.0.making.lock().await;
        if let Some(key) = &self.0.keys.load().signing {
            return Ok(key.clone());
        }
        let options = self.0.options.clone();
        // Finding primes takes long enough to hold other requests up.
        let made = tokio::task::spawn_blocking(move || make(&options)).await;
        let key = made.map_err(|_| IdentityError::CutOff)??;
        let mut keys = Keys::default();
        keys.sign_with(key.clone());
        for other in &self.0.keys.load().verifying {
            keys.verify_with(other.clone());
        }
        self.0.keys.store(Arc::new(keys));
        Ok(key)
    }
}

impl Keys {
    fn sign_with(&mut self, key: SigningKey) {
        self.verify_with(key.verifying.clone());
        self.signing = Some(key);
    }

    fn verify_with(&mut self, key: VerifyingKey) {
        if !self.verifying.contains(&key) {
            self.verifying.push(key);
        }
    }
}

fn make(options: &IdentityOptions) -> Result<SigningKey, IdentityError> {
    let failed = |source| IdentityError::Key { name: KEY_FILE.to_owned(), source };
    let pem = keys::make_rsa(&options.entropy).map_err(failed)?;
    let key = SigningKey::of_pem(&pem).map_err(failed)?;
    options.home.keep_text(KEY_FILE, &pem)?;
    Ok(key)
}

#[cfg(test)]
mod tests;
