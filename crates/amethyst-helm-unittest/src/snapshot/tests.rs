//! Snapshots: comparing, counting, writing.

use super::{Cache, Patterns};
use crate::value::Value;

const NONE: Patterns<'_> = Patterns { matches: "", not_matches: "" };

#[test]
fn the_first_run_writes_what_it_sees() {
    let mut cache = Cache::read(None, false).expect("nothing is no fault");
    assert!(cache.compare("a test", 1, &Value::from("x"), &NONE).passed);
    assert!(cache.compare("a test", 2, &Value::List(vec![Value::Int(1)]), &NONE).passed);
    let text = cache.changed().expect("it is new");
    assert_eq!(text, "a test:\n  1: |\n    x\n  2: |\n    - 1\n");
    assert_eq!(cache.counts().created, 2);
    let mut again = Cache::read(Some(&text), false).expect("it reads what it writes");
    assert!(again.compare("a test", 1, &Value::from("x"), &NONE).passed);
    assert!(again.compare("a test", 2, &Value::List(vec![Value::Int(1)]), &NONE).passed);
    assert_eq!(again.changed(), None);
}

#[test]
fn what_differs_fails_until_it_is_updated() {
    let old = "a test:\n  1: |\n    x\n  2: |\n    gone\n";
    let mut cache = Cache::read(Some(old), false).expect("it is a file");
    let compared = cache.compare("a test", 1, &Value::from("why"), &NONE);
    assert_eq!((compared.passed, &*compared.cached, &*compared.new), (false, "x\n", "why\n"));
    assert_eq!((cache.counts().failed, cache.counts().vanished), (1, 1));
    // What vanished is dropped, what differs stays as it was.
    assert_eq!(cache.changed().as_deref(), Some("a test:\n  1: |\n    x\n"));
    let mut cache = Cache::read(Some(old), true).expect("it is a file");
    assert!(cache.compare("a test", 1, &Value::from("why"), &NONE).passed);
    assert_eq!(cache.counts().failed, 0);
    assert_eq!(cache.changed().as_deref(), Some("a test:\n  1: |\n    why\n"));
}

#[test]
fn patterns_stand_in_for_the_comparison() {
    let mut cache = Cache::read(Some("t:\n  1: old\n"), false).expect("it is a file");
    let matches = |matches, not_matches| Patterns { matches, not_matches };
    assert!(cache.compare("t", 1, &Value::from("new"), &matches("^n", "")).passed);
    let compared = cache.compare("t", 1, &Value::from("new"), &matches("", "ne"));
    assert_eq!(compared.message, " pattern 'ne' should not be in snapshot");
    assert!(!compared.passed);
    assert!(cache.compare("t", 1, &Value::from("new"), &matches("(", "")).error.is_some());
}
