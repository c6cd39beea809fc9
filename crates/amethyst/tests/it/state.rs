//! The state folder: who owns it, which version wrote it, what a crash left of it, how it is deleted.

use std::io::{Seek, SeekFrom, Write};
use std::path::PathBuf;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::{ObjectMeta, PostParams};

use crate::homelab::Homelab;
use crate::program::{Running, exists, plain, run, same, up};

#[test]
fn a_state_has_one_owner() {
    let homelab = Homelab::small();
    let mut owner = Running::up(&homelab, &[]);
    owner.wait_for("Ready: ");
    let pid = owner.pid();
    let refused = "error: the state in `STATE` belongs to another running Amethyst, process PID\n\
                   hint: stop it first (`kill -INT PID`), or choose another folder: `--data-dir DIR`";
    for ended in [up(&homelab, &[]), run(&homelab, "reset", &["--yes"])] {
        assert_eq!(ended.code, Some(3), "{}", ended.stderr);
        same(&plain(&homelab, &ended.stderr), refused);
        assert!(ended.stderr.contains(&format!("process {pid}")), "{}", ended.stderr);
    }
    assert_eq!(run(&homelab, "status", &[]).code, Some(0));
}

#[test]
fn a_reset_asks_and_deletes_only_a_state() {
    let homelab = Homelab::small();
    let nothing = run(&homelab, "reset", &["--yes"]);
    assert_eq!(nothing.code, Some(0));
    same(&plain(&homelab, &nothing.stderr), "nothing to reset: `STATE` does not exist");

    std::fs::create_dir(homelab.state()).unwrap();
    std::fs::write(homelab.state().join("thesis.txt"), "years of work").unwrap();
    let refused = run(&homelab, "reset", &["--yes"]);
    assert_eq!(refused.code, Some(3));
    same(
        &plain(&homelab, &refused.stderr),
        "error: `STATE` does not look like the state of a homelab: it holds no store\n\
         hint: delete it by hand if it is yours",
    );
    assert!(exists(homelab.state().join("thesis.txt")));
    std::fs::remove_dir_all(homelab.state()).unwrap();

    assert_eq!(up(&homelab, &["--until-ready"]).code, Some(0));
    let refused = run(&homelab, "reset", &[]);
    assert_eq!(refused.code, Some(3));
    same(
        &refused.stderr,
        "error: `amethyst reset` asks before it deletes, and nobody is here to answer\nhint: pass `--yes`",
    );
    assert!(exists(homelab.state()));
    let done = run(&homelab, "reset", &["--yes"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    same(&plain(&homelab, &done.stderr), "deleted `STATE`");
    assert!(!exists(homelab.state()));
}

#[test]
fn a_state_of_a_newer_version_is_left_alone() {
    let homelab = Homelab::small();
    let format = homelab.state().join("store/FORMAT");
    std::fs::create_dir_all(format.parent().unwrap()).unwrap();
    std::fs::write(&format, "amethyst-store 9\n").unwrap();
    let ended = up(&homelab, &[]);
    assert_eq!(ended.code, Some(3));
    same(
        &plain(&homelab, &ended.stderr),
        "error: failed to open the state in `STATE`\n  caused by: the data folder has format 9, this program knows \
         formats up to 2\nhint: use the newer program that wrote it",
    );
    assert_eq!(std::fs::read_to_string(&format).unwrap(), "amethyst-store 9\n");
}

#[test]
fn a_port_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let homelab = Homelab::small();
    let ended = run(&homelab, "up", &["--listen", &address]);
    assert_eq!(ended.code, Some(3));
    assert!(ended.stderr.contains(&address), "{}", ended.stderr);
    same(
        &plain(&homelab, &ended.stderr),
        "error: failed to listen on 127.0.0.1:PORT\n  caused by: Address already in use (os error 98)\n\
         hint: another program listens there; stop it, or choose another port: `--listen 127.0.0.1:0` takes any",
    );
    // The state was not left in use.
    assert_eq!(up(&homelab, &["--until-ready"]).code, Some(0));
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let homelab = Homelab::small();
    std::fs::write(homelab.state(), "a file").unwrap();
    let ended = up(&homelab, &[]);
    assert_eq!(ended.code, Some(3));
    let told = plain(&homelab, &ended.stderr);
    assert!(told.starts_with("error: failed to make the folder `STATE`\n"), "{told}");
    assert!(told.ends_with("hint: make it writable, or choose another one: `--data-dir DIR`\n"), "{told}");
}

/// What a write that was torn by a crash leaves behind the last whole one.
#[tokio::test]
async fn a_torn_end_is_dropped_and_nothing_acknowledged_with_it() {
    let homelab = Homelab::small();
    let mut running = Running::up(&homelab, &["--builtins", "none"]);
    let maps: Api<ConfigMap> = Api::namespaced(running.client().await, "default");
    for number in 0..20 {
        let name = format!("kept-{number}");
        let map = ConfigMap {
            metadata: ObjectMeta { name: Some(name), ..ObjectMeta::default() },
            ..ConfigMap::default()
        };
        maps.create(&PostParams::default(), &map).await.unwrap();
    }
    running.kill();

    let segment = last_segment(&homelab);
    let bytes = std::fs::read(&segment).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    let mut file = std::fs::OpenOptions::new().write(true).open(&segment).unwrap();
    // The head of the last frame again, with another body: what a torn sector looks like.
    file.seek(SeekFrom::Start(end as u64 + 64)).unwrap();
    file.write_all(&[0xA5; 300]).unwrap();
    drop(file);

    let mut running = Running::up(&homelab, &["--builtins", "none"]);
    let maps: Api<ConfigMap> = Api::namespaced(running.client().await, "default");
    let kept = maps.list(&kube::api::ListParams::default()).await.unwrap();
    let kept = kept
        .items
        .iter()
        .filter(|map| map.metadata.name.as_deref().is_some_and(|name| name.starts_with("kept-")));
    assert_eq!(kept.count(), 20);
    let told = running.wait_for("warning: ");
    assert!(told.contains("the log ended in a write that was never finished: dropped its "), "{told}");
    assert!(told.ends_with("nothing acknowledged is lost"), "{told}");
}

#[test]
fn damage_in_the_middle_is_refused_with_its_place() {
    let homelab = Homelab::small();
    assert_eq!(up(&homelab, &["--until-ready"]).code, Some(0));
    let segment = last_segment(&homelab);
    let mut bytes = std::fs::read(&segment).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    let middle = end / 2;
    bytes[middle..middle + 64].fill(0xA5);
    std::fs::write(&segment, &bytes).unwrap();
    let ended = up(&homelab, &["--until-ready"]);
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    let told = plain(&homelab, &ended.stderr);
    assert!(
        told.starts_with("error: failed to open the state in `STATE`\n  caused by: the log is damaged: `"),
        "{told}"
    );
    assert!(
        told.contains(" at byte ") && told.contains("\nhint: restore the folder from a backup"),
        "{told}"
    );
    assert_eq!(std::fs::read(&segment).unwrap(), bytes, "what is damaged is evidence, and is left as it is");
}

fn last_segment(homelab: &Homelab) -> PathBuf {
    let files = std::fs::read_dir(homelab.state().join("store")).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "log")).max().unwrap()
}
