//! Keys are made once, sealed when a passphrase is given, and never made anew for a store that has some.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use amethyst_clock::Entropy;
use amethyst_server::record::Entry;
use amethyst_store::{Disk, Options, RealDisk, Recovery, Store, Txn};
use bytes::Bytes;

use super::{Keyring, KeyringError};

fn disk(folder: &Path) -> RealDisk {
    RealDisk::new(folder.join("store")).unwrap()
}

fn keyring(folder: &Path, passphrase: Option<&Path>) -> Result<Keyring, KeyringError> {
    Keyring::open(folder.join("keys/store.key"), passphrase, &disk(folder), Entropy::system())
}

fn open(folder: &Path, keyring: &Keyring) -> (Store<Entry>, Recovery) {
    let disk: Arc<dyn Disk> = Arc::new(disk(folder));
    let options = Options { seal: Some(Arc::new(keyring.seal())), ..Options::default() };
    Store::open(disk, options).unwrap()
}

async fn put(store: &Store<Entry>) {
    let record = Entry::new(amethyst_object::Map::new(), Bytes::new());
    store.commit(Txn::new().put("/secrets/default/a", record)).await.unwrap();
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_key_is_made_once_and_must_not_get_lost() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let first = keyring(folder, None).unwrap();
    let path = folder.join("keys/store.key");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(folder.join("keys")).unwrap().permissions().mode() & 0o777, 0o700);
    let (store, recovery) = open(folder, &first);
    assert!(recovery.sealed);
    put(&store).await;
    drop(store);
    assert_eq!(keyring(folder, None).unwrap().seal().current(), first.seal().current());

    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let missing = keyring(folder, None).err().unwrap();
    assert!(matches!(missing, KeyringError::Missing { .. }), "{missing}");
    assert!(missing.to_string().contains("hint: put the file back"), "{missing}");
    assert!(!path.exists(), "no key is made that opens nothing");
    for broken in
        ["", "nonsense", "amethyst-keys 1 clear\n", "amethyst-keys 1 clear\nAAAA\n", "amethyst-keys 2 x\n"]
    {
        std::fs::write(&path, broken).unwrap();
        let error = keyring(folder, None).err().unwrap();
        assert!(matches!(error, KeyringError::Broken { .. }), "{broken}: {error}");
    }
    std::fs::write(&path, text).unwrap();
    let (store, _) = open(folder, &keyring(folder, None).unwrap());
    assert_eq!(store.snapshot().len(), 1);
}

#[tokio::test]
async fn a_new_key_takes_over_and_the_old_one_goes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut keys = keyring(folder, None).unwrap();
    let before = keys.seal().current();
    let (store, _) = open(folder, &keys);
    put(&store).await;
    drop(store);
    keys.rotate().unwrap();
    assert_ne!(keys.seal().current(), before);
    assert_eq!(keyring(folder, None).unwrap().keys.len(), 2, "until the store is written anew both are kept");
    let (store, recovery) = open(folder, &keys);
    assert!(recovery.sealed);
    drop(store);
    keys.drop_older().unwrap();
    let again = keyring(folder, None).unwrap();
    assert_eq!((again.keys.len(), again.seal().current()), (1, keys.seal().current()));
    let (store, _) = open(folder, &again);
    assert_eq!(store.snapshot().len(), 1);
}

#[test]
fn a_passphrase_seals_the_keys() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let passphrase = folder.join("passphrase");
    let in_clear = keyring(folder, None).unwrap();
    let path = folder.join("keys/store.key");
    let plain = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&passphrase, "correct horse\n").unwrap();
    let sealed = keyring(folder, Some(&passphrase)).unwrap();
    assert_eq!(sealed.seal().current(), in_clear.seal().current());
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("amethyst-keys 1 pbkdf2-hmac-sha256 600000 "), "{text}");
    assert!(!text.contains(plain.lines().nth(1).unwrap()), "the key stands nowhere in clear");
    assert_eq!(keyring(folder, Some(&passphrase)).unwrap().seal().current(), in_clear.seal().current());
    let without = keyring(folder, None).err().unwrap();
    assert!(
        without.to_string().contains("hint: pass the file that holds it: `--passphrase-file FILE`"),
        "{without}"
    );
    std::fs::write(&passphrase, "wrong\n").unwrap();
    let wrong = keyring(folder, Some(&passphrase)).err().unwrap();
    assert!(matches!(wrong, KeyringError::Wrong { .. }), "{wrong}");
    std::fs::write(&passphrase, "\n").unwrap();
    assert!(matches!(keyring(folder, Some(&passphrase)).err().unwrap(), KeyringError::NoPassphrase { .. }));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "a failure changes nothing");
}
