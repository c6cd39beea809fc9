//! From a target to what rustls needs: once per endpoint, on this one crypto provider.

use std::sync::{Arc, OnceLock};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};

use crate::target::{Identity, Target, TargetError, Trust};

/// The client side of TLS for a target.
pub(crate) fn config(target: &Target) -> Result<Arc<ClientConfig>, TargetError> {
    let roots = match &target.trust {
        Trust::System => system(),
        Trust::Authorities(pem) => Arc::new(authorities(pem)?),
        Trust::SystemAnd(pem) => {
            let mut roots = authorities(pem)?;
            roots.extend(system().roots.iter().cloned());
            Arc::new(roots)
        }
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| TargetError::Tls(error.to_string()))?
        .with_root_certificates(roots);
    let mut config = match &target.identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let (chain, key) = read(identity)?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| TargetError::Tls(format!("the client certificate is unusable: {error}")))?
        }
    };
    if target.http2 {
        config.alpn_protocols.push(b"h2".to_vec());
    }
    config.alpn_protocols.push(b"http/1.1".to_vec());
    Ok(Arc::new(config))
}

/// The name that the server's certificate must carry.
pub(crate) fn server_name(target: &Target) -> Result<ServerName<'static>, TargetError> {
    let name = target.server_name.as_deref().unwrap_or_else(|| target.host());
    ServerName::try_from(name.to_owned())
        .map_err(|_| TargetError::Tls(format!("`{name}` is no name that a certificate could have")))
}

fn authorities(pem: &str) -> Result<RootCertStore, TargetError> {
    let mut roots = RootCertStore::empty();
    let parsed: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    // As Go's `AppendCertsFromPEM`: what is no certificate is passed over, none at all is an error.
    roots.add_parsable_certificates(parsed.into_iter().flatten());
    if roots.is_empty() {
        let why = "unable to load root certificates: unable to parse bytes as PEM block";
        return Err(TargetError::Tls(why.to_owned()));
    }
    Ok(roots)
}

/// The system's authorities, read once.
fn system() -> Arc<RootCertStore> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    let read = || {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Arc::new(roots)
    };
    Arc::clone(ROOTS.get_or_init(read))
}

type Own = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn read(identity: &Identity) -> Result<Own, TargetError> {
    let broken = |what: &str| TargetError::Tls(format!("the client's {what} is no valid PEM"));
    let chain: Vec<_> = CertificateDer::pem_slice_iter(identity.certificates_pem.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|_| broken("certificate"))?;
    let key = PrivateKeyDer::from_pem_slice(identity.key_pem.as_bytes()).map_err(|_| broken("key"))?;
    Ok((chain, key))
}
