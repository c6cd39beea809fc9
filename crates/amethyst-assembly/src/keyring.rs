//! The keys that the state is sealed with, in a file of their own beside the store, never in it.
//!
//! The file's first line says how the keys are kept: in clear, for their owner alone, or sealed by a passphrase.
//! Then comes one key a line, the current one first; older ones stay until the store has been written anew.
//! A store whose key file is gone is refused, never begun anew in silence.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use amethyst_clock::Entropy;
use amethyst_store::{Disk, KEY_BYTES, OpenError, Seal, sealed_with};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::pbkdf2;

const WORD: &str = "amethyst-keys";
const VERSION: &str = "1";
const CLEAR: &str = "clear";
const SEALED: &str = "pbkdf2-hmac-sha256";
/// As OWASP advises for PBKDF2 with SHA-256; a quarter of a second on a small machine, once a start.
const ROUNDS: std::num::NonZeroU32 = std::num::NonZeroU32::new(600_000).expect("it is not zero");
const SALT_BYTES: usize = 16;
/// Nobody types that much; a file that is not a passphrase is found out.
const PASSPHRASE_BYTES_MAX: usize = 4096;

type Key = [u8; KEY_BYTES];

/// Why the keys cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// The file cannot be read or written.
    #[error("failed to access the key file `{path}`")]
    File {
        /// The file.
        path: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The passphrase cannot be read.
    #[error("failed to read the passphrase from `{path}`")]
    Passphrase {
        /// The file.
        path: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The passphrase is empty.
    #[error(
        "the passphrase file `{path}` holds no passphrase\nhint: its first line must be one, of at most 4096 bytes"
    )]
    NoPassphrase {
        /// The file.
        path: String,
    },
    /// The key file is gone, and the state needs it.
    #[error(
        "the state is sealed with the key {key}, and its key file `{path}` is missing\nhint: put the file back, or restore the state folder with its `keys` folder; without the key nothing in it can be read, and `amethyst reset` starts over"
    )]
    Missing {
        /// The file.
        path: String,
        /// The key.
        key: String,
    },
    /// The key file is sealed.
    #[error(
        "the key file `{path}` is sealed by a passphrase\nhint: pass the file that holds it: `--passphrase-file FILE`"
    )]
    Sealed {
        /// The file.
        path: String,
    },
    /// The passphrase is another one.
    #[error(
        "the passphrase does not open the key file `{path}`\nhint: pass the file that holds the passphrase it was sealed with"
    )]
    Wrong {
        /// The file.
        path: String,
    },
    /// The key file is none.
    #[error(
        "`{path}` is no key file: {what}\nhint: restore it from a backup; without the key nothing in the state can be read"
    )]
    Broken {
        /// The file.
        path: String,
        /// What is wrong.
        what: &'static str,
    },
    /// The store cannot be looked at.
    #[error("failed to look at the store")]
    Store(#[from] OpenError),
}

/// The keys of one state folder.
pub(crate) struct Keyring {
    path: PathBuf,
    passphrase: Option<String>,
    /// The current one first.
    keys: Vec<Key>,
    entropy: Entropy,
}

impl Keyring {
    /// Reads the keys at `path`, or makes one for a store that has none yet. With a passphrase a file in clear
    /// is sealed by it.
    pub(crate) fn open(
        path: PathBuf,
        passphrase_file: Option<&Path>,
        disk: &dyn Disk,
        entropy: Entropy,
    ) -> Result<Self, KeyringError> {
        let passphrase = passphrase_file.map(read_passphrase).transpose()?;
        let mut keyring = Self { path, passphrase, keys: Vec::new(), entropy };
        if let Some(text) = keyring.read()? {
            let in_clear = keyring.parse(&text)?;
            if in_clear && keyring.passphrase.is_some() {
                keyring.write(true)?;
            }
            return Ok(keyring);
        }
        if let Some(key) = sealed_with(disk)? {
            return Err(KeyringError::Missing { path: keyring.shown(), key: key.to_string() });
        }
        keyring.add();
        if !keyring.write(false)? {
            // Another process was first; its key is the one.
            let text = keyring.read()?.ok_or_else(|| keyring.broken("it came and went"))?;
            keyring.keys.clear();
            keyring.parse(&text)?;
        }
        Ok(keyring)
    }

    /// Puts a new key before the others; the store is written anew under it when it is opened.
    pub(crate) fn rotate(&mut self) -> Result<(), KeyringError> {
        self.add();
        self.write(true).map(|_| ())
    }

    /// Forgets all keys but the current one.
    pub(crate) fn drop_older(&mut self) -> Result<(), KeyringError> {
        if self.keys.len() > 1 {
            self.keys.truncate(1);
            self.write(true)?;
        }
        Ok(())
    }

    /// What the store seals with.
    pub(crate) fn seal(&self) -> Seal {
        let (current, older) = self.keys.split_first().expect("an open keyring has a key");
        Seal::new(current, older, self.entropy.clone())
    }

    fn add(&mut self) {
        let mut key = [0; KEY_BYTES];
        self.entropy.fill(&mut key);
        self.keys.insert(0, key);
    }

    fn read(&self) -> Result<Option<String>, KeyringError> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(self.file(source)),
        }
    }

    /// Reads the keys of a text; says whether they were in clear.
    fn parse(&mut self, text: &str) -> Result<bool, KeyringError> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let head: Vec<&str> = lines.next().unwrap_or_default().split(' ').collect();
        let key = match head.as_slice() {
            [WORD, VERSION, CLEAR] => None,
            [WORD, VERSION, SEALED, rounds, salt] => {
                let passphrase =
                    self.passphrase.as_ref().ok_or_else(|| KeyringError::Sealed { path: self.shown() })?;
                let rounds = rounds.parse().map_err(|_| self.broken("its rounds are no number"))?;
                let salt = STANDARD.decode(salt).map_err(|_| self.broken("its salt is no base64"))?;
                Some(derive(passphrase, &salt, rounds))
            }
            [WORD, VERSION, ..] => {
                return Err(self.broken("it is sealed in a way this version does not know"));
            }
            [WORD, ..] => return Err(self.broken("a newer version wrote it")),
            _ => return Err(self.broken("its first line does not say so")),
        };
        for line in lines {
            let bytes = STANDARD.decode(line).map_err(|_| self.broken("a key is no base64"))?;
            let bytes = match &key {
                None => bytes,
                Some(key) => open(key, bytes).ok_or_else(|| KeyringError::Wrong { path: self.shown() })?,
            };
            let key = Key::try_from(bytes).map_err(|_| self.broken("a key has not 32 bytes"))?;
            self.keys.push(key);
        }
        if self.keys.is_empty() {
            return Err(self.broken("it holds no key"));
        }
        Ok(key.is_none())
    }

    /// Writes the file whole or not at all; says whether it was written, which without `replace` it is not
    /// when there is one already.
    fn write(&self, replace: bool) -> Result<bool, KeyringError> {
        let text = self.text();
        let write = || {
            let folder = self.path.parent().unwrap_or(Path::new("."));
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            let draft = self.path.with_extension(format!("{}.new", std::process::id()));
            let _ = fs::remove_file(&draft);
            let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            let written = if replace {
                fs::rename(&draft, &self.path)?;
                true
            } else {
                // Unlike a rename, a link never takes the place of a file that is there.
                let linked = match fs::hard_link(&draft, &self.path) {
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
                    linked => linked.map(|()| true)?,
                };
                fs::remove_file(&draft)?;
                linked
            };
            fs::File::open(folder)?.sync_all()?;
            Ok(written)
        };
        write().map_err(|source| self.file(source))
    }

    fn text(&self) -> String {
        let mut out = format!("{WORD} {VERSION} ");
        let wrap = match &self.passphrase {
            None => {
                out.push_str(CLEAR);
                None
            }
            Some(passphrase) => {
                let mut salt = [0; SALT_BYTES];
                self.entropy.fill(&mut salt);
                out.push_str(&format!("{SEALED} {ROUNDS} {}", STANDARD.encode(salt)));
                Some(derive(passphrase, &salt, ROUNDS))
            }
        };
        out.push('\n');
        for key in &self.keys {
            let bytes = match &wrap {
                None => key.to_vec(),
                Some(wrap) => seal(wrap, key, &self.entropy),
            };
            out.push_str(&STANDARD.encode(bytes));
            out.push('\n');
        }
        out
    }

    fn shown(&self) -> String {
        self.path.display().to_string()
    }

    fn file(&self, source: io::Error) -> KeyringError {
        KeyringError::File { path: self.shown(), source }
    }

    fn broken(&self, what: &'static str) -> KeyringError {
        KeyringError::Broken { path: self.shown(), what }
    }
}

fn read_passphrase(path: &Path) -> Result<String, KeyringError> {
    let shown = || path.display().to_string();
    let text =
        fs::read_to_string(path).map_err(|source| KeyringError::Passphrase { path: shown(), source })?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() || line.len() > PASSPHRASE_BYTES_MAX {
        return Err(KeyringError::NoPassphrase { path: shown() });
    }
    Ok(line.to_owned())
}

fn derive(passphrase: &str, salt: &[u8], rounds: std::num::NonZeroU32) -> LessSafeKey {
    let mut key = [0; KEY_BYTES];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, salt, passphrase.as_bytes(), &mut key);
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).expect("the key has the length of AES-256"))
}

fn seal(wrap: &LessSafeKey, key: &Key, entropy: &Entropy) -> Vec<u8> {
    let mut nonce = [0; NONCE_LEN];
    entropy.fill(&mut nonce);
    let mut bytes = key.to_vec();
    wrap.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(WORD), &mut bytes)
        .expect("32 bytes can be sealed");
    [nonce.as_slice(), &bytes].concat()
}

fn open(wrap: &LessSafeKey, mut sealed: Vec<u8>) -> Option<Vec<u8>> {
    let nonce = Nonce::try_assume_unique_for_key(sealed.get(..NONCE_LEN)?).ok()?;
    let bytes = wrap.open_in_place(nonce, Aad::from(WORD), &mut sealed[NONCE_LEN..]).ok()?;
    Some(bytes.to_vec())
}

#[cfg(test)]
mod tests;
