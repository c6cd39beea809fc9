//! The server's certificates: an authority of its own, the serving certificate, client certificates.
//!
//! The authority is made on first start and kept in the caller's folder with mode 0600, or in memory. Leaves
//! are made anew when their time is nearly up, when they name other hosts than asked for, or when the
//! authority changed. Nothing here decides what a user may do.

mod home;
mod kubeconfig;
mod serving;

use std::time::Duration;

use amethyst_clock::{Clock, Entropy};
use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PublicKeyData,
};

pub use home::PkiHome;
pub(crate) use serving::Peer;
pub use serving::Tls;

use crate::certificates::{Authority, AuthorityError, Life, Subject, Usages};
use crate::user::MASTERS;

/// The user of the admin kubeconfig.
pub const ADMIN: &str = "kubernetes-admin";

const DAY: Duration = Duration::from_hours(24);
const CA_LIFE: Duration = DAY.saturating_mul(3650);
const LEAF_LIFE: Duration = DAY.saturating_mul(365);
/// Leaves are made anew this long before their end.
const RENEW_BEFORE: Duration = DAY.saturating_mul(30);
/// Clocks of clients may be behind ours by this much.
const SKEW: Duration = Duration::from_hours(1);

/// The names under which in-cluster clients know the server.
const SERVICE_NAMES: [&str; 8] = [
    "localhost",
    "127.0.0.1",
    "::1",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
    "10.96.0.1",
];

/// Why there are no certificates.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// The folder cannot be read or written.
    #[error("failed to access `{path}`")]
    File {
        /// The file or folder.
        path: String,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// A kept file is no certificate or key.
    #[error("`{path}` is not a valid certificate or key; remove the folder to start with a new authority")]
    Broken {
        /// The file.
        path: String,
    },
    /// A certificate cannot be made.
    #[error("failed to make a certificate")]
    Make(#[from] rcgen::Error),
    /// A certificate cannot be signed.
    #[error("failed to sign a certificate")]
    Sign(#[from] AuthorityError),
    /// A certificate cannot be used for serving.
    #[error("failed to set up TLS")]
    Use(#[from] rustls::Error),
}

/// A certificate and its key, as PEM.
#[derive(Clone)]
pub struct Leaf {
    /// The certificate.
    pub certificate_pem: String,
    /// Its private key; never printed by `Debug`.
    pub key_pem: String,
}

impl std::fmt::Debug for Leaf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Leaf").field("certificate_pem", &self.certificate_pem).finish_non_exhaustive()
    }
}

/// The authority and what it signed.
pub struct Pki {
    home: PkiHome,
    clock: Clock,
    hosts: Vec<String>,
    authority: Leaf,
    serving: Leaf,
    admin: Leaf,
}

impl std::fmt::Debug for Pki {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pki").field("home", &self.home).field("hosts", &self.hosts).finish_non_exhaustive()
    }
}

impl Pki {
    /// Opens the authority in `home`, or makes one. `hosts` are the names and addresses under which the
    /// server is reached, besides the usual ones.
    pub fn open(home: PkiHome, hosts: &[String], clock: Clock) -> Result<Self, PkiError> {
        let mut names: Vec<String> = SERVICE_NAMES.map(str::to_owned).to_vec();
        names.extend(hosts.iter().filter(|host| !host.is_empty()).cloned());
        let mut seen = std::collections::BTreeSet::new();
        names.retain(|name| seen.insert(name.clone()));
        let now = clock.now();
        home.prepare()?;
        let authority = match home.read("ca")? {
            Some(kept) if !home::due(&kept, &home, "ca", now, RENEW_BEFORE)? => kept,
            _ => home.keep("ca", make_authority(now)?)?,
        };
        let mut pki = Self {
            home,
            clock,
            hosts: names,
            serving: authority.clone(),
            admin: authority.clone(),
            authority,
        };
        pki.serving = pki.leaf("server", Self::make_serving)?;
        pki.admin = pki.leaf("admin", Self::make_admin)?;
        Ok(pki)
    }

    /// The authority's certificate.
    pub fn authority_pem(&self) -> &str {
        &self.authority.certificate_pem
    }

    /// The certificate of [`ADMIN`], a member of `system:masters`.
    pub fn admin(&self) -> &Leaf {
        &self.admin
    }

    /// The authority, to sign what others ask for; its serial numbers come from `entropy`.
    pub fn authority(&self, entropy: Entropy) -> Result<Authority, AuthorityError> {
        Authority::new(&self.authority.certificate_pem, &self.authority.key_pem, entropy)
    }

    /// The serving certificate, for tests that serve something else with it.
    #[cfg(test)]
    pub(crate) fn serving_leaf(&self) -> &Leaf {
        &self.serving
    }

    /// Makes a client certificate for a user and groups.
    pub fn client<'a>(
        &self,
        user: &str,
        groups: impl IntoIterator<Item = &'a str>,
    ) -> Result<Leaf, PkiError> {
        self.make_client(user, &groups.into_iter().collect::<Vec<_>>(), self.clock.now())
    }

    /// The kubeconfig of the admin: `server` is a URL, `name` names cluster, user and context.
    pub fn kubeconfig(&self, server: &str, name: &str) -> String {
        self.kubeconfig_of(&self.admin, server, name)
    }

    /// The kubeconfig of another client certificate.
    pub fn kubeconfig_of(&self, client: &Leaf, server: &str, name: &str) -> String {
        kubeconfig::text(self.authority_pem(), client, server, name)
    }

    /// What a listener needs.
    pub fn tls(&self) -> Result<Tls, PkiError> {
        Tls::new(&self.authority, &self.serving, self.clock.clone())
    }

    /// Makes the certificates anew whose time is nearly up, for processes that run for a year: that of a
    /// listener, which serves on with the new one, and the admin's. Says whether the admin's is another one.
    pub fn renew(&mut self, tls: &Tls) -> Result<bool, PkiError> {
        self.serving = self.leaf("server", Self::make_serving)?;
        tls.replace(&self.serving)?;
        let admin = self.leaf("admin", Self::make_admin)?;
        let before = std::mem::replace(&mut self.admin, admin);
        Ok(before.certificate_pem != self.admin.certificate_pem)
    }

    fn make_admin(&self, now: Timestamp) -> Result<Leaf, PkiError> {
        self.make_client(ADMIN, &[MASTERS], now)
    }

    fn leaf(
        &self,
        name: &str,
        make: impl Fn(&Self, Timestamp) -> Result<Leaf, PkiError>,
    ) -> Result<Leaf, PkiError> {
        let now = self.clock.now();
        if let Some(kept) = self.home.read(name)?
            && !home::due(&kept, &self.home, name, now, RENEW_BEFORE)?
            && home::is_signed_by(&kept, &self.authority)
            && (name != "server" || home::names(&kept, &self.hosts))
        {
            return Ok(kept);
        }
        self.home.keep(name, make(self, now)?)
    }

    fn make_serving(&self, now: Timestamp) -> Result<Leaf, PkiError> {
        let mut params = CertificateParams::new(self.hosts.clone())?;
        params.distinguished_name = subject("kube-apiserver");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.sign(params, now)
    }

    fn make_client(&self, user: &str, groups: &[&str], now: Timestamp) -> Result<Leaf, PkiError> {
        let key = KeyPair::generate()?;
        let usages = ["client auth", "digital signature", "key encipherment"];
        let usages = Usages::parse(usages).expect("these are names of usages");
        let subject = Subject::user(user, groups, key.subject_public_key_info());
        let length = SignedDuration::try_from(LEAF_LIFE).unwrap_or(SignedDuration::MAX);
        let certificate_pem =
            self.authority(Entropy::system())?.sign(&subject, &usages, Life { now, length })?;
        Ok(Leaf { certificate_pem, key_pem: key.serialize_pem() })
    }

    fn sign(&self, mut params: CertificateParams, now: Timestamp) -> Result<Leaf, PkiError> {
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
        params.use_authority_key_identifier_extension = true;
        set_life(&mut params, now, LEAF_LIFE);
        let authority_key = KeyPair::from_pem(&self.authority.key_pem)?;
        let issuer = Issuer::from_ca_cert_pem(&self.authority.certificate_pem, authority_key)?;
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &issuer)?;
        Ok(Leaf { certificate_pem: certificate.pem(), key_pem: key.serialize_pem() })
    }
}

fn make_authority(now: Timestamp) -> Result<Leaf, PkiError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = subject("amethyst-ca");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages =
        vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
    set_life(&mut params, now, CA_LIFE);
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    Ok(Leaf { certificate_pem: certificate.pem(), key_pem: key.serialize_pem() })
}

fn subject(name: &str) -> DistinguishedName {
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, name);
    subject
}

fn set_life(params: &mut CertificateParams, now: Timestamp, life: Duration) {
    let at = |moment: Timestamp| {
        time::OffsetDateTime::from_unix_timestamp(moment.as_second())
            .unwrap_or(time::OffsetDateTime::UNIX_EPOCH)
    };
    params.not_before = at(now.checked_sub(SKEW).unwrap_or(now));
    params.not_after = at(now.checked_add(life).unwrap_or(Timestamp::MAX));
}

#[cfg(test)]
mod tests;
