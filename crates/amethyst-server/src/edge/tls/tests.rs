//! An authority is made once, kept with mode 0600, and renewed in time.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use amethyst_clock::Clock;

use super::{Pki, PkiHome};

fn at(text: &str) -> Clock {
    Clock::at(text.parse().unwrap())
}

#[test]
fn a_second_start_finds_the_same_authority() {
    let folder = tempfile::tempdir().unwrap();
    let home = PkiHome::Folder(folder.path().join("pki"));
    let hosts = vec!["192.0.2.7".to_owned(), "nas".to_owned()];
    let first = Pki::open(home.clone(), &hosts, at("2026-11-24T00:00:00Z")).unwrap();
    let second = Pki::open(home.clone(), &hosts, at("2026-12-24T00:00:00Z")).unwrap();
    assert_eq!(first.authority_pem(), second.authority_pem());
    assert_eq!(first.serving.certificate_pem, second.serving.certificate_pem);
    for entry in std::fs::read_dir(folder.path().join("pki")).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
    }
    let moved = Pki::open(home.clone(), &["192.0.2.8".to_owned()], at("2026-12-24T00:00:00Z")).unwrap();
    assert_ne!(first.serving.certificate_pem, moved.serving.certificate_pem);
    assert_eq!(first.admin().certificate_pem, moved.admin().certificate_pem);
    let later = Pki::open(home.clone(), &hosts, at("2027-11-01T00:00:00Z")).unwrap();
    assert_eq!(first.authority_pem(), later.authority_pem());
    assert_ne!(first.admin().certificate_pem, later.admin().certificate_pem);
    std::fs::write(folder.path().join("pki/ca.crt"), "nonsense").unwrap();
    let broken = Pki::open(home, &hosts, at("2027-11-01T00:00:00Z")).unwrap_err();
    assert!(broken.to_string().contains("ca.crt"), "{broken}");
}

#[tokio::test(start_paused = true)]
async fn who_a_certificate_is_holds_for_its_time() {
    let clock = at("2026-11-24T00:00:00Z");
    let ours = Pki::open(PkiHome::Memory, &[], clock.clone()).unwrap();
    let others = Pki::open(PkiHome::Memory, &[], clock.clone()).unwrap();
    let tls = ours.tls().unwrap();
    let peer = |leaf: &super::Leaf| {
        use rustls::pki_types::pem::PemObject;
        let chain =
            [rustls::pki_types::CertificateDer::from_pem_slice(leaf.certificate_pem.as_bytes()).unwrap()];
        tls.peer(Some(&chain))
    };
    let admin = peer(ours.admin());
    assert!(admin.user().unwrap().unwrap().is_master());
    let jane = peer(&ours.client("jane", Some("dev")).unwrap()).user().unwrap().unwrap();
    assert_eq!((jane.name.as_str(), jane.groups[0].as_str()), ("jane", "dev"));
    assert!(peer(others.admin()).user().unwrap().is_err(), "another authority's certificate");
    assert!(peer(&ours.serving).user().unwrap().is_err(), "a serving certificate is no client's");
    assert!(tls.peer(None).user().is_none());
    tokio::time::advance(Duration::from_hours(366 * 24)).await;
    assert!(admin.user().unwrap().is_err(), "its time is up");
}

#[test]
fn a_kubeconfig_holds_everything() {
    let pki = Pki::open(PkiHome::Memory, &[], at("2026-11-24T00:00:00Z")).unwrap();
    let text = pki.kubeconfig("https://127.0.0.1:6443", "home");
    assert!(text.contains("current-context: \"home\"\n"), "{text}");
    assert!(text.contains("server: \"https://127.0.0.1:6443\"\n"));
    assert!(!format!("{pki:?} {:?}", pki.admin()).contains("PRIVATE"));
}

#[tokio::test(start_paused = true)]
async fn certificates_are_made_anew_before_their_end() {
    let mut pki = Pki::open(PkiHome::Memory, &[], at("2026-11-24T00:00:00Z")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    pki.home = PkiHome::Folder(folder.path().to_owned());
    pki.home.prepare().unwrap();
    pki.serving = pki.home.keep("server", pki.serving.clone()).unwrap();
    pki.admin = pki.home.keep("admin", pki.admin.clone()).unwrap();
    let (tls, before) = (pki.tls().unwrap(), pki.serving.certificate_pem.clone());
    assert!(!pki.renew(&tls).unwrap());
    assert_eq!(pki.serving.certificate_pem, before);
    tokio::time::advance(Duration::from_hours(336 * 24)).await;
    assert!(pki.renew(&tls).unwrap(), "the admin's is another one");
    assert_ne!(pki.serving.certificate_pem, before);
}

#[test]
fn a_client_has_all_its_groups() {
    use rustls::pki_types::pem::PemObject;
    let pki = Pki::open(PkiHome::Memory, &[], Clock::system()).unwrap();
    let tls = pki.tls().unwrap();
    let leaf = pki.client("jane", ["dev", "ops"]).unwrap();
    let chain = [rustls::pki_types::CertificateDer::from_pem_slice(leaf.certificate_pem.as_bytes()).unwrap()];
    let jane = tls.peer(Some(&chain)).user().unwrap().unwrap();
    assert_eq!(jane.groups, ["dev", "ops", "system:authenticated"]);
}
