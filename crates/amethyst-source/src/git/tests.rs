//! Against real repositories made by the git program.

use std::path::Path;
use std::process::Command;

use crate::{GitReference, LocalGit, SourceError};

fn git(root: &Path, arguments: &[&str]) {
    let base = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
    let done = Command::new("git").current_dir(root).args(base).args(arguments).output().unwrap();
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

fn commit(root: &Path, path: &str, text: &str) {
    std::fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
    std::fs::write(root.join(path), text).unwrap();
    git(root, &["add", "."]);
    git(root, &["commit", "-qm", &format!("write {path}")]);
}

#[tokio::test]
async fn a_commit_is_a_tree_and_is_noticed() {
    let root = tempfile::tempdir().unwrap();
    git(root.path(), &["init", "-q", "-b", "main"]);
    let source = LocalGit::open(root.path()).unwrap();
    assert!(matches!(source.head(), Err(SourceError::NoCommit { .. })));

    commit(root.path(), "k/a.yaml", "one");
    let first = source.head().unwrap();
    assert_eq!(first.revision, format!("main@sha1:{}", first.commit));
    assert_eq!(first.summary, "write k/a.yaml");
    assert_eq!(first.tree.read("k/a.yaml").unwrap().unwrap(), "one");

    let mut changes = source.changes();
    commit(root.path(), "k/a.yaml", "two");
    changes.changed().await.unwrap();
    let second = source.head().unwrap();
    assert_eq!(second.tree.read("k/a.yaml").unwrap().unwrap(), "two");
    assert_eq!(first.tree.read("k/a.yaml").unwrap().unwrap(), "one", "an old tree stays as it was");
    assert_ne!(first.tree.entry("k/a.yaml"), second.tree.entry("k/a.yaml"));
}

#[test]
fn references_are_found_in_the_order_of_flux() {
    let root = tempfile::tempdir().unwrap();
    git(root.path(), &["init", "-q", "-b", "main"]);
    commit(root.path(), "a", "1");
    git(root.path(), &["tag", "v1.0.0"]);
    commit(root.path(), "a", "2");
    git(root.path(), &["tag", "-a", "v1.2.0", "-m", "annotated"]);
    commit(root.path(), "a", "3");
    git(root.path(), &["tag", "v2.0.0"]);
    git(root.path(), &["branch", "other"]);
    git(root.path(), &["pack-refs", "--all"]);
    let source = LocalGit::open(root.path()).unwrap();
    let check = |reference: GitReference, name: &str, content: &str| {
        let found = source.resolve(&reference).unwrap();
        assert_eq!(found.revision, format!("{name}@sha1:{}", found.commit));
        assert_eq!(found.tree.read("a").unwrap().unwrap(), content);
    };
    let reference = GitReference::default;
    check(GitReference { tag: Some("v1.0.0".into()), ..reference() }, "v1.0.0", "1");
    check(GitReference { semver: Some(">=1.0.0 <2.0.0".into()), ..reference() }, "v1.2.0", "2");
    check(GitReference { branch: Some("other".into()), ..reference() }, "other", "3");
    check(GitReference { name: Some("refs/tags/v1.0.0".into()), ..reference() }, "refs/tags/v1.0.0", "1");
    for (spec, content) in [("HEAD~1", "2"), ("v1.2.0", "2"), ("other", "3")] {
        assert_eq!(source.revision(spec).unwrap().tree.read("a").unwrap().unwrap(), content, "{spec}");
    }
    assert!(source.revision("nope").unwrap_err().to_string().contains("the revision `nope`"));
    let missing = source.resolve(&GitReference { branch: Some("nope".into()), ..reference() });
    assert!(missing.unwrap_err().to_string().contains("refs/heads/nope"));
    assert!(source.resolve(&GitReference { commit: Some("xyz".into()), ..reference() }).is_err());
}

#[tokio::test]
async fn many_wait_on_one_look_and_the_last_may_come_back() {
    let root = tempfile::tempdir().unwrap();
    git(root.path(), &["init", "-q", "-b", "main"]);
    commit(root.path(), "a", "1");
    let source = LocalGit::open(root.path()).unwrap();
    let (mut one, mut two) = (source.changes(), source.changes());
    commit(root.path(), "a", "2");
    one.changed().await.unwrap();
    two.changed().await.unwrap();
    drop((one, two));
    let mut three = source.changes();
    commit(root.path(), "a", "3");
    three.changed().await.unwrap();
}
