//! Where certificates are kept, and whether a kept one still serves.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use x509_parser::extensions::GeneralName;
use x509_parser::pem::parse_x509_pem;

use super::{Leaf, PkiError};

/// Where certificates are kept.
#[derive(Clone, Debug)]
pub enum PkiHome {
    /// In a folder, one `<name>.crt` and one `<name>.key` each.
    Folder(PathBuf),
    /// Nowhere: the authority lives as long as the process.
    Memory,
}

impl PkiHome {
    pub(super) fn prepare(&self) -> Result<(), PkiError> {
        let Self::Folder(folder) = self else { return Ok(()) };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|source| file(folder, source))
    }

    /// The text of one file, if it is there.
    pub(crate) fn read_text(&self, name: &str) -> Result<Option<String>, PkiError> {
        let Self::Folder(folder) = self else { return Ok(None) };
        let path = folder.join(name);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(file(&path, error)),
        }
    }

    /// Keeps one file for its owner alone, whole or not at all.
    pub(crate) fn keep_text(&self, name: &str, text: &str) -> Result<(), PkiError> {
        let Self::Folder(folder) = self else { return Ok(()) };
        self.prepare()?;
        write_atomically(folder, name, text)
    }

    pub(super) fn read(&self, name: &str) -> Result<Option<Leaf>, PkiError> {
        let read = |extension: &str| self.read_text(&format!("{name}.{extension}"));
        let (certificate, key) = (read("crt")?, read("key")?);
        Ok(certificate.zip(key).map(|(certificate_pem, key_pem)| Leaf { certificate_pem, key_pem }))
    }

    /// Keeps a leaf: the key first, so that a certificate never lies beside another one's key for long;
    /// a crash between the two is noticed by [`due`], which checks that they belong together.
    pub(super) fn keep(&self, name: &str, leaf: Leaf) -> Result<Leaf, PkiError> {
        self.keep_text(&format!("{name}.key"), &leaf.key_pem)?;
        self.keep_text(&format!("{name}.crt"), &leaf.certificate_pem)?;
        Ok(leaf)
    }

    fn path(&self, name: &str) -> String {
        match self {
            Self::Folder(folder) => folder.join(format!("{name}.crt")).display().to_string(),
            Self::Memory => name.to_owned(),
        }
    }
}

fn file(path: &Path, source: io::Error) -> PkiError {
    PkiError::File { path: path.display().to_string(), source }
}

fn write_atomically(folder: &Path, name: &str, text: &str) -> Result<(), PkiError> {
    let temporary = folder.join(format!(".{name}.new"));
    let write = || {
        match fs::remove_file(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, folder.join(name))?;
        fs::File::open(folder)?.sync_all()
    };
    write().map_err(|source| file(&folder.join(name), source))
}

/// Whether a kept certificate must be made anew: its time is nearly up, or it is another key's.
pub(super) fn due(
    leaf: &Leaf,
    home: &PkiHome,
    name: &str,
    now: Timestamp,
    before: Duration,
) -> Result<bool, PkiError> {
    let broken = || PkiError::Broken { path: home.path(name) };
    let key = rcgen::KeyPair::from_pem(&leaf.key_pem).map_err(|_| broken())?;
    let (_, pem) = parse_x509_pem(leaf.certificate_pem.as_bytes()).map_err(|_| broken())?;
    let certificate = pem.parse_x509().map_err(|_| broken())?;
    let end = Timestamp::from_second(certificate.validity().not_after.timestamp()).unwrap_or(Timestamp::MIN);
    let ends_soon = now.checked_add(before).unwrap_or(Timestamp::MAX) >= end;
    let mates = certificate.public_key().subject_public_key.data.as_ref() == key.public_key_raw();
    Ok(ends_soon || !mates)
}

/// Whether the authority signed the certificate. The signature itself is checked by clients; here it is
/// enough that issuer and key identifier agree, since both files are ours.
pub(super) fn is_signed_by(leaf: &Leaf, authority: &Leaf) -> bool {
    let identifiers = |leaf: &Leaf| {
        let (_, pem) = parse_x509_pem(leaf.certificate_pem.as_bytes()).ok()?;
        let certificate = pem.parse_x509().ok()?;
        let mut own = None;
        let mut issuer = None;
        for extension in certificate.extensions() {
            match extension.parsed_extension() {
                x509_parser::extensions::ParsedExtension::SubjectKeyIdentifier(id) => {
                    own = Some(id.0.to_vec());
                }
                x509_parser::extensions::ParsedExtension::AuthorityKeyIdentifier(id) => {
                    issuer = id.key_identifier.as_ref().map(|id| id.0.to_vec());
                }
                _ => {}
            }
        }
        Some((own, issuer))
    };
    match (identifiers(leaf), identifiers(authority)) {
        (Some((_, Some(issuer))), Some((Some(own), _))) => issuer == own,
        _ => false,
    }
}

/// Whether a kept serving certificate names all `hosts`.
pub(super) fn names(leaf: &Leaf, hosts: &[String]) -> bool {
    let listed = || {
        let (_, pem) = parse_x509_pem(leaf.certificate_pem.as_bytes()).ok()?;
        let certificate = pem.parse_x509().ok()?;
        let alternatives = certificate.subject_alternative_name().ok()??;
        Some(alternatives.value.general_names.iter().filter_map(general_name).collect::<Vec<String>>())
    };
    listed().is_some_and(|listed| hosts.iter().all(|host| listed.contains(host)))
}

fn general_name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => {
            let four: Option<[u8; 4]> = (*bytes).try_into().ok();
            let sixteen: Option<[u8; 16]> = (*bytes).try_into().ok();
            four.map(|ip| std::net::Ipv4Addr::from(ip).to_string())
                .or_else(|| sixteen.map(|ip| std::net::Ipv6Addr::from(ip).to_string()))
        }
        _ => None,
    }
}
